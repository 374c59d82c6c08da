//! The addresses to try, and those that are left out.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::client::BaseUrl;
use crate::error::{ConnectionOutcome, LeftOut, TriedConnection};
use crate::model::{Connection, Resource};

/// The most addresses to try.
const MOST: usize = 64;

/// The kind of a connection, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConnectionTier {
    /// An address on the server's local network.
    Local,
    /// A public address.
    Remote,
    /// Plex's relay, which is slow.
    Relay,
}

impl ConnectionTier {
    fn of(connection: &Connection) -> Self {
        if connection.relay {
            Self::Relay
        } else if connection.local {
            Self::Local
        } else {
            Self::Remote
        }
    }
}

/// Whether connections over plain http may be used, where everybody on the way can read the token and pretend to be the
/// server. The choice that Plex's own applications give.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InsecureConnections {
    /// Never.
    Never,
    /// At a private or loopback address, if the server is the account's own, belongs to its Home, or has the same public
    /// address as this device.
    #[default]
    SameNetwork,
    /// At any address.
    Always,
}

/// An address to try.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) base_url: BaseUrl,
    pub(super) tier: ConnectionTier,
    /// For plain http: the place of the candidate over https at the same address. Only if that one cannot be connected to,
    /// this one is tried.
    pub(super) instead_of: Option<usize>,
}

/// The candidates of a resource: by tier, and those over https before the others of a tier. And the connections that are
/// left out.
pub(super) fn candidates(
    resource: &Resource,
    insecure: InsecureConnections,
) -> (Vec<Candidate>, Vec<TriedConnection>) {
    let mut left_out = Vec::new();
    let mut leave_out = |address: String, reason| {
        left_out.push(TriedConnection::new(address, ConnectionOutcome::LeftOut(reason)));
    };
    let mut found = Found::default();
    for connection in &resource.connections {
        let tier = ConnectionTier::of(connection);
        let Some(base_url) = connection.base_url() else {
            leave_out(shown(connection), LeftOut::InvalidAddress);
            continue;
        };
        if tier == ConnectionTier::Local && !resource.may_be_on_this_network() {
            leave_out(base_url.to_string(), LeftOut::OtherNetwork);
            continue;
        }
        if base_url.is_https() {
            // The same address works where the network's DNS refuses the names of `plex.direct` (DNS rebinding).
            let plain = connection.base_url_with("http").filter(|_| tier != ConnectionTier::Relay);
            if let Some(plain) = plain {
                found.derived.push((tier, plain, base_url.clone()));
            }
            found.secure.push((tier, base_url));
        } else if resource.https_required {
            leave_out(base_url.to_string(), LeftOut::HttpsRequired);
        } else if !insecure.allow(&base_url, resource) {
            leave_out(base_url.to_string(), LeftOut::Insecure);
        } else {
            found.plain.push((tier, base_url));
        }
    }
    found.derived.retain(|(_, plain, _)| !resource.https_required && insecure.allow(plain, resource));
    let mut candidates = found.into_candidates();
    for candidate in candidates.drain(MOST.min(candidates.len())..) {
        leave_out(candidate.base_url.to_string(), LeftOut::TooMany);
    }
    (candidates, left_out)
}

#[derive(Default)]
struct Found {
    secure: Vec<(ConnectionTier, BaseUrl)>,
    plain: Vec<(ConnectionTier, BaseUrl)>,
    /// Plain addresses to use instead of the last.
    derived: Vec<(ConnectionTier, BaseUrl, BaseUrl)>,
}

impl Found {
    fn into_candidates(self) -> Vec<Candidate> {
        // A listed address that is also a derived one is only used if https cannot be.
        let derived = self.derived.into_iter().map(|(tier, base_url, secure)| (tier, base_url, Some(secure)));
        let listed = self.secure.into_iter().chain(self.plain).map(|(tier, base_url)| (tier, base_url, None));
        let mut all: Vec<_> = derived.chain(listed).collect();
        all.sort_by_key(|(tier, base_url, _)| (*tier, !base_url.is_https()));
        let mut seen = HashSet::new();
        all.retain(|(_, base_url, _)| seen.insert(base_url.clone()));
        let place_of = |wanted: &BaseUrl| all.iter().position(|(_, base_url, _)| base_url == wanted);
        let candidate = |(tier, base_url, secure): &(ConnectionTier, BaseUrl, Option<BaseUrl>)| Candidate {
            tier: *tier,
            base_url: base_url.clone(),
            instead_of: secure.as_ref().and_then(place_of),
        };
        all.iter().map(candidate).collect()
    }
}

fn shown(connection: &Connection) -> String {
    let address = connection.uri.as_deref().or(connection.address.as_deref()).unwrap_or("no address");
    address.chars().take(100).collect::<String>().escape_debug().to_string()
}

impl InsecureConnections {
    fn allow(self, base_url: &BaseUrl, resource: &Resource) -> bool {
        match self {
            Self::Never => false,
            Self::SameNetwork => resource.may_be_on_this_network() && is_private(base_url),
            Self::Always => true,
        }
    }
}

/// Whether the address is this machine or on a private network.
fn is_private(base_url: &BaseUrl) -> bool {
    let host = base_url.host();
    base_url.is_loopback()
        || match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
            Ok(IpAddr::V6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
            Err(_) => false,
        }
}
