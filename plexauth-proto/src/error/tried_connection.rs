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
    /// It uses plain http, and https at the same address did not fail to connect.
    NotReplacingHttps,
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
            Self::NotReplacingHttps => "not tried, https at this address did not fail to connect",
            Self::TooMany => "not tried, there are too many addresses",
            Self::NotTried => "not tried in time",
        })
    }
}

impl fmt::Display for TriedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses of any length may be listed.
        write!(f, "{:.200}: ", self.address)?;
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

pub(crate) fn list(tried: &[TriedConnection]) -> String {
    if tried.is_empty() {
        return "it has no connections".to_owned();
    }
    tried.iter().map(TriedConnection::to_string).collect::<Vec<_>>().join("; ")
}

/// What the caller can do, as a short phrase.
pub(crate) fn advice(tried: &[TriedConnection]) -> &'static str {
    use ConnectionOutcome::{AnotherServer, NoResponse};
    let has =
        |reason| tried.iter().any(|connection| connection.outcome == ConnectionOutcome::LeftOut(reason));
    let was_tried =
        |connection: &&TriedConnection| !matches!(connection.outcome, ConnectionOutcome::LeftOut(_));
    // The names of `plex.direct` always resolve, except where a network's DNS refuses them.
    let is_refused_name = |connection: &TriedConnection| {
        connection.address.contains(".plex.direct:")
            && connection.outcome == NoResponse(TransportErrorKind::Connect)
    };
    let is_another = |connection: &TriedConnection| matches!(connection.outcome, AnotherServer(_));
    if has(LeftOut::NotTried) {
        "allow more time"
    } else if has(LeftOut::Insecure) && tried.iter().any(is_refused_name) {
        "check that it is running; if it is, let the network's DNS resolve the names of plex.direct, or allow insecure \
         connections"
    } else if tried.iter().any(|connection| was_tried(&connection)) {
        match tried.iter().filter(was_tried).all(is_another) {
            true => "request its connections again, which have changed",
            false => "check that it is running and that remote access is on",
        }
    } else if has(LeftOut::Insecure) {
        "turn on secure connections on the server, or allow insecure ones"
    } else if has(LeftOut::HttpsRequired) {
        "let the server publish its secure addresses"
    } else if has(LeftOut::InvalidAddress) && !has(LeftOut::OtherNetwork) {
        "correct the custom addresses in the settings of the server"
    } else {
        "turn on remote access on the server, or connect to its network"
    }
}
