//! Reading an account, against plex-api: instructions. Ends with an error if we are not better.

mod cases;
#[path = "../harness"]
mod harness {
    pub(crate) mod case;
    pub(crate) mod instructions;
}

fn main() {
    harness::instructions::run(&cases::cases());
}
