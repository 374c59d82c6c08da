#![no_main]
//! A transient token as a Media Server answers it.

use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::{SECRET, read, server};
use plexauth_proto::GetTransientToken;

fuzz_target!(|body: &[u8]| {
    if let Some(token) = read(&GetTransientToken::new(server(), SECRET), body) {
        assert!(!token.expose().is_empty());
    }
});
