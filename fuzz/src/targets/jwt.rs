//! JWTs: forgeries are rejected, and `Debug` shows no signature.

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plexauth_proto::jwt::{DeviceKey, Expected, PlexJwt, PlexKeys, Scopes};
use plexauth_proto::{GetNonce, GetPlexKeys, RedeemDeviceJwt, Token};

use crate::{info, read, structured};

#[derive(Debug, Arbitrary)]
enum Forged<'a> {
    Text(&'a str),
    Parts {
        header: &'a [u8],
        claims: &'a [u8],
        signature: &'a [u8],
    },
    /// A valid header and plausible claims.
    Signed {
        issuer: &'a str,
        exp: u64,
        signature: [u8; 64],
    },
    /// A JWT signed by the device itself, perhaps with one bit flipped.
    ByDevice {
        nonce: &'a str,
        flip: Option<u16>,
    },
    /// The body of a response.
    Response(&'a [u8]),
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(forged) = structured(data) {
        check(forged);
    }
}

fn check(forged: Forged<'_>) {
    let (key, info) = (DeviceKey::from_bytes([7; 32]), info());
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let token = match forged {
        Forged::Text(text) => text.to_owned(),
        Forged::Parts { header, claims, signature } => {
            format!("{}.{}.{}", encode(header), encode(claims), encode(signature))
        }
        Forged::Signed { issuer, exp, signature } => {
            let claims = format!(r#"{{"iss":{issuer:?},"aud":"plex.tv","exp":{exp}}}"#);
            format!("{}.{}.{}", encode(br#"{"alg":"EdDSA"}"#), encode(claims.as_bytes()), encode(&signature))
        }
        Forged::ByDevice { nonce, flip } => {
            let signed = key.sign(&info, Some(nonce), Scopes::all(), SystemTime::UNIX_EPOCH);
            let mut bytes = signed.expose().as_bytes().to_vec();
            if let Some(flip) = flip {
                let position = usize::from(flip / 7) % bytes.len();
                bytes[position] ^= 1 << (flip % 7);
            }
            String::from_utf8(bytes).expect("ASCII")
        }
        Forged::Response(json) => {
            if let Some(keys) = read(&GetPlexKeys::new(), json) {
                assert!(!keys.is_empty() && keys.len() <= 64);
            }
            read(&GetNonce::new(), json);
            let signed = key.sign(&info, Some("nonce"), Scopes::all(), SystemTime::UNIX_EPOCH);
            read(&RedeemDeviceJwt::new(signed), json);
            return;
        }
    };
    if let Ok(Some(jwt)) = PlexJwt::read(&Token::new(&token)) {
        let keys = PlexKeys::from_json(format!(r#"{{"keys":[{}]}}"#, key.public_jwk())).expect("valid keys");
        let expected = Expected::new(&info, &key, SystemTime::UNIX_EPOCH).leeway(Duration::from_secs(60));
        assert!(jwt.verify(&keys, &expected).is_err(), "a forged JWT is valid");
        let signature = token.rsplit('.').next().unwrap_or_default();
        assert!(signature.len() < 40 || !format!("{jwt:?}").contains(signature), "a signature is shown");
    }
}
