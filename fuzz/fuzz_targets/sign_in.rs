#![no_main]
//! The account with its new token as signing in answers it.

use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::{SECRET, read};
use plexauth_proto::SignIn;

fuzz_target!(|body: &[u8]| {
    if let Some(signed_in) = read(&SignIn::new("me", SECRET), body) {
        assert!(!signed_in.token.expose().is_empty());
        assert_eq!(signed_in.account.auth_token, Some(signed_in.token));
    }
});
