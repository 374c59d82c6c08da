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
    /// It was not tried.
    LeftOut(LeftOut),
}

/// Why a connection was not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// Its address is invalid.
    InvalidAddress,
    /// It is a local address, but the server is not on this network as far as Plex knows: it could be that of another device.
    OtherNetwork,
    /// It uses plain http, and the server requires https.
    HttpsRequired,
    /// It uses plain http, which [`InsecureConnections`](crate::InsecureConnections) does not allow there.
    Insecure,
    /// It uses plain http, and something responded at the same address over https.
    HttpsResponded,
    /// There are too many addresses.
    TooMany,
    /// The race ended before.
    NotTried,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidAddress => "not tried, the address is invalid",
            Self::OtherNetwork => "not tried, a local address of another network",
            Self::HttpsRequired => "not tried, the server requires https",
            Self::Insecure => "not tried, insecure connections are not allowed there",
            Self::HttpsResponded => "not tried, https could be connected to at this address",
            Self::TooMany => "not tried, there are too many addresses",
            Self::NotTried => "not tried in time",
        })
    }
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
            ConnectionOutcome::LeftOut(reason) => reason.fmt(f),
        }
    }
}
