//! JWTs: forgeries are rejected, nothing is accepted that `jsonwebtoken` refuses, and `Debug` shows no signature.

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use plexauth_proto::jwt::{DeviceKey, Expected, PlexJwt, PlexKeys, Scopes};
use plexauth_proto::{GetNonce, GetPlexKeys, RedeemDeviceJwt, Token};

use serde_json::{Value, json};

use crate::oracles::jwt::accepts;
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
    /// A JWT signed by Plex's key.
    ByPlex(ByPlex<'a>),
    /// The body of a response.
    Response(&'a [u8]),
}

/// Up to 160, a number stands for the usual value, and above for others.
#[derive(Debug, Arbitrary)]
struct ByPlex<'a> {
    header: u8,
    other_header: Option<&'a str>,
    audience: u8,
    issuer: u8,
    expires: u8,
    other_expiry: Option<f64>,
    change: u8,
    is_of_the_device: bool,
    is_for_any_device: bool,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(forged) = structured(data) {
        check(forged);
    }
}

fn check(forged: Forged<'_>) {
    let (key, info) = (DeviceKey::from_bytes([7; 32]), info());
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
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
        Forged::ByPlex(forged) => return check_by_plex(&forged),
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
        // A claim may have the same text.
        let shown = format!("{jwt:?}").replace(&format!("{:?}", jwt.claims()), "");
        assert!(signature.len() < 40 || !shown.contains(signature), "a signature is shown");
    }
}

const NOW: u64 = 1_800_000_000;

fn choose<T>(number: u8, usual: T, others: impl IntoIterator<Item = T>) -> T {
    let mut others: Vec<T> = others.into_iter().collect();
    match usize::from(number).checked_sub(160) {
        None => usual,
        Some(number) => others.swap_remove(number % others.len()),
    }
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"plex-1"}"#;
const HEADERS: &[&str] = &[
    r#"{"alg":"none"}"#,
    r#"{"alg":"HS256","kid":"plex-1"}"#,
    r#"{"alg":"eddsa"}"#,
    r#"{"alg":"EdDSA","kid":"plex-2"}"#,
    r#"{"alg":"EdDSA","kid":7}"#,
    r#"{"alg":"EdDSA","crit":["exp"]}"#,
    r#"{"alg":"EdDSA","alg":"none"}"#,
    r#"{"alg":"none","alg":"EdDSA"}"#,
    r#"{"alg":"EdDSA","typ":"JWE","kid":"plex-1"}"#,
    r#"{"kid":"plex-1"}"#,
    r#"["EdDSA"]"#,
    r#"{"alg":"EdDSA"} x"#,
    "",
];

/// What is done to the text of a token after it was signed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    None,
    Padding,
    OtherAlphabet,
    NoSignature,
    ShortSignature,
    OtherKey,
    MoreSegments,
    Whitespace,
    LastBit,
}

const CHANGES: [Change; 8] = [
    Change::Padding,
    Change::OtherAlphabet,
    Change::NoSignature,
    Change::ShortSignature,
    Change::OtherKey,
    Change::MoreSegments,
    Change::Whitespace,
    Change::LastBit,
];

/// Plex's key, and the key of somebody else.
fn signing_key(change: Change) -> SigningKey {
    SigningKey::from_bytes(&[if change == Change::OtherKey { 2 } else { 1 }; 32])
}

fn forge(header: &str, claims: &Value, change: Change) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (header.as_bytes(), claims.to_string().into_bytes());
    let signed = match change {
        Change::Padding => format!("{}.{}", BASE64_URL_SAFE.encode(header), BASE64_URL_SAFE.encode(&claims)),
        Change::OtherAlphabet => {
            format!("{}.{}", BASE64_STANDARD.encode(header), BASE64_STANDARD.encode(&claims))
        }
        _ => format!("{}.{}", encode(header), encode(&claims)),
    };
    let signature = signing_key(change).sign(signed.as_bytes()).to_bytes();
    match change {
        Change::NoSignature => format!("{signed}."),
        Change::ShortSignature => format!("{signed}.{}", encode(&signature[..63])),
        Change::MoreSegments => format!("{signed}.{}.x", encode(&signature)),
        Change::Whitespace => format!("{signed}. {}", encode(&signature)),
        // The last character of 64 bytes has bits that mean nothing.
        Change::LastBit => {
            let mut text = format!("{signed}.{}", encode(&signature));
            let last = text.pop().expect("not empty");
            text.push(if last == 'A' { 'B' } else { char::from(last as u8 + 1) });
            text
        }
        _ => format!("{signed}.{}", encode(&signature)),
    }
}

fn check_by_plex(forged: &ByPlex<'_>) {
    let (device, info) = (DeviceKey::from_bytes([7; 32]), info());
    let both = json!(["plex.tv", "id-1"]);
    let audiences =
        [json!("id-1"), json!("plex.tv"), json!(["plex.tv"]), json!([]), json!(null), json!({ "id-1": 1 })];
    let issuers = [json!("plex.example"), json!(["plex.tv"]), json!(null), json!("")];
    let expiries = [json!(NOW), json!(NOW - 1), json!("soon"), json!(null), json!(-1), json!(1e300)];
    let expires =
        forged.other_expiry.map_or_else(|| choose(forged.expires, json!(NOW + 600), expiries), Value::from);
    let header =
        forged.other_header.unwrap_or_else(|| choose(forged.header, HEADER, HEADERS.iter().copied()));
    let claims = json!({
        "iss": choose(forged.issuer, json!("plex.tv"), issuers),
        "aud": choose(forged.audience, both.clone(), audiences),
        "iat": NOW - 5,
        "exp": expires,
        "thumbprint": if forged.is_of_the_device { device.thumbprint() } else { "another" },
    });
    let change = choose(forged.change, Change::None, CHANGES);
    let token = forge(header, &claims, change);

    let public = BASE64_URL_SAFE_NO_PAD.encode(signing_key(Change::None).verifying_key().to_bytes());
    let jwk = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": public, "kid": "plex-1" }] });
    let keys = PlexKeys::from_json(jwk.to_string()).expect("valid keys");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    // With a device key, its thumbprint binds the token to the client.
    let (expected, audience) = match forged.is_for_any_device {
        true => (Expected::of_any_device(&info, now), &["id-1"][..]),
        false => (Expected::new(&info, &device, now), &["id-1", "plex.tv"][..]),
    };
    let ours = match PlexJwt::read(&Token::new(&token)) {
        Ok(Some(jwt)) => jwt.verify(&keys, &expected).is_ok(),
        _ => false,
    };
    let theirs = accepts(&token, &public, audience, NOW);
    assert!(!ours || theirs, "{header} {claims} {change:?}");
    // The usual token is accepted, or the comparison would prove nothing.
    if header == HEADER
        && change == Change::None
        && claims["iss"] == "plex.tv"
        && claims["aud"] == both
        && claims["exp"] == NOW + 600
    {
        assert_eq!(ours, forged.is_for_any_device || forged.is_of_the_device);
        assert!(theirs);
    }
}
