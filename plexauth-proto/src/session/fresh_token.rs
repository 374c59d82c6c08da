use std::time::SystemTime;

use http::Response;

use super::Session;
use super::key::TokenRenewal;
use crate::client::Token;
use crate::error::{Error, TransportError};
use crate::flow::{Flow, Step};
use crate::retry::RetryPolicy;

/// Gives the token of a [`Session`], renewed if necessary: see [`Session::fresh_token`].
///
/// # Errors
///
/// Those of `Renewal` if the token has expired; [`Error::RenewalFailed`] if another flow has just tried.
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct FreshToken {
    session: Session,
    policy: RetryPolicy,
    renewal: TokenRenewal,
    is_done: bool,
}

impl Session {
    /// A flow that gives a token that is valid now, for other libraries. It sends nothing if the current one
    /// is, and renews it otherwise; however many flows ask, one renews.
    ///
    /// The clock of this device decides whether a JWT has expired. A legacy token is returned as it is, because only plex.tv knows
    /// whether it is still valid.
    pub fn fresh_token(&self) -> FreshToken {
        FreshToken {
            session: self.clone(),
            policy: RetryPolicy::default(),
            renewal: TokenRenewal::new(),
            is_done: false,
        }
    }
}

impl FreshToken {
    /// When to retry the renewal. [`RetryPolicy::default`] by default.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }
}

impl Flow for FreshToken {
    type Output = Token;

    fn poll(&mut self, now: SystemTime) -> Step<Token> {
        if self.is_done {
            return Step::Done(Err(Error::OutOfTurn));
        }
        let step = self.renewal.poll(&self.session, self.policy, now);
        self.is_done = matches!(step, Step::Done(_));
        match step {
            Step::Done(Ok(_)) if self.session.has_expired(now) => Step::Done(Err(Error::RenewalFailed)),
            step => step,
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        self.renewal.handle(result, now);
    }
}
