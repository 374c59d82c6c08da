//! How many allocations things cost, and how much memory logins that wait. Ends with an error if a bar is broken.
//!
//! `cargo bench -p plexauth-proto --bench allocations [-- PART OF A NAME]`

#![allow(
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a program that may end with an error"
)]

mod cases;
mod harness {
    pub(crate) mod allocations;
    pub(crate) mod case;
}

fn main() {
    harness::allocations::run(&cases::cases());
    [1_000, 100_000].into_iter().for_each(hold_to_memory_of_waiting_logins);
}

/// What logins hold on to while they wait for somebody to approve.
fn hold_to_memory_of_waiting_logins(many: u32) {
    const MOST: i64 = 1024;
    let client = cases::client();
    let mut logins = Vec::new();
    let held = allocation_counter::measure(|| logins = cases::flows::waiting_logins(many, &client));
    let each = held.bytes_current / i64::from(many);
    println!("{many} PIN logins that wait: {each} bytes each, at most {MOST}");
    assert!(each <= MOST, "a bar that is broken");
}
