//! JWTs, with a JWT library and an Ed25519 implementation that the crates under test do not use.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use signature::{Signer, Verifier};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, key| Ok(Box::new(Ed25519Signer(key.as_bytes().to_vec()))),
    verifier_factory: |_, key| Ok(Box::new(Ed25519Verifier(key.try_get_as_bytes()?.to_vec()))),
    key_utils: KeyUtils::new_unimplemented(),
};

fn install() {
    // An error means that the provider is installed already.
    let _ = RING.install_default();
}

/// An Ed25519 seed of 32 bytes.
struct Ed25519Signer(Vec<u8>);

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&self.0).map_err(|_| signature::Error::new())?;
        Ok(pair.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

/// An Ed25519 public key of 32 bytes.
struct Ed25519Verifier(Vec<u8>);

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

/// One of Plex's signing keys.
#[derive(Debug, Clone)]
pub(crate) struct PlexKey {
    kid: String,
    seed: [u8; 32],
}

impl PlexKey {
    pub(crate) fn new(number: u8) -> Self {
        Self { kid: format!("plex-key-{number}"), seed: [number; 32] }
    }

    pub(crate) fn jwk(&self) -> Value {
        let pair = Ed25519KeyPair::from_seed_unchecked(&self.seed).expect("the seed is valid");
        json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()), "use": "sig",
            "alg": "EdDSA", "kid": self.kid })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        install();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&self.seed))
            .expect("claims can be serialized")
    }
}

/// Returns the `kid` from the header of a JWT.
pub(crate) fn kid(jwt: &str) -> Option<String> {
    jsonwebtoken::decode_header(jwt).ok()?.kid
}

/// Returns the unverified issuer of a JWT.
pub(crate) fn issuer(jwt: &str) -> Option<String> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(jwt).ok()?.claims;
    claims["iss"].as_str().map(str::to_owned)
}

/// Returns the claims of a JWT that `issuer` signed for plex.tv. `x` is the public key. Does not check the times.
pub(crate) fn verified_claims(jwt: &str, x: &str, issuer: &str) -> Option<Value> {
    install();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["plex.tv"]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["aud", "iss"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_ed_components(x).ok()?;
    jsonwebtoken::decode::<Value>(jwt, &key, &validation).ok().map(|token| token.claims)
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
