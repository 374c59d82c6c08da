//! [`TransportError`]: an exchange without a complete response.

use std::error::Error as StdError;
use std::{fmt, io, iter};

use thiserror::Error;

/// The category of a [`TransportError`], as far as it matters to the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The HTTP client could not be set up, for example with an invalid root certificate. Nothing was sent.
    Setup,
    /// No connection could be opened: the host was not found, or refused it. Nothing was sent.
    Connect,
    /// No connection, with its TLS handshake, could be made within the time limit. Nothing was sent.
    ConnectTimeout,
    /// The TLS handshake failed: the server's certificate is not trusted, its version of TLS is too old, or it does not
    /// speak TLS. Nothing was sent.
    Tls,
    /// The response was not complete within the time limit. The request may have been processed.
    Timeout,
    /// The connection was lost after it had been opened, or the server does not speak HTTP. The request may have been processed.
    Broken,
    /// The response body exceeds the limit. The rest of it was not read.
    BodyTooLarge,
    /// The caller's own HTTP client followed a redirect and took the credentials along. The response was not read.
    RedirectFollowed,
}

impl TransportErrorKind {
    /// A stable identifier in snake case, for metrics and logs: `connect_timeout`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.describe().0
    }

    /// What the caller can do about it, as a short phrase.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        self.describe().2
    }

    /// The identifier, the description and the advice.
    const fn describe(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Setup => ("setup", "the HTTP client could not be set up", "check its settings"),
            Self::Connect => (
                "connect",
                "could not connect to the server",
                "keep the token, check the address and the network, and try again",
            ),
            Self::ConnectTimeout => (
                "connect_timeout",
                "could not connect to the server in time",
                "keep the token, check the address and the network, and try again",
            ),
            Self::Tls => (
                "tls",
                "the TLS handshake with the server failed",
                "keep the token, and check the address and the server's certificate",
            ),
            Self::Timeout => (
                "timeout",
                "the server did not complete its response in time",
                "keep the token and try again",
            ),
            Self::Broken => (
                "broken",
                "the connection was lost, or the server does not speak HTTP",
                "keep the token and try again",
            ),
            Self::BodyTooLarge => (
                "body_too_large",
                "the response is too large",
                "check that the address belongs to a Plex server, or raise the limit",
            ),
            Self::RedirectFollowed => (
                "redirect_followed",
                "the HTTP client followed a redirect",
                "revoke the credentials it sent, which another server may know, and turn off redirects",
            ),
        }
    }

    /// Whether a limit on time was reached.
    #[must_use]
    pub const fn is_timeout(self) -> bool {
        matches!(self, Self::ConnectTimeout | Self::Timeout)
    }

    /// Whether there was no connection, so that nothing was sent.
    #[must_use]
    pub const fn is_connect(self) -> bool {
        matches!(self, Self::Setup | Self::Connect | Self::ConnectTimeout | Self::Tls)
    }

    /// Whether another attempt may succeed.
    pub(crate) const fn is_transient(self) -> bool {
        matches!(self, Self::Connect | Self::ConnectTimeout | Self::Timeout | Self::Broken)
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe().1)
    }
}

/// An exchange without a complete response. It says nothing about any credential.
///
/// The error of the HTTP library is its [`source`](StdError::source). Print the chain, as `anyhow` does with `{:#}`, to
/// see the cause.
#[derive(Debug, Error)]
#[error("{kind}; {}", kind.advice())]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// For transports. `source` must not contain the URL of the request, which may hold a secret.
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// A response body of more than `limit` bytes.
    pub(crate) fn body_too_large(limit: usize) -> Self {
        Self::new(TransportErrorKind::BodyTooLarge, format!("the body has more than {limit} bytes"))
    }

    /// The category.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// The same error with another kind, for transports that can be more specific.
    #[must_use]
    pub fn with_kind(self, kind: TransportErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// The first error of type `E` in the chain of sources, including errors wrapped in [`io::Error`].
    #[must_use]
    pub fn find_source<E: StdError + 'static>(&self) -> Option<&E> {
        self.sources().find_map(|error| error.downcast_ref())
    }

    /// Whether a source is an [`io::Error`] of a connection that was open: reset, closed or aborted. For transports: HTTP libraries
    /// report a connection that is lost in the TLS handshake as a failure to connect, but it is
    /// [`Broken`](TransportErrorKind::Broken).
    #[must_use]
    pub fn is_lost_connection(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let mut kinds = self.sources().filter_map(|error| Some(error.downcast_ref::<io::Error>()?.kind()));
        kinds.any(|kind| matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
    }

    fn sources(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        iter::successors(Some(&*self.source as &(dyn StdError + 'static)), |&error| {
            // The source of an `io::Error` is the source of the error inside, not that error itself.
            let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            inside.map(|inside| inside as &(dyn StdError + 'static)).or_else(|| error.source())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_stable_identifiers() {
        assert_eq!(TransportErrorKind::ConnectTimeout.as_str(), "connect_timeout");
    }

    #[test]
    fn message_and_source_are_separate() {
        let error = TransportError::new(TransportErrorKind::Broken, "reset");
        assert_eq!(
            (error.to_string(), error.source().unwrap().to_string()),
            (
                "the connection was lost, or the server does not speak HTTP; keep the token and try again"
                    .into(),
                "reset".into()
            )
        );
        assert_eq!(TransportError::body_too_large(7).source.to_string(), "the body has more than 7 bytes");
    }

    #[test]
    fn followed_redirect_is_not_called_harmless() {
        assert_eq!(
            TransportError::new(TransportErrorKind::RedirectFollowed, "to another host").to_string(),
            "the HTTP client followed a redirect; revoke the credentials it sent, which another server may know, \
             and turn off redirects"
        );
    }

    #[test]
    fn lost_connections_are_told_from_those_that_were_never_open() {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, TimedOut, UnexpectedEof};
        let error = |kind: io::ErrorKind| {
            TransportError::new(TransportErrorKind::Connect, io::Error::other(io::Error::from(kind)))
        };
        for (kind, is_lost) in
            [(ConnectionReset, true), (UnexpectedEof, true), (ConnectionRefused, false), (TimedOut, false)]
        {
            assert_eq!(error(kind).is_lost_connection(), is_lost, "{kind}");
        }
    }

    #[test]
    fn find_source_looks_through_io_errors() {
        let invalid = "x".parse::<u8>().unwrap_err();
        let deep = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, invalid.clone()));
        let error = TransportError::new(TransportErrorKind::Connect, deep);
        assert_eq!(error.find_source::<std::num::ParseIntError>(), Some(&invalid));
        assert_eq!(error.find_source::<io::Error>().map(io::Error::kind), Some(io::ErrorKind::Other));
        assert!(error.find_source::<fmt::Error>().is_none());
        assert!(!error.is_lost_connection());
        assert_eq!(error.with_kind(TransportErrorKind::Tls).kind(), TransportErrorKind::Tls);
    }
}
