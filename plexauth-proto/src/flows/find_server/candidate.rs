//! The addresses to try, and those that are left out.

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
    /// At a private, link-local or loopback address, if the server is the account's own, belongs to its Home, or has the same
    /// public address as this device. With a proxy, the network is that of the proxy: use [`Never`](Self::Never) if it
    /// is elsewhere.
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
    /// Whether the resource lists it. Others are derived from an address over https.
    pub(super) is_listed: bool,
    /// Why it must not be used even if https cannot be connected to.
    pub(super) forbidden: Option<LeftOut>,
    /// For plain http: the places of the candidates over https at the same address. It is only tried if none of them can
    /// be connected to.
    pub(super) instead_of: Vec<usize>,
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
    let mut candidates = Candidates::default();
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
                candidates.add(&plain, tier, false, insecure.forbid(&plain, resource));
                candidates.pairs.push((plain, base_url.clone()));
            }
            candidates.add(&base_url, tier, true, None);
        } else {
            match insecure.forbid(&base_url, resource) {
                Some(reason) => leave_out(base_url.to_string(), reason),
                None => candidates.add(&base_url, tier, true, None),
            }
        }
    }
    for address in candidates.cut() {
        leave_out(address.to_string(), LeftOut::TooMany);
    }
    (candidates.sorted(), left_out)
}

#[derive(Default)]
struct Candidates {
    all: Vec<Candidate>,
    /// The plain address of each address over https.
    pairs: Vec<(BaseUrl, BaseUrl)>,
}

impl Candidates {
    /// Adds an address once, with its best tier.
    fn add(&mut self, base_url: &BaseUrl, tier: ConnectionTier, is_listed: bool, forbidden: Option<LeftOut>) {
        match self.all.iter_mut().find(|other| other.base_url == *base_url) {
            Some(other) => {
                other.tier = other.tier.min(tier);
                other.is_listed |= is_listed;
            }
            None => {
                let base_url = base_url.clone();
                self.all.push(Candidate { base_url, tier, is_listed, forbidden, instead_of: Vec::new() });
            }
        }
    }

    /// Removes what exceeds the limit, and returns it: first derived addresses, then the last of the largest tier.
    fn cut(&mut self) -> Vec<BaseUrl> {
        let mut removed = Vec::new();
        while self.all.len() > MOST {
            let tier_size = |tier| self.all.iter().filter(|other| other.tier == tier).count();
            let spare = |candidate: &Candidate| (!candidate.is_listed, tier_size(candidate.tier));
            let last = self.all.iter().enumerate().max_by_key(|(_, candidate)| spare(candidate));
            let Some((place, _)) = last else { break };
            removed.push(self.all.remove(place).base_url);
        }
        removed
    }

    fn sorted(mut self) -> Vec<Candidate> {
        self.all.sort_by_key(|candidate| (candidate.tier, !candidate.base_url.is_https()));
        let place_of = |secure: &BaseUrl| self.all.iter().position(|candidate| candidate.base_url == *secure);
        let places_of = |plain: &BaseUrl| {
            let secure = self.pairs.iter().filter(|(other, _)| other == plain);
            secure.filter_map(|(_, secure)| place_of(secure)).collect()
        };
        let instead_of: Vec<_> = self.all.iter().map(|candidate| places_of(&candidate.base_url)).collect();
        for (candidate, places) in self.all.iter_mut().zip(instead_of) {
            candidate.instead_of = places;
        }
        self.all
    }
}

fn shown(connection: &Connection) -> String {
    let address = connection.uri.as_deref().or(connection.address.as_deref()).unwrap_or("no address");
    address.chars().take(100).collect::<String>().escape_debug().to_string()
}

impl InsecureConnections {
    /// Why a plain address of the resource must not be used.
    fn forbid(self, base_url: &BaseUrl, resource: &Resource) -> Option<LeftOut> {
        let is_allowed = match self {
            Self::Never => false,
            Self::SameNetwork => resource.may_be_on_this_network() && is_private(base_url),
            Self::Always => true,
        };
        match (resource.https_required, is_allowed) {
            (true, _) => Some(LeftOut::HttpsRequired),
            (false, false) => Some(LeftOut::Insecure),
            (false, true) => None,
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
