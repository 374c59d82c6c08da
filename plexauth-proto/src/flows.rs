//! The flows, one file each.

mod attempt;
mod find_server;
mod pin_login;
#[cfg(feature = "jwt")]
mod renewal;

pub use attempt::Attempt;
pub use find_server::{FindServer, FoundServer};
pub use pin_login::PinLogin;
#[cfg(feature = "jwt")]
pub use renewal::Renewal;

#[cfg(test)]
pub(crate) mod testing;
