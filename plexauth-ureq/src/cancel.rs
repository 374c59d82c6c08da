use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Cancels a flow from another thread, such as the one on which the crate `ctrlc` handles a signal: see
/// [`Client::run_until`](crate::Client::run_until).
///
/// A clone cancels the same flow. A cancelled handle stays cancelled.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_cancelled: Mutex<bool>,
    changed: Condvar,
}

impl CancelHandle {
    /// A handle that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the flow's current wait and keeps it from sending further requests. A request that is under way is completed
    /// first, within its time limit.
    pub fn cancel(&self) {
        *self.lock() = true;
        self.0.changed.notify_all();
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.lock()
    }

    /// Waits for this long, or until it is cancelled.
    pub(crate) fn wait(&self, time: Duration) {
        // After a spurious wake-up the flow is polled too early and asks for the remaining wait.
        let result = self.0.changed.wait_timeout_while(self.lock(), time, |cancelled| !*cancelled);
        drop(result);
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // No panic leaves a flag half changed.
        self.0.is_cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelling_ends_a_wait() {
        let cancel = CancelHandle::new();
        let waiter = std::thread::spawn({
            let cancel = cancel.clone();
            move || cancel.wait(Duration::MAX)
        });
        assert!(!cancel.is_cancelled());
        cancel.cancel();
        waiter.join().unwrap();
        assert!(cancel.is_cancelled());
        cancel.wait(Duration::MAX);
    }

    #[test]
    fn wait_ends_with_its_time() {
        let start = std::time::Instant::now();
        CancelHandle::new().wait(Duration::from_millis(1));
        assert!(start.elapsed() >= Duration::from_millis(1));
    }
}
