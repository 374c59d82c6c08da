//! The operations, one file each: how to ask, and how to understand the answer.

#[cfg(feature = "jwt")]
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

#[cfg(feature = "jwt")]
use crate::{ErrorKind, ResponseError};

mod body;
mod check_pin;
mod create_pin;
#[cfg(feature = "jwt")]
mod exchange_device_jwt;
mod get_claim_token;
mod get_home_users;
#[cfg(feature = "jwt")]
mod get_nonce;
#[cfg(feature = "jwt")]
mod get_plex_keys;
mod get_resources;
mod get_server_identity;
mod get_source_connection_information;
mod get_transient_token;
mod get_user_details;
mod link_pin;
mod ping;
#[cfg(feature = "jwt")]
mod register_device_key;
mod sign_in;
mod sign_out;
mod switch_home_user;

pub use check_pin::CheckPin;
pub use create_pin::CreatePin;
#[cfg(feature = "jwt")]
pub use exchange_device_jwt::ExchangeDeviceJwt;
pub use get_claim_token::GetClaimToken;
pub use get_home_users::GetHomeUsers;
#[cfg(feature = "jwt")]
pub use get_nonce::{GetNonce, Nonce};
#[cfg(feature = "jwt")]
pub use get_plex_keys::GetPlexKeys;
pub use get_resources::GetResources;
pub use get_server_identity::{GetServerIdentity, ServerIdentity};
pub use get_source_connection_information::GetSourceConnectionInformation;
pub use get_transient_token::GetTransientToken;
pub use get_user_details::GetUserDetails;
pub use link_pin::LinkPin;
pub use ping::Ping;
#[cfg(feature = "jwt")]
pub use register_device_key::RegisterDeviceKey;
use sign_in::signed_in;
pub use sign_in::{SignIn, SignedIn};
pub use sign_out::SignOut;
pub use switch_home_user::SwitchHomeUser;

/// What is percent-encoded in queries and forms: all but RFC 3986's unreserved characters.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a Media Server wraps its answers in.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contained<T> {
    media_container: T,
}

/// Where a key was sent, a 422 that says no more is about that key: it is tied to another device.
#[cfg(feature = "jwt")]
fn key_taken(error: ResponseError) -> ResponseError {
    match (error.status(), error.kind()) {
        (StatusCode::UNPROCESSABLE_ENTITY, ErrorKind::BadRequest) => error.with_kind(ErrorKind::KeyTaken),
        _ => error,
    }
}

/// Where the JWT of a device was sent and no token, a 401, 422 or 498 that says no more is about that JWT.
#[cfg(feature = "jwt")]
fn device_jwt_refused(error: ResponseError) -> ResponseError {
    match (error.status().as_u16(), error.kind()) {
        (401, ErrorKind::Forbidden) | (422, ErrorKind::BadRequest) => {
            error.with_kind(ErrorKind::DeviceJwtRefused)
        }
        (498, _) => error.with_kind(ErrorKind::DeviceJwtExpired),
        _ => error,
    }
}

#[cfg(test)]
mod testing {
    use http::{Request, Response};

    use crate::{BaseUrl, ClientInfo};

    pub(super) fn client() -> ClientInfo {
        ClientInfo::new("id-1", "App").unwrap()
    }

    pub(super) fn server() -> BaseUrl {
        "http://192.168.1.5:32400/plex/".parse().unwrap()
    }

    pub(super) fn response(status: u16, body: &str) -> Response<String> {
        Response::builder().status(status).body(body.to_owned()).unwrap()
    }

    /// A whole request as text, its headers in order.
    pub(super) fn written(request: &Request<Vec<u8>>) -> String {
        let mut headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        headers.sort_unstable();
        let body = String::from_utf8_lossy(request.body());
        format!("{} {}\n{}\n{body}", request.method(), request.uri(), headers.concat())
    }
}
