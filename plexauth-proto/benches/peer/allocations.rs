//! Reading an account, against plex-api: allocations. Ends with an error if we are not better.

mod cases;
#[path = "../harness"]
mod harness {
    pub(crate) mod allocations;
    pub(crate) mod case;
}

fn main() {
    harness::allocations::run(&cases::cases());
}
