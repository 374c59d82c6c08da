//! The counterpart of `key` without the feature `jwt`: a session has no key, and its token is never renewed.

use std::time::SystemTime;

use http::Response;

use super::Session;
use crate::client::Token;
use crate::error::{ResponseError, TransportError};
use crate::flow::Step;
use crate::retry::RetryPolicy;

#[derive(Debug)]
pub(super) struct TokenRenewal;

impl TokenRenewal {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn retries_after(&mut self, _: &ResponseError, _: &Session) -> bool {
        false
    }

    pub(super) fn poll(&mut self, session: &Session, _: RetryPolicy, _: SystemTime) -> Step<Token> {
        Step::Done(Ok(session.token()))
    }

    pub(super) fn handle(&mut self, _: Result<Response<Vec<u8>>, TransportError>, _: SystemTime) {}
}

impl Session {
    pub(super) fn has_expired(&self, _: SystemTime) -> bool {
        false
    }
}
