//! The flows, one file each: state machines that are told the time and what came back.

mod attempt;
mod pin_login;
#[cfg(feature = "jwt")]
mod renewal;

pub use attempt::Attempt;
pub use pin_login::PinLogin;
#[cfg(feature = "jwt")]
pub use renewal::Renewal;

#[cfg(test)]
mod testing;
