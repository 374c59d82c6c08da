//! [`Limits`]: what an HTTP client must hold to.

use std::time::Duration;

/// How long and how much a response may take. This crate does no IO, so whoever does it applies them; the adapters of
/// this project all start from [`Limits::default`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// From the beginning of a request to the last byte of its response. 30 seconds.
    pub timeout: Duration,
    /// For making a connection, with its name look-up and its TLS handshake. 10 seconds.
    pub connect_timeout: Duration,
    /// The longest response body, in bytes. 1 MiB; real responses have a few KiB.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), connect_timeout: Duration::from_secs(10), body: 1 << 20 }
    }
}
