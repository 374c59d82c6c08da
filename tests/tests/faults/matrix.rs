//! What a fault is, how it is run, and the table of what came of it.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use plexauth_proto::{Error, ErrorKind, TransportErrorKind};

use super::ask::hides;
use super::logs;
use crate::common::Adapter;

/// How much later than its limit on time a fault may end, and how long one may take that is not to reach it: on a machine
/// that has much else to do.
const SLACK: Duration = Duration::from_secs(5);

/// What came of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The answer was read all the same.
    Fine,
    /// There was an answer, which is an error.
    Kind(ErrorKind),
    /// There was no answer.
    Transport(TransportErrorKind),
    /// Several outcomes, which the fault itself compares.
    Held(&'static str),
}

pub(crate) use Outcome::{Fine, Held, Kind};

pub(crate) const BROKEN: Outcome = Outcome::Transport(TransportErrorKind::Broken);
pub(crate) const TOO_LARGE: Outcome = Outcome::Transport(TransportErrorKind::BodyTooLarge);
pub(crate) const TIMEOUT: Outcome = Outcome::Transport(TransportErrorKind::Timeout);

impl Outcome {
    /// What a result is, and that it shows no secret.
    pub(crate) fn of<T>(result: Result<T, Error>) -> Self {
        let Err(error) = result else { return Fine };
        hides(&error);
        match error {
            Error::Transport(error) => Self::Transport(error.kind()),
            Error::Response(error) => Kind(error.kind()),
            other => panic!("{other}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fine => f.write_str("fine"),
            Kind(kind) => write!(f, "{kind:?}"),
            Self::Transport(kind) => write!(f, "no response: {kind:?}"),
            Held(words) => f.write_str(words),
        }
    }
}

/// One fault: what happens, how long it may take, how much memory it may cost, and what has to come of it.
#[derive(Clone)]
pub(crate) struct Fault {
    group: &'static str,
    name: &'static str,
    /// The limit on time that the clients have.
    time: Duration,
    /// How long it may take if that is not reached.
    within: Duration,
    /// The most that may be allocated at once.
    memory: u64,
    expected: Vec<(Adapter, Outcome)>,
    run: Arc<dyn Fn(Adapter, Duration) -> Outcome + Send + Sync>,
}

impl Fault {
    /// A fault that all three adapters have to make the same of.
    pub(crate) fn new(
        group: &'static str,
        name: &'static str,
        expected: Outcome,
        run: impl Fn(Adapter, Duration) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let expected = Adapter::ALL.map(|adapter| (adapter, expected)).into();
        // Nothing that has to be noticed is waited for, so the limit on time is one that nothing reaches.
        let (time, memory) = (Duration::from_secs(20), 1 << 20);
        Self { group, name, time, within: SLACK, memory, expected, run: Arc::new(run) }
    }

    /// Where one adapter differs, or beside the adapters the core has a part.
    pub(crate) fn but(mut self, adapter: Adapter, outcome: Outcome) -> Self {
        self.expected.retain(|(other, _)| *other != adapter);
        self.expected.push((adapter, outcome));
        self.expected.sort_by_key(|(adapter, _)| *adapter);
        self
    }

    /// Where only one adapter can come to it.
    pub(crate) fn only(mut self, adapter: Adapter) -> Self {
        self.expected.retain(|(other, _)| *other == adapter);
        self
    }

    /// With a limit on time, which ends it.
    pub(crate) fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Of many requests, which take a while.
    pub(crate) fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// With a limit on memory, in bytes. 1 MiB unless set.
    pub(crate) fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    pub(crate) fn trials(self) -> impl Iterator<Item = Trial> {
        self.expected.clone().into_iter().map(move |(adapter, expected)| {
            let fault = self.clone();
            let name = format!("faults::{}::{}::{adapter}", self.group, self.name.replace(' ', "_"));
            Trial::test(name, move || fault.check(adapter, expected))
        })
    }

    fn check(&self, adapter: Adapter, expected: Outcome) -> Result<(), Failed> {
        let (run, time) = (Arc::clone(&self.run), self.time);
        let (sender, receiver) = channel();
        let start = Instant::now();
        // On a thread of its own, so that one that hangs is reported, and what it allocates is its own.
        std::thread::spawn(move || {
            let mut outcome = None;
            let memory = allocation_counter::measure(|| outcome = Some(run(adapter, time)));
            let _ = sender.send((outcome, memory.bytes_max));
        });
        let reported = receiver.recv_timeout(time + SLACK);
        let elapsed = start.elapsed();
        let cell = |outcome, memory| {
            let (group, name) = (self.group, self.name);
            CELLS.lock().unwrap().push(Cell { group, name, adapter, outcome, elapsed, memory });
        };
        let (outcome, memory) = match reported {
            Ok((Some(outcome), memory)) => (outcome, memory),
            Ok((None, _)) | Err(RecvTimeoutError::Disconnected) => {
                cell(Held("FAILED"), 0);
                return Err("it panicked, see above".into());
            }
            Err(RecvTimeoutError::Timeout) => {
                cell(Held("HANGS"), 0);
                return Err(format!("no end after {elapsed:?}").into());
            }
        };
        cell(outcome, memory);
        if outcome != expected {
            return Err(format!("{outcome} instead of {expected}").into());
        }
        let (earliest, latest) = match expected {
            Outcome::Transport(TransportErrorKind::Timeout) => (time, time + SLACK),
            _ => (Duration::ZERO, self.within),
        };
        if elapsed < earliest || elapsed > latest {
            return Err(format!("after {elapsed:?}, and not from {earliest:?} to {latest:?}").into());
        }
        if memory > self.memory {
            return Err(format!("{memory} bytes at once, more than {}", self.memory).into());
        }
        match logs::leaks().first() {
            Some(line) => Err(format!("a secret is in the logs: {line}").into()),
            None => Ok(()),
        }
    }
}

struct Cell {
    group: &'static str,
    name: &'static str,
    adapter: Adapter,
    outcome: Outcome,
    elapsed: Duration,
    memory: u64,
}

static CELLS: Mutex<Vec<Cell>> = Mutex::new(Vec::new());

/// Prints what was run, fault by adapter.
pub(crate) fn print() {
    let cells = CELLS.lock().unwrap();
    let mut rows: Vec<(&str, &str)> = cells.iter().map(|cell| (cell.group, cell.name)).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut group = "";
    for row in rows {
        if row.0 != group {
            group = row.0;
            println!(
                "\n{group:<44}{:<28}{:<28}{:<28}{:<28}{:>8}{:>8}",
                "core", "reqwest", "ureq", "hyper", "KiB", "ms"
            );
        }
        let of =
            |adapter| cells.iter().find(|cell| (cell.group, cell.name) == row && cell.adapter == adapter);
        print!("  {:<42}", row.1);
        for adapter in [Adapter::Core, Adapter::Reqwest, Adapter::Ureq, Adapter::Hyper] {
            print!("{:<28}", of(adapter).map(|cell| cell.outcome.to_string()).unwrap_or_default());
        }
        let of_row = || cells.iter().filter(|cell| (cell.group, cell.name) == row);
        let memory = of_row().map(|cell| cell.memory).max().unwrap_or_default();
        let elapsed = of_row().map(|cell| cell.elapsed).max().unwrap_or_default();
        println!("{:>8}{:>8}", memory.div_ceil(1024), elapsed.as_millis());
    }
}
