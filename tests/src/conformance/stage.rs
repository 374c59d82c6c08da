//! [`Stage`]: a simulated Plex, and a transport that is connected to it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use plexauth_proto::{
    Attempt, BaseUrl, ClientInfo, Error, FindServer, Flow, FoundServer, Limits, Operation, Outgoing,
    RetryPolicy, Session, Token, TokenCheck, Transport, TransportError,
};
use tokio::runtime::{Builder, Runtime};

use super::Setup;
use crate::Plex;

/// Two immediate retries, but none if the server requires a wait.
fn immediate_retries() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::ZERO).max_delay(Duration::ZERO)
}

pub(crate) struct Stage<T> {
    pub(crate) simulator: Arc<Plex>,
    transport: T,
    runtime: Runtime,
}

impl<T: Transport> Stage<T> {
    pub(super) fn new(connect: impl FnOnce(&Setup) -> T) -> Self {
        let plex = Arc::new(Plex::start());
        let info = client_info(&plex, "3381b62b-9ab7-4e37-827b-203e9809eb58");
        let setup = Setup { info, limits: Limits::default(), root_certificate: None, plex };
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
        Self { transport: connect(&setup), simulator: setup.plex, runtime }
    }

    pub(crate) fn info(&self) -> ClientInfo {
        self.transport.info().clone()
    }

    /// The client info of another device.
    pub(crate) fn another_device(&self) -> ClientInfo {
        client_info(&self.simulator, "another-device")
    }

    pub(crate) fn media_server(&self) -> BaseUrl {
        self.simulator.media_server_url().parse().expect("a valid URL")
    }

    /// The time by the transport's clock.
    pub(crate) fn now(&self) -> SystemTime {
        self.transport.now()
    }

    /// Sends an operation as the given client, without retries.
    pub(crate) fn send_as<O>(&self, info: &ClientInfo, operation: &O) -> Result<O::Output, Error>
    where
        O: Operation + Sync,
        O::Output: Send,
    {
        self.run(Attempt::new(operation, info, RetryPolicy::none()))
    }

    pub(crate) fn send<O>(&self, operation: &O) -> Result<O::Output, Error>
    where
        O: Operation + Sync,
        O::Output: Send,
    {
        self.run(Attempt::new(operation, self.transport.info(), immediate_retries()))
    }

    pub(crate) fn authenticated<F, O>(&self, session: &Session, operation: F) -> Result<O::Output, Error>
    where
        F: FnMut(Token) -> O + Send,
        O: Operation + Send,
        O::Output: Send,
    {
        self.run(session.authenticated(operation).retry(immediate_retries()))
    }

    pub(crate) fn check_token(&self, token: &Token) -> TokenCheck {
        self.runtime.block_on(self.transport.check_token(token))
    }

    pub(crate) fn run<F>(&self, flow: F) -> Result<F::Output, Error>
    where
        F: Flow + Send,
        F::Output: Send,
    {
        self.runtime.block_on(self.transport.run(flow))
    }

    pub(crate) fn find_server(&self, search: FindServer) -> Result<FoundServer, Error> {
        self.runtime.block_on(self.transport.find_server(search))
    }

    pub(crate) fn exchange(
        &self,
        outgoing: impl Into<Outgoing>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        self.runtime.block_on(self.transport.exchange(outgoing.into()))
    }
}

fn client_info(plex: &Plex, identifier: &str) -> ClientInfo {
    let base: BaseUrl = plex.plex_tv_url().parse().expect("a valid URL");
    let info = ClientInfo::builder(identifier, "Conformance").device_name("Kitchen");
    info.api_at(base).build().expect("valid values")
}
