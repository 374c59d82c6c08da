//! Homes, identities of servers and claims.

use plexauth_proto::{GetClaimToken, GetHomeUsers, GetServerIdentity};

use crate::{SECRET, read, server};

/// Runs it.
pub fn run(body: &[u8]) {
    read(&GetHomeUsers::new(SECRET), body);
    if let Some(identity) = read(&GetServerIdentity::new(server()), body) {
        assert!(!identity.machine_identifier.is_empty());
    }
    if let Some(claim) = read(&GetClaimToken::new(SECRET), body) {
        assert!(!claim.expose().is_empty());
    }
}
