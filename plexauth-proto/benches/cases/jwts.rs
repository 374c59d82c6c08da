//! JWTs, compared with `ed25519-dalek` and `base64` alone.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use plexauth_proto::Token;
use plexauth_proto::jwt::{DeviceKey, Expected, PlexJwt, PlexKeys, Scopes};

use super::info;
use crate::harness::case::{Case, Limit, Work};

const BYTES: [u8; 32] = [7; 32];

pub fn cases() -> Vec<Case> {
    vec![signing(), verifying()]
}

fn case(name: &str, ours: Work, baseline: Work) -> Case {
    Case {
        name: name.to_owned(),
        ours,
        limit: Limit::Relative { baseline, instructions: 1.1, more_allocations: None },
    }
}

fn signing() -> Case {
    let (info, key, now) = (info(), DeviceKey::from_bytes(BYTES), now());
    let nonce = "5a1b3c9e-7c2d-4b8a-9d3e-1f0a2b3c4d5e";
    let signed = key.sign(&info, Some(nonce), Scopes::default(), now);
    let [header, claims] = [0, 1].map(|part| decoded(signed.expose().split('.').nth(part).unwrap()));
    let signing = SigningKey::from_bytes(&BYTES);
    let by_hand = move || compact(&signing, &header, &claims);
    assert_eq!(by_hand(), signed.expose());
    case(
        "device JWT, signing",
        Work::new(move || key.sign(&info, Some(nonce), Scopes::default(), now)),
        Work::new(by_hand),
    )
}

fn verifying() -> Case {
    let (info, device, plex) = (info(), DeviceKey::from_bytes(BYTES), DeviceKey::from_bytes([8; 32]));
    let signing = SigningKey::from_bytes(&[8; 32]);
    let header = format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#, plex.thumbprint());
    let claims = format!(
        r#"{{"iss":"plex.tv","aud":["plex.tv","{}"],"iat":1764000000,"exp":1764604800,"thumbprint":"{}",
        "username":"alice","email":"alice@example.com","friendly_name":"Alice","nonce":"5a1b3c9e"}}"#,
        info.identifier(),
        device.thumbprint()
    );
    let token = Token::new(compact(&signing, header.as_bytes(), claims.as_bytes()));
    let keys = PlexKeys::from_json(format!(r#"{{"keys":[{}]}}"#, plex.public_jwk())).unwrap();
    let public = signing.verifying_key();
    let text = token.expose().to_owned();
    let ours = move || {
        let jwt = PlexJwt::read(&token).unwrap().unwrap();
        jwt.verify(&keys, &Expected::new(&info, &device, now())).unwrap();
        jwt
    };
    ours();
    case("Plex JWT, reading and verifying", Work::new(ours), Work::new(move || verified(&text, &public)))
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_100)
}

fn compact(key: &SigningKey, header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// Verifies the signature and returns the header and the claims.
fn verified(text: &str, key: &VerifyingKey) -> [Vec<u8>; 2] {
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&decoded(signature)).unwrap();
    key.verify_strict(signed.as_bytes(), &signature).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    [decoded(header), decoded(claims)]
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
