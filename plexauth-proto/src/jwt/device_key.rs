use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{PLEX_TV, Scopes, base64url, unix_seconds};
use crate::client::{ClientInfo, Secret};

/// The Ed25519 key of a device. It signs the requests for tokens and never leaves the device.
///
/// Create one on the first start, with an adapter's `generate_device_key` or from 32 random bytes of the operating system.
/// Store its [bytes](DeviceKey::to_bytes) where only this application can read them, and never change it: Plex ties it to
/// the client identifier. Its `Debug` output is redacted, and its memory is wiped when the last clone is dropped.
///
/// **A key belongs to one account at a time:** the one that logged in with it last. Plex issues the tokens that the key
/// requests for that account. An application with several accounts needs a key and a client identifier for each. A
/// [`Session`](crate::Session) refuses the token of another account
/// ([`Error::AnotherAccount`](crate::Error::AnotherAccount)).
///
/// ```
/// use plexauth_proto::jwt::DeviceKey;
/// # mod getrandom { pub fn fill(_: &mut [u8]) -> Result<(), std::io::Error> { Ok(()) } }
///
/// let mut bytes = [0; 32];
/// getrandom::fill(&mut bytes)?; // the crate `getrandom`
/// let key = DeviceKey::from_bytes(bytes);
/// let kept = key.to_bytes(); // store them for the next start, or let a `Session` do it
/// # assert_eq!(DeviceKey::from_bytes(*kept).thumbprint(), key.thumbprint());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct DeviceKey(Arc<Inner>);

struct Inner {
    /// Wiped on drop.
    signing: SigningKey,
    public: String,
    thumbprint: String,
}

impl DeviceKey {
    /// The lifetime of a [`DeviceJwt`].
    pub const JWT_LIFETIME: Duration = Duration::from_secs(300);

    /// Creates the key from its bytes (the private key of RFC 8032). Generate them with the operating system's random
    /// number generator: anyone who can guess them can impersonate this device.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(&bytes);
        bytes.zeroize();
        let public = base64url(signing.verifying_key());
        let thumbprint = thumbprint(&public);
        Self(Arc::new(Inner { signing, public, thumbprint }))
    }

    /// The bytes to store. They are wiped on drop, but copies of them are not.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.signing.to_bytes())
    }

    /// The thumbprint of the public key (RFC 7638, SHA-256), by which Plex identifies the key.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// The public key as a JWK (RFC 8037), with the thumbprint as its `kid`.
    #[must_use]
    pub fn public_jwk(&self) -> String {
        let Inner { public, thumbprint, .. } = &*self.0;
        // Both are base64url, which needs no escaping in JSON.
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","x":"{public}","use":"sig","alg":"EdDSA","kid":"{thumbprint}"}}"#
        )
    }

    /// Signs a device JWT that is valid for [`JWT_LIFETIME`](Self::JWT_LIFETIME) from `now`, which must be the time by
    /// Plex's clock: see [`Nonce::server_time`](crate::Nonce). A renewal requires a `nonce` from Plex, a PIN check does
    /// not.
    #[must_use]
    pub fn sign(&self, info: &ClientInfo, nonce: Option<&str>, scopes: Scopes, now: SystemTime) -> DeviceJwt {
        let header = format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#, self.thumbprint());
        let issued = unix_seconds(now);
        let expires = issued.saturating_add(Self::JWT_LIFETIME.as_secs());
        let nonce = nonce.map(|nonce| format!(r#""nonce":{},"#, Value::from(nonce))).unwrap_or_default();
        let claims = Zeroizing::new(format!(
            r#"{{{nonce}"scope":"{scopes}","aud":"{PLEX_TV}","iss":{},"iat":{issued},"exp":{expires}}}"#,
            Value::from(info.identifier()),
        ));
        DeviceJwt(Secret::from(self.compact(&header, &claims).as_str()))
    }

    /// The compact serialization of RFC 7515.
    fn compact(&self, header: &str, payload: &str) -> Zeroizing<String> {
        // `join` allocates once, so that no copy is left behind.
        let join = |parts: [&str; 2]| Zeroizing::new(parts.join("."));
        let signed = join([&base64url(header), &Zeroizing::new(base64url(payload))]);
        let signature = self.0.signing.sign(signed.as_bytes());
        join([&signed, &Zeroizing::new(base64url(signature.to_bytes()))])
    }
}

/// The thumbprint of a base64url public key (RFC 7638): the hash of its JSON with only these members, in this order.
fn thumbprint(public: &str) -> String {
    base64url(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#)))
}

impl From<&Self> for DeviceKey {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}

/// Shows only the thumbprint, which is public.
impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKey").field("thumbprint", &self.0.thumbprint).finish_non_exhaustive()
    }
}

/// A JWT signed by a [`DeviceKey`], which proves that a request comes from this device. Plex exchanges it for a token,
/// so its `Debug` output is redacted and its memory is wiped on drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceJwt(Secret);

impl DeviceJwt {
    /// The JWT itself, for requests of your own.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    #[cfg(test)]
    pub(crate) fn for_tests(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::{Scope, from_base64url};

    /// RFC 8032, section 7.1, tests 1, 2, 3 and SHA(abc): private key, public key, message, signature.
    const RFC_8032: [[&str; 4]; 4] = [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
        [
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ],
    ];

    fn key(text: &str) -> DeviceKey {
        DeviceKey::from_bytes(from_base64url(text).unwrap().try_into().unwrap())
    }

    /// RFC 8037, appendix A.1 to A.4: the key, its public key, its thumbprint and a signature.
    #[test]
    fn rfc_8037_test_vectors() {
        let key = key("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(key.thumbprint(), thumbprint);
        assert_eq!(
            key.public_jwk(),
            format!(
                "{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\
                 \"use\":\"sig\",\"alg\":\"EdDSA\",\"kid\":\"{thumbprint}\"}}"
            )
        );
        assert_eq!(
            *key.compact(r#"{"alg":"EdDSA"}"#, "Example of Ed25519 signing"),
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
             hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn rfc_8032_test_vectors() {
        for (number, [private, public, message, signature]) in RFC_8032.into_iter().enumerate() {
            let bytes = |hex: &str| -> Vec<u8> {
                (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                    .collect()
            };
            let key = DeviceKey::from_bytes(bytes(private).try_into().unwrap());
            assert_eq!(from_base64url(&key.0.public).unwrap(), bytes(public), "{number}");
            assert_eq!(key.0.signing.sign(&bytes(message)).to_bytes().to_vec(), bytes(signature), "{number}");
        }
    }

    #[test]
    fn bytes_round_trip() {
        let key = DeviceKey::from_bytes([9; 32]);
        assert_eq!(*key.to_bytes(), [9; 32]);
        assert_eq!(DeviceKey::from_bytes(*key.to_bytes()).thumbprint(), key.thumbprint());
        assert_ne!(DeviceKey::from_bytes([8; 32]).thumbprint(), key.thumbprint());
    }

    #[test]
    fn device_jwt_has_the_claims_that_plex_requires() {
        let key = DeviceKey::from_bytes([9; 32]);
        let info = ClientInfo::new("id \"1\"", "App").unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_900);
        let scopes: Scopes = [Scope::Username, Scope::Email].into_iter().collect();
        let jwt = key.sign(&info, Some("7c415b56-\"\\\n"), scopes, now);
        let parts: Vec<_> = jwt.expose().split('.').collect();
        let text = |place: usize| String::from_utf8(from_base64url(parts[place]).unwrap()).unwrap();
        assert_eq!(parts.len(), 3);
        assert_eq!(text(0), format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#, key.thumbprint()));
        assert_eq!(
            text(1),
            r#"{"nonce":"7c415b56-\"\\\n","scope":"username,email","aud":"plex.tv","iss":"id \"1\"","iat":1700000000,"exp":1700000300}"#
        );
        let signature = from_base64url(parts[2]).unwrap().try_into().unwrap();
        let signed = format!("{}.{}", parts[0], parts[1]);
        let public = key.0.signing.verifying_key();
        public.verify_strict(signed.as_bytes(), &ed25519_dalek::Signature::from_bytes(&signature)).unwrap();
    }

    #[test]
    fn extreme_clocks_are_accepted() {
        let key = DeviceKey::from_bytes([9; 32]);
        let info = ClientInfo::new("id-1", "App").unwrap();
        let early = SystemTime::UNIX_EPOCH - Duration::from_secs(86_400);
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX as u64);
        for (now, issued) in [(early, "0"), (late, "9223372036854775807")] {
            let jwt = key.sign(&info, None, Scopes::none(), now);
            let claims = from_base64url(jwt.expose().split('.').nth(1).unwrap()).unwrap();
            let claims = String::from_utf8(claims).unwrap();
            assert!(claims.contains(&format!(r#""iat":{issued},"#)), "{claims}");
        }
    }

    #[test]
    fn debug_hides_the_key_and_the_jwt() {
        let key = key("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        assert_eq!(
            format!("{key:?}"),
            "DeviceKey { thumbprint: \"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\", .. }"
        );
        assert_eq!(format!("{:?}", DeviceJwt::for_tests("e.y.J")), "DeviceJwt(..)");
    }
}
