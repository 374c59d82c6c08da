//! JSON web tokens, with a library that the crates under test do not use, over cryptography that they do not use.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use signature::{Signer, Verifier};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, key| Ok(Box::new(Signing(key.as_bytes().to_vec()))),
    verifier_factory: |_, key| Ok(Box::new(Verifying(key.try_get_as_bytes()?.to_vec()))),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Whoever comes first wins, and all bring the same.
fn install() {
    let _ = RING.install_default();
}

/// A seed of 32 bytes.
struct Signing(Vec<u8>);

impl Signer<Vec<u8>> for Signing {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&self.0).map_err(|_| signature::Error::new())?;
        Ok(pair.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Signing {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

/// A public key of 32 bytes.
struct Verifying(Vec<u8>);

impl Verifier<Vec<u8>> for Verifying {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Verifying {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

/// One of Plex's own keys.
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
        let pair = Ed25519KeyPair::from_seed_unchecked(&self.seed).expect("a seed");
        json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()), "use": "sig",
            "alg": "EdDSA", "kid": self.kid })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        install();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&self.seed))
            .expect("claims that are JSON")
    }
}

/// The `kid` in the header of a JWT.
pub(crate) fn kid(jwt: &str) -> Option<String> {
    jsonwebtoken::decode_header(jwt).ok().filter(|header| header.typ.as_deref() == Some("JWT"))?.kid
}

/// The claims of a JWT for plex.tv that `issuer` signed with the key whose public part is `x`. Times are not looked at.
pub(crate) fn verified(jwt: &str, x: &str, issuer: &str) -> Option<Value> {
    install();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["plex.tv"]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_ed_components(x).ok()?;
    jsonwebtoken::decode::<Value>(jwt, &key, &validation).ok().map(|token| token.claims)
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
