//! How many instructions things cost. Ends with an error if a bar is broken.
//!
//! `cargo bench -p plexauth-proto --bench instructions [-- PART OF A NAME]`

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a program for the developers of this crate, which may end with an error"
)]

mod cases;
mod harness {
    pub(crate) mod case;
    pub(crate) mod instructions;
}

fn main() {
    harness::instructions::run(&cases::cases());
}
