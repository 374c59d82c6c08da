//! [`Fault`], the code that runs it, and the table of outcomes.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use plexauth_proto::{Error, ErrorKind, TransportErrorKind};

use super::ask::hides;
use super::logs;
use crate::common::{Adapter, UNIFIED};

/// How long a fault may take beyond the time limit, or in total if it should not reach the limit. Generous, for busy
/// machines.
const SLACK: Duration = Duration::from_secs(5);

/// The outcome of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The response was parsed.
    Success,
    /// The response was an error.
    Kind(ErrorKind),
    /// There was no complete response.
    Transport(TransportErrorKind),
    /// The fault itself checked the outcome, which this text describes.
    Custom(&'static str),
}

pub(crate) use Outcome::{Custom, Kind, Success};

pub(crate) const BROKEN: Outcome = Outcome::Transport(TransportErrorKind::Broken);
pub(crate) const TOO_LARGE: Outcome = Outcome::Transport(TransportErrorKind::BodyTooLarge);
pub(crate) const TIMEOUT: Outcome = Outcome::Transport(TransportErrorKind::Timeout);

impl Outcome {
    /// Returns the outcome of a result. Panics if the error shows a secret.
    pub(crate) fn of<T>(result: Result<T, Error>) -> Self {
        let Err(error) = result else { return Success };
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
            Success => f.write_str("success"),
            Kind(kind) => write!(f, "{kind:?}"),
            Self::Transport(kind) => write!(f, "no response: {kind:?}"),
            Custom(text) => f.write_str(text),
        }
    }
}

/// A fault, with the expected outcomes and limits on time and memory.
#[derive(Clone)]
pub(crate) struct Fault {
    group: &'static str,
    name: &'static str,
    /// The time limit of the clients.
    time: Duration,
    /// How long the fault may take if it does not reach the time limit.
    within: Duration,
    /// The limit on the bytes allocated at any one time.
    memory: u64,
    expected: Vec<(Adapter, Outcome)>,
    run: Arc<dyn Fn(Adapter, Duration) -> Outcome + Send + Sync>,
}

impl Fault {
    /// Creates a fault with the same expected outcome for all three adapters.
    pub(crate) fn new(
        group: &'static str,
        name: &'static str,
        expected: Outcome,
        run: impl Fn(Adapter, Duration) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let expected = Adapter::ALL.map(|adapter| (adapter, expected)).into();
        // Only faults that set a shorter time limit should reach it.
        let (time, memory) = (Duration::from_secs(20), 1 << 20);
        Self { group, name, time, within: SLACK, memory, expected, run: Arc::new(run) }
    }

    /// Sets a different outcome for one adapter, or adds the core.
    pub(crate) fn but(mut self, adapter: Adapter, outcome: Outcome) -> Self {
        self.expected.retain(|(other, _)| *other != adapter);
        self.expected.push((adapter, outcome));
        self.expected.sort_by_key(|(adapter, _)| *adapter);
        self
    }

    /// Sets a different outcome for an adapter whose HTTP stack has all of its features: ureq then decompresses every response
    /// that says that it is compressed.
    pub(crate) fn unified(self, adapter: Adapter, outcome: Outcome) -> Self {
        if UNIFIED { self.but(adapter, outcome) } else { self }
    }

    /// Leaves out ureq with all of its features, which opens a connection for each request.
    pub(crate) fn of_pooled_connections(mut self) -> Self {
        self.expected.retain(|(adapter, _)| !UNIFIED || *adapter != Adapter::Ureq);
        self
    }

    /// Restricts the fault to one adapter.
    pub(crate) fn only(mut self, adapter: Adapter) -> Self {
        self.expected.retain(|(other, _)| *other == adapter);
        self
    }

    /// Sets the time limit of the clients, for faults that reach it.
    pub(crate) fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Sets how long the fault may take, for faults with many requests.
    pub(crate) fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    /// Sets the limit on memory in bytes. 1 MiB by default.
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
        // On a separate thread, so that a hang is reported and only the fault's own allocations are counted.
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
                cell(Custom("FAILED"), 0);
                return Err("the fault panicked, see above".into());
            }
            Err(RecvTimeoutError::Timeout) => {
                cell(Custom("HANGS"), 0);
                return Err(format!("still running after {elapsed:?}").into());
            }
        };
        cell(outcome, memory);
        if outcome != expected {
            return Err(format!("expected {expected}, got {outcome}").into());
        }
        let (earliest, latest) = match expected {
            Outcome::Transport(TransportErrorKind::Timeout) => (time, time + SLACK),
            _ => (Duration::ZERO, self.within),
        };
        if elapsed < earliest || elapsed > latest {
            return Err(format!("took {elapsed:?}, expected {earliest:?} to {latest:?}").into());
        }
        if memory > self.memory {
            return Err(format!("allocated {memory} bytes at once, the limit is {}", self.memory).into());
        }
        match logs::leaks().first() {
            Some(line) => Err(format!("a secret was logged: {line}").into()),
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

/// Prints the table: a row for each fault, a column for each adapter.
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
