use std::fmt;
use std::time::{Duration, SystemTime};

use ed25519_dalek::Signature;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{DeviceKey, JwtError, PLEX_TV, PlexKeys, from_base64url};
use crate::client::{ClientInfo, Token};
use crate::lenient::{self, Words};

/// The longest token that is looked at, in bytes. Plex's have about one KiB.
const LONGEST: usize = 16 * 1024;

/// A token that is a JSON web token (RFC 7519), as Plex gives one for a [`DeviceJwt`](super::DeviceJwt).
///
/// [`read`](PlexJwt::read) tells what it says without a key, such as when to renew it; only [`verify`](PlexJwt::verify)
/// tells whether Plex said so.
#[derive(Clone, PartialEq)]
pub struct PlexJwt {
    token: Token,
    header: Header,
    claims: PlexClaims,
}

/// What a [`PlexJwt`] says. Source: Plex's description of its JWT authentication, and RFC 7519.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PlexClaims {
    /// Who made it: `plex.tv`.
    #[serde(default, rename = "iss", deserialize_with = "lenient::optional")]
    pub issuer: Option<String>,
    /// For whom: `plex.tv` and the client identifier.
    #[serde(default, rename = "aud", deserialize_with = "lenient::words_or_one")]
    pub audience: Words,
    /// When it expires.
    #[serde(default, rename = "exp", deserialize_with = "numeric_date")]
    pub expires_at: Option<SystemTime>,
    /// When it was made.
    #[serde(default, rename = "iat", deserialize_with = "numeric_date")]
    pub issued_at: Option<SystemTime>,
    /// From when on it is good, where that is not at once.
    #[serde(default, rename = "nbf", deserialize_with = "numeric_date")]
    pub not_before: Option<SystemTime>,
    /// The key of the device that it was made for.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub thumbprint: Option<String>,
    /// For the scope `username`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub username: Option<String>,
    /// For the scope `email`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email: Option<String>,
    /// For the scope `friendly_name`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub friendly_name: Option<String>,
    /// For the scope `restricted`: whether it is a managed user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restricted: Option<bool>,
    /// For the scope `anonymous`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub anonymous: Option<bool>,
    /// For the scope `joinedAt`.
    #[serde(default, rename = "joinedAt", deserialize_with = "lenient::optional")]
    pub joined_at: Option<SystemTime>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Header {
    alg: String,
    #[serde(default, deserialize_with = "lenient::optional")]
    kid: Option<String>,
    /// Extensions that must be understood (RFC 7515, section 4.1.11), of which none is.
    #[serde(default, rename = "crit", deserialize_with = "is_there")]
    has_critical: bool,
}

/// A NumericDate (RFC 7519, section 2): seconds, perhaps with a fraction. One that cannot be read must not count as absent,
/// or a token that is not good yet would be good.
fn numeric_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let Some(seconds) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let since_epoch = Duration::try_from_secs_f64(seconds).ok();
    let time = since_epoch.and_then(|since_epoch| SystemTime::UNIX_EPOCH.checked_add(since_epoch));
    time.map(Some).ok_or_else(|| serde::de::Error::custom("no time"))
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// What a [`PlexJwt`] is held to: for which client, for which device, at what time.
#[derive(Debug, Clone, Copy)]
#[must_use = "it says what to verify, and verifies nothing by itself"]
pub struct Expected<'a> {
    info: &'a ClientInfo,
    /// Any device's, if there is none.
    thumbprint: Option<&'a str>,
    now: SystemTime,
    leeway: Duration,
}

impl<'a> Expected<'a> {
    /// It must be for `info` and for the device with this key, and good at `now`.
    pub fn new(info: &'a ClientInfo, key: &'a DeviceKey, now: SystemTime) -> Self {
        Self { info, thumbprint: Some(key.thumbprint()), now, leeway: Duration::ZERO }
    }

    /// It must be for `info` and good at `now`, but may be for any device: for whoever is shown the tokens of others. An
    /// audience that names no client is not enough then.
    pub const fn of_any_device(info: &'a ClientInfo, now: SystemTime) -> Self {
        Self { info, thumbprint: None, now, leeway: Duration::ZERO }
    }

    /// By how much Plex's clock and this one may differ. Not at all unless set.
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }
}

impl PlexJwt {
    /// What a token says of itself, without verifying anything; nothing if it is no JSON web token. That is an old
    /// token: as good as ever, and it does not expire by itself.
    ///
    /// # Errors
    ///
    /// [`JwtError::TooLong`] and [`JwtError::Malformed`] for what has the form of a JSON web token, and is none.
    pub fn read(token: &Token) -> Result<Option<Self>, JwtError> {
        let Some([header, payload, _]) = segments(token.expose()) else { return Ok(None) };
        if token.expose().len() > LONGEST {
            return Err(JwtError::TooLong);
        }
        // What does not begin with an object is not one, whatever its dots.
        if !from_base64url(header).is_some_and(|header| header.starts_with(b"{")) {
            return Ok(None);
        }
        let header = from_json(header).ok_or(JwtError::Malformed)?;
        let claims = from_json(payload).ok_or(JwtError::Malformed)?;
        Ok(Some(Self { token: token.clone(), header, claims }))
    }

    /// What it says. Not verified.
    #[must_use]
    pub fn claims(&self) -> &PlexClaims {
        &self.claims
    }

    /// Whether Plex has made it, for whom it is expected to be, and whether it is good at that time.
    ///
    /// Only EdDSA is accepted, and signatures are verified strictly: there is exactly one for a message and a key. The key
    /// is the one that the token names, or, if no key has that name, any.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it.
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
        let signature = signature.ok_or(JwtError::Signature)?;
        let mut candidates = keys.candidates(self.header.kid.as_deref());
        let is_signed = candidates.any(|key| key.verify_strict(signed.as_bytes(), &signature).is_ok());
        is_signed.then_some(()).ok_or(JwtError::Signature)
    }

    fn verify_claims(&self, expected: &Expected<'_>) -> Result<(), JwtError> {
        let claims = &self.claims;
        if claims.issuer.as_deref() != Some(PLEX_TV) {
            return Err(JwtError::Issuer);
        }
        // Where it names any client, it must name this one. Where it names none, the thumbprint binds it.
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

/// The three parts of the compact form, undecoded.
fn segments(text: &str) -> Option<[&str; 3]> {
    let mut parts = text.split('.');
    let segments = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(segments)
}

/// A JSON object in base64url. A member that is given twice is refused: others might read the other one.
fn from_json<T: serde::de::DeserializeOwned>(segment: &str) -> Option<T> {
    let bytes = from_base64url(segment)?;
    if bytes.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(&bytes).ok()
}

/// Without the token.
impl fmt::Debug for PlexJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlexJwt").field("claims", &self.claims).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
