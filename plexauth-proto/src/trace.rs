//! A span of [tracing](https://docs.rs/tracing) for an exchange, the same over every transport. Feature `tracing`, off by default.
//!
//! The adapters do this for you once their feature `tracing` is on. Whoever brings a transport:
//!
//! ```
//! # use std::time::Instant;
//! # use plexauth_proto::{Error, Exchange, trace};
//! # fn send(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> { Ok(http::Response::default()) }
//! # let request = http::Request::default();
//! let (span, start) = (trace::span(Exchange::new("GetUserDetails")), Instant::now());
//! let result = span.in_scope(|| send(request));
//! trace::record(&span, &result, start.elapsed());
//! ```

use std::time::Duration;

use http::Response;
use tracing::field::Empty;
use tracing::{Span, debug_span};

use crate::{Error, Exchange};

/// A span at level `DEBUG` with the target `plexauth` and the name `exchange`.
///
/// Its fields: `operation` and `attempt`, and once [recorded](record), `status` or `error`, and `duration_ms`. None of them
/// holds a secret, an address or a name of a person.
#[must_use]
pub fn span(exchange: Exchange) -> Span {
    debug_span!(
        target: "plexauth",
        "exchange",
        operation = exchange.operation,
        attempt = exchange.attempt,
        status = Empty,
        error = Empty,
        duration_ms = Empty,
    )
}

/// Adds to a [`span`] what came of the exchange, and how long that took, in milliseconds.
pub fn record<B>(span: &Span, result: &Result<Response<B>, Error>, duration: Duration) {
    match result {
        Ok(response) => span.record("status", response.status().as_u16()),
        // Not the whole error, which may name the host.
        Err(error) => match error.failure() {
            Some(failure) => span.record("error", tracing::field::display(failure)),
            None => span.record("error", tracing::field::display(error)),
        },
    };
    span.record("duration_ms", u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
}
