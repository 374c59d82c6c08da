//! Every error of this crate.

use thiserror::Error as ThisError;

mod kind;
mod request;
mod response;
mod retry_after;
mod transport;
mod tried_connection;

use http::StatusCode;

pub use kind::ErrorKind;
pub use request::RequestError;
pub use response::ResponseError;
pub use retry_after::RetryAfter;
pub use transport::{TransportError, TransportErrorKind};
pub use tried_connection::{ConnectionOutcome, LeftOut, TriedConnection};

/// An operation or a flow that failed: before the request was sent, on the way, or in the response.
///
/// Flows and adapters return it. `Display` and [`source`](std::error::Error::source) follow the convention: no message
/// repeats its source. Messages are written for developers; choose your own words for users by [`kind`](Error::kind).
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// There was no complete response. This says nothing about any credential.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An input cannot be sent. Nothing was sent.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The server refused the request, or its response lacks the expected result.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// Nobody approved the login before the PIN expired.
    #[error("the PIN expired before anybody approved the login; create another PIN")]
    PinExpired,
    /// Plex does not know the PIN for this client identifier, although it is not known to have expired. Another identifier
    /// created it, another program has fetched its token, or it expired before the login was resumed.
    #[error(
        "Plex does not know the PIN for this client identifier: another identifier created it, or it has been used or has \
         expired; continue with the identifier that created it, or create another PIN"
    )]
    PinNotFound,
    /// The renewed token belongs to another account, which has logged in with the device key of the session since. The
    /// session keeps its old token.
    #[error(
        "the renewed token belongs to another account, which has logged in with the same device key since; log in again with a \
         client identifier and a device key of this session's own"
    )]
    AnotherAccount,
    /// The token of the session has expired, and a renewal has failed within the last minute. The session pauses between
    /// attempts.
    #[error(
        "the token has expired, and renewing it has just failed; keep the session, and try again in a minute"
    )]
    RenewalFailed,
    /// There is no token that the Media Server accepts. The list says what was tried.
    #[error(
        "there is no token that the Media Server accepts ({}); log in once more without a device key, under another client \
         identifier, and use that login for Media Servers",
        .0.join("; ")
    )]
    NoServerToken(Vec<&'static str>),
    /// None of the connections leads to the server. The list has the outcome of each, also of those that were not tried.
    #[error("the server cannot be reached ({}); {}", tried_connection::list(.0), tried_connection::advice(.0))]
    ServerNotFound(Vec<TriedConnection>),
    /// The caller's deadline passed before the flow ended.
    #[error("the deadline has passed; try again with a later one")]
    DeadlineReached,
    /// The caller cancelled the flow.
    #[error("cancelled by the caller")]
    Cancelled,
    /// A flow was polled after it had ended, or before the outcome of its last request was handled. Nothing was sent.
    #[error(
        "the flow was polled out of turn: it has ended, or is waiting for the outcome of its request; start a new one"
    )]
    OutOfTurn,
}

impl Error {
    /// The response error, if the server responded.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseError> {
        match self {
            Self::Response(error) => Some(error),
            _ => None,
        }
    }

    /// The transport error, if there was no complete response.
    #[must_use]
    pub fn transport(&self) -> Option<&TransportError> {
        match self {
            Self::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// The category of a failed response. An input that was refused locally has the kind that Plex's refusal would have.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Request(RequestError::HomePin) => Some(ErrorKind::WrongHomePin),
            Self::Request(RequestError::HomePinWanted) => Some(ErrorKind::HomePinWanted),
            _ => self.response().map(ResponseError::kind),
        }
    }

    /// The HTTP status, if the server responded.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.response().map(ResponseError::status)
    }

    /// Plex's error code, if the response contained one: see [`ResponseError::code`].
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.response().and_then(ResponseError::code)
    }

    /// How long to wait before the next request, if the server said so: see [`ResponseError::retry_after`].
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        self.response().and_then(ResponseError::retry_after)
    }

    /// Whether Plex said that the token is invalid. Only then discard it and log in again.
    /// See [`ResponseError::is_token_invalid`].
    #[must_use]
    pub fn is_token_invalid(&self) -> bool {
        self.response().is_some_and(ResponseError::is_token_invalid)
    }

    /// Whether a time limit was reached, while connecting or later.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.transport().is_some_and(|error| error.kind().is_timeout())
    }

    /// Whether there was no connection, so that nothing was sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.transport().is_some_and(|error| error.kind().is_connect())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn transport_kinds_are_about_time_or_connection() {
        use TransportErrorKind::*;
        for (kind, is_timeout, is_connect) in [
            (Setup, false, true),
            (Connect, false, true),
            (ConnectTimeout, true, true),
            (Tls, false, true),
            (Timeout, true, false),
            (Broken, false, false),
            (BodyTooLarge, false, false),
            (RedirectFollowed, false, false),
        ] {
            let error = Error::from(TransportError::new(kind, "x"));
            assert_eq!((error.is_timeout(), error.is_connect()), (is_timeout, is_connect), "{kind:?}");
            assert_eq!((error.kind(), error.is_token_invalid(), error.status()), (None, false, None));
            assert_eq!(error.transport().map(TransportError::kind), Some(kind));
        }
    }

    #[test]
    fn response_details_are_found_on_the_error() {
        let wait = RetryAfter::Delay(Duration::from_secs(7));
        let status = StatusCode::TOO_MANY_REQUESTS;
        let refused = ResponseError::refused(ErrorKind::RateLimited, status, Some(1003), None, Some(wait));
        let error = Error::from(refused.clone());
        assert_eq!(
            (error.kind(), error.status(), error.code(), error.retry_after(), error.response()),
            (Some(ErrorKind::RateLimited), Some(status), Some(1003), Some(wait), Some(&refused))
        );
        assert!(error.transport().is_none() && !error.is_timeout() && !error.is_connect());
    }

    #[test]
    fn local_refusal_has_the_kind_of_plexs_own() {
        assert_eq!(Error::from(RequestError::HomePin).kind(), Some(ErrorKind::WrongHomePin));
        assert_eq!(Error::from(RequestError::HomePinWanted).kind(), Some(ErrorKind::HomePinWanted));
        assert_eq!(Error::from(RequestError::Insecure).kind(), None);
    }

    #[test]
    fn flow_errors_say_what_to_do_next() {
        for (error, words) in [
            (Error::PinExpired, "create another PIN"),
            (Error::PinNotFound, "the identifier that created it"),
            (
                Error::NoServerToken(vec!["the account has no Home"]),
                "(the account has no Home); log in once more",
            ),
            (Error::AnotherAccount, "of this session's own"),
            (Error::DeadlineReached, "a later one"),
            (Error::Cancelled, "cancelled"),
            (Error::OutOfTurn, "start a new one"),
            (Error::ServerNotFound(Vec::new()), "turn on remote access"),
        ] {
            assert!(error.to_string().contains(words), "{error}");
            assert_eq!((error.kind(), error.is_timeout()), (None, false));
        }
    }

    /// A level of the chain that repeats the next one, or hides it, would print its words twice or never.
    #[test]
    fn chain_says_everything_once() {
        let cause = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let error = Error::from(TransportError::new(TransportErrorKind::Connect, cause));
        assert_eq!(
            format!("{:#}", anyhow::Error::from(error).context("loading the account")),
            "loading the account: could not connect to the server; keep the token, check the address and the network, \
             and try again: connection refused"
        );
        let refused = ResponseError::not_understood(StatusCode::OK, "id", "missing");
        assert_eq!(
            format!("{:#}", anyhow::Error::from(Error::from(refused))),
            "the response lacks the expected data (HTTP 200, at id, missing); report this together with the path named here"
        );
        let input = Error::from(RequestError::Empty { what: "the token" });
        assert_eq!(format!("{:#}", anyhow::Error::from(input)), "the token is empty");
    }
}
