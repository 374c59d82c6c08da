//! The flows, one file each: state machines that are told the time and what came back.

mod attempt;

pub use attempt::Attempt;

#[cfg(test)]
mod testing;
