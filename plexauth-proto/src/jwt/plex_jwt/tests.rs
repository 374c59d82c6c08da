use ed25519_dalek::{Signer, SigningKey};

use super::super::base64url;
use super::*;

const NOW: u64 = 1_700_000_000;
const WEEK: u64 = 7 * 86_400;
const HEADER: &str = r#"{"alg":"EdDSA","typ":"JWT","kid":"k1"}"#;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn device() -> DeviceKey {
    DeviceKey::from_bytes([5; 32])
}

/// Plex's key with this number.
fn signing(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// The half of a signature that must be less than the order of the group.
#[test]
fn signature_of_the_order_is_not_canonical() {
    let mut order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    assert!(!is_canonical(&Signature::from_components([0; 32], order)));
    order[0] -= 1;
    assert!(is_canonical(&Signature::from_components([0; 32], order)));
}

/// Keys 1 and 2 in Plex's format.
fn keys() -> PlexKeys {
    let jwk = |number: u8| {
        let x = base64url(signing(number).verifying_key());
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","use":"sig","alg":"EdDSA","kid":"k{number}"}}"#)
    };
    PlexKeys::from_json(format!(r#"{{"keys":[{},{}]}}"#, jwk(1), jwk(2))).unwrap()
}

fn claims() -> String {
    format!(
        r#"{{"iss":"plex.tv","aud":["plex.tv","id-1"],"iat":{NOW},"exp":{},"thumbprint":"{}","username":"me"}}"#,
        NOW + WEEK,
        device().thumbprint()
    )
}

fn signed_by(number: u8, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", base64url(header), base64url(claims));
    format!("{signed}.{}", base64url(signing(number).sign(signed.as_bytes()).to_bytes()))
}

fn valid() -> String {
    signed_by(1, HEADER, &claims())
}

fn read(token: &str) -> PlexJwt {
    PlexJwt::read(&Token::new(token)).unwrap().unwrap()
}

fn verify_at(token: &str, now: u64) -> Result<(), JwtError> {
    let (info, device) = (info(), device());
    match PlexJwt::read(&Token::new(token)) {
        Ok(Some(jwt)) => jwt.verify(&keys(), &Expected::new(&info, &device, at(now))),
        Ok(None) => panic!("a legacy token cannot be verified"),
        Err(error) => Err(error),
    }
}

fn verify(token: &str) -> Result<(), JwtError> {
    verify_at(token, NOW + 1)
}

fn with_claims(change: impl FnOnce(String) -> String) -> Result<(), JwtError> {
    verify(&signed_by(1, HEADER, &change(claims())))
}

#[test]
fn jwt_signed_by_plex_is_valid() {
    assert_eq!(verify(&valid()), Ok(()));
}

#[test]
fn every_claim_is_read() {
    let claims = r#"{"iss":"plex.tv","aud":["plex.tv","id-1"],"exp":1700604800,"iat":1700000000,"nbf":1700000001,
        "thumbprint":"t","username":"me","email":"me@example.com","friendly_name":"Me","restricted":false,
        "anonymous":0,"joinedAt":1556281940,"nonce":"x","user":{"id":7}}"#;
    assert_eq!(
        *read(&signed_by(1, HEADER, claims)).claims(),
        PlexClaims {
            user_id: Some(7),
            issuer: Some("plex.tv".into()),
            audience: ["plex.tv", "id-1"].into_iter().collect(),
            expires_at: Some(at(1_700_604_800)),
            issued_at: Some(at(1_700_000_000)),
            not_before: Some(at(1_700_000_001)),
            thumbprint: Some("t".into()),
            username: Some("me".into()),
            email: Some("me@example.com".into()),
            friendly_name: Some("Me".into()),
            restricted: Some(false),
            anonymous: Some(false),
            joined_at: Some(at(1_556_281_940)),
        }
    );
    let nothing = read(&signed_by(1, HEADER, r#"{"iss":7,"aud":null}"#));
    assert_eq!((nothing.claims().expires_at, nothing.claims().audience.len()), (None, 0));
}

#[test]
fn legacy_token_is_not_a_jwt() {
    for token in [
        "xxxxxxxxxxxxxxxxxxxx",
        "transient-90904684-f91a-4391-8bf7-e0dfa7240285",
        "",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        "eyJhbGciOiJFZERTQSJ9",
    ] {
        assert_eq!(PlexJwt::read(&Token::new(token)), Ok(None), "{token}");
    }
    for header in ["[]", "7", r#"["EdDSA"]"#, ""] {
        let token = format!("{}.{}.", base64url(header), base64url("{}"));
        assert_eq!(PlexJwt::read(&Token::new(token)), Ok(None), "{header}");
    }
}

/// A damaged JWT that passed for a legacy token would be used unverified.
#[test]
fn damaged_header_is_not_a_legacy_token() {
    for header in [r#"{"typ":"JWT"}"#, r#"{"alg":1}"#, r#"{"alg":"EdDSA","alg":"none"}"#, "{", "{}x"] {
        let token = format!("{}.{}.", base64url(header), base64url("{}"));
        assert_eq!(PlexJwt::read(&Token::new(token)), Err(JwtError::Malformed), "{header}");
    }
}

#[test]
fn algorithms_other_than_eddsa_are_refused() {
    for alg in ["none", "None", "HS256", "RS256", "ES256", "eddsa", "EdDSA ", "Ed25519", ""] {
        let token = signed_by(1, &format!(r#"{{"alg":"{alg}","kid":"k1"}}"#), &claims());
        assert_eq!(verify(&token), Err(JwtError::Algorithm), "{alg}");
    }
    let unsigned = format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(claims()));
    assert_eq!(verify(&unsigned), Err(JwtError::Algorithm));
}

/// A library that lets the token choose the algorithm would use the public key as an HMAC secret.
#[test]
fn public_key_is_not_used_as_an_hmac_secret() {
    use sha2::{Digest, Sha256};
    let signed = format!("{}.{}", base64url(r#"{"alg":"HS256","kid":"k1"}"#), base64url(claims()));
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(signing(1).verifying_key().as_bytes());
    let pad = |byte: u8| block.map(|key| key ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(&signed).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    assert_eq!(verify(&format!("{signed}.{}", base64url(outer))), Err(JwtError::Algorithm));
}

#[test]
fn stripped_truncated_or_swapped_signature_fails() {
    let valid = valid();
    let (signed, signature) = valid.rsplit_once('.').unwrap();
    let other = signed_by(1, HEADER, &claims().replace("me", "you"));
    let others = other.rsplit_once('.').unwrap().1;
    for forged in ["", &signature[..85], &signature[..43], others, &format!("{signature}{signature}"), "AAAA"]
    {
        assert_eq!(verify(&format!("{signed}.{forged}")), Err(JwtError::Signature), "{forged}");
    }
    assert_eq!(verify(&format!("{signed}.{}", base64url([0; 64]))), Err(JwtError::Signature));
}

#[test]
fn changed_claim_fails() {
    let valid = valid();
    let parts: Vec<_> = valid.split('.').collect();
    let changed = claims().replace("\"me\"", "\"you\"");
    let forged = format!("{}.{}.{}", parts[0], base64url(changed), parts[2]);
    assert_eq!(verify(&forged), Err(JwtError::Signature));
}

#[test]
fn invalid_or_non_canonical_base64_fails() {
    let valid = valid();
    let parts: Vec<_> = valid.split('.').collect();
    for (payload, expected) in
        [("!!", JwtError::Malformed), ("A", JwtError::Malformed), ("", JwtError::Malformed)]
    {
        assert_eq!(verify(&format!("{}.{payload}.{}", parts[0], parts[2])), Err(expected), "{payload}");
    }
    assert_eq!(verify(&format!("{}.{}=.{}", parts[0], parts[1], parts[2])), Err(JwtError::Malformed));
    for signature in [format!("{}=", parts[2]), format!("{}==", parts[2]), parts[2].replace(['-', '_'], "+")]
    {
        assert_eq!(verify(&format!("{}.{}.{signature}", parts[0], parts[1])), Err(JwtError::Signature));
    }
    // 64 bytes leave four bits of the last character unused, which a lax decoder ignores.
    let last = parts[2].chars().last().unwrap();
    for other in
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars().filter(|c| *c != last)
    {
        let signature = format!("{}{other}", &parts[2][..85]);
        assert_eq!(
            verify(&format!("{}.{}.{signature}", parts[0], parts[1])),
            Err(JwtError::Signature),
            "{other}"
        );
    }
}

/// The owner of the key can make signatures with an R of small order, so that a message has more than one signature.
/// Only a strict verifier refuses them.
#[test]
fn signature_of_small_order_fails() {
    use curve25519_dalek::Scalar;
    use ed25519_dalek::Verifier;
    use sha2::{Digest, Sha512};

    let signed = format!("{}.{}", base64url(HEADER), base64url(claims()));
    let (secret, public) = (signing(1).to_scalar(), signing(1).verifying_key());
    let mut signature = [0_u8; 64];
    signature[0] = 1; // R is the identity.
    let hash =
        Sha512::new().chain_update(&signature[..32]).chain_update(public.as_bytes()).chain_update(&signed);
    let challenge = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    signature[32..].copy_from_slice((challenge * secret).as_bytes());
    public.verify(signed.as_bytes(), &Signature::from_bytes(&signature)).expect("a lax verifier accepts it");
    assert_eq!(verify(&format!("{signed}.{}", base64url(signature))), Err(JwtError::Signature));
}

#[test]
fn unknown_kid_tries_every_key() {
    for kid in ["", r#","kid":"of yesterday""#, r#","kid":null"#] {
        let token = signed_by(2, &format!(r#"{{"alg":"EdDSA"{kid}}}"#), &claims());
        assert_eq!(verify(&token), Ok(()), "{kid}");
    }
    assert_eq!(verify(&signed_by(2, HEADER, &claims())), Err(JwtError::Signature), "kid of another key");
    assert_eq!(verify(&signed_by(3, HEADER, &claims())), Err(JwtError::Signature), "unknown key");
    assert_eq!(verify(&signed_by(3, r#"{"alg":"EdDSA"}"#, &claims())), Err(JwtError::Signature));
    assert_eq!(
        verify(&signed_by(1, r#"{"alg":"EdDSA","kid":"k1","jwk":{"kty":"OKP"}}"#, &claims())),
        Ok(()),
        "a key in the header is ignored"
    );
}

#[test]
fn any_critical_header_is_refused() {
    for value in ["[\"exp\"]", "[]", "null", "7"] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"k1","crit":{value}}}"#);
        assert_eq!(verify(&signed_by(1, &header, &claims())), Err(JwtError::CriticalHeader), "{value}");
    }
}

#[test]
fn issuer_must_be_plex_tv() {
    for issuer in ["\"evil.example\"", "\"PLEX.TV\"", "\"https://plex.tv\"", "null", "7", "[\"plex.tv\"]"] {
        let result =
            with_claims(|claims| claims.replace("\"iss\":\"plex.tv\"", &format!("\"iss\":{issuer}")));
        assert_eq!(result, Err(JwtError::Issuer), "{issuer}");
    }
}

#[test]
fn audience_with_clients_must_name_this_one() {
    for (audience, expected) in [
        (r#"["plex.tv","id-1"]"#, Ok(())),
        (r#"["id-1"]"#, Ok(())),
        (r#""id-1""#, Ok(())),
        (r#""plex.tv""#, Ok(())),
        (r#"["plex.tv"]"#, Ok(())),
        (r#"["plex.tv","id-2"]"#, Err(JwtError::Audience)),
        (r#""id-2""#, Err(JwtError::Audience)),
        (r#""id-1,id-2""#, Err(JwtError::Audience)),
        ("[]", Err(JwtError::Audience)),
        ("null", Err(JwtError::Audience)),
        ("{}", Err(JwtError::Audience)),
    ] {
        let result = with_claims(|claims| claims.replace(r#"["plex.tv","id-1"]"#, audience));
        assert_eq!(result, expected, "{audience}");
    }
}

#[test]
fn thumbprint_must_be_that_of_the_device() {
    let other = DeviceKey::from_bytes([6; 32]);
    let result = with_claims(|claims| claims.replace(device().thumbprint(), other.thumbprint()));
    assert_eq!(result, Err(JwtError::Thumbprint));
    assert_eq!(with_claims(|claims| claims.replace("thumbprint", "other")), Err(JwtError::Thumbprint));
    let (jwt, info) = (read(&valid()), info());
    assert_eq!(jwt.verify(&keys(), &Expected::new(&info, &other, at(NOW))), Err(JwtError::Thumbprint));
    assert_eq!(jwt.verify(&keys(), &Expected::of_any_device(&info, at(NOW))), Ok(()));
}

/// Otherwise a token for one application would be valid in every other.
#[test]
fn any_device_requires_the_client_as_audience() {
    let info = info();
    for (audience, expected) in [
        (r#"["plex.tv","id-1"]"#, Ok(())),
        (r#""plex.tv""#, Err(JwtError::Audience)),
        ("[]", Err(JwtError::Audience)),
    ] {
        let jwt = read(&signed_by(1, HEADER, &claims().replace(r#"["plex.tv","id-1"]"#, audience)));
        assert_eq!(jwt.verify(&keys(), &Expected::of_any_device(&info, at(NOW))), expected, "{audience}");
    }
}

#[test]
fn token_is_valid_from_issue_to_expiry() {
    let valid = valid();
    for (now, expected) in [
        (NOW - 1, Err(JwtError::NotYetValid)),
        (NOW, Ok(())),
        (NOW + WEEK - 1, Ok(())),
        (NOW + WEEK, Err(JwtError::Expired)),
        (0, Err(JwtError::NotYetValid)),
        (u64::from(u32::MAX), Err(JwtError::Expired)),
    ] {
        assert_eq!(verify_at(&valid, now), expected, "{now}");
    }
    let later = format!("\"nbf\":{},\"iat\"", NOW + 2);
    assert_eq!(with_claims(|claims| claims.replace("\"iat\"", &later)), Err(JwtError::NotYetValid));
    let never = with_claims(|claims| claims.replace(&(NOW + WEEK).to_string(), "null"));
    assert_eq!(never, Err(JwtError::Expired));
}

#[test]
fn times_may_have_fractions_but_must_be_numbers() {
    let with = |exp: &str, iat: &str, nbf: &str| {
        with_claims(|claims| {
            claims
                .replace(&(NOW + WEEK).to_string(), exp)
                .replace(&format!("\"iat\":{NOW}"), &format!("\"iat\":{iat},\"nbf\":{nbf}"))
        })
    };
    assert_eq!(with("1700000001.5", "1700000000.5", "1700000000.5"), Ok(()));
    assert_eq!(with("1700000000.5", "null", "null"), Err(JwtError::Expired));
    assert_eq!(with("9e9", "1700000001.5", "null"), Err(JwtError::NotYetValid));
    assert_eq!(with("9e9", "null", "9999999999.5"), Err(JwtError::NotYetValid));
    for odd in ["\"1700000000\"", "\"soon\"", "-1", "1e99", "[]", "true"] {
        for (exp, iat, nbf) in [(odd, "null", "null"), ("9e9", odd, "null"), ("9e9", "null", odd)] {
            assert_eq!(with(exp, iat, nbf), Err(JwtError::Malformed), "{exp} {iat} {nbf}");
        }
    }
}

#[test]
fn leeway_applies_to_both_ends() {
    let (jwt, info, device, minute) = (read(&valid()), info(), device(), Duration::from_secs(60));
    let at = |now| jwt.verify(&keys(), &Expected::new(&info, &device, at(now)).leeway(minute));
    assert_eq!((at(NOW - 61), at(NOW - 60)), (Err(JwtError::NotYetValid), Ok(())));
    assert_eq!((at(NOW + WEEK + 59), at(NOW + WEEK + 60)), (Ok(()), Err(JwtError::Expired)));
    let expected = Expected::new(&info, &device, SystemTime::UNIX_EPOCH).leeway(Duration::MAX);
    assert_eq!(jwt.verify(&keys(), &expected), Ok(()), "no overflow");
}

#[test]
fn duplicate_or_non_object_claims_are_malformed() {
    assert_eq!(
        with_claims(|claims| claims.replace("\"iss\"", "\"iss\":\"evil.example\",\"iss\"")),
        Err(JwtError::Malformed)
    );
    for claims in ["", "[]", "7", "null", "{", "{}}", "\u{feff}{}"] {
        assert_eq!(verify(&signed_by(1, HEADER, claims)), Err(JwtError::Malformed), "{claims}");
    }
}

#[test]
fn overlong_segments_are_not_decoded() {
    let long = "A".repeat(LONGEST);
    let valid = valid();
    let parts: Vec<_> = valid.split('.').collect();
    for token in [
        format!("{long}.{}.{}", parts[1], parts[2]),
        format!("{}.{long}.{}", parts[0], parts[2]),
        format!("{}.{}.{long}", parts[0], parts[1]),
    ] {
        assert_eq!(PlexJwt::read(&Token::new(token)), Err(JwtError::TooLong));
    }
    assert_eq!(
        PlexJwt::read(&Token::new("a".repeat(1 << 20))),
        Ok(None),
        "a legacy token may be of any length"
    );
    let nested = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(with_claims(|claims| claims.replace("\"me\"", &nested)), Ok(()), "skipped without recursion");
}

#[test]
fn verification_without_keys_fails() {
    let info = info();
    let none: PlexKeys = serde_json::from_str("{}").unwrap();
    assert_eq!(read(&valid()).verify(&none, &Expected::of_any_device(&info, at(NOW))), Err(JwtError::NoKey));
}

#[test]
fn debug_hides_the_token() {
    let shown = format!("{:?}", read(&valid()));
    assert!(shown.contains("plex.tv"), "{shown}");
    for part in valid().split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn token_of_maximum_length_is_read() {
    let mut token = valid();
    // The signature may have any length until it is verified.
    token.push_str(&"A".repeat(LONGEST - token.len()));
    assert_eq!(token.len(), LONGEST);
    assert!(PlexJwt::read(&Token::new(token.as_str())).unwrap().is_some());
    token.push('A');
    assert_eq!(PlexJwt::read(&Token::new(token)), Err(JwtError::TooLong));
}

#[test]
fn errors_have_cause_and_advice() {
    use JwtError::*;
    for error in [
        TooLong,
        Malformed,
        Algorithm,
        CriticalHeader,
        Signature,
        Issuer,
        Audience,
        Thumbprint,
        Expired,
        NotYetValid,
        NoKey,
    ] {
        let (cause, advice) =
            error.to_string().split_once("; ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(cause.contains("JWT") && !advice.is_empty(), "{cause}; {advice}");
    }
}
