//! How many instructions things cost. Ends with an error if a bar is broken.
//!
//! `cargo bench -p plexauth-proto --bench instructions [-- PART OF A NAME]`

mod cases;
mod harness {
    pub(crate) mod case;
    pub(crate) mod instructions;
}

fn main() {
    harness::instructions::run(&cases::cases());
}
