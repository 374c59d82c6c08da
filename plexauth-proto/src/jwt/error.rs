use thiserror::Error;

/// Why a JWT cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum JwtError {
    /// The JWT is longer than any of Plex's.
    #[error("the JWT is longer than any of Plex's; do not use it")]
    TooLong,
    /// The token has the form of a JWT but cannot be parsed.
    #[error("the JWT cannot be parsed; log in again")]
    Malformed,
    /// The JWT is not signed with EdDSA, or not signed at all.
    #[error("the JWT is not signed with EdDSA; do not use it")]
    Algorithm,
    /// The JWT has a critical header that this crate does not know.
    #[error("the JWT has an unknown critical header; do not use it")]
    CriticalHeader,
    /// None of Plex's keys verifies the signature.
    #[error("the JWT is not signed by Plex; fetch Plex's keys again, or do not use it")]
    Signature,
    /// The issuer is not plex.tv.
    #[error("the JWT was not issued by plex.tv; do not use it")]
    Issuer,
    /// The JWT is for another client.
    #[error("the JWT is for another client; do not use it")]
    Audience,
    /// The JWT is for the key of another device.
    #[error("the JWT is for another device key; log in again with this one")]
    Thumbprint,
    /// The JWT has expired, or has no expiry time.
    #[error("the JWT has expired; renew it")]
    Expired,
    /// The JWT is not valid yet, or was issued in the future.
    #[error("the JWT is not valid yet; correct the clock of this device")]
    NotYetValid,
    /// There is no Ed25519 key to verify a JWT with.
    #[error("there is no Ed25519 key to verify a JWT with; fetch Plex's keys")]
    NoKey,
}
