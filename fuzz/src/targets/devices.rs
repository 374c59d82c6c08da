//! Devices and transient tokens, as a Media Server answers with them.

use plexauth_proto::{GetSourceConnectionInformation, GetTransientToken};

use crate::{SECRET, read, server, source};

/// Runs it.
pub fn run(body: &[u8]) {
    read(&GetSourceConnectionInformation::new(server(), SECRET, source()), body);
    if let Some(token) = read(&GetTransientToken::new(server(), SECRET), body) {
        assert!(!token.expose().is_empty());
    }
}
