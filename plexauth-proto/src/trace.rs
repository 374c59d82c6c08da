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
//! let mut result = span.in_scope(|| send(outgoing));
//! trace::record(&span, &mut result, start.elapsed());
//! ```

use std::time::Duration;

use http::Response;
use tracing::field::Empty;
use tracing::{Span, debug_span};

use crate::error::{ErrorKind, TransportError};
use crate::flow::Label;

/// A span at level `DEBUG` with the target `plexauth` and the name `exchange`.
///
/// Its fields are `operation` and `attempt` and, once [recorded](record), `status` or `error`, and `duration_ms`. If the response is
/// a refusal, the operation or flow that reads it adds its `kind`, such as `verification_code_wanted`. None of them contains a secret,
/// an address or personal data.
#[must_use]
pub fn span(label: Label) -> Span {
    debug_span!(
        target: "plexauth",
        "exchange",
        operation = label.operation,
        attempt = label.attempt,
        status = Empty,
        error = Empty,
        kind = Empty,
        duration_ms = Empty,
    )
}

/// Records the outcome of the exchange in a [`span`], and its duration in milliseconds. The response keeps the span in its extensions
/// until a flow has read it.
pub fn record<B>(span: &Span, result: &mut Result<Response<B>, TransportError>, duration: Duration) {
    match result {
        Ok(response) => {
            span.record("status", response.status().as_u16());
            response.extensions_mut().insert(span.clone());
        }
        // The kind only: the source may name the host.
        Err(error) => {
            span.record("error", error.kind().as_str());
        }
    }
    span.record("duration_ms", u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
}

/// Records the kind of an error in the span of the response that it is about.
pub(crate) fn record_kind<B>(response: &Response<B>, kind: ErrorKind) {
    if let Some(span) = response.extensions().get::<Span>() {
        span.record("kind", kind.as_str());
    }
}
