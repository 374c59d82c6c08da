//! JWTs, read by `jsonwebtoken`, with signatures verified by ring.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;
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

/// Whether it accepts a JWT of plex.tv for one of these audiences at that time, in Unix seconds. The key is in Base64url.
pub fn accepts(token: &str, public_key: &str, audience: &[&str], now: u64) -> bool {
    // An error means that it is installed already.
    let _ = RING.install_default();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(audience);
    validation.set_issuer(&["plex.tv"]);
    validation.set_required_spec_claims(&["aud", "exp", "iss"]);
    // It only knows the present.
    validation.validate_exp = false;
    let key = DecodingKey::from_ed_components(public_key).expect("valid key");
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &validation);
    decoded.is_ok_and(|token| token.claims["exp"].as_f64().is_some_and(|end| end > now as f64))
}
