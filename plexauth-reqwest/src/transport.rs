//! The client as a [`Transport`], for libraries that work with any of them.

use std::time::{Duration, SystemTime};

use http::Response;
use plexauth_proto::{
    ClientInfo, Error, FindServer, Flow, FoundServer, Outgoing, RetryPolicy, Transport, TransportError,
    TriedConnection,
};

use crate::{Client, platform};

impl Transport for Client {
    fn info(&self) -> &ClientInfo {
        Self::info(self)
    }

    fn now(&self) -> SystemTime {
        platform::now()
    }

    async fn sleep(&self, time: Duration) {
        platform::sleep(time).await;
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        Self::exchange(self, outgoing).await
    }

    fn retry_policy(&self) -> RetryPolicy {
        Self::retry_policy(self)
    }

    fn run<F>(&self, flow: F) -> impl Future<Output = Result<F::Output, Error>> + Send
    where
        F: Flow + Send,
        F::Output: Send,
    {
        Self::run(self, flow)
    }

    async fn find_server(&self, search: FindServer) -> Result<FoundServer, Error> {
        Self::find_server(self, search).await
    }

    async fn reachable(
        &self,
        search: FindServer,
    ) -> Result<Vec<Result<FoundServer, TriedConnection>>, Error> {
        Self::reachable(self, search).await
    }
}
