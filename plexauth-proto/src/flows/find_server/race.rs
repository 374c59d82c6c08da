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
    /// The time since the start, which does not run back.
    pub(super) now: Duration,
    /// When the remote tier started.
    remote_since: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Runner {
    pub(super) candidate: Candidate,
    pub(super) state: RunnerState,
}

/// A candidate that has just been started.
pub(super) struct Started {
    pub(super) place: usize,
    pub(super) base_url: BaseUrl,
    /// Whether others of its tier have to wait for it.
    pub(super) is_crowded: bool,
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

    /// Whether the address could not be resolved or connected to. A time-out does not show that: the TLS handshake may have
    /// begun.
    fn is_unreachable(&self) -> bool {
        let failed = ConnectionOutcome::NoResponse(TransportErrorKind::Connect);
        matches!(&self.state, RunnerState::Failed(outcome) if *outcome == failed)
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

    /// Plain http is not tried unless https could not be connected to, and is allowed.
    fn give_up_if_pointless(&mut self, place: usize) {
        let Some(runner) = self.runners.get(place).filter(|runner| runner.is_waiting()) else { return };
        let has_answered = self.secure(runner).any(|secure| secure.is_over() && !secure.is_unreachable());
        let reason = if has_answered {
            LeftOut::NotReplacingHttps
        } else if let Some(reason) = runner.candidate.forbidden.filter(|_| self.may_replace_https(runner)) {
            reason
        } else {
            return;
        };
        self.fail(place, ConnectionOutcome::LeftOut(reason));
    }

    /// Ends a candidate without a response.
    pub(super) fn fail(&mut self, place: usize, outcome: ConnectionOutcome) {
        if let Some(runner) = self.runners.get_mut(place) {
            runner.state = RunnerState::Failed(outcome);
        }
    }

    /// The candidates over https at the same address.
    fn secure<'a>(&'a self, runner: &'a Runner) -> impl Iterator<Item = &'a Runner> {
        runner.candidate.instead_of.iter().filter_map(|&place| self.runners.get(place))
    }

    fn may_replace_https(&self, runner: &Runner) -> bool {
        self.secure(runner).all(Runner::is_unreachable)
    }

    /// Whether the outcome of a candidate is reported: that of an address which the resource does not list only if https could
    /// not be connected to.
    pub(super) fn is_reported(&self, runner: &Runner) -> bool {
        runner.candidate.is_listed || self.may_replace_https(runner)
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

    /// Starts the next candidate, if one may start.
    pub(super) fn start_next(&mut self) -> Option<Started> {
        let place = self
            .runners
            .iter()
            .position(|runner| self.may_start(runner) && self.room(runner.candidate.tier) > 0)?;
        let tier = self.runners.get(place)?.candidate.tier;
        let waiting = self.runners.iter().filter(|runner| runner.is(tier) && self.may_start(runner)).count();
        let is_crowded = waiting > self.room(tier);
        let runner = self.runners.get_mut(place)?;
        runner.state = RunnerState::Running;
        Some(Started { place, base_url: runner.candidate.base_url.clone(), is_crowded })
    }

    /// Whether a candidate may start once there is room.
    fn may_start(&self, runner: &Runner) -> bool {
        let tier = runner.candidate.tier;
        runner.is_waiting()
            && runner.candidate.forbidden.is_none()
            && self.is_open(tier)
            && (runner.is_https() || self.is_open_to_plain(tier))
            && self.may_replace_https(runner)
    }

    /// How many more probes of a tier may run.
    fn room(&self, tier: ConnectionTier) -> usize {
        let running = |tier| {
            let is_running = |runner: &&Runner| matches!(runner.state, RunnerState::Running);
            self.runners.iter().filter(is_running).filter(|runner| runner.candidate.tier <= tier).count()
        };
        let room = |&(other, most): &(ConnectionTier, usize)| most.saturating_sub(running(other));
        AT_ONCE.iter().filter(|(other, _)| *other >= tier).map(room).min().unwrap_or_default()
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
