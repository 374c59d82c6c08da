//! [`Limits`]: what an HTTP client must hold to.

use std::fmt;
use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{Request, Response, response};

use crate::ResponseError;

/// How much room a response may have by just saying that it needs it, in bytes: more than real ones are long.
const BELIEVED: usize = 1 << 16;

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

    /// Begins to read a response, whose body comes in pieces.
    #[must_use]
    pub fn read(&self, parts: response::Parts) -> LimitedResponse {
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = Vec::with_capacity(announced.unwrap_or(0).min(self.body).min(BELIEVED));
        LimitedResponse { parts, body, limit: self.body }
    }
}

/// A response whose body is being read, of which no more than [`Limits::body`] is kept.
///
/// ```
/// use plexauth_proto::{Limits, ResponseError};
///
/// # fn run(response: http::Response<Vec<Vec<u8>>>) -> Result<http::Response<Vec<u8>>, ResponseError> {
/// let (parts, pieces) = response.into_parts();
/// let mut response = Limits::default().read(parts);
/// for piece in pieces {
///     response.push(&piece)?;
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
    /// The next piece of the body.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge) if that is more than the limit: read no further, and
    /// close the connection.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), ResponseError> {
        let room = self.limit.saturating_sub(self.body.len());
        if piece.len() > room {
            return Err(ResponseError::body_too_large(self.parts.status, self.limit));
        }
        if piece.len() > self.body.capacity().saturating_sub(self.body.len()) {
            // A long body gets so much room at once that it is not moved again. Most systems give out memory as it is written.
            let more = if self.body.len() < BELIEVED { 1 } else { 16 };
            self.body.reserve_exact(self.body.len().saturating_mul(more).max(piece.len()).min(room));
        }
        self.body.extend_from_slice(piece);
        Ok(())
    }

    /// After the last piece.
    #[must_use]
    pub fn finish(self) -> Response<Vec<u8>> {
        Response::from_parts(self.parts, self.body)
    }
}

impl fmt::Debug for LimitedResponse {
    /// Without the body and the headers, either of which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedResponse").field("status", &self.parts.status).finish_non_exhaustive()
    }
}

/// How long a request may take, from its beginning to the last byte of its response, where that is less than usual.
/// Travels in the [extensions](Request::extensions) of a request that a flow asks to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTimeout(pub Duration);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn reading(limit: usize, content_length: Option<&str>) -> LimitedResponse {
        let mut response = Response::builder().status(201);
        if let Some(value) = content_length {
            response = response.header(CONTENT_LENGTH, value);
        }
        let limits = Limits { body: limit, ..Limits::default() };
        limits.read(response.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_body_is_read_up_to_the_limit() {
        let mut response = reading(5, None);
        for piece in ["ab", "", "cde"] {
            response.push(piece.as_bytes()).unwrap();
        }
        let error = response.push(b"f").unwrap_err();
        assert_eq!((error.kind(), error.status().as_u16()), (ErrorKind::BodyTooLarge, 201));
        response.push(b"").unwrap();
        let response = response.finish();
        assert_eq!((response.status().as_u16(), response.body().as_slice()), (201, &b"abcde"[..]));
        assert_eq!(reading(5, None).push(b"abcdef").unwrap_err().kind(), ErrorKind::BodyTooLarge);
    }

    #[test]
    fn a_body_takes_no_more_room_than_the_limit_whatever_its_pieces_and_its_length_are_said_to_be() {
        for content_length in
            [None, Some("1000"), Some("3"), Some("18446744073709551616"), Some("-1"), Some("x")]
        {
            for piece in [1, 7, 64, 99, 100] {
                let mut response = reading(100, content_length);
                while response.push(&vec![b'a'; piece]).is_ok() {
                    assert!(response.body.capacity() <= 100, "{content_length:?} {piece}");
                }
                assert_eq!(response.finish().body().len(), 100 / piece * piece);
            }
        }
    }

    #[test]
    fn a_short_body_grows_twofold_and_a_long_one_gets_all_the_room_there_is() {
        let mut response = reading(1 << 20, None);
        response.push(&[b'a'; 1000]).unwrap();
        response.push(b"a").unwrap();
        assert_eq!(response.body.capacity(), 2000);
        response.push(&[b'a'; BELIEVED - 1001]).unwrap();
        assert_eq!((response.body.len(), response.body.capacity()), (BELIEVED, BELIEVED));
        response.push(b"a").unwrap();
        assert_eq!(response.body.capacity(), 1 << 20, "from here on it is not moved");
    }

    #[test]
    fn a_length_that_is_only_said_costs_little() {
        assert_eq!(reading(1 << 20, Some("1048576")).body.capacity(), BELIEVED);
    }

    #[test]
    fn a_body_whose_length_is_known_is_not_moved() {
        let mut response = reading(100, Some("60"));
        let place = response.body.as_ptr();
        (0..60).for_each(|_| response.push(b"a").unwrap());
        assert_eq!((response.body.as_ptr(), response.body.capacity()), (place, 60));
    }

    #[test]
    fn a_response_that_is_read_shows_neither_headers_nor_body() {
        let mut response = reading(100, Some("60"));
        response.push(b"hushhush").unwrap();
        assert_eq!(format!("{response:?}"), "LimitedResponse { status: 201, .. }");
    }

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
