use std::fmt;
use std::time::{Duration, SystemTime};

use ed25519_dalek::Signature;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{DeviceKey, JwtError, PLEX_TV, PlexKeys, from_base64url};
use crate::client::{ClientInfo, Token};
use crate::lenient::{self, Words};

/// The maximum length of a JWT, in bytes. Plex's have about one KiB.
const LONGEST: usize = 16 * 1024;

/// A token that is a JWT (RFC 7519), issued by Plex in exchange for a [`DeviceJwt`](super::DeviceJwt).
///
/// [`read`](PlexJwt::read) needs no key and returns unverified claims, such as the expiry time. Only
/// [`verify`](PlexJwt::verify) tells whether they come from Plex.
#[derive(Clone, PartialEq)]
pub struct PlexJwt {
    token: Token,
    header: Header,
    claims: PlexClaims,
}

/// The claims of a [`PlexJwt`]. Source: Plex's description of its JWT authentication, and RFC 7519.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PlexClaims {
    /// The issuer: `plex.tv`.
    #[serde(default, rename = "iss", deserialize_with = "lenient::optional")]
    pub issuer: Option<String>,
    /// The audience: `plex.tv` and the client identifier.
    #[serde(default, rename = "aud", deserialize_with = "lenient::words_or_one")]
    pub audience: Words,
    /// The expiry time.
    #[serde(default, rename = "exp", deserialize_with = "numeric_date")]
    pub expires_at: Option<SystemTime>,
    /// The time at which it was issued.
    #[serde(default, rename = "iat", deserialize_with = "numeric_date")]
    pub issued_at: Option<SystemTime>,
    /// The time before which it is not valid.
    #[serde(default, rename = "nbf", deserialize_with = "numeric_date")]
    pub not_before: Option<SystemTime>,
    /// The thumbprint of the device key that it was issued for.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub thumbprint: Option<String>,
    /// The numeric ID of the account.
    #[serde(default, rename = "user", deserialize_with = "user_id")]
    pub user_id: Option<u64>,
    /// The user name (scope `username`).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub username: Option<String>,
    /// The email address (scope `email`).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email: Option<String>,
    /// The full name (scope `friendly_name`).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub friendly_name: Option<String>,
    /// Whether the account is a managed user (scope `restricted`).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restricted: Option<bool>,
    /// Whether the account is anonymous (scope `anonymous`).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub anonymous: Option<bool>,
    /// When the account was created (scope `joinedAt`).
    #[serde(default, rename = "joinedAt", deserialize_with = "lenient::optional")]
    pub joined_at: Option<SystemTime>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Header {
    alg: String,
    /// A string, if it is there (RFC 7515, section 4.1.4).
    #[serde(default)]
    kid: Option<String>,
    /// Whether there are extensions that must be understood (RFC 7515, section 4.1.11). None are supported.
    #[serde(default, rename = "crit", deserialize_with = "is_there")]
    has_critical: bool,
}

/// A NumericDate (RFC 7519, section 2): seconds, possibly with a fraction. An invalid one must not count as absent:
/// otherwise a token could pass as valid before its time.
fn numeric_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let Some(seconds) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let since_epoch = Duration::try_from_secs_f64(seconds).ok();
    let time = since_epoch.and_then(|since_epoch| SystemTime::UNIX_EPOCH.checked_add(since_epoch));
    time.map(Some).ok_or_else(|| serde::de::Error::custom("invalid time"))
}

/// The `id` in the claim `user`.
fn user_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    struct User {
        #[serde(default, deserialize_with = "lenient::optional")]
        id: Option<u64>,
    }
    Ok(lenient::object::<D, User>(deserializer)?.and_then(|user| user.id))
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// The requirements for a [`PlexJwt`]: its client, its device and the time of verification.
#[derive(Debug, Clone, Copy)]
#[must_use = "it does nothing until it is passed to `PlexJwt::verify`"]
pub struct Expected<'a> {
    info: &'a ClientInfo,
    /// `None` accepts any device.
    thumbprint: Option<&'a str>,
    now: SystemTime,
    leeway: Duration,
}

impl<'a> Expected<'a> {
    /// Requires a JWT for the client `info` and the device with this key, valid at `now`.
    pub fn new(info: &'a ClientInfo, key: &'a DeviceKey, now: SystemTime) -> Self {
        Self { info, thumbprint: Some(key.thumbprint()), now, leeway: Duration::ZERO }
    }

    /// Requires a JWT for the client `info`, valid at `now`, from any device: for servers that receive the tokens of
    /// their users. The audience must name the client.
    pub const fn of_any_device(info: &'a ClientInfo, now: SystemTime) -> Self {
        Self { info, thumbprint: None, now, leeway: Duration::ZERO }
    }

    /// Sets the allowed difference between Plex's clock and this one. Zero by default.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }
}

impl PlexJwt {
    /// Parses a token without verifying it. Returns `None` for a legacy token, which remains valid and does not expire
    /// by itself.
    ///
    /// # Errors
    ///
    /// - [`JwtError::TooLong`] if the token has three segments and is longer than any of Plex's.
    /// - [`JwtError::Malformed`] if it has the form of a JWT but its header or claims cannot be parsed.
    pub fn read(token: &Token) -> Result<Option<Self>, JwtError> {
        let Some([header, payload, _]) = segments(token.expose()) else { return Ok(None) };
        if token.expose().len() > LONGEST {
            return Err(JwtError::TooLong);
        }
        // Without a JSON object in its first segment, it is not a JWT, even with two dots.
        if !from_base64url(header).is_some_and(|header| header.starts_with(b"{")) {
            return Ok(None);
        }
        let header = from_json(header).ok_or(JwtError::Malformed)?;
        let claims = from_json(payload).ok_or(JwtError::Malformed)?;
        Ok(Some(Self { token: token.clone(), header, claims }))
    }

    /// The claims, which are not verified.
    #[must_use]
    pub fn claims(&self) -> &PlexClaims {
        &self.claims
    }

    /// Verifies that Plex issued the JWT, and that it meets the requirements.
    ///
    /// Only EdDSA is accepted, and signatures are verified strictly: malleable signatures are rejected. The signature
    /// must match the key that the header names, or any key if none has that name.
    ///
    /// # Errors
    ///
    /// The first check that failed.
    pub fn verify(&self, keys: &PlexKeys, expected: &Expected<'_>) -> Result<(), JwtError> {
        if self.header.alg != "EdDSA" {
            return Err(JwtError::Algorithm);
        }
        if self.header.has_critical {
            return Err(JwtError::CriticalHeader);
        }
        self.verify_signature(keys)?;
        self.verify_claims(expected)
    }

    fn verify_signature(&self, keys: &PlexKeys) -> Result<(), JwtError> {
        if keys.is_empty() {
            return Err(JwtError::NoKey);
        }
        let (signed, signature) = self.token.expose().rsplit_once('.').ok_or(JwtError::Malformed)?;
        let signature = from_base64url(signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.filter(is_canonical).ok_or(JwtError::Signature)?;
        let mut candidates = keys.candidates(self.header.kid.as_deref());
        let is_signed = candidates.any(|key| key.verify_strict(signed.as_bytes(), &signature).is_ok());
        is_signed.then_some(()).ok_or(JwtError::Signature)
    }

    fn verify_claims(&self, expected: &Expected<'_>) -> Result<(), JwtError> {
        let claims = &self.claims;
        if claims.issuer.as_deref() != Some(PLEX_TV) {
            return Err(JwtError::Issuer);
        }
        // If the audience names clients, this one must be among them. Otherwise the thumbprint binds the JWT to the
        // client.
        let names_plex_only = claims.audience.iter().all(|word| word == PLEX_TV)
            && !claims.audience.is_empty()
            && expected.thumbprint.is_some();
        if !names_plex_only && !claims.audience.contains(expected.info.identifier()) {
            return Err(JwtError::Audience);
        }
        if expected.thumbprint.is_some_and(|thumbprint| claims.thumbprint.as_deref() != Some(thumbprint)) {
            return Err(JwtError::Thumbprint);
        }
        let earliest = expected.now.checked_sub(expected.leeway).unwrap_or(SystemTime::UNIX_EPOCH);
        if claims.expires_at.is_none_or(|expires_at| expires_at <= earliest) {
            return Err(JwtError::Expired);
        }
        let is_later = |moment: SystemTime| {
            moment.duration_since(expected.now).is_ok_and(|ahead| ahead > expected.leeway)
        };
        if claims.issued_at.is_some_and(is_later) || claims.not_before.is_some_and(is_later) {
            return Err(JwtError::NotYetValid);
        }
        Ok(())
    }
}

/// Whether the second half of a signature is less than the order of the group (RFC 8032, section 5.1.7). Otherwise there is
/// another signature for the same message. `ed25519-dalek` checks this, but not with its feature `legacy_compatibility`, which
/// any crate in the tree may enable.
fn is_canonical(signature: &Signature) -> bool {
    /// 2^252 + 27742317777372353535851937790883648493, with the least significant byte first.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    signature.s_bytes().iter().rev().lt(ORDER.iter().rev())
}

/// The three encoded segments of the compact serialization.
fn segments(text: &str) -> Option<[&str; 3]> {
    let mut parts = text.split('.');
    let segments = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(segments)
}

/// Parses a base64url JSON object. Duplicate members are refused, because other parsers may pick the other one.
fn from_json<T: serde::de::DeserializeOwned>(segment: &str) -> Option<T> {
    let bytes = from_base64url(segment)?;
    if bytes.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_str(std::str::from_utf8(&bytes).ok()?).ok()
}

/// Shows the claims, but not the token.
impl fmt::Debug for PlexJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlexJwt").field("claims", &self.claims).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
