//! Device keys and JWTs.
//!
//! Plex's newer tokens are JWTs. They are valid for seven days and are renewed with a key that never leaves the device,
//! the [`DeviceKey`]: it signs a [`DeviceJwt`], which Plex exchanges for a new token. [`PlexJwt`] reads such a token
//! and verifies it with [`PlexKeys`]. All keys are Ed25519 (RFC 8037). Source: Plex's description of its JWT
//! authentication.
//!
//! ```
//! use std::time::SystemTime;
//! use plexauth_proto::jwt::{DeviceKey, PlexJwt};
//! use plexauth_proto::{ClientInfo, Flow, Renewal, Step, Token};
//!
//! // 32 random bytes, generated once and stored where only this application can read them.
//! # let bytes = [7; 32];
//! let key = DeviceKey::from_bytes(bytes);
//!
//! // A legacy token is not a JWT and does not expire by itself.
//! assert!(PlexJwt::read(&Token::new("xxxxxxxxxxxxxxxxxxxx"))?.is_none());
//!
//! // Any adapter's `run`, or your own loop, drives this flow to a new token.
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let mut renewal = Renewal::new(&key, &info);
//! let step = renewal.poll(SystemTime::now());
//! assert!(matches!(step, Step::Send(outgoing) if outgoing.request.uri().path() == "/api/v2/auth/nonce"));
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
pub use scopes::{Scope, Scopes, UnknownScope};

/// The audience of device JWTs, and the issuer of Plex's JWTs.
const PLEX_TV: &str = "plex.tv";

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes strictly, without padding, white space or leftover bits, so that each value has exactly one encoding.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Unix seconds. A time before 1970 counts as 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
