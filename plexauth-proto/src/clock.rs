//! Elapsed time, and the server's time.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::DATE;

/// Measures elapsed time by a wall clock, which may be set in the meantime.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stopwatch(Option<SystemTime>);

impl Stopwatch {
    /// The time since the last call. Zero for the first call, and if the clock was set back in between.
    pub(crate) fn lap(&mut self, now: SystemTime) -> Duration {
        let last = self.0.replace(now);
        last.and_then(|last| now.duration_since(last).ok()).unwrap_or_default()
    }
}

/// The server's time when it responded, from the `Date` header (RFC 9110, section 6.6.1).
pub(crate) fn server_time(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn stopwatch_ignores_a_clock_set_back() {
        let mut stopwatch = Stopwatch::default();
        let laps = [100, 103, 103, 50, 51, 90_000].map(|seconds| stopwatch.lap(at(seconds)).as_secs());
        assert_eq!(laps, [0, 3, 0, 0, 1, 89_949]);
    }

    #[test]
    fn server_time_is_in_the_date_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(server_time(&headers), None);
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(server_time(&headers), Some(at(784_111_777)));
        headers.insert(DATE, "tomorrow".parse().unwrap());
        assert_eq!(server_time(&headers), None);
    }
}
