//! Elapsed time, and the server's time.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::DATE;

/// The number of calls without progress that make a clock stand still.
const STALLS: u32 = 4;

/// Measures elapsed time by a wall clock, which may be set in the meantime, or stand still.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stopwatch {
    last: Option<SystemTime>,
    /// The waits that were asked for since the clock last advanced.
    asked: Duration,
    /// The number of calls since then.
    stalls: u32,
}

impl Stopwatch {
    /// The time since the last call. Zero for the first call, and if the clock was set back in between.
    ///
    /// If the clock does not advance for [`STALLS`] times after a wait was asked for, it stands still or runs back: then
    /// the waits count as passed. Fewer may be polls that came too early.
    pub(crate) fn lap(&mut self, now: SystemTime) -> Duration {
        let last = self.last.replace(now);
        let passed = last.and_then(|last| now.duration_since(last).ok()).unwrap_or_default();
        if passed.is_zero() && !self.asked.is_zero() {
            self.stalls = self.stalls.saturating_add(1);
            if self.stalls < STALLS {
                return Duration::ZERO;
            }
        }
        let asked = std::mem::take(&mut self.asked);
        self.stalls = 0;
        if passed.is_zero() { asked } else { passed }
    }

    /// Records a wait that was asked for, and returns it.
    pub(crate) fn ask(&mut self, wait: Duration) -> Duration {
        self.asked = self.asked.saturating_add(wait);
        wait
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
    fn waits_count_as_passed_if_the_clock_stands_still() {
        for clock in [[100; 6], [100, 90, 80, 70, 60, 50]] {
            let mut stopwatch = Stopwatch::default();
            let laps = clock.map(|seconds| {
                let passed = stopwatch.lap(at(seconds)).as_secs();
                stopwatch.ask(Duration::from_secs(1));
                passed
            });
            assert_eq!(laps, [0, 0, 0, 0, 4, 0], "the first of them may have come too early");
        }
    }

    #[test]
    fn wait_that_passed_by_the_clock_counts_once() {
        let mut stopwatch = Stopwatch::default();
        stopwatch.lap(at(100));
        for (seconds, passed) in [(101, 1), (101, 0), (102, 1), (102, 0)] {
            stopwatch.ask(Duration::from_secs(1));
            assert_eq!(stopwatch.lap(at(seconds)).as_secs(), passed, "{seconds}");
        }
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
