#![no_main]
//! The account as `GET /user` answers it.

use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::{SECRET, read};
use plexauth_proto::GetUserDetails;

fuzz_target!(|body: &[u8]| {
    if let Some(account) = read(&GetUserDetails::new(SECRET), body) {
        assert!(!account.uuid.is_empty());
        assert!(!format!("{account:?}").contains("Token(\""), "a token prints nothing of itself");
    }
});
