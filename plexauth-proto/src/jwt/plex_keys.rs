use ed25519_dalek::VerifyingKey;
use serde::Deserialize;

use super::{JwtError, from_base64url};
use crate::lenient::{self, Words};

/// The maximum number of keys to keep, more than Plex has ever listed. It bounds the work of a verification.
const MOST: usize = 64;

/// Plex's public keys, which verify its JWTs: the result of [`GetPlexKeys`](crate::operations::GetPlexKeys).
///
/// Plex rotates its keys: several may be listed, and a token may be signed with one that is no longer listed. Keys
/// other than Ed25519 are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "JwkSet")]
pub struct PlexKeys(Vec<PlexKey>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct PlexKey {
    kid: Option<String>,
    public: VerifyingKey,
}

impl PlexKeys {
    /// Parses a JWK set (RFC 7517, section 5), the format of the endpoint.
    ///
    /// # Errors
    ///
    /// [`JwtError::NoKey`] if it is not a JWK set, or contains no usable Ed25519 key.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, JwtError> {
        // Serde would read the set from an array, too.
        let json = std::str::from_utf8(json.as_ref().trim_ascii()).ok().filter(|json| json.starts_with('{'));
        json.and_then(|json| serde_json::from_str::<Self>(json).ok())
            .filter(|keys| !keys.is_empty())
            .ok_or(JwtError::NoKey)
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that a token may be signed with, newest first: those with this `kid`, or all if no key has it.
    pub(super) fn candidates<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a VerifyingKey> {
        let is_named = move |key: &PlexKey| kid.is_some() && key.kid.as_deref() == kid;
        let any_is_named = self.0.iter().any(is_named);
        self.0.iter().rev().filter(move |key| !any_is_named || is_named(key)).map(|key| &key.public)
    }
}

#[derive(Deserialize)]
struct JwkSet {
    #[serde(default, deserialize_with = "lenient::list")]
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    #[serde(default, deserialize_with = "lenient::optional")]
    kty: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    crv: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    x: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    kid: Option<String>,
    #[serde(default, rename = "use", deserialize_with = "lenient::optional")]
    intended_use: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional")]
    alg: Option<String>,
    #[serde(default, deserialize_with = "lenient::words")]
    key_ops: Words,
}

impl Jwk {
    /// Whether the key is meant for signatures (RFC 7517, sections 4.2 to 4.4).
    fn is_for_signatures(&self) -> bool {
        self.intended_use.as_deref().is_none_or(|intended_use| intended_use == "sig")
            && self.alg.as_deref().is_none_or(|alg| matches!(alg, "EdDSA" | "Ed25519"))
            && (self.key_ops.is_empty() || self.key_ops.contains("verify"))
    }
}

impl From<JwkSet> for PlexKeys {
    fn from(set: JwkSet) -> Self {
        // Plex lists the newest keys last.
        let too_old = set.keys.len().saturating_sub(MOST);
        Self(set.keys.into_iter().skip(too_old).filter_map(usable).collect())
    }
}

fn usable(jwk: Jwk) -> Option<PlexKey> {
    let is_ed25519 = jwk.kty.as_deref() == Some("OKP") && jwk.crv.as_deref() == Some("Ed25519");
    if !is_ed25519 || !jwk.is_for_signatures() {
        return None;
    }
    let bytes = from_base64url(jwk.x.as_deref()?)?.try_into().ok()?;
    let public = VerifyingKey::from_bytes(&bytes).ok()?;
    // The same point has only one encoding in which its coordinate is less than the prime (RFC 8032, section 5.1.3).
    if public.to_edwards().compress().to_bytes() != bytes {
        return None;
    }
    // With a key of small order, forged signatures would verify.
    (!public.is_weak()).then_some(PlexKey { kid: jwk.kid, public })
}

#[cfg(test)]
mod tests {
    use super::super::DeviceKey;
    use super::*;

    fn jwk(seed: u8) -> String {
        DeviceKey::from_bytes([seed; 32]).public_jwk()
    }

    #[test]
    fn unusable_keys_are_ignored() {
        let keys = PlexKeys::from_json(format!(
            r#"{{"keys":[{{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r"}},{},null,7,{{"kty":"OKP","crv":"X25519","x":"AAAA"}},
                {{"kty":"OKP","crv":"Ed25519"}},{{"kty":"OKP","crv":"Ed25519","x":"!!"}},
                {{"kty":"OKP","crv":"Ed25519","x":"AAAA"}},{}],"new":1}}"#,
            jwk(1),
            jwk(2)
        ))
        .unwrap();
        assert_eq!(keys.len(), 2);
    }

    /// Keys of other types may have 32 bytes too, or claim to.
    #[test]
    fn keys_of_other_types_or_curves_are_ignored() {
        let good = jwk(1);
        for (from, to) in [("\"OKP\"", "\"EC\""), ("Ed25519", "P-256")] {
            let json = format!(r#"{{"keys":[{}]}}"#, good.replace(from, to));
            assert_eq!(PlexKeys::from_json(json), Err(JwtError::NoKey), "{to}");
        }
    }

    #[test]
    fn keys_for_other_purposes_are_ignored() {
        let count = |members: &str| {
            let key = jwk(1).replace(r#""use":"sig","alg":"EdDSA""#, members);
            PlexKeys::from_json(format!(r#"{{"keys":[{key}]}}"#)).map(|keys| keys.len())
        };
        for members in [
            r#""use":"sig","alg":"EdDSA""#,
            r#""new":1"#,
            r#""use":null,"alg":null,"key_ops":null"#,
            r#""alg":"Ed25519""#,
            r#""key_ops":["sign","verify"]"#,
        ] {
            assert_eq!(count(members), Ok(1), "{members}");
        }
        for members in [
            r#""use":"enc""#,
            r#""use":"sig","alg":"ECDH-ES""#,
            r#""alg":"HS256""#,
            r#""alg":"none""#,
            r#""key_ops":["sign"]"#,
            r#""use":"sig","alg":"EdDSA","key_ops":["encrypt"]"#,
        ] {
            assert_eq!(count(members), Err(JwtError::NoKey), "{members}");
        }
    }

    /// y = 2^255 - 19 + 3 encodes the same point as y = 3, but only the latter is canonical.
    #[test]
    fn non_canonical_keys_are_ignored() {
        for (y, expected) in [([3_u8, 0, 0, 0x00], Ok(1)), ([0xf0, 0xff, 0xff, 0x7f], Err(JwtError::NoKey))] {
            let mut bytes = [y[1]; 32];
            (bytes[0], bytes[31]) = (y[0], y[3]);
            let x = super::super::base64url(bytes);
            let json = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}"#);
            assert!(VerifyingKey::from_bytes(&bytes).is_ok(), "ed25519-dalek reads both");
            assert_eq!(PlexKeys::from_json(json).map(|keys| keys.len()), expected);
        }
    }

    #[test]
    fn set_without_a_usable_key_is_an_error() {
        for json in
            ["", "[]", "{}", r#"{"keys":[]}"#, r#"{"keys":null}"#, r#"{"keys":[{"kty":"RSA"}]}"#, "<html>"]
        {
            assert_eq!(PlexKeys::from_json(json), Err(JwtError::NoKey), "{json}");
        }
    }

    /// Points of small order, for which one signature verifies any message.
    #[test]
    fn keys_of_small_order_are_ignored() {
        for x in [
            "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "7P________________________________________8",
        ] {
            let json = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}"#);
            assert_eq!(PlexKeys::from_json(json), Err(JwtError::NoKey), "{x}");
        }
    }

    #[test]
    fn unknown_kid_tries_all_keys_newest_first() {
        let json = format!(r#"{{"keys":[{},{},{}]}}"#, jwk(1), jwk(2), jwk(3));
        let keys = PlexKeys::from_json(json).unwrap();
        let candidates = |kid| keys.candidates(kid).copied().collect::<Vec<_>>();
        let all: Vec<_> = keys.0.iter().rev().map(|key| key.public).collect();
        assert_eq!(candidates(keys.0[0].kid.as_deref()), [keys.0[0].public]);
        assert_eq!(candidates(Some("of yesterday")), all);
        assert_eq!(candidates(None), all);
    }

    #[test]
    fn only_the_newest_keys_of_a_long_list_are_kept() {
        let all: Vec<_> = (0..200).map(jwk).collect();
        let keys = PlexKeys::from_json(format!(r#"{{"keys":[{}]}}"#, all.join(","))).unwrap();
        assert_eq!(keys.len(), MOST);
        assert_eq!(
            keys.0.last().unwrap().kid.as_deref(),
            Some(DeviceKey::from_bytes([199; 32]).thumbprint())
        );
    }
}
