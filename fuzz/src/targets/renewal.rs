//! Whole renewals, whatever Plex answers and the clock does.

use plexauth_proto::Renewal;
use plexauth_proto::jwt::DeviceKey;

use crate::conversation::{Bounds, Turn, play};
use crate::{info, structured};

/// Runs it.
pub fn run(data: &[u8]) {
    if let Some(turns) = structured(data) {
        play_out(turns);
    }
}

fn play_out(turns: Vec<Turn<'_>>) {
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
    // A nonce and an exchange, twice for retries, once for a stale nonce.
    assert!(requests <= 8, "{requests} requests");
}
