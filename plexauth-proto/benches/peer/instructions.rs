//! Counts the instructions of parsing an account. Fails if plex-api needs fewer.

mod cases;
#[path = "../harness"]
mod harness {
    pub(crate) mod case;
    pub(crate) mod instructions;
}

fn main() {
    harness::instructions::run(&cases::cases());
}
