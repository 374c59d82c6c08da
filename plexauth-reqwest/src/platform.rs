//! What differs between an operating system and a browser: the clock, timers, and one exchange over HTTP.

#[cfg(target_family = "wasm")]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(target_family = "wasm")]
pub(crate) use browser::{Instant, build, exchange, http_builder, jitter_seed, now, sleep, timeout};
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{Instant, build, exchange, http_builder, jitter_seed, now, sleep, timeout};

use plexauth_proto::{TransportError, TransportErrorKind};

/// Omits reqwest's own error, which shows the whole URL that the other server chose.
fn redirect_followed() -> TransportError {
    TransportError::new(TransportErrorKind::RedirectFollowed, "set its redirect policy to `Policy::none()`")
}
