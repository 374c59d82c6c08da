//! Renewals, with arbitrary responses and clock changes.

use plexauth_proto::Renewal;
use plexauth_proto::jwt::DeviceKey;

use crate::conversation::{Bounds, Turn, play};
use crate::{info, structured};

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(turns) = structured(data) {
        check(turns);
    }
}

fn check(turns: Vec<Turn<'_>>) {
    let mut requests = 0;
    play(
        Renewal::new(&DeviceKey::from_bytes([7; 32]), &info()),
        &turns,
        Bounds::default(),
        |outgoing, _, _| {
            requests += 1;
            let request = &outgoing.request;
            let expected =
                if request.method() == "GET" { "/api/v2/auth/nonce" } else { "/api/v2/auth/token" };
            assert_eq!(request.uri().path(), expected);
            assert!(!request.headers().contains_key("x-plex-token"));
        },
    );
    // Three attempts and one more after a stale nonce, each with a request for a nonce and an exchange.
    assert!(requests <= 8, "{requests} requests");
}
