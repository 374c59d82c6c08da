//! The flows, one file each.

mod attempt;
mod find_server;
#[cfg(feature = "jwt")]
mod link_device;
mod pin_login;
#[cfg(feature = "jwt")]
mod renewal;
mod server_token;

pub use attempt::Attempt;
pub use find_server::{ConnectionTier, FindServer, FoundServer, InsecureConnections, Probe, RaceStep};
#[cfg(feature = "jwt")]
pub use link_device::LinkDevice;
pub use pin_login::{PinLogin, PinPace, SavedPin};
#[cfg(feature = "jwt")]
pub use renewal::Renewal;
pub use server_token::ServerToken;

#[cfg(test)]
pub(crate) mod testing;
