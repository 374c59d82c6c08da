use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use http::Response;

use crate::client::{ClientInfo, Token};
use crate::error::{Error, TransportError, TriedConnection};
use crate::flow::{Flow, Outgoing, Step};
use crate::flows::{Attempt, FindServer, FoundServer, RaceStep};
use crate::operation::Operation;
use crate::operations::GetUserDetails;
use crate::retry::RetryPolicy;
use crate::session::{Session, TokenCheck};

/// An HTTP client for Plex. Each adapter's `Client` is one, and any other becomes one with four methods.
///
/// A library that is generic over it works with all of them, and lets its users choose:
///
/// ```
/// use plexauth_proto::{Error, GetResources, Session, Transport};
///
/// pub async fn count_servers(plex: &impl Transport, session: &Session) -> Result<usize, Error> {
///     let resources = plex.authenticated(session, GetResources::new).await?;
///     Ok(resources.iter().filter(|resource| resource.is_server()).count())
/// }
/// ```
///
/// The futures are `Send`. Those of a blocking client, such as `plexauth-ureq`, do all their work when they are first polled:
/// `plexauth_ureq::block_on` runs them. Do not run them on an async runtime, which they would block.
///
/// To implement it for an HTTP client of your own, see the [requirements](crate#requirements-for-custom-transports). The crate
/// `plexauth-testing` checks whether they are met.
pub trait Transport: Sync {
    /// The application and device that the client identifies as.
    fn info(&self) -> &ClientInfo;

    /// The current time.
    fn now(&self) -> SystemTime;

    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Sends a request and returns the response, whatever its status.
    fn exchange(
        &self,
        outgoing: Outgoing,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send;

    /// When [`send`](Transport::send) retries. [`RetryPolicy::default`] by default.
    fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy::default()
    }

    /// Drives a flow to its end.
    ///
    /// If the future is dropped, a response that it has received is lost, and a [`PinLogin`](crate::PinLogin) may have taken a token,
    /// which Plex gives out once.
    ///
    /// # Errors
    ///
    /// Those of the flow.
    fn run<F>(&self, mut flow: F) -> impl Future<Output = Result<F::Output, Error>> + Send
    where
        F: Flow + Send,
        F::Output: Send,
    {
        async move {
            loop {
                match flow.poll(self.now()) {
                    Step::Send(outgoing) => flow.handle(self.exchange(outgoing).await, self.now()),
                    Step::Wait(time) => self.sleep(time).await,
                    Step::Done(result) => return result,
                }
            }
        }
    }

    /// Sends an operation and reads the response. Retries it where that is safe and can help: see [`RetryPolicy`].
    ///
    /// # Errors
    ///
    /// [`Error::Request`] if an input cannot be sent, [`Error::Transport`] without a complete response, and
    /// [`Error::Response`] with the kinds that the operation lists.
    fn send<O>(&self, operation: &O) -> impl Future<Output = Result<O::Output, Error>> + Send
    where
        O: Operation + Sync,
        O::Output: Send,
    {
        self.run(Attempt::new(operation, self.info(), self.retry_policy()))
    }

    /// Sends an operation with the token of a session, which is renewed when necessary: see [`Session::authenticated`].
    ///
    /// # Errors
    ///
    /// Those of [`send`](Transport::send), and those of the renewal if no valid token is left.
    fn authenticated<F, O>(
        &self,
        session: &Session,
        operation: F,
    ) -> impl Future<Output = Result<O::Output, Error>> + Send
    where
        F: FnMut(Token) -> O + Send,
        O: Operation + Send,
        O::Output: Send,
    {
        self.run(session.authenticated(operation).retry(self.retry_policy()))
    }

    /// Returns a token that is valid now, for other libraries, and renews it if necessary: see [`Session::fresh_token`].
    ///
    /// # Errors
    ///
    /// Those of the renewal if no valid token is left.
    fn token(&self, session: &Session) -> impl Future<Output = Result<Token, Error>> + Send {
        self.run(session.fresh_token().retry(self.retry_policy()))
    }

    /// Checks whether a stored token is still valid: see [`TokenCheck`].
    fn check_token(&self, token: &Token) -> impl Future<Output = TokenCheck> + Send {
        let operation = GetUserDetails::new(token);
        async move { self.send(&operation).await.into() }
    }

    /// Finds the best of a server's connections that works from here: runs the race of [`FindServer`].
    ///
    /// By default the probes are polled together in one task, which a blocking client cannot do: it overrides this method and
    /// [`reachable`](Transport::reachable).
    ///
    /// # Errors
    ///
    /// Those of [`FindServer`].
    fn find_server(&self, mut search: FindServer) -> impl Future<Output = Result<FoundServer, Error>> + Send {
        async move { race(self, &mut search).await }
    }

    /// Probes all of a server's connections at once, for a choice: the outcome of each, best first, and last those that
    /// were left out.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] if the resource has no client identifier.
    fn reachable(
        &self,
        search: FindServer,
    ) -> impl Future<Output = Result<Vec<Result<FoundServer, TriedConnection>>, Error>> + Send {
        async move {
            let mut search = search.probe_all();
            match race(self, &mut search).await {
                Ok(_) | Err(Error::ServerNotFound(_)) => Ok(search.outcomes()),
                Err(error) => Err(error),
            }
        }
    }
}

/// The number of a probe, and the outcome of its request.
type Outcome = (usize, Result<Response<Vec<u8>>, TransportError>);

/// Runs a race with probes that are polled together.
async fn race(transport: &(impl Transport + ?Sized), search: &mut FindServer) -> Result<FoundServer, Error> {
    let start = transport.now();
    let mut elapsed = Duration::ZERO;
    // Dropping them cancels the probes.
    let mut probes: Vec<Pin<Box<dyn Future<Output = Outcome> + Send + '_>>> = Vec::new();
    loop {
        // The clock may be set back meanwhile.
        elapsed = elapsed.max(transport.now().duration_since(start).unwrap_or_default());
        match search.poll(elapsed) {
            RaceStep::Start(probe) => {
                probes.push(Box::pin(async move { (probe.id, transport.exchange(probe.outgoing).await) }));
            }
            RaceStep::Wait(time) => {
                let mut sleep = pin!(transport.sleep(time));
                let outcome = poll_fn(|context| {
                    for (place, probe) in probes.iter_mut().enumerate() {
                        if let Poll::Ready(outcome) = probe.as_mut().poll(context) {
                            return Poll::Ready(Some((place, outcome)));
                        }
                    }
                    sleep.as_mut().poll(context).map(|()| None)
                });
                match outcome.await {
                    Some((place, (id, result))) => {
                        drop(probes.swap_remove(place));
                        elapsed = elapsed.max(transport.now().duration_since(start).unwrap_or_default());
                        search.handle(id, result, elapsed);
                    }
                    None => elapsed = elapsed.saturating_add(time),
                }
            }
            RaceStep::Done(result) => return result,
        }
    }
}
