//! Device keys, and the JSON web tokens that they stand behind.
//!
//! Plex's newer tokens live seven days and are renewed with a key that never leaves the device: [`DeviceKey`]. It signs
//! a [`DeviceJwt`], for which Plex gives a token that is a JSON web token itself: [`PlexJwt`] reads it, and verifies it
//! with [`PlexKeys`]. All keys are Ed25519 (RFC 8037). Source: Plex's description of its JWT authentication.
//!
//! ```
//! use std::time::SystemTime;
//! use plexauth_proto::jwt::{DeviceKey, PlexJwt};
//! use plexauth_proto::{ClientInfo, Flow, Renewal, Step, Token};
//!
//! // 32 random bytes, drawn once and kept where only this application can read them.
//! # let bytes = [7; 32];
//! let key = DeviceKey::from_bytes(bytes);
//!
//! // An old token is no JWT, and never expires by itself.
//! assert!(PlexJwt::read(&Token::new("xxxxxxxxxxxxxxxxxxxx"))?.is_none());
//!
//! // Any adapter's `run`, or a loop of your own, turns this into a new token.
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let mut renewal = Renewal::new(&key, &info);
//! assert!(matches!(renewal.poll(SystemTime::now()), Step::Send(outgoing) if outgoing.request.uri().path() == "/api/v2/auth/nonce"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

mod device_key;
mod error;
mod plex_jwt;
mod plex_keys;
mod scopes;

pub use device_key::{DeviceJwt, DeviceKey};
pub use error::JwtError;
pub use plex_jwt::{Expected, PlexClaims, PlexJwt};
pub use plex_keys::PlexKeys;
pub use scopes::{Scope, Scopes};

/// The audience of a device's JWT, and the issuer of Plex's.
const PLEX_TV: &str = "plex.tv";

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strictly: no padding, no white space, no bits left over, so that no two texts mean the same.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Unix seconds; a clock before 1970 counts as 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
