//! [`Race`]: which candidates may start, and when.

use std::time::Duration;

use super::candidate::{Candidate, ConnectionTier};
use crate::client::BaseUrl;
use crate::error::{ConnectionOutcome, LeftOut, TransportErrorKind, TriedConnection};
use crate::operations::ServerIdentity;

/// The most probes at a time, of each tier and those before it: each tier leaves some to the next.
const AT_ONCE: [(ConnectionTier, usize); 3] =
    [(ConnectionTier::Local, 12), (ConnectionTier::Remote, 15), (ConnectionTier::Relay, 16)];

/// How long a tier has before the next one starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadStarts {
    pub(super) local: Duration,
    pub(super) before_relay: Duration,
}

#[derive(Debug)]
pub(super) struct Race {
    pub(super) runners: Vec<Runner>,
    pub(super) left_out: Vec<TriedConnection>,
    head_starts: HeadStarts,
    now: Duration,
    /// When the remote tier started.
    remote_since: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Runner {
    pub(super) candidate: Candidate,
    pub(super) state: RunnerState,
}

#[derive(Debug)]
pub(super) enum RunnerState {
    Waiting,
    Running,
    /// With the time since the start of the race.
    Reached(ServerIdentity, Duration),
    Failed(ConnectionOutcome),
}

impl Runner {
    fn is(&self, tier: ConnectionTier) -> bool {
        self.candidate.tier == tier
    }

    fn is_https(&self) -> bool {
        self.candidate.base_url.is_https()
    }

    fn is_over(&self) -> bool {
        matches!(self.state, RunnerState::Reached(..) | RunnerState::Failed(_))
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state, RunnerState::Waiting)
    }

    /// Whether the address could not be resolved or connected to.
    fn is_unreachable(&self) -> bool {
        use TransportErrorKind::{Connect, ConnectTimeout};
        matches!(self.state, RunnerState::Failed(ConnectionOutcome::NoResponse(Connect | ConnectTimeout)))
    }
}

impl Race {
    pub(super) fn new(
        candidates: Vec<Candidate>,
        left_out: Vec<TriedConnection>,
        head_starts: HeadStarts,
    ) -> Self {
        let runner = |candidate| Runner { candidate, state: RunnerState::Waiting };
        let runners = candidates.into_iter().map(runner).collect();
        Self { runners, left_out, head_starts, now: Duration::ZERO, remote_since: None }
    }

    /// Whether there are more candidates than probes at a time.
    pub(super) fn is_crowded(&self) -> bool {
        AT_ONCE.iter().any(|&(tier, most)| {
            self.runners.iter().filter(|runner| runner.candidate.tier <= tier).count() > most
        })
    }

    /// Advances the time, and gives up the candidates that have become pointless.
    pub(super) fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        for place in 0..self.runners.len() {
            self.give_up_if_pointless(place);
        }
        let is_local_over = self.all_over(|runner| runner.is(ConnectionTier::Local));
        if self.remote_since.is_none() && (is_local_over || self.now >= self.head_starts.local) {
            self.remote_since = Some(self.now);
        }
    }

    /// Plain http is not tried unless https could not be connected to.
    fn give_up_if_pointless(&mut self, place: usize) {
        let secure = |runner: &Runner| self.runners.get(runner.candidate.instead_of?);
        let Some(secure) = self.runners.get(place).filter(|runner| runner.is_waiting()).and_then(secure)
        else {
            return;
        };
        if secure.is_over() && !secure.is_unreachable() {
            let outcome = ConnectionOutcome::LeftOut(LeftOut::HttpsResponded);
            if let Some(runner) = self.runners.get_mut(place) {
                runner.state = RunnerState::Failed(outcome);
            }
        }
    }

    fn all_over(&self, of: impl Fn(&Runner) -> bool) -> bool {
        self.runners.iter().filter(|runner| of(runner)).all(Runner::is_over)
    }

    pub(super) fn is_over(&self) -> bool {
        self.all_over(|_| true)
    }

    /// When the relay starts, at the latest.
    fn relay_since(&self) -> Option<Duration> {
        Some(self.remote_since?.saturating_add(self.head_starts.before_relay))
    }

    fn is_open(&self, tier: ConnectionTier) -> bool {
        match tier {
            ConnectionTier::Local => true,
            ConnectionTier::Remote => self.remote_since.is_some(),
            ConnectionTier::Relay => {
                self.all_over(|runner| runner.candidate.tier < tier)
                    || self.relay_since().is_some_and(|since| self.now >= since)
            }
        }
    }

    /// Whether a tier may use plain http: once its candidates over https have failed, or its head start has passed.
    fn is_open_to_plain(&self, tier: ConnectionTier) -> bool {
        self.all_over(|runner| runner.is(tier) && runner.is_https())
            || match tier {
                ConnectionTier::Local => self.now >= self.head_starts.local,
                ConnectionTier::Remote | ConnectionTier::Relay => {
                    self.relay_since().is_some_and(|since| self.now >= since)
                }
            }
    }

    /// Starts the next candidate, if one may start. Returns its place and its address.
    pub(super) fn start_next(&mut self) -> Option<(usize, BaseUrl)> {
        let place = self.next_to_start()?;
        let runner = self.runners.get_mut(place)?;
        runner.state = RunnerState::Running;
        Some((place, runner.candidate.base_url.clone()))
    }

    fn next_to_start(&self) -> Option<usize> {
        self.runners.iter().position(|runner| {
            let tier = runner.candidate.tier;
            let secure = runner.candidate.instead_of.and_then(|place| self.runners.get(place));
            runner.is_waiting()
                && self.is_open(tier)
                && (runner.is_https() || self.is_open_to_plain(tier))
                && secure.is_none_or(Runner::is_unreachable)
                && self.has_room(tier)
        })
    }

    fn has_room(&self, tier: ConnectionTier) -> bool {
        let running = |tier| {
            let is_running = |runner: &&Runner| matches!(runner.state, RunnerState::Running);
            self.runners.iter().filter(is_running).filter(|runner| runner.candidate.tier <= tier).count()
        };
        AT_ONCE.iter().filter(|(other, _)| *other >= tier).all(|&(other, most)| running(other) < most)
    }

    /// The next time at which waiting candidates may start without another outcome.
    pub(super) fn next_opening(&self) -> Duration {
        let times = [Some(self.head_starts.local), self.relay_since()];
        times.into_iter().flatten().filter(|time| *time > self.now).min().unwrap_or(Duration::MAX)
    }

    /// Ends a candidate, if it is running.
    pub(super) fn finish(
        &mut self,
        place: usize,
        now: Duration,
        outcome: impl FnOnce(&Candidate) -> Result<ServerIdentity, ConnectionOutcome>,
    ) {
        self.now = self.now.max(now);
        let runner = self.runners.get_mut(place);
        let Some(runner) = runner.filter(|runner| matches!(runner.state, RunnerState::Running)) else {
            return;
        };
        runner.state = match outcome(&runner.candidate) {
            Ok(identity) => RunnerState::Reached(identity, self.now),
            Err(outcome) => RunnerState::Failed(outcome),
        };
    }

    /// The best candidate that responded: of the best tier, over https if possible, the first.
    pub(super) fn best(&self) -> Option<&Runner> {
        let reached = self.runners.iter().filter_map(|runner| match &runner.state {
            RunnerState::Reached(_, time) => {
                Some(((runner.candidate.tier, !runner.is_https(), *time), runner))
            }
            _ => None,
        });
        reached.min_by_key(|(order, _)| *order).map(|(_, runner)| runner)
    }
}
