use http::{Method, Request, Response};
use serde::Deserialize;

use super::body::with_json;
use super::device_jwt_refused;
use crate::decode::{self, Sent};
use crate::jwt::DeviceJwt;
use crate::{ClientInfo, Operation, RequestError, ResponseError, Token, lenient};

/// Gives what the device signed for a new token: `POST /auth/token` on clients.plex.tv. No token is sent.
///
/// The token is a JSON web token, good for seven days. [`Renewal`](crate::flows::Renewal) does this and what comes
/// before it. Source: Plex's description of its JWT authentication.
///
/// # On the wire
///
/// ```http
/// POST /api/v2/auth/token HTTP/1.1
/// Host: clients.plex.tv
/// Accept: application/json
/// Content-Type: application/json
/// X-Plex-Client-Identifier: 3381b62b-9ab7-4e37-827b-203e9809eb58
/// X-Plex-Product: My Cool App
///
/// {"jwt":"DEVICE-JWT"}
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
/// use plexauth_proto::{ClientInfo, ExchangeDeviceJwt, Operation};
///
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let key = DeviceKey::from_bytes([7; 32]); // random bytes, made once and stored
/// let signed = key.sign(&client, "7c415b56", Scopes::all(), std::time::SystemTime::now()); // what GetNonce gave
/// let exchange = ExchangeDeviceJwt::new(signed);
/// let request = exchange.request(&client)?; // send it
/// let response = http::Response::new(r#"{"auth_token":"eyJ…"}"#); // what came back
/// let token = exchange.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct ExchangeDeviceJwt {
    jwt: DeviceJwt,
}

impl ExchangeDeviceJwt {
    /// Exchanges what a [`DeviceKey`](crate::jwt::DeviceKey) signed.
    pub fn new(jwt: DeviceJwt) -> Self {
        Self { jwt }
    }
}

/// The description says `auth_token`; `authToken` was seen.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "lenient::optional")]
    auth_token: Option<Token>,
    #[serde(default, rename = "authToken", deserialize_with = "lenient::optional")]
    camel_case: Option<Token>,
}

impl Operation for ExchangeDeviceJwt {
    type Output = Token;

    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = client.clients_plex_tv().join("/auth/token")?;
        // Base64url and dots, which JSON has no need to escape.
        Ok(with_json(client, Method::POST, url, format!(r#"{{"jwt":"{}"}}"#, self.jwt.expose())))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Token, ResponseError> {
        let sent = Sent::nothing().and_secret(Some(self.jwt.expose()));
        let answer: Answer = decode::json(response, &sent).map_err(device_jwt_refused)?;
        let token = answer.auth_token.or(answer.camel_case);
        token.ok_or_else(|| ResponseError::not_understood(response.status(), "auth_token", "missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{client, response, written};
    use super::*;
    use crate::ErrorKind;

    fn operation() -> ExchangeDeviceJwt {
        ExchangeDeviceJwt::new(DeviceJwt::for_tests("h.ushhus.h"))
    }

    #[test]
    fn asks_with_the_jwt_and_without_a_token() {
        assert_eq!(
            written(&operation().request(&client()).unwrap()),
            "POST https://clients.plex.tv/api/v2/auth/token\n\
             accept: application/json\ncontent-type: application/json\n\
             x-plex-client-identifier: id-1\nx-plex-product: App\n\n{\"jwt\":\"h.ushhus.h\"}"
        );
    }

    #[test]
    fn finds_the_token_under_either_name() {
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
    fn refusals_are_told_apart_and_do_not_show_what_was_signed() {
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
