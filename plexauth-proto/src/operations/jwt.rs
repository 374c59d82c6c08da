//! Operations for device keys and JWTs.

mod get_nonce;
mod get_plex_keys;
mod redeem_device_jwt;
mod register_device_key;

pub use get_nonce::{GetNonce, Nonce};
pub use get_plex_keys::GetPlexKeys;
pub use redeem_device_jwt::RedeemDeviceJwt;
pub use register_device_key::RegisterDeviceKey;
