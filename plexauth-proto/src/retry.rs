//! [`RetryPolicy`]: a pure function from what happened to how long to wait.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use crate::error::{ErrorKind, ResponseError, TransportErrorKind};

/// When to send a request again, and how long to wait before.
///
/// Only what another try can mend is tried again: a connection that was lost or never made, too many requests (429), and a
/// server or gateway that is not there at the moment (502, 503, 504). What is safe to repeat is for the flow to say:
/// [`Attempt`](crate::Attempt) never repeats a `POST`, so that no refused sign-in is sent twice.
///
/// The waits grow exponentially, with jitter from a seed: this crate draws no random numbers. A server that says how
/// long to stay away (`Retry-After`) is obeyed; if that is longer than [`max_delay`](RetryPolicy::max_delay), there is
/// no further try, and the caller sees the error with the wait in it.
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::{TransportErrorKind, RetryPolicy};
///
/// let policy = RetryPolicy::default().retries(2).base_delay(Duration::from_secs(1));
/// let first = policy.after_transport_error(0, TransportErrorKind::Broken).unwrap();
/// assert!(first >= Duration::from_millis(500) && first <= Duration::from_secs(1));
/// assert_eq!(policy.after_transport_error(2, TransportErrorKind::Broken), None, "two retries are enough");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a policy does nothing by itself"]
pub struct RetryPolicy {
    retries: u32,
    base_delay: Duration,
    max_delay: Duration,
    seed: u64,
}

impl Default for RetryPolicy {
    /// Two retries, after half a second and a second at the most; a `Retry-After` up to 30 seconds is obeyed.
    fn default() -> Self {
        Self {
            retries: 2,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            seed: 0,
        }
    }
}

impl RetryPolicy {
    /// Sends everything once.
    pub fn none() -> Self {
        Self { retries: 0, ..Self::default() }
    }

    /// How often to try again, at most. 2 unless set.
    pub const fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The wait before the first retry; each further one is twice as long. Half a second unless set.
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait of all, also if the server asks for one. 30 seconds unless set.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Any number that differs from device to device, so that they do not all come back at the same moment.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long to wait after there was no response, or nothing to give up. `retries` is how often it was tried again
    /// so far.
    #[must_use]
    pub fn after_transport_error(&self, retries: u32, kind: TransportErrorKind) -> Option<Duration> {
        kind.is_transient().then(|| self.backoff(retries))?
    }

    /// How long to wait after an error, or nothing to give up. `now` is by the clock of the server.
    #[must_use]
    pub fn after_response_error(
        &self,
        retries: u32,
        error: &ResponseError,
        now: SystemTime,
    ) -> Option<Duration> {
        let passes = error.kind() == ErrorKind::RateLimited || matches!(error.status().as_u16(), 502..=504);
        let backoff = passes.then(|| self.backoff(retries))??;
        let asked = error.retry_after().map_or(Duration::ZERO, |asked| asked.wait(now));
        (asked <= self.max_delay).then(|| asked.max(backoff))
    }

    /// From half of the whole wait up to all of it.
    fn backoff(&self, retries: u32) -> Option<Duration> {
        (retries < self.retries).then(|| {
            let factor = 2_u32.saturating_pow(retries);
            let whole = self.base_delay.saturating_mul(factor).min(self.max_delay);
            let half = whole.mul_f64(0.5);
            half.saturating_add(half.mul_f64(self.fraction(retries)))
        })
    }

    /// A number from 0 to 1, another for every seed and try.
    fn fraction(&self, retries: u32) -> f64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, retries).hash(&mut hasher);
        hasher.finish() as f64 / u64::MAX as f64
    }
}

#[cfg(test)]
mod tests {
    use http::{Response, StatusCode};

    use super::*;
    use crate::decode::{self, Sent};

    const SECOND: Duration = Duration::from_secs(1);

    fn error(status: u16, retry_after: Option<&str>) -> ResponseError {
        let mut response = Response::builder().status(status);
        if let Some(value) = retry_after {
            response = response.header("retry-after", value);
        }
        decode::success(&response.body("").unwrap(), &Sent::nothing()).unwrap_err()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn waits_double_up_to_the_longest_with_at_most_half_of_it_jitter() {
        let policy = RetryPolicy::default().retries(100).base_delay(SECOND).max_delay(5 * SECOND);
        for seed in [0, 1, 2, u64::MAX] {
            for (retries, whole) in [(0, 1), (1, 2), (2, 4), (3, 5), (4, 5), (40, 5), (99, 5)] {
                let wait =
                    policy.seed(seed).after_transport_error(retries, TransportErrorKind::Broken).unwrap();
                let whole = whole * SECOND;
                assert!(wait >= whole / 2 && wait <= whole, "{seed} {retries} {wait:?}");
            }
        }
        assert_eq!(policy.after_transport_error(100, TransportErrorKind::Broken), None);
        assert_eq!(policy.after_transport_error(u32::MAX, TransportErrorKind::Broken), None);
    }

    #[test]
    fn another_seed_or_try_is_another_jitter_and_the_same_is_the_same() {
        let policy = RetryPolicy::default().retries(9).base_delay(SECOND).max_delay(SECOND);
        let wait = |seed, retries| {
            policy.seed(seed).after_transport_error(retries, TransportErrorKind::Timeout).unwrap()
        };
        let waits: std::collections::HashSet<_> =
            (0..50).flat_map(|seed| (0..5).map(move |retries| wait(seed, retries))).collect();
        assert!(waits.len() > 240, "{}", waits.len());
        assert_eq!(wait(7, 3), wait(7, 3));
    }

    #[test]
    fn only_what_another_try_can_mend_is_tried_again() {
        let policy = RetryPolicy::default();
        for failure in [
            TransportErrorKind::Connect,
            TransportErrorKind::ConnectTimeout,
            TransportErrorKind::Timeout,
            TransportErrorKind::Broken,
        ] {
            assert!(policy.after_transport_error(0, failure).is_some(), "{failure:?}");
        }
        for failure in
            [TransportErrorKind::Tls, TransportErrorKind::BodyTooLarge, TransportErrorKind::RedirectFollowed]
        {
            assert_eq!(policy.after_transport_error(0, failure), None, "{failure:?}");
        }
        for status in (100..200).chain(300..1000) {
            let again = policy.after_response_error(0, &error(status, None), at(0)).is_some();
            assert_eq!(again, matches!(status, 429 | 502 | 503 | 504), "{status}");
        }
        let odd = ResponseError::not_understood(StatusCode::OK, "id", "missing");
        assert_eq!(policy.after_response_error(0, &odd, at(0)), None);
    }

    #[test]
    fn a_server_that_says_how_long_is_obeyed_within_bounds() {
        let policy = RetryPolicy::default().max_delay(60 * SECOND);
        let wait = |value| policy.after_response_error(0, &error(429, Some(value)), at(784_111_777));
        assert_eq!(wait("7"), Some(7 * SECOND));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10 * SECOND));
        assert_eq!(wait("60"), Some(60 * SECOND));
        assert_eq!((wait("61"), wait("18446744073709551615")), (None, None), "longer than anybody waits");
        for nothing in ["0", "Sun, 06 Nov 1994 08:49:27 GMT", "soon"] {
            assert_eq!(
                wait(nothing),
                policy.after_transport_error(0, TransportErrorKind::Broken),
                "{nothing}"
            );
        }
    }

    #[test]
    fn none_tries_once() {
        assert_eq!(RetryPolicy::none().after_transport_error(0, TransportErrorKind::Connect), None);
        assert_eq!(RetryPolicy::none().after_response_error(0, &error(503, None), at(0)), None);
    }
}
