//! [`Limits`]: what an HTTP client must hold to.

use std::time::Duration;

use http::Request;

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

impl Limits {
    /// How long this request may take: [`timeout`](Limits::timeout), or less if it carries a [`RequestTimeout`].
    #[must_use]
    pub fn timeout_of<B>(&self, request: &Request<B>) -> Duration {
        match request.extensions().get::<RequestTimeout>() {
            Some(RequestTimeout(timeout)) => self.timeout.min(*timeout),
            None => self.timeout,
        }
    }
}

/// How long a request may take, from its beginning to the last byte of its response, where that is less than usual.
/// Travels in the [extensions](Request::extensions) of a request that a flow asks to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTimeout(pub Duration);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_shorten_its_time_and_not_prolong_it() {
        let limits = Limits::default();
        let mut request = Request::new(());
        assert_eq!(limits.timeout_of(&request), Duration::from_secs(30));
        for (seconds, expected) in [(2, 2), (300, 30)] {
            request.extensions_mut().insert(RequestTimeout(Duration::from_secs(seconds)));
            assert_eq!(limits.timeout_of(&request), Duration::from_secs(expected));
        }
    }
}
