use std::time::{Duration, SystemTime};

use http::{HeaderMap, Response};

use crate::client::ClientInfo;
use crate::client::Token;
use crate::clock::{self, Stopwatch};
use crate::error::{Error, ErrorKind, ResponseError, TransportError};
use crate::flow::{Flow, Label, Outgoing, Step};
use crate::jwt::{DeviceJwt, DeviceKey, Scopes};
use crate::operation::Operation;
use crate::operations::{GetNonce, RedeemDeviceJwt};
use crate::retry::RetryPolicy;

/// Obtains a new token with a device key: requests a nonce, signs it, and redeems the signed JWT.
///
/// It signs with the time of Plex's clock, so a device whose clock is wrong can renew too. Failed attempts are repeated
/// as the [`RetryPolicy`] says, each with a nonce of its own, so nothing is redeemed twice. If Plex refuses the signed
/// JWT, its nonce may have gone stale, so it is signed once more with a fresh one.
///
/// # Errors
///
/// [`DeviceJwtRefused`](ErrorKind::DeviceJwtRefused) if Plex does not know the key (log in again),
/// [`DeviceJwtExpired`](ErrorKind::DeviceJwtExpired) if the clock is wrong and Plex's responses have no date,
/// [`RateLimited`](ErrorKind::RateLimited), and transport errors.
///
/// # Examples
///
/// ```
/// use plexauth_proto::jwt::{DeviceKey, Scope};
/// use plexauth_proto::{ClientInfo, Renewal};
///
/// /// For an adapter's `run`. A [`Session`](plexauth_proto::Session) renews its token by itself.
/// fn renew(key: &DeviceKey, info: &ClientInfo) -> Renewal {
///     Renewal::new(key, info).scopes([Scope::Username, Scope::Email].into_iter().collect())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct Renewal {
    key: DeviceKey,
    info: ClientInfo,
    scopes: Scopes,
    policy: RetryPolicy,
    stopwatch: Stopwatch,
    retries: u32,
    was_refused: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Until the next request for a nonce.
    Waiting(Duration),
    GettingNonce,
    Signed(DeviceJwt),
    Redeeming(RedeemDeviceJwt),
    Ended(Result<Token, Error>),
    Done,
}

impl Renewal {
    /// Obtains a token for the device with this key, which Plex knows from a login or from
    /// [`RegisterDeviceKey`](crate::RegisterDeviceKey).
    pub fn new(key: &DeviceKey, info: &ClientInfo) -> Self {
        Self {
            key: key.clone(),
            info: info.clone(),
            scopes: Scopes::default(),
            policy: RetryPolicy::default(),
            stopwatch: Stopwatch::default(),
            retries: 0,
            was_refused: false,
            state: State::Waiting(Duration::ZERO),
        }
    }

    /// The data about the account that the token contains. All of it by default.
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// When to retry. [`RetryPolicy::default`] by default.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    fn send<O: Operation>(&mut self, operation: &O, sent: State) -> Step<Token> {
        match operation.request(&self.info) {
            Ok(request) => {
                self.state = sent;
                Step::Send(Outgoing::new(request, Label::new(operation.name()).after(self.retries)))
            }
            Err(error) => Step::Done(Err(error.into())),
        }
    }

    /// The state after a response to the request for a nonce, or to the signed JWT.
    fn read(&mut self, state: State, response: &Response<Vec<u8>>, now: SystemTime) -> State {
        let is_redeeming = matches!(state, State::Redeeming(_));
        let result = match state {
            State::GettingNonce => GetNonce::new().parse(response).map(|nonce| {
                let server_time = nonce.server_time.unwrap_or(now);
                State::Signed(self.key.sign(&self.info, Some(&nonce.value), self.scopes, server_time))
            }),
            State::Redeeming(redeem) => redeem.parse(response).map(|token| State::Ended(Ok(token))),
            other => Ok(other),
        };
        result.unwrap_or_else(|error| self.after_response_error(error, is_redeeming, response.headers(), now))
    }

    fn after_response_error(
        &mut self,
        error: ResponseError,
        is_redeeming: bool,
        headers: &HeaderMap,
        now: SystemTime,
    ) -> State {
        if is_redeeming && may_be_stale(&error) && !self.was_refused {
            self.was_refused = true;
            return State::Waiting(Duration::ZERO);
        }
        let server_time = clock::server_time(headers).unwrap_or(now);
        let wait = self.policy.after_response_error(self.retries, &error, server_time);
        self.wait_or_end(wait, error.into())
    }

    fn wait_or_end(&mut self, wait: Option<Duration>, error: Error) -> State {
        self.retries = self.retries.saturating_add(1);
        wait.map_or(State::Ended(Err(error)), State::Waiting)
    }
}

/// Whether the nonce may have been refused: Plex has no code of its own for that.
fn may_be_stale(error: &ResponseError) -> bool {
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
                    Step::Wait(self.stopwatch.ask(rest))
                }
            },
            State::Signed(jwt) => {
                let redeem = RedeemDeviceJwt::new(jwt);
                self.send(&redeem.clone(), State::Redeeming(redeem))
            }
            State::Ended(result) => Step::Done(result),
            State::GettingNonce | State::Redeeming(_) | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        self.stopwatch.lap(now);
        let state = std::mem::replace(&mut self.state, State::Done);
        self.state = match (state, result) {
            (state @ (State::GettingNonce | State::Redeeming(_)), Ok(response)) => {
                self.read(state, &response, now)
            }
            (State::GettingNonce | State::Redeeming(_), Err(error)) => {
                let wait = self.policy.after_transport_error(self.retries, error.kind());
                self.wait_or_end(wait, error.into())
            }
            (state, _) => state,
        };
    }
}

#[cfg(test)]
mod tests;
