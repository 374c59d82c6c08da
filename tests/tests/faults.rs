//! The fault suite: subjects every adapter to network and server faults.
//!
//! Each fault must cause the expected error within limits on time and memory, and no secret may appear in the error or
//! the logs. `cargo test -p plexauth-testing --test faults` prints a table of the outcomes. To add a fault, add it to the
//! module of its group.

use libtest_mimic::{Arguments, Trial};

mod common;
mod faults {
    pub(crate) mod ask;
    pub(crate) mod bodies;
    pub(crate) mod connections;
    pub(crate) mod http;
    pub(crate) mod logs;
    pub(crate) mod matrix;
    pub(crate) mod race;
    pub(crate) mod redirects;
    pub(crate) mod statuses;
    pub(crate) mod tls;
}

use faults::matrix::Fault;
use faults::{bodies, connections, http, logs, matrix, race, redirects, statuses, tls};

fn main() {
    logs::capture();
    let groups: [Vec<Fault>; 7] = [
        connections::faults(),
        http::faults(),
        statuses::faults(),
        redirects::faults(),
        bodies::faults(),
        tls::faults(),
        race::faults(),
    ];
    let mut arguments = Arguments::from_args();
    // The tests mostly wait, so more of them can run at once than there are cores.
    arguments.test_threads = arguments.test_threads.or(Some(16));
    let trials: Vec<Trial> = groups.into_iter().flatten().flat_map(Fault::trials).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    matrix::print();
    conclusion.exit();
}
