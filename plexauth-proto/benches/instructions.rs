//! Counts instructions. Fails if a limit is exceeded.
//!
//! `cargo bench -p plexauth-proto --bench instructions [-- PART_OF_A_NAME]`

mod cases;
mod harness {
    pub(crate) mod case;
    pub(crate) mod instructions;
}

fn main() {
    harness::instructions::run(&cases::cases());
}
