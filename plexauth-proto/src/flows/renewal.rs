use std::time::{Duration, SystemTime};

use http::{HeaderMap, Response};

use crate::clock::{self, Stopwatch};
use crate::exchange::type_name;
use crate::jwt::{DeviceJwt, DeviceKey, Scopes};
use crate::{
    ClientInfo, Error, ErrorKind, Exchange, ExchangeDeviceJwt, Failure, Flow, GetNonce, Operation,
    ResponseError, RetryPolicy, Step, Token, Verdict,
};

/// Gets a new token with the key of the device: fetches a nonce, signs it, and exchanges what was signed.
///
/// It signs by Plex's clock, so that a device with a wrong one is let in too. What goes wrong on the way is tried again
/// by the [`RetryPolicy`], each time with a nonce of its own, so that nothing is sent twice. If Plex refuses what was
/// signed, a nonce may have gone stale: then, too, it is tried again, once.
///
/// # Errors
///
/// [`DeviceJwtRefused`](ErrorKind::DeviceJwtRefused) if Plex does not know the key (log in again),
/// [`DeviceJwtExpired`](ErrorKind::DeviceJwtExpired) if the clock is wrong and Plex does not tell the time,
/// [`RateLimited`](ErrorKind::RateLimited), and what the transport says.
///
/// # Examples
///
/// ```
/// use plexauth_proto::jwt::{DeviceKey, Scope};
/// use plexauth_proto::{ClientInfo, Renewal};
///
/// /// For an adapter's `run`, or a loop of your own. A [`Session`](plexauth_proto::Session) does it where it is due.
/// fn renew(key: &DeviceKey, client: &ClientInfo) -> Renewal {
///     Renewal::new(key, client).scopes([Scope::Username, Scope::Email].into_iter().collect())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct Renewal {
    key: DeviceKey,
    client: ClientInfo,
    scopes: Scopes,
    policy: RetryPolicy,
    stopwatch: Stopwatch,
    retries: u32,
    was_refused: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// For so long, and then for a nonce.
    Waiting(Duration),
    GettingNonce,
    Signed(DeviceJwt),
    Exchanging(ExchangeDeviceJwt),
    Ended(Result<Token, Error>),
    Done,
}

impl Renewal {
    /// Gets a token for the device with this key, which Plex knows from a login or from
    /// [`RegisterDeviceKey`](crate::RegisterDeviceKey).
    pub fn new(key: &DeviceKey, client: &ClientInfo) -> Self {
        Self {
            key: key.clone(),
            client: client.clone(),
            scopes: Scopes::default(),
            policy: RetryPolicy::default(),
            stopwatch: Stopwatch::default(),
            retries: 0,
            was_refused: false,
            state: State::Waiting(Duration::ZERO),
        }
    }

    /// What the token shall tell of the account. Everything unless set.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// When to try again. [`RetryPolicy::default`] unless set.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    fn send<O: Operation>(&mut self, operation: &O, sent: State) -> Step<Token> {
        match operation.request(&self.client) {
            Ok(request) => {
                self.state = sent;
                Step::Send(request)
            }
            Err(error) => Step::Done(Err(error.into())),
        }
    }

    fn on_error(&mut self, error: ResponseError, of_exchange: bool, headers: &HeaderMap, now: SystemTime) {
        let server_time = clock::server_time(headers).unwrap_or(now);
        if of_exchange && is_refusal(&error) && !self.was_refused {
            self.was_refused = true;
            self.state = State::Waiting(Duration::ZERO);
        } else if !self.retry_after(self.policy.after_error(self.retries, &error, server_time)) {
            self.state = State::Ended(Err(error.into()));
        }
    }

    /// Whether there is to be another try.
    fn retry_after(&mut self, wait: Option<Duration>) -> bool {
        self.retries = self.retries.saturating_add(1);
        self.state = wait.map_or(State::Done, State::Waiting);
        wait.is_some()
    }
}

/// Whether it can be the nonce that was refused: Plex does not say so in a code of its own.
fn is_refusal(error: &ResponseError) -> bool {
    matches!(error.kind(), ErrorKind::DeviceJwtRefused | ErrorKind::DeviceJwtExpired | ErrorKind::BadRequest)
}

impl Flow for Renewal {
    type Output = Token;

    fn poll(&mut self, now: SystemTime) -> Step<Token> {
        let passed = self.stopwatch.lap(now);
        match std::mem::replace(&mut self.state, State::Done) {
            State::Waiting(time) => match time.saturating_sub(passed) {
                Duration::ZERO => self.send(&GetNonce::new(), State::GettingNonce),
                rest => {
                    self.state = State::Waiting(rest);
                    Step::Wait(rest)
                }
            },
            State::Signed(jwt) => {
                let exchange = ExchangeDeviceJwt::new(jwt);
                self.send(&exchange.clone(), State::Exchanging(exchange))
            }
            State::Ended(result) => Step::Done(result),
            State::GettingNonce | State::Exchanging(_) | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn on_response<B: AsRef<[u8]>>(&mut self, response: Response<B>, now: SystemTime) {
        self.stopwatch.lap(now);
        let of_exchange = matches!(self.state, State::Exchanging(_));
        let result = match std::mem::replace(&mut self.state, State::Done) {
            State::GettingNonce => GetNonce::new().parse(&response).map(|nonce| {
                let server_time = nonce.server_time.unwrap_or(now);
                State::Signed(self.key.sign(&self.client, &nonce.value, self.scopes, server_time))
            }),
            State::Exchanging(exchange) => exchange.parse(&response).map(|token| State::Ended(Ok(token))),
            other => Ok(other),
        };
        match result {
            Ok(state) => self.state = state,
            Err(error) => self.on_error(error, of_exchange, response.headers(), now),
        }
    }

    fn on_failure(&mut self, failure: Failure, now: SystemTime) -> Verdict {
        self.stopwatch.lap(now);
        match self.state {
            State::GettingNonce | State::Exchanging(_) => {
                if self.retry_after(self.policy.after_failure(self.retries, failure)) {
                    Verdict::GoOn
                } else {
                    Verdict::GiveUp
                }
            }
            _ => Verdict::GiveUp,
        }
    }

    fn current_exchange(&self) -> Exchange {
        let operation = match &self.state {
            State::Exchanging(_) => type_name::<ExchangeDeviceJwt>(),
            _ => type_name::<GetNonce>(),
        };
        Exchange::new(operation).after(self.retries)
    }
}

#[cfg(test)]
mod tests;
