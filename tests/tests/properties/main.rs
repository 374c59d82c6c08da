//! Property tests for arbitrary inputs and responses.
//!
//! They run the same cases every time. Set `PROPTEST_RNG_SEED=1` to run others, and `PROPTEST_CASES=10000` to run more.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests report failures by panicking"
)]

#[path = "../../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;
mod jwts;
mod races;
mod requests;
mod responses;
mod retries;
mod urls;

use proptest::test_runner::{Config, RngSeed};

/// Uses a fixed seed, unless `PROPTEST_RNG_SEED` sets another.
fn config() -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x1e57);
    }
    config
}
