//! [`Error`] of everything that is sent, and [`TransportError`] for when there was no response at all.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::flows::TriedConnection;
use crate::{ErrorKind, RequestError, ResponseError};

/// What can go wrong with an operation or a flow: before anything is sent, on the way, and after.
///
/// The flows of this crate and the adapters of this project all return it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There was no response. This says nothing about a token.
    Transport(TransportError),
    /// The request could not be made; nothing was sent.
    Request(RequestError),
    /// Plex refused, or answered something that the output cannot be had from.
    Response(ResponseError),
    /// Nobody approved the login before the PIN expired: create another.
    PinExpired,
    /// None of a server's connections leads to it: what became of each.
    ServerNotFound(Vec<TriedConnection>),
    /// The caller's deadline came before the end.
    DeadlineReached,
    /// The caller stopped it.
    Stopped,
    /// A flow was polled after its result, or before what came of its request was reported. Nothing was sent.
    OutOfTurn,
}

impl Error {
    /// What went wrong with the response, if there was one.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Response(error) => Some(error.kind()),
            _ => None,
        }
    }

    /// How the transport failed to bring a response that can be read, if that is what happened.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Transport(error) => Some(error.failure()),
            Self::Response(error) if error.kind() == ErrorKind::BodyTooLarge => Some(Failure::BodyTooLarge),
            _ => None,
        }
    }

    /// Whether a limit on time was reached, be it while connecting or later.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.failure().is_some_and(Failure::is_timeout)
    }

    /// Whether there was no connection, so that nothing was sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.failure().is_some_and(Failure::is_connect)
    }

    /// Whether Plex said that the token is not valid: then, and only then, forget it and log in again.
    /// See [`ResponseError::is_token_invalid`].
    #[must_use]
    pub fn is_token_invalid(&self) -> bool {
        matches!(self, Self::Response(error) if error.is_token_invalid())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
            Self::Response(error) => error.fmt(f),
            Self::PinExpired => f.write_str("nobody approved the login before the PIN expired; create another PIN"),
            Self::ServerNotFound(tried) => {
                f.write_str("the server cannot be reached from here (")?;
                for (place, connection) in tried.iter().enumerate() {
                    write!(f, "{}{connection}", if place == 0 { "" } else { "; " })?;
                }
                let nothing = if tried.is_empty() { "it has no usable connection" } else { "" };
                write!(f, "{nothing}); check that it is running and remote access is on")
            }
            Self::DeadlineReached => f.write_str("the deadline came first; try again with a later one"),
            Self::Stopped => f.write_str("it was stopped; start again when it is wanted"),
            Self::OutOfTurn => f.write_str(
                "the flow was polled after its result, or before the outcome of its request was reported; make another",
            ),
        }
    }
}

/// Without a source: each shows all that it is made of.
impl StdError for Error {}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<ResponseError> for Error {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

/// How a transport failed to bring a response, as far as it matters to what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// No connection, for whatever reason but time: nothing was sent.
    Connect,
    /// No connection within the time for one: nothing was sent.
    ConnectTimeout,
    /// No TLS with the server: its certificate is not to be trusted, or it does not speak TLS that is recent enough, or
    /// none at all. Nothing was sent.
    Tls,
    /// No complete response within the time for one. The request may have been acted on.
    Timeout,
    /// The connection was lost, or what came was no HTTP. The request may have been acted on.
    Broken,
    /// The response came, but its body is longer than the limit, and was not read on.
    BodyTooLarge,
    /// The HTTP client that the caller brought followed a redirect, and carried along what it was sent with. What came
    /// back was not read.
    RedirectFollowed,
}

impl Failure {
    /// Whether a limit on time was reached.
    #[must_use]
    pub const fn is_timeout(self) -> bool {
        matches!(self, Self::ConnectTimeout | Self::Timeout)
    }

    /// Whether another try may well end better.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(self, Self::Connect | Self::ConnectTimeout | Self::Timeout | Self::Broken)
    }

    /// Whether there was no connection, so that nothing was sent.
    #[must_use]
    pub const fn is_connect(self) -> bool {
        matches!(self, Self::Connect | Self::ConnectTimeout | Self::Tls)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to the server",
            Self::ConnectTimeout => "no connection to the server in time",
            Self::Tls => "no TLS with the server that can be trusted",
            Self::Timeout => "no complete answer from the server in time",
            Self::Broken => "the connection to the server broke, or it does not speak HTTP",
            Self::BodyTooLarge => "the answer is longer than the limit",
            Self::RedirectFollowed => "the HTTP client followed a redirect",
        })
    }
}

/// There was no response, and why not in the words of the HTTP library.
#[derive(Debug)]
pub struct TransportError {
    failure: Failure,
    source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// For whoever does the IO. `source` must not show the URL of the request, which can hold a secret.
    pub fn new(failure: Failure, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { failure, source: source.into() }
    }

    /// How it failed.
    #[must_use]
    pub fn failure(&self) -> Failure {
        self.failure
    }

    /// The same error as another failure, for whoever finds out more about it.
    #[must_use]
    pub fn with_failure(self, failure: Failure) -> Self {
        Self { failure, ..self }
    }

    /// The first error of a type among what the HTTP library says: its own, the sources of that, and what they wrap.
    #[must_use]
    pub fn cause<E: StdError + 'static>(&self) -> Option<&E> {
        let mut next: Option<&(dyn StdError + 'static)> = Some(&*self.source);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            // `source` of an IO error is that of the error inside, and not that error.
            let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = inside.map(|inside| inside as &(dyn StdError + 'static)).or_else(|| error.source());
        }
        None
    }

    /// The error of the HTTP library.
    #[must_use]
    pub fn get_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.source
    }
}

impl fmt::Display for TransportError {
    /// With all that the HTTP library says: its outermost words alone seldom name the cause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.failure)?;
        let mut next: Option<&dyn StdError> = Some(&*self.source);
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        f.write_str(match self.failure {
            Failure::RedirectFollowed => {
                "; another server may know the token or the password: revoke it, and turn redirects off in the HTTP client"
            }
            _ => "; the token, if one was sent, is as good as before",
        })
    }
}

impl StdError for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_error_tells_the_whole_chain() {
        let cause = std::io::Error::other(ResponseError::body_too_large(http::StatusCode::OK, 7));
        assert_eq!(
            TransportError::new(Failure::Broken, "reset").to_string(),
            "the connection to the server broke, or it does not speak HTTP: reset; \
             the token, if one was sent, is as good as before"
        );
        assert!(
            TransportError::new(Failure::Connect, cause)
                .to_string()
                .starts_with("no connection to the server: the")
        );
    }

    #[test]
    fn a_redirect_that_was_followed_is_not_said_to_be_harmless() {
        assert_eq!(
            TransportError::new(Failure::RedirectFollowed, "to another host").to_string(),
            "the HTTP client followed a redirect: to another host; another server may know the token or the password: \
             revoke it, and turn redirects off in the HTTP client"
        );
    }

    #[test]
    fn a_cause_is_found_however_deep_it_is() {
        let expired = "x".parse::<u8>().unwrap_err();
        let deep = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, expired.clone()));
        let error = TransportError::new(Failure::Connect, deep);
        assert_eq!(error.cause::<std::num::ParseIntError>(), Some(&expired));
        assert_eq!(error.cause::<io::Error>().map(io::Error::kind), Some(io::ErrorKind::Other));
        assert!(error.cause::<fmt::Error>().is_none());
        assert_eq!(error.with_failure(Failure::Tls).failure(), Failure::Tls);
    }

    #[test]
    fn failures_are_about_time_or_the_connection_or_both() {
        for (failure, is_timeout, is_connect) in [
            (Failure::Connect, false, true),
            (Failure::ConnectTimeout, true, true),
            (Failure::Tls, false, true),
            (Failure::Timeout, true, false),
            (Failure::Broken, false, false),
            (Failure::BodyTooLarge, false, false),
            (Failure::RedirectFollowed, false, false),
        ] {
            let error = Error::from(TransportError::new(failure, "x"));
            assert_eq!((error.is_timeout(), error.is_connect()), (is_timeout, is_connect), "{failure:?}");
            assert_eq!((error.kind(), error.is_token_invalid()), (None, false));
            assert_eq!(error.failure(), Some(failure));
        }
        let error = Error::from(ResponseError::not_understood(http::StatusCode::OK, "id", "missing"));
        assert_eq!((error.failure(), error.kind()), (None, Some(ErrorKind::NotUnderstood)));
        let error = Error::from(ResponseError::body_too_large(http::StatusCode::OK, 7));
        assert_eq!(
            (error.failure(), error.kind()),
            (Some(Failure::BodyTooLarge), Some(ErrorKind::BodyTooLarge))
        );
    }

    #[test]
    fn what_ends_a_flow_says_what_to_do_next() {
        for (error, words) in [
            (Error::PinExpired, "create another PIN"),
            (Error::DeadlineReached, "a later one"),
            (Error::Stopped, "start again"),
            (Error::OutOfTurn, "make another"),
        ] {
            assert!(error.to_string().contains(words), "{error}");
            assert_eq!((error.kind(), error.failure(), error.is_timeout()), (None, None, false));
        }
    }

    #[test]
    fn a_request_error_is_neither() {
        let error = Error::from(RequestError::Insecure);
        assert_eq!((error.is_timeout(), error.is_connect(), error.kind()), (false, false, None));
        assert_eq!(error.to_string(), RequestError::Insecure.to_string());
    }
}
