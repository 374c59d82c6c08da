//! A [tracing](https://docs.rs/tracing) span for each exchange, the same over every transport. Requires the feature
//! `tracing`, which is off by default.
//!
//! The adapters do this when their feature `tracing` is on. In a transport of your own:
//!
//! ```
//! # use std::time::Instant;
//! # use plexauth_proto::{Outgoing, TransportError, trace};
//! # fn send(_: Outgoing) -> Result<http::Response<Vec<u8>>, TransportError> { Ok(http::Response::default()) }
//! # let outgoing = Outgoing::from(http::Request::default());
//! let (span, start) = (trace::span(outgoing.label), Instant::now());
//! let result = span.in_scope(|| send(outgoing));
//! trace::record(&span, &result, start.elapsed());
//! ```

use std::time::Duration;

use http::Response;
use tracing::field::Empty;
use tracing::{Span, debug_span};

use crate::error::TransportError;
use crate::flow::Label;

/// A span at level `DEBUG` with the target `plexauth` and the name `exchange`.
///
/// Its fields are `operation` and `attempt` and, once [recorded](record), `status` or `error`, and `duration_ms`. None
/// of them contains a secret, an address or personal data.
#[must_use]
pub fn span(label: Label) -> Span {
    debug_span!(
        target: "plexauth",
        "exchange",
        operation = label.operation,
        attempt = label.attempt,
        status = Empty,
        error = Empty,
        duration_ms = Empty,
    )
}

/// Records the outcome of the exchange in a [`span`], and its duration in milliseconds.
pub fn record<B>(span: &Span, result: &Result<Response<B>, TransportError>, duration: Duration) {
    match result {
        Ok(response) => span.record("status", response.status().as_u16()),
        // The kind only: the source may name the host.
        Err(error) => span.record("error", error.kind().as_str()),
    };
    span.record("duration_ms", u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
}
