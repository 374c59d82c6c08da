//! Times and allocations of the same, for a first look: they are no bars, since times do not repeat.
//!
//! `cargo bench -p plexauth-proto --bench times [-- PART OF A NAME]`
#![allow(clippy::expect_used, reason = "a program that may end with an error")]

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
    let case = cases.iter().find(|case| case.name == name).expect("a case");
    let work = work(case).expect("what is measured");
    bencher.counter(divan::counter::ItemsCount::new(work.pieces)).bench_local(|| work.run());
}

#[divan::bench(args = names(|_| true))]
fn ours(bencher: divan::Bencher<'_, '_>, name: &str) {
    run(bencher, name, |case| Some(&case.ours));
}

#[divan::bench(args = names(|case| case.bar.yardstick().is_some()))]
fn yardstick(bencher: divan::Bencher<'_, '_>, name: &str) {
    run(bencher, name, |case| case.bar.yardstick());
}
