//! The flows, one file each: state machines that are told the time and what came back.

mod attempt;
mod authenticated;
mod find_server;
mod pin_login;
#[cfg(feature = "jwt")]
mod renewal;

pub use attempt::Attempt;
pub use authenticated::Authenticated;
pub use find_server::{ConnectionOutcome, FindServer, FoundServer, TriedConnection};
pub use pin_login::PinLogin;
#[cfg(feature = "jwt")]
pub use renewal::Renewal;

#[cfg(test)]
mod testing;
