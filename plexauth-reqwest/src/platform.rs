//! What differs between an operating system and a browser: the clock, timers, and one exchange over HTTP.

#[cfg(target_family = "wasm")]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(target_family = "wasm")]
pub(crate) use browser::{Instant, build, exchange, http_builder, jitter_seed, now, sleep, timeout};
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{Instant, build, exchange, http_builder, jitter_seed, now, sleep, timeout};
