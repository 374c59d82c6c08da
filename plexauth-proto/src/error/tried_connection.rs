//! [`TriedConnection`]: a connection that did not lead to the server.

use std::fmt;

use crate::error::kind::ErrorKind;
use crate::error::transport::TransportErrorKind;

/// A connection that did not lead to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TriedConnection {
    /// The address, as a base URL.
    pub address: String,
    /// Why it was passed over.
    pub outcome: ConnectionOutcome,
}

impl TriedConnection {
    pub(crate) fn new(address: impl fmt::Display, outcome: ConnectionOutcome) -> Self {
        Self { address: address.to_string(), outcome }
    }
}

/// Why a connection does not lead to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionOutcome {
    /// There was no response.
    NoResponse(TransportErrorKind),
    /// Something responded, but not as a Media Server does.
    Refused(ErrorKind),
    /// Another server responded, with this machine identifier.
    AnotherServer(String),
}

impl fmt::Display for TriedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.address)?;
        match &self.outcome {
            ConnectionOutcome::NoResponse(kind) => kind.fmt(f),
            ConnectionOutcome::Refused(kind) => kind.fmt(f),
            ConnectionOutcome::AnotherServer(identifier) => {
                write!(f, "another server responded, {}", identifier.escape_debug())
            }
        }
    }
}
