use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::Stopwatch;
use crate::sync::Mutex;

/// Spaces the checks of many pending PINs: the logins that share it take turns, so that together they check
/// once per interval.
///
/// Plex limits the requests of a network address and does not say to how many. One check a second is known to
/// be accepted, which checks each of a hundred PINs every 100 s. If Plex limits the rate nevertheless, all of
/// them wait. A clone is the same pace.
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::{ClientInfo, PinLogin, PinPace};
/// use plexauth_proto::model::Pin;
///
/// /// A bot has one pace for all logins, and drives each of them in a task of its own.
/// fn login(pin: &Pin, info: &ClientInfo, pace: &PinPace) -> PinLogin {
///     pin.login(info).pace(pace)
/// }
/// let pace = PinPace::new(Duration::from_secs(1));
/// ```
#[derive(Debug, Clone)]
pub struct PinPace(Arc<Mutex<Turns>>);

#[derive(Debug)]
struct Turns {
    interval: Duration,
    /// The time left until the next free turn.
    until_free: Duration,
    stopwatch: Stopwatch,
}

impl PinPace {
    /// Checks one PIN per interval.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        let turns = Turns { interval, until_free: Duration::ZERO, stopwatch: Stopwatch::default() };
        Self(Arc::new(Mutex::new(turns)))
    }

    /// Takes the next turn. Returns the time until it comes.
    pub(crate) fn take_turn(&self, now: SystemTime) -> Duration {
        self.with_turns(now, |turns| {
            let wait = turns.until_free;
            turns.until_free = wait.saturating_add(turns.interval);
            wait
        })
    }

    /// Puts off all turns that are not taken yet, because Plex limits the rate.
    pub(super) fn postpone(&self, wait: Duration, now: SystemTime) {
        self.with_turns(now, |turns| turns.until_free = turns.until_free.max(wait));
    }

    fn with_turns<T>(&self, now: SystemTime, change: impl FnOnce(&mut Turns) -> T) -> T {
        // No panic leaves the turns half changed.
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = turns.stopwatch.lap(now);
        turns.until_free = turns.until_free.saturating_sub(passed);
        change(&mut turns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn turns_are_an_interval_apart() {
        let pace = PinPace::new(Duration::from_secs(2));
        let turns = [0, 0, 1, 1, 100].map(|now| pace.clone().take_turn(at(now)).as_secs());
        assert_eq!(turns, [0, 2, 3, 5, 0]);
    }

    #[test]
    fn rate_limit_postpones_all() {
        let pace = PinPace::new(Duration::from_secs(2));
        pace.postpone(Duration::from_secs(30), at(0));
        pace.postpone(Duration::from_secs(1), at(10));
        assert_eq!([20, 20].map(|now| pace.take_turn(at(now)).as_secs()), [10, 12]);
    }

    #[test]
    fn clock_set_back_delays_nobody() {
        let pace = PinPace::new(Duration::from_secs(2));
        assert_eq!([100_000, 10].map(|now| pace.take_turn(at(now)).as_secs()), [0, 2]);
    }
}
