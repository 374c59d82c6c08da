//! Forged JWTs: plexauth-proto accepts only what `jsonwebtoken` accepts, whose signatures ring verifies. In a process of its own,
//! because the provider of `jsonwebtoken` is one for a process.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use plexauth_proto::jwt::{DeviceKey, Expected, PlexJwt, PlexKeys};
use plexauth_proto::{ClientInfo, Token};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use signature::Verifier;

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidKeyFormat.into()),
    verifier_factory: |_, key| Ok(Box::new(Ring(key.try_get_as_bytes()?.to_vec()))),
    key_utils: KeyUtils::new_unimplemented(),
};

struct Ring(Vec<u8>);

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

const NOW: u64 = 1_800_000_000;

fn sometimes<T: Clone + std::fmt::Debug + 'static>(usual: T, others: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![6 => Just(usual), 1 => prop::sample::select(others)]
}

fn header() -> impl Strategy<Value = String> {
    let usual = r#"{"alg":"EdDSA","kid":"plex-1"}"#.to_owned();
    let others = [
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
    sometimes(usual, others.map(str::to_owned).to_vec())
}

fn claims() -> impl Strategy<Value = Value> {
    let audience = sometimes(
        json!(["plex.tv", "id-1"]),
        vec![
            json!("id-1"),
            json!("plex.tv"),
            json!(["plex.tv"]),
            json!([]),
            json!(null),
            json!({ "id-1": 1 }),
        ],
    );
    let issuer =
        sometimes(json!("plex.tv"), vec![json!("plex.example"), json!(["plex.tv"]), json!(null), json!("")]);
    let expires = sometimes(
        json!(NOW + 600),
        vec![json!(NOW), json!(NOW - 1), json!("soon"), json!(null), json!(-1), json!(1e300)],
    );
    (audience, issuer, expires, any::<bool>()).prop_map(|(audience, issuer, expires, has_thumbprint)| {
        let device = DeviceKey::from_bytes([7; 32]);
        let thumbprint = if has_thumbprint { device.thumbprint() } else { "another" };
        json!({ "iss": issuer, "aud": audience, "iat": NOW - 5, "exp": expires, "thumbprint": thumbprint })
    })
}

/// What is done to the text of a token after it was signed.
#[derive(Debug, Clone, Copy)]
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

fn forged(header: &str, claims: &Value, change: Change) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (header.as_bytes(), claims.to_string().into_bytes());
    let signed = match change {
        Change::Padding => format!("{}.{}", BASE64_URL_SAFE.encode(header), BASE64_URL_SAFE.encode(&claims)),
        Change::OtherAlphabet => {
            format!("{}.{}", BASE64_STANDARD.encode(header), BASE64_STANDARD.encode(&claims))
        }
        _ => format!("{}.{}", encode(header), encode(&claims)),
    };
    let key = SigningKey::from_bytes(&[if matches!(change, Change::OtherKey) { 2 } else { 1 }; 32]);
    let signature = key.sign(signed.as_bytes()).to_bytes();
    match change {
        Change::NoSignature => format!("{signed}."),
        Change::ShortSignature => format!("{signed}.{}", encode(&signature[..63])),
        Change::MoreSegments => format!("{signed}.{}.x", encode(&signature)),
        Change::Whitespace => format!("{signed}. {}", encode(&signature)),
        // The last character of 64 bytes has bits that mean nothing.
        Change::LastBit => {
            let mut text = format!("{signed}.{}", encode(&signature));
            let last = text.pop().unwrap();
            text.push(if last == 'A' { 'B' } else { char::from(last as u8 + 1) });
            text
        }
        _ => format!("{signed}.{}", encode(&signature)),
    }
}

fn accepted_by_jsonwebtoken(token: &str, public: &str, audience: &[&str]) -> bool {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(audience);
    validation.set_issuer(&["plex.tv"]);
    validation.set_required_spec_claims(&["aud", "exp", "iss"]);
    // It only knows the present.
    validation.validate_exp = false;
    let key = DecodingKey::from_ed_components(public).unwrap();
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &validation);
    decoded.is_ok_and(|token| token.claims["exp"].as_f64().is_some_and(|end| end > NOW as f64))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 5_000, failure_persistence: None, rng_seed: RngSeed::Fixed(0x1e57), ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_is_accepted_that_jsonwebtoken_refuses(
        header in header(), claims in claims(),
        change in sometimes(Change::None, vec![
            Change::Padding, Change::OtherAlphabet, Change::NoSignature, Change::ShortSignature, Change::OtherKey,
            Change::MoreSegments, Change::Whitespace, Change::LastBit,
        ]),
        of_any_device in any::<bool>(),
    ) {
        // An error means that it is installed already.
        let _ = RING.install_default();
        let token = forged(&header, &claims, change);
        let public = BASE64_URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes());
        let jwk = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": public, "kid": "plex-1" }] });
        let keys = PlexKeys::from_json(jwk.to_string()).unwrap();
        let info = ClientInfo::new("id-1", "Oracle").unwrap();
        let (device, now) = (DeviceKey::from_bytes([7; 32]), SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
        // With a device key, its thumbprint binds the token to the client.
        let (expected, audience) = match of_any_device {
            true => (Expected::of_any_device(&info, now), &["id-1"][..]),
            false => (Expected::new(&info, &device, now), &["id-1", "plex.tv"][..]),
        };
        let ours = match PlexJwt::read(&Token::new(&token)) {
            Ok(Some(jwt)) => jwt.verify(&keys, &expected).is_ok(),
            _ => false,
        };
        let theirs = accepted_by_jsonwebtoken(&token, &public, audience);
        prop_assert!(!ours || theirs, "{header} {claims} {change:?}");
        // The usual token is accepted, or the test would prove nothing.
        if header.contains(r#""EdDSA","kid":"plex-1""#) && matches!(change, Change::None) && claims["iss"] == "plex.tv"
            && claims["aud"] == json!(["plex.tv", "id-1"]) && claims["exp"] == NOW + 600
        {
            prop_assert_eq!(ours, of_any_device || claims["thumbprint"] == device.thumbprint());
            prop_assert!(theirs);
        }
    }
}
