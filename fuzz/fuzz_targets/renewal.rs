#![no_main]
//! Whole renewals, whatever Plex answers and the clock does.

use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::client;
use plexauth_fuzz::conversation::{Turn, play};
use plexauth_proto::Renewal;
use plexauth_proto::jwt::DeviceKey;

fuzz_target!(|turns: Vec<Turn<'_>>| {
    let mut requests = 0;
    play(Renewal::new(&DeviceKey::from_bytes([7; 32]), &client()), &turns, None, |request, _, _| {
        requests += 1;
        let expected = if request.method() == "GET" { "/api/v2/auth/nonce" } else { "/api/v2/auth/token" };
        assert_eq!(request.uri().path(), expected);
        assert!(!request.headers().contains_key("x-plex-token"));
    });
    // A nonce and an exchange, twice for retries, once for a stale nonce.
    assert!(requests <= 8, "{requests} requests");
});
