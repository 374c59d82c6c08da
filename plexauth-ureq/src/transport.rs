//! The client as a [`Transport`], for libraries that work with any of them.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, SystemTime};

use http::Response;
use plexauth_proto::{
    ClientInfo, Error, FindServer, Flow, FoundServer, Outgoing, RetryPolicy, Transport, TransportError,
    TriedConnection,
};

use crate::Client;

impl Transport for Client {
    fn info(&self) -> &ClientInfo {
        Self::info(self)
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        Self::exchange(self, outgoing)
    }

    fn retry_policy(&self) -> RetryPolicy {
        Self::retry_policy(self)
    }

    async fn run<F>(&self, flow: F) -> Result<F::Output, Error>
    where
        F: Flow + Send,
        F::Output: Send,
    {
        Self::run(self, flow)
    }

    async fn find_server(&self, search: FindServer) -> Result<FoundServer, Error> {
        Self::find_server(self, search)
    }

    async fn reachable(
        &self,
        search: FindServer,
    ) -> Result<Vec<Result<FoundServer, TriedConnection>>, Error> {
        Self::reachable(self, search)
    }
}

/// Runs a future to its end on this thread: that of a library which works with any [`Transport`].
///
/// ```no_run
/// use plexauth_ureq::{Client, Error, GetUserDetails, Token, Transport, block_on};
///
/// /// A library's function.
/// async fn greet(plex: &impl Transport, token: &Token) -> Result<String, Error> {
///     let account = plex.send(&GetUserDetails::new(token)).await?;
///     Ok(format!("Hello, {}.", account.display_name().unwrap_or("stranger")))
/// }
///
/// fn main_of_a_blocking_program(plex: &Client, token: &Token) -> Result<(), Error> {
///     println!("{}", block_on(greet(plex, token))?);
///     Ok(())
/// }
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[test]
    fn future_that_waits_is_woken() {
        let mut polls = 0;
        let future = poll_fn(|context| {
            polls += 1;
            let waker = context.waker().clone();
            thread::spawn(move || waker.wake());
            if polls == 3 { Poll::Ready("done") } else { Poll::Pending }
        });
        assert_eq!(block_on(future), "done");
    }
}
