//! The operations, one file for each endpoint.

mod body;
mod check_pin;
mod claim_server;
mod create_pin;
mod get_claim_token;
mod get_devices;
mod get_home_users;
mod get_resources;
mod get_server_identity;
mod get_source_connection_information;
mod get_transient_token;
mod get_user_details;
#[cfg(feature = "jwt")]
mod jwt;
mod link_pin;
mod ping;
mod refusal;
mod remove_device;
mod sign_in;
mod sign_out;
mod source;
mod switch_home_user;

pub use check_pin::CheckPin;
pub use claim_server::ClaimServer;
pub use create_pin::CreatePin;
pub use get_claim_token::GetClaimToken;
pub use get_devices::GetDevices;
pub use get_home_users::GetHomeUsers;
pub use get_resources::GetResources;
pub use get_server_identity::{GetServerIdentity, ServerIdentity};
pub use get_source_connection_information::GetSourceConnectionInformation;
pub use get_transient_token::GetTransientToken;
pub use get_user_details::GetUserDetails;
#[cfg(feature = "jwt")]
pub use jwt::{GetNonce, GetPlexKeys, Nonce, RedeemDeviceJwt, RegisterDeviceKey};
pub use link_pin::LinkPin;
pub use ping::Ping;
pub use remove_device::RemoveDevice;
pub use sign_in::{SignIn, SignedIn};
pub use sign_out::SignOut;
pub use source::Source;
pub use switch_home_user::SwitchHomeUser;

use std::marker::PhantomData;

use crate::lenient::accept::{Objects, anything};

/// The wrapper around a Media Server's responses.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "T: serde::Deserialize<'de>"))]
struct Contained<T> {
    #[serde(deserialize_with = "crate::lenient::required_object")]
    media_container: T,
}

/// A list of objects. A single object is no list.
struct ObjectList<T>(Vec<T>);

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for ObjectList<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything(deserializer, Objects(PhantomData)).map(|objects| Self(objects.unwrap_or_default()))
    }
}

#[cfg(test)]
mod testing;
