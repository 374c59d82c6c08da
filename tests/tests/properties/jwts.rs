//! Signed JWTs verify, and fail to verify with one bit flipped.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use plexauth_proto::jwt::{DeviceKey, Expected, PlexJwt, PlexKeys, Scope, Scopes};
use plexauth_proto::{ClientInfo, Token};
use plexauth_testing::strategies::{client_info, text};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::config;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// The header and claims of a JWT if its signature verifies with this key: an independent implementation of RFC 7515,
/// section 5.2.
fn verified(jwt: &str, public: &str) -> Option<(Value, Value)> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let key = VerifyingKey::from_bytes(&decoded(public).try_into().ok()?).ok()?;
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    key.verify(signed.as_bytes(), &signature).ok()?;
    Some((serde_json::from_slice(&decoded(header)).ok()?, serde_json::from_slice(&decoded(claims)).ok()?))
}

/// A JWT for a device, in the format of Plex's.
fn plex_jwt(plex: &SigningKey, client: &ClientInfo, device: &DeviceKey, issued: u64, name: &str) -> String {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({ "alg": "EdDSA", "typ": "JWT", "kid": "plex-1" }));
    let claims = encode(json!({
        "iss": "plex.tv", "aud": ["plex.tv", client.identifier()], "iat": issued, "exp": issued + 604_800,
        "thumbprint": device.thumbprint(), "username": name,
    }));
    let signature = plex.sign(format!("{header}.{claims}").as_bytes());
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn plex_keys(plex: &SigningKey) -> PlexKeys {
    let x = URL_SAFE_NO_PAD.encode(plex.verifying_key().to_bytes());
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "plex-1" }] });
    PlexKeys::from_json(keys.to_string()).unwrap()
}

fn flip_bit(text: &str, place: prop::sample::Index) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let place = place.index(bytes.len() * 8);
    bytes[place / 8] ^= 1 << (place % 8);
    String::from_utf8(bytes).ok()
}

/// The JWT with the order of the group added to the second half of its signature: a lax verifier accepts both.
fn with_other_signature(jwt: &str) -> String {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let mut bytes = decoded(signature);
    let mut carry = 0_u16;
    for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn device_jwt_verifies_and_has_the_expected_claims(seed in any::<[u8; 32]>(), info in client_info(), nonce in any::<String>(), now in 0..4_000_000_000_u64, scopes in prop::sample::subsequence(vec![Scope::Username, Scope::Email, Scope::FriendlyName], 1..=3), bit in any::<prop::sample::Index>()) {
        let key = DeviceKey::from_bytes(seed);
        let public: Value = serde_json::from_str(&key.public_jwk()).unwrap();
        let public = public["x"].as_str().unwrap();
        let scopes: Scopes = scopes.into_iter().collect();
        let signed = key.sign(&info, Some(&nonce), scopes, at(now));
        let (header, claims) = verified(signed.expose(), public).unwrap();
        prop_assert_eq!(header, json!({ "alg": "EdDSA", "typ": "JWT", "kid": key.thumbprint() }));
        prop_assert_eq!(&claims["nonce"], &json!(nonce));
        prop_assert_eq!((&claims["iss"], &claims["aud"]), (&json!(info.identifier()), &json!("plex.tv")));
        let (issued, expires) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        prop_assert!(issued <= now && now <= issued + 60 && expires - issued <= 600, "{issued} {now} {expires}");
        if let Some(forged) = flip_bit(signed.expose(), bit) {
            prop_assert_eq!(verified(&forged, public), None);
        }
    }

    #[test]
    fn only_jwts_signed_by_plex_verify(plex in any::<[u8; 32]>(), seed in any::<[u8; 32]>(), info in client_info(), name in text(), issued in 1..4_000_000_000_u64, bit in any::<prop::sample::Index>()) {
        let (plex, device) = (SigningKey::from_bytes(&plex), DeviceKey::from_bytes(seed));
        let token = plex_jwt(&plex, &info, &device, issued, &name);
        let keys = plex_keys(&plex);
        let verify = |token: &str, now| match PlexJwt::read(&Token::new(token)) {
            Ok(Some(jwt)) => jwt.verify(&keys, &Expected::new(&info, &device, at(now))).is_ok(),
            _ => false,
        };
        prop_assert!(verify(&token, issued) && verify(&token, issued + 604_799));
        prop_assert!(!verify(&token, issued - 1) && !verify(&token, issued + 604_800), "valid outside its lifetime");
        let jwt = PlexJwt::read(&Token::new(&token)).unwrap().unwrap();
        prop_assert_eq!(jwt.claims().username.as_deref(), Some(name.as_str()));
        let other = DeviceKey::from_bytes(plex.to_bytes());
        prop_assert!(jwt.verify(&keys, &Expected::new(&info, &other, at(issued))).is_err(), "valid for another device");
        if let Some(forged) = flip_bit(&token, bit) {
            prop_assert!(!verify(&forged, issued), "{forged}");
        }
        prop_assert!(!verify(&with_other_signature(&token), issued), "valid with a second signature");
    }
}
