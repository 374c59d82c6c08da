use http::{Method, Request, Response};
use serde::Deserialize;

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::jwt::DeviceJwt;
use crate::lenient;
use crate::operation::Operation;
use crate::operations::body::with_json;
use crate::operations::refusal::device_jwt_refused;

/// Exchanges a device JWT for a new token: `POST /auth/token` on clients.plex.tv. No token is sent.
///
/// The token is a JWT, valid for seven days. [`Renewal`](crate::flows::Renewal) performs this and the previous step.
/// Source: Plex's description of its JWT authentication.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("../wire/redeem_device_jwt.http")]
/// ```
///
/// # Errors
///
/// [`DeviceJwtRefused`](crate::ErrorKind::DeviceJwtRefused), [`DeviceJwtExpired`](crate::ErrorKind::DeviceJwtExpired),
/// [`RateLimited`](crate::ErrorKind::RateLimited).
///
/// # Examples
///
/// ```
/// use plexauth_proto::jwt::{DeviceKey, Scopes};
/// use plexauth_proto::{ClientInfo, RedeemDeviceJwt, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let key = DeviceKey::from_bytes([7; 32]); // random bytes, generated once and stored
/// // The nonce is from `GetNonce`.
/// let signed = key.sign(&info, Some("7c415b56"), Scopes::all(), std::time::SystemTime::now());
/// let redeem = RedeemDeviceJwt::new(signed);
/// let request = redeem.request(&info)?; // send it
/// let response = http::Response::new(r#"{"auth_token":"eyJ…"}"#); // from the server
/// let token = redeem.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct RedeemDeviceJwt {
    jwt: DeviceJwt,
}

impl RedeemDeviceJwt {
    /// Exchanges a JWT that a [`DeviceKey`](crate::jwt::DeviceKey) has signed.
    pub fn new(jwt: DeviceJwt) -> Self {
        Self { jwt }
    }
}

/// Plex's description says `auth_token`, but `authToken` has been seen.
#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "lenient::usable_token")]
    auth_token: Option<Token>,
    #[serde(default, rename = "authToken", deserialize_with = "lenient::usable_token")]
    camel_case: Option<Token>,
}

impl Operation for RedeemDeviceJwt {
    type Output = Token;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = info.clients_plex_tv().join("/auth/token")?;
        // Base64url and dots need no escaping in JSON.
        Ok(with_json(info, Method::POST, url, format!(r#"{{"jwt":"{}"}}"#, self.jwt.expose())))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Token, ResponseError> {
        let sent = Sent::nothing().and_secret(Some(self.jwt.expose()));
        let body: Body = decode::json(response, &sent).map_err(device_jwt_refused)?;
        let token = body.auth_token.or(body.camel_case);
        token.ok_or_else(|| ResponseError::not_understood(response.status(), "auth_token", "missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::operations::testing::{assert_on_the_wire, response};

    fn operation() -> RedeemDeviceJwt {
        RedeemDeviceJwt::new(DeviceJwt::for_tests("h.ushhus.h"))
    }

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &RedeemDeviceJwt::new(DeviceJwt::for_tests("DEVICE-JWT")),
            include_str!("../wire/redeem_device_jwt.http"),
        );
    }

    #[test]
    fn token_is_found_under_either_name() {
        for body in [
            r#"{"auth_token":"eyJ"}"#,
            r#"{"authToken":"eyJ","new":{}}"#,
            r#"{"auth_token":null,"authToken":"eyJ"}"#,
            r#"{"auth_token":"eyJ","authToken":"other"}"#,
        ] {
            assert_eq!(operation().parse(&response(200, body)).unwrap(), Token::new("eyJ"), "{body}");
        }
        let error = operation().parse(&response(200, "{}")).unwrap_err();
        assert_eq!(error, ResponseError::not_understood(http::StatusCode::OK, "auth_token", "missing"));
    }

    #[test]
    fn refusals_are_classified_and_redacted() {
        for (status, kind) in [
            (401, ErrorKind::DeviceJwtRefused),
            (422, ErrorKind::DeviceJwtRefused),
            (498, ErrorKind::DeviceJwtExpired),
            (429, ErrorKind::RateLimited),
            (400, ErrorKind::BadRequest),
            (500, ErrorKind::ServerFailure),
        ] {
            let error = operation().parse(&response(status, r#"{"error":"bad h.ushhus.h"}"#)).unwrap_err();
            assert_eq!(
                (error.kind(), error.message(), error.is_token_invalid()),
                (kind, None, false),
                "{status}"
            );
        }
        assert!(!format!("{:?}", operation()).contains("ushhus"));
    }
}
