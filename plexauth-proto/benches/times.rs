//! Measures times and allocations, for a first impression. There are no limits, because times are not reproducible.
//!
//! `cargo bench -p plexauth-proto --bench times [-- PART_OF_A_NAME]`
#![allow(clippy::expect_used, reason = "benchmarks report errors by panicking")]

mod cases;
mod harness {
    pub(crate) mod case;
}

use harness::case::{Case, Work};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

fn names(is_wanted: fn(&Case) -> bool) -> Vec<String> {
    cases::cases().into_iter().filter(is_wanted).map(|case| case.name).collect()
}

fn run(bencher: divan::Bencher<'_, '_>, name: &str, work: fn(&Case) -> Option<&Work>) {
    let cases = cases::cases();
    let case = cases.iter().find(|case| case.name == name).expect("known case");
    let work = work(case).expect("case with a baseline");
    bencher.counter(divan::counter::ItemsCount::new(work.items)).bench_local(|| work.run());
}

#[divan::bench(args = names(|_| true))]
fn ours(bencher: divan::Bencher<'_, '_>, name: &str) {
    run(bencher, name, |case| Some(&case.ours));
}

#[divan::bench(args = names(|case| case.limit.baseline().is_some()))]
fn baseline(bencher: divan::Bencher<'_, '_>, name: &str) {
    run(bencher, name, |case| case.limit.baseline());
}
