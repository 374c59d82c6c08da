//! [`RetryPolicy`]: the wait before a retry, as a pure function of the failure.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use crate::error::{ErrorKind, ResponseError, TransportErrorKind};

/// When to retry a request, and how long to wait before each retry.
///
/// Only temporary failures are retried: connections that failed, timed out or were lost, rate limits (429), unavailable
/// servers and gateways (502, 503, 504), and responses that are [not Plex's](ErrorKind::NotPlex). Whether a request is safe
/// to repeat is up to the flow: [`Attempt`](crate::Attempt) never repeats a `POST`, so a rejected sign-in is not sent
/// twice.
///
/// The waits grow exponentially, with jitter from a [`seed`](RetryPolicy::seed), because this crate generates no random
/// numbers. A `Retry-After` is respected. If it exceeds [`max_delay`](RetryPolicy::max_delay), there is no retry, and
/// the caller gets the error, which contains the wait.
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::{TransportErrorKind, RetryPolicy};
///
/// let policy = RetryPolicy::default().retries(2).base_delay(Duration::from_secs(1));
/// let first = policy.after_transport_error(0, TransportErrorKind::Broken).unwrap();
/// assert!(first >= Duration::from_millis(500) && first <= Duration::from_secs(1));
/// assert_eq!(policy.after_transport_error(2, TransportErrorKind::Broken), None, "both retries are used up");
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
    /// Two retries, after at most 0.5 s and 1 s. A `Retry-After` of up to 30 s is respected.
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
    /// Never retries.
    pub fn none() -> Self {
        Self { retries: 0, ..Self::default() }
    }

    /// Sets the maximum number of retries. 2 by default.
    pub const fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Sets the wait before the first retry, which doubles with each further retry. 0.5 s by default.
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest wait. If `Retry-After` exceeds it, there is no retry. 30 s by default.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the seed of the jitter: any number that differs between devices, so that they do not all retry at once.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long to wait after a transport error. Returns `None` to give up. `retries` is the number of retries so far.
    #[must_use]
    pub fn after_transport_error(&self, retries: u32, kind: TransportErrorKind) -> Option<Duration> {
        kind.is_transient().then(|| self.backoff(retries))?
    }

    /// How long to wait after an error response. Returns `None` to give up. `now` is the time by the server's clock.
    #[must_use]
    pub fn after_response_error(
        &self,
        retries: u32,
        error: &ResponseError,
        now: SystemTime,
    ) -> Option<Duration> {
        let is_temporary = matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::NotPlex)
            || matches!(error.status().as_u16(), 502..=504)
            // Plex has been seen to report an error in a success, in passing.
            || error.kind() == ErrorKind::ServerFailure && error.status().is_success();
        let backoff = is_temporary.then(|| self.backoff(retries))??;
        let asked = error.retry_after().map_or(Duration::ZERO, |asked| asked.wait(now));
        (asked <= self.max_delay).then(|| asked.max(backoff))
    }

    /// A wait between half and all of the nominal wait.
    fn backoff(&self, retries: u32) -> Option<Duration> {
        (retries < self.retries).then(|| {
            let factor = 2_u32.saturating_pow(retries);
            let whole = self.base_delay.saturating_mul(factor).min(self.max_delay);
            let half = whole.mul_f64(0.5);
            half.saturating_add(half.mul_f64(self.fraction(retries)))
        })
    }

    /// A number from 0 to 1, different for each seed and retry.
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
    use crate::flows::testing::REFUSED;

    const SECOND: Duration = Duration::from_secs(1);

    fn error(status: u16, retry_after: Option<&str>) -> ResponseError {
        let mut response = Response::builder().status(status);
        if let Some(value) = retry_after {
            response = response.header("retry-after", value);
        }
        decode::success(&response.body(REFUSED).unwrap(), &Sent::nothing()).unwrap_err()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn wait_doubles_up_to_the_maximum() {
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
    fn jitter_depends_on_seed_and_retry() {
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
    fn only_temporary_failures_are_retried() {
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
    fn retry_after_is_respected_up_to_the_maximum() {
        let policy = RetryPolicy::default().max_delay(60 * SECOND);
        let wait = |value| policy.after_response_error(0, &error(429, Some(value)), at(784_111_777));
        assert_eq!(wait("7"), Some(7 * SECOND));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10 * SECOND));
        assert_eq!(wait("60"), Some(60 * SECOND));
        assert_eq!((wait("61"), wait("18446744073709551615")), (None, None), "longer than `max_delay`");
        for no_wait in ["0", "Sun, 06 Nov 1994 08:49:27 GMT", "soon"] {
            assert_eq!(
                wait(no_wait),
                policy.after_transport_error(0, TransportErrorKind::Broken),
                "{no_wait}"
            );
        }
    }

    #[test]
    fn none_never_retries() {
        assert_eq!(RetryPolicy::none().after_transport_error(0, TransportErrorKind::Connect), None);
        assert_eq!(RetryPolicy::none().after_response_error(0, &error(503, None), at(0)), None);
    }
}
