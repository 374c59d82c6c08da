//! Counts the allocations of parsing an account. Fails if plex-api needs fewer.

mod cases;
#[path = "../harness"]
mod harness {
    pub(crate) mod allocations;
    pub(crate) mod case;
}

fn main() {
    harness::allocations::run(&cases::cases());
}
