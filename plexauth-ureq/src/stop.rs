use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Stops a flow from another thread, such as the one on which the crate `ctrlc` handles a signal: see [`Client::run_until`](crate::Client::run_until).
///
/// A clone stops the same flow. What was stopped stays stopped.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Nothing is stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the wait that a flow is in, and keeps it from sending anything more. A request that is under way is
    /// completed first, within its limit on time.
    pub fn stop(&self) {
        *self.lock() = true;
        self.0.changed.notify_all();
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.lock()
    }

    /// Waits so long, or until it is stopped.
    pub(crate) fn wait(&self, time: Duration) {
        // Woken without a reason, the flow is polled too early and asks to wait for the rest.
        let result = self.0.changed.wait_timeout_while(self.lock(), time, |stopped| !*stopped);
        drop(result);
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // A flag is never half changed, whoever panicked.
        self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_stop() {
        let stop = Stop::new();
        let waiter = std::thread::spawn({
            let stop = stop.clone();
            move || stop.wait(Duration::MAX)
        });
        assert!(!stop.is_stopped());
        stop.stop();
        waiter.join().unwrap();
        assert!(stop.is_stopped());
        stop.wait(Duration::MAX);
    }

    #[test]
    fn a_wait_ends_with_its_time() {
        let start = std::time::Instant::now();
        Stop::new().wait(Duration::from_millis(1));
        assert!(start.elapsed() >= Duration::from_millis(1));
    }
}
