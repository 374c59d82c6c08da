use std::fmt;
#[cfg(feature = "jwt")]
use std::time::Duration;
use std::time::SystemTime;

use http::Response;

use super::Attempt;
#[cfg(feature = "jwt")]
use super::Renewal;
#[cfg(feature = "jwt")]
use crate::RequestTimeout;
use crate::exchange::type_name;
#[cfg(feature = "jwt")]
use crate::session::RenewalClaim;
use crate::session::{Claim, Session};
use crate::{
    Error, ErrorKind, Exchange, Failure, Flow, Operation, ResponseError, RetryPolicy, Step, Token, Verdict,
};

/// How long to wait before looking again whether another flow has renewed the token.
#[cfg(feature = "jwt")]
const ANOTHER_LOOK: Duration = Duration::from_millis(50);

/// How long each request of a renewal may take that is not needed yet.
#[cfg(feature = "jwt")]
const AHEAD_OF_TIME: Duration = Duration::from_secs(5);

/// An operation with the token of a [`Session`], which is renewed where that is due: see [`Session::authenticated`].
///
/// # Errors
///
/// Those of the operation; those of `Renewal` if there is no token that is still good.
#[must_use = "a flow does nothing until it is driven"]
pub struct Authenticated<F, O: Operation> {
    session: Session,
    operation: F,
    policy: RetryPolicy,
    /// The token that was found to have expired, and how Plex said so. There is one at most.
    stale: Stale,
    /// Whether a renewal was tried, by this flow or by one that it waited for. There is one at most.
    was_renewed: bool,
    state: State<O>,
}

enum State<O: Operation> {
    /// With the number of failures that it was told, if it was told to wait.
    Ready(Option<u64>),
    #[cfg(feature = "jwt")]
    Renewing(Box<Renewal>, RenewalClaim),
    Sending(Token, Attempt<O>),
    Done,
}

impl<F, O> Authenticated<F, O>
where
    F: FnMut(&Token) -> O,
    O: Operation,
{
    pub(crate) fn new(session: Session, operation: F) -> Self {
        Self {
            session,
            operation,
            policy: RetryPolicy::default(),
            stale: None,
            was_renewed: false,
            state: State::Ready(None),
        }
    }

    /// When to try again, be it the operation or the renewal. [`RetryPolicy::default`] unless set.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    fn send_with(&mut self, token: Token) {
        let operation = (self.operation)(&token);
        let attempt = Attempt::new(operation, self.session.client(), self.policy);
        self.state = State::Sending(token, attempt);
    }

    /// One step, or nothing if the state has changed and there is another to make.
    fn advance(&mut self, now: SystemTime) -> Option<Step<O::Output>> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Ready(waited) => return self.claim(waited, now),
            #[cfg(feature = "jwt")]
            State::Renewing(mut renewal, claim) => match renewal.poll(now) {
                Step::Done(Ok(token)) => {
                    self.session.renewed(token.clone(), now);
                    drop(claim);
                    self.send_with(token);
                }
                Step::Done(Err(error)) => match still_good(&self.stale, &claim, now) {
                    Some(token) => self.send_with(token),
                    None => return Some(Step::Done(Err(error))),
                },
                Step::Send(mut request) => {
                    if !claim.is_pressing {
                        request.extensions_mut().insert(RequestTimeout(AHEAD_OF_TIME));
                    }
                    self.state = State::Renewing(renewal, claim);
                    return Some(Step::Send(request));
                }
                Step::Wait(time) => {
                    self.state = State::Renewing(renewal, claim);
                    return Some(Step::Wait(time));
                }
            },
            State::Sending(token, mut attempt) => match attempt.poll(now) {
                Step::Done(Err(Error::Response(error)))
                    if error.kind() == ErrorKind::TokenExpired
                        && !self.was_renewed
                        && self.session.can_renew() =>
                {
                    self.stale = Some((token, error));
                    self.state = State::Ready(None);
                }
                step @ Step::Done(_) => return Some(step),
                step => {
                    self.state = State::Sending(token, attempt);
                    return Some(step);
                }
            },
            State::Done => return Some(Step::Done(Err(Error::OutOfTurn))),
        }
        None
    }

    fn claim(&mut self, waited: Option<u64>, now: SystemTime) -> Option<Step<O::Output>> {
        let stale = self.stale.as_ref().map(|(token, _)| token);
        match self.session.claim(stale, waited, now) {
            Claim::Use(token) => {
                self.was_renewed |= stale.is_some();
                self.send_with(token);
            }
            #[cfg(feature = "jwt")]
            Claim::Wait(failures) => {
                self.state = State::Ready(Some(waited.unwrap_or(failures)));
                return Some(Step::Wait(ANOTHER_LOOK));
            }
            // There will be no better token. Plex says what it thinks of this one, or has said so.
            #[cfg(feature = "jwt")]
            Claim::Failed(token) => {
                self.was_renewed = true;
                match self.stale.take() {
                    Some((_, error)) => return Some(Step::Done(Err(error.into()))),
                    None => self.send_with(token),
                }
            }
            #[cfg(feature = "jwt")]
            Claim::Renew(renewal, claim) => {
                self.was_renewed = claim.is_pressing;
                let policy = if claim.is_pressing { self.policy } else { RetryPolicy::none() };
                self.state = State::Renewing(Box::new(renewal.retry(policy)), claim);
            }
        }
        None
    }
}

/// What [`Authenticated::stale`] holds.
type Stale = Option<(Token, ResponseError)>;

/// The token after a renewal that failed, where it is worth a try: perhaps only the way to clients.plex.tv is closed.
#[cfg(feature = "jwt")]
fn still_good(stale: &Stale, claim: &RenewalClaim, now: SystemTime) -> Option<Token> {
    claim.failed(now).filter(|token| stale.as_ref().is_none_or(|(stale, _)| stale != token))
}

impl<F, O> Flow for Authenticated<F, O>
where
    F: FnMut(&Token) -> O,
    O: Operation,
{
    type Output = O::Output;

    fn poll(&mut self, now: SystemTime) -> Step<O::Output> {
        loop {
            if let Some(step) = self.advance(now) {
                return step;
            }
        }
    }

    fn on_response<B: AsRef<[u8]>>(&mut self, response: Response<B>, now: SystemTime) {
        match &mut self.state {
            #[cfg(feature = "jwt")]
            State::Renewing(renewal, _) => renewal.on_response(response, now),
            State::Sending(_, attempt) => attempt.on_response(response, now),
            State::Ready(_) | State::Done => {}
        }
    }

    fn on_failure(&mut self, failure: Failure, now: SystemTime) -> Verdict {
        match &mut self.state {
            #[cfg(feature = "jwt")]
            State::Renewing(renewal, claim) => {
                if renewal.on_failure(failure, now) == Verdict::GoOn {
                    return Verdict::GoOn;
                }
                match still_good(&self.stale, claim, now) {
                    Some(token) => {
                        self.send_with(token);
                        Verdict::GoOn
                    }
                    None => {
                        self.state = State::Done;
                        Verdict::GiveUp
                    }
                }
            }
            State::Sending(_, attempt) => attempt.on_failure(failure, now),
            State::Ready(_) | State::Done => Verdict::GiveUp,
        }
    }

    fn current_exchange(&self) -> Exchange {
        match &self.state {
            #[cfg(feature = "jwt")]
            State::Renewing(renewal, _) => renewal.current_exchange(),
            State::Sending(_, attempt) => attempt.current_exchange(),
            State::Ready(_) | State::Done => Exchange::new(type_name::<O>()),
        }
    }
}

impl<F, O: Operation> fmt::Debug for Authenticated<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Ready(_) => "Ready",
            #[cfg(feature = "jwt")]
            State::Renewing(..) => "Renewing",
            State::Sending(..) => "Sending",
            State::Done => "Done",
        };
        f.debug_struct("Authenticated").field("state", &state).finish_non_exhaustive()
    }
}

#[cfg(feature = "jwt")]
#[cfg(test)]
mod tests;
