//! Property tests: what holds for any input and any answer.
//!
//! They draw the same cases every time. Draw others with `PROPTEST_RNG_SEED=1`, and more with `PROPTEST_CASES=10000`.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "in a test a panic is the report"
)]

mod jwts;
mod requests;
mod responses;
mod retries;
mod urls;

use proptest::test_runner::{Config, RngSeed};

/// The same cases every time, unless the environment says otherwise.
fn config() -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x1e57);
    }
    config
}
