//! [`Limits`]: limits on time and size for transports.

use std::fmt;
use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{Response, response};

use crate::error::TransportError;
use crate::flow::Outgoing;

/// The most memory, in bytes, that is reserved because of a `Content-Length` alone: more than real responses need.
const BELIEVED: usize = 1 << 16;

/// The limits on a request and its response, for the transport to enforce. The adapters start from [`Limits::default`].
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::Limits;
///
/// let limits = Limits::default().with_timeout(Duration::from_secs(5));
/// assert_eq!(limits.connect_timeout, Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The time from the start of a request to the last byte of its response. 30 seconds by default.
    pub timeout: Duration,
    /// The time to connect, including the DNS lookup and the TLS handshake. 10 seconds by default.
    pub connect_timeout: Duration,
    /// The size of a response body, in bytes. 1 MiB by default; Plex's responses have a few KiB.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), connect_timeout: Duration::from_secs(10), body: 1 << 20 }
    }
}

impl Limits {
    /// The longest time limit: a year. A longer one counts as this long, because HTTP libraries compute the moment at which it
    /// ends.
    pub const LONGEST: Duration = Duration::from_secs(365 * 86_400);

    /// Sets [`timeout`](Self::timeout).
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets [`connect_timeout`](Self::connect_timeout).
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets [`body`](Self::body).
    #[must_use]
    pub const fn with_body(mut self, bytes: usize) -> Self {
        self.body = bytes;
        self
    }

    /// The time limit of a request: [`timeout`](Self::timeout), or the request's own if that is shorter.
    #[must_use]
    pub fn timeout_for(&self, outgoing: &Outgoing) -> Duration {
        outgoing.timeout.map_or(self.timeout, |timeout| timeout.min(self.timeout)).min(Self::LONGEST)
    }

    /// Starts to collect a response whose body arrives in chunks.
    #[must_use]
    pub fn limited_response(&self, parts: response::Parts) -> LimitedResponse {
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = Vec::with_capacity(announced.unwrap_or(0).min(self.body).min(BELIEVED));
        LimitedResponse { parts, body, limit: self.body }
    }
}

/// A response that is being received. At most [`Limits::body`] bytes of its body are kept.
///
/// ```
/// use plexauth_proto::{Limits, TransportError};
///
/// # fn run(response: http::Response<Vec<Vec<u8>>>) -> Result<http::Response<Vec<u8>>, TransportError> {
/// let (parts, chunks) = response.into_parts();
/// let mut response = Limits::default().limited_response(parts);
/// for chunk in chunks {
///     response.push(&chunk)?;
/// }
/// Ok(response.finish())
/// # }
/// # assert_eq!(run(http::Response::new(vec![b"a".into(), b"b".into()])).unwrap().into_body(), b"ab");
/// ```
pub struct LimitedResponse {
    parts: response::Parts,
    body: Vec<u8>,
    limit: usize,
}

impl LimitedResponse {
    /// Adds a chunk of the body.
    ///
    /// # Errors
    ///
    /// [`BodyTooLarge`](crate::TransportErrorKind::BodyTooLarge) if the body exceeds the limit: stop reading, and close
    /// the connection.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), TransportError> {
        let room = self.limit.saturating_sub(self.body.len());
        if chunk.len() > room {
            return Err(TransportError::body_too_large(self.limit));
        }
        if chunk.len() > self.body.capacity().saturating_sub(self.body.len()) {
            // A long body gets enough room at once not to be moved again; most systems only commit memory that is written.
            let more = if self.body.len() < BELIEVED { 1 } else { 16 };
            self.body.reserve_exact(self.body.len().saturating_mul(more).max(chunk.len()).min(room));
        }
        self.body.extend_from_slice(chunk);
        Ok(())
    }

    /// The complete response.
    #[must_use]
    pub fn finish(self) -> Response<Vec<u8>> {
        Response::from_parts(self.parts, self.body)
    }
}

impl fmt::Debug for LimitedResponse {
    /// Shows neither the body nor the headers, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedResponse").field("status", &self.parts.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::error::TransportErrorKind;

    fn reading(limit: usize, content_length: Option<&str>) -> LimitedResponse {
        let mut response = Response::builder().status(201);
        if let Some(value) = content_length {
            response = response.header(CONTENT_LENGTH, value);
        }
        let limits = Limits::default().with_body(limit);
        limits.limited_response(response.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn body_is_collected_up_to_the_limit() {
        let mut response = reading(5, None);
        for chunk in ["ab", "", "cde"] {
            response.push(chunk.as_bytes()).unwrap();
        }
        assert_eq!(response.push(b"f").unwrap_err().kind(), TransportErrorKind::BodyTooLarge);
        response.push(b"").unwrap();
        let response = response.finish();
        assert_eq!((response.status().as_u16(), response.body().as_slice()), (201, &b"abcde"[..]));
        assert_eq!(reading(5, None).push(b"abcdef").unwrap_err().kind(), TransportErrorKind::BodyTooLarge);
    }

    #[test]
    fn memory_never_exceeds_the_limit() {
        for content_length in
            [None, Some("1000"), Some("3"), Some("18446744073709551616"), Some("-1"), Some("x")]
        {
            for chunk in [1, 7, 64, 99, 100] {
                let mut response = reading(100, content_length);
                while response.push(&vec![b'a'; chunk]).is_ok() {
                    assert!(response.body.capacity() <= 100, "{content_length:?} {chunk}");
                }
                assert_eq!(response.finish().body().len(), 100 / chunk * chunk);
            }
        }
    }

    #[test]
    fn short_body_doubles_and_long_body_gets_all_its_room() {
        let mut response = reading(1 << 20, None);
        response.push(&[b'a'; 1000]).unwrap();
        response.push(b"a").unwrap();
        assert_eq!(response.body.capacity(), 2000);
        response.push(&[b'a'; BELIEVED - 1001]).unwrap();
        assert_eq!((response.body.len(), response.body.capacity()), (BELIEVED, BELIEVED));
        response.push(b"a").unwrap();
        assert_eq!(response.body.capacity(), 1 << 20, "it is not moved again");
    }

    #[test]
    fn announced_length_alone_costs_little() {
        assert_eq!(reading(1 << 20, Some("1048576")).body.capacity(), BELIEVED);
    }

    #[test]
    fn body_of_announced_length_is_not_moved() {
        let mut response = reading(100, Some("60"));
        let place = response.body.as_ptr();
        (0..60).for_each(|_| response.push(b"a").unwrap());
        assert_eq!((response.body.as_ptr(), response.body.capacity()), (place, 60));
    }

    #[test]
    fn debug_shows_neither_headers_nor_body() {
        let mut response = reading(100, Some("60"));
        response.push(b"hushhush").unwrap();
        assert_eq!(format!("{response:?}"), "LimitedResponse { status: 201, .. }");
    }

    #[test]
    fn request_may_shorten_its_time_but_not_extend_it() {
        let limits = Limits::default();
        let outgoing = || Outgoing::from(Request::new(Vec::new()));
        assert_eq!(limits.timeout_for(&outgoing()), Duration::from_secs(30));
        for (seconds, expected) in [(2, 2), (300, 30)] {
            let outgoing = outgoing().with_timeout(Duration::from_secs(seconds));
            assert_eq!(limits.timeout_for(&outgoing), Duration::from_secs(expected));
        }
        let endless = limits.with_timeout(Duration::MAX);
        assert_eq!(endless.timeout_for(&outgoing()), Duration::from_secs(31_536_000), "a year");
    }

    #[test]
    fn setters_change_one_limit_each() {
        let second = Duration::from_secs(1);
        let limits = Limits::default().with_timeout(second).with_connect_timeout(2 * second).with_body(7);
        assert_eq!(limits, Limits { timeout: second, connect_timeout: 2 * second, body: 7 });
    }
}
