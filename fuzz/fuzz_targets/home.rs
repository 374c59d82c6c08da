#![no_main]
//! Homes, identities of servers and claims.

use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::{SECRET, read, server};
use plexauth_proto::{GetClaimToken, GetHomeUsers, GetServerIdentity};

fuzz_target!(|body: &[u8]| {
    read(&GetHomeUsers::new(SECRET), body);
    if let Some(identity) = read(&GetServerIdentity::new(server()), body) {
        assert!(!identity.machine_identifier.is_empty());
    }
    if let Some(claim) = read(&GetClaimToken::new(SECRET), body) {
        assert!(!claim.expose().is_empty());
    }
});
