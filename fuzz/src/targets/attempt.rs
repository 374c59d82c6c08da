//! Single operations with retries, with arbitrary responses and clock changes.

use std::time::Duration;

use arbitrary::Arbitrary;
use plexauth_proto::{Attempt, GetUserDetails, RetryPolicy, SignIn};

use crate::conversation::{Bounds, TOKEN, Turn, play};
use crate::{info, structured};

#[derive(Debug, Arbitrary)]
struct Tries<'a> {
    retries: u8,
    /// In milliseconds.
    base_delay: u16,
    max_delay: u32,
    seed: u64,
    turns: Vec<Turn<'a>>,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(tries) = structured(data) {
        check(&tries);
    }
}

fn check(tries: &Tries<'_>) {
    let max_delay = Duration::from_millis(tries.max_delay.into());
    let policy = RetryPolicy::default()
        .retries((tries.retries % 10).into())
        .base_delay(Duration::from_millis(tries.base_delay.into()))
        .max_delay(max_delay)
        .seed(tries.seed);
    let mut sent = 0;
    let attempt = Attempt::new(GetUserDetails::new(TOKEN), &info(), policy);
    play(
        attempt,
        &tries.turns,
        Bounds { longest: Some(max_delay), ..Bounds::default() },
        |outgoing, _, _| {
            sent += 1;
            assert_eq!(outgoing.request.uri(), "https://plex.tv/api/v2/user");
        },
    );
    assert!(sent <= 1 + u32::from(tries.retries % 10), "{sent} requests");

    // An operation that is not idempotent is sent once.
    let mut sent = 0;
    let attempt = Attempt::new(SignIn::new("me", TOKEN), &info(), policy);
    play(attempt, &tries.turns, Bounds { longest: Some(Duration::ZERO), ..Bounds::default() }, |_, _, _| {
        sent += 1
    });
    assert!(sent <= 1, "{sent} sign-ins");
}
