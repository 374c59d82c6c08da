use std::fmt;
use std::time::SystemTime;

use http::Response;

use super::Session;
use super::key::TokenRenewal;
use crate::client::Token;
use crate::error::{Error, TransportError};
use crate::flow::{Flow, Step};
use crate::flows::Attempt;
use crate::operation::Operation;
use crate::retry::RetryPolicy;

/// An operation with the token of a [`Session`], which is renewed when necessary: see [`Session::authenticated`].
///
/// # Errors
///
/// Those of the operation, and those of `Renewal` if no valid token is left.
#[must_use = "a flow does nothing until it is driven"]
pub struct Authenticated<F, O: Operation> {
    session: Session,
    operation: F,
    policy: RetryPolicy,
    renewal: TokenRenewal,
    state: State<O>,
}

enum State<O: Operation> {
    NeedsToken,
    Sending(Attempt<O>),
    Done,
}

impl Session {
    /// A flow that sends an operation with this session's token and renews the token when necessary.
    ///
    /// `operation` is called with the token, and a second time with a new one if Plex says that the first has expired
    /// (498). Of all flows of a session only one renews at a time; the others wait for it.
    pub fn authenticated<F, O>(&self, operation: F) -> Authenticated<F, O>
    where
        F: FnMut(Token) -> O,
        O: Operation,
    {
        Authenticated {
            session: self.clone(),
            operation,
            policy: RetryPolicy::default(),
            renewal: TokenRenewal::new(),
            state: State::NeedsToken,
        }
    }
}

impl<F, O: Operation> Authenticated<F, O> {
    /// When to retry, both the operation and the renewal. [`RetryPolicy::default`] by default.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }
}

impl<F, O> Flow for Authenticated<F, O>
where
    F: FnMut(Token) -> O,
    O: Operation,
{
    type Output = O::Output;

    fn poll(&mut self, now: SystemTime) -> Step<O::Output> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::NeedsToken => {
                    let token = match self.renewal.poll(&self.session, self.policy, now) {
                        Step::Done(Ok(token)) => token,
                        Step::Done(Err(error)) => return Step::Done(Err(error)),
                        Step::Send(outgoing) => {
                            self.state = State::NeedsToken;
                            return Step::Send(outgoing);
                        }
                        Step::Wait(time) => {
                            self.state = State::NeedsToken;
                            return Step::Wait(time);
                        }
                    };
                    let operation = (self.operation)(token);
                    self.state = State::Sending(Attempt::new(operation, self.session.info(), self.policy));
                }
                State::Sending(mut attempt) => match attempt.poll(now) {
                    Step::Done(Err(Error::Response(error)))
                        if self.renewal.retries_after(&error, &self.session) =>
                    {
                        self.state = State::NeedsToken;
                    }
                    step @ Step::Done(_) => return step,
                    step => {
                        self.state = State::Sending(attempt);
                        return step;
                    }
                },
                State::Done => return Step::Done(Err(Error::OutOfTurn)),
            }
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        match &mut self.state {
            State::Sending(attempt) => attempt.handle(result, now),
            State::NeedsToken => self.renewal.handle(result, now),
            _ => {}
        }
    }
}

impl<F, O: Operation> fmt::Debug for Authenticated<F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::NeedsToken => "NeedsToken",
            State::Sending(_) => "Sending",
            State::Done => "Done",
        };
        f.debug_struct("Authenticated").field("state", &state).finish_non_exhaustive()
    }
}

#[cfg(feature = "jwt")]
#[cfg(test)]
mod tests;
