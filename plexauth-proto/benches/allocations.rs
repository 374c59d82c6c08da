//! Counts heap allocations and measures the memory of waiting logins. Fails if a limit is exceeded.
//!
//! `cargo bench -p plexauth-proto --bench allocations [-- PART_OF_A_NAME]`

#![allow(
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "benchmarks print their results and report errors by panicking"
)]

mod cases;
mod harness {
    pub(crate) mod allocations;
    pub(crate) mod case;
}

fn main() {
    harness::allocations::run(&cases::cases());
    [1_000, 100_000].into_iter().for_each(check_memory_of_waiting_logins);
}

fn check_memory_of_waiting_logins(count: u32) {
    const MOST: i64 = 1024;
    let info = cases::info();
    let mut logins = Vec::new();
    let held = allocation_counter::measure(|| logins = cases::flows::waiting_logins(count, &info));
    let each = held.bytes_current / i64::from(count);
    println!("{count} waiting PIN logins: {each} bytes each, at most {MOST}");
    assert!(each <= MOST, "limit exceeded");
}
