//! [`RetryAfter`]: the wait that a server asks for.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

use crate::clock;

/// The `Retry-After` header (RFC 9110, section 10.2.3): a number of seconds, or a date.
///
/// Plex sends it with some 429 and 503 responses, but not with all. The value is not validated and may be absurdly
/// large, so limit it before waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// This long after the response.
    Delay(Duration),
    /// At this time, by the server's clock, which the response does not show.
    At(SystemTime),
}

impl RetryAfter {
    /// How long to wait from `now` on. Zero if the date has passed.
    #[must_use]
    pub fn wait(self, now: SystemTime) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::At(moment) => moment.duration_since(now).unwrap_or_default(),
        }
    }

    /// Parses the header. Returns `None` if it is missing, or is neither whole seconds nor an HTTP date.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number too large for `u64` is as good as forever.
            return Some(Self::Delay(Duration::from_secs(text.parse().unwrap_or(u64::MAX))));
        }
        let moment = httpdate::parse_http_date(text).ok()?;
        // The clock of this device may be wrong, so the one of the server counts, if it is known.
        Some(
            clock::server_time(headers)
                .map_or(Self::At(moment), |now| Self::Delay(moment.duration_since(now).unwrap_or_default())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<RetryAfter> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        RetryAfter::from_headers(&headers)
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_and_dates_are_parsed() {
        assert_eq!(read("0"), Some(RetryAfter::Delay(Duration::ZERO)));
        assert_eq!(read(" 120 "), Some(RetryAfter::Delay(Duration::from_secs(120))));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(RetryAfter::At(at(784_111_777))));
    }

    #[test]
    fn date_is_relative_to_the_date_of_the_response() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        for (date, seconds) in [("Sun, 06 Nov 1994 08:49:07 GMT", 30), ("Sun, 06 Nov 1994 08:50:00 GMT", 0)] {
            headers.insert(http::header::DATE, date.parse().unwrap());
            let delay = RetryAfter::Delay(Duration::from_secs(seconds));
            assert_eq!(RetryAfter::from_headers(&headers), Some(delay));
        }
    }

    #[test]
    fn overflowing_seconds_become_the_maximum() {
        assert_eq!(read("99999999999999999999999"), Some(RetryAfter::Delay(Duration::from_secs(u64::MAX))));
    }

    #[test]
    fn invalid_value_counts_as_missing() {
        for text in ["", "-1", "1.5", "soon", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(RetryAfter::from_headers(&HeaderMap::new()), None);
    }

    #[test]
    fn wait_is_zero_after_the_date() {
        assert_eq!(RetryAfter::Delay(Duration::from_secs(7)).wait(at(0)), Duration::from_secs(7));
        assert_eq!(RetryAfter::At(at(100)).wait(at(60)), Duration::from_secs(40));
        assert_eq!(RetryAfter::At(at(100)).wait(at(160)), Duration::ZERO);
    }
}
