use std::time::SystemTime;

use http::{Method, Request, Response};
use serde::Deserialize;

use crate::client::ClientInfo;
use crate::clock;
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::lenient;
use crate::operation::Operation;

/// Gets a nonce to sign: `GET /auth/nonce` on clients.plex.tv. No token is sent.
///
/// [`Renewal`](crate::flows::Renewal) performs this and the next step.
/// Source: Plex's description of its JWT authentication.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("../wire/get_nonce.http")]
/// ```
///
/// # Errors
///
/// [`RateLimited`](crate::ErrorKind::RateLimited).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetNonce, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_nonce = GetNonce::new();
/// let request = get_nonce.request(&info)?; // send it
/// let response = http::Response::new(r#"{"nonce":"7c415b56-1d62-4d2a-9f2e-0d5f4ad0f2a1"}"#); // from the server
/// let nonce = get_nonce.parse(&response)?; // for `DeviceKey::sign`
/// assert_eq!(nonce.value, "7c415b56-1d62-4d2a-9f2e-0d5f4ad0f2a1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetNonce {
    _private: (),
}

impl GetNonce {
    /// Requests a nonce.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A nonce, which a device signs to prove that its request is recent. Valid for one signature and five minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nonce {
    /// The nonce itself.
    pub value: String,
    /// The time of the response by Plex's clock, from the `Date` header. Plex validates device JWTs by that clock, and
    /// refuses them if the device's clock differs by minutes.
    pub server_time: Option<SystemTime>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(deserialize_with = "lenient::required")]
    nonce: String,
}

impl Operation for GetNonce {
    type Output = Nonce;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        Ok(info.request(Method::GET, info.clients_plex_tv().join("/auth/nonce")?))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Nonce, ResponseError> {
        let body: Body = decode::json(response, &Sent::nothing())?;
        Ok(Nonce { value: body.nonce, server_time: clock::server_time(response.headers()) })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::ErrorKind;
    use crate::operations::testing::{assert_on_the_wire, response};

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&GetNonce::new(), include_str!("../wire/get_nonce.http"));
    }

    #[test]
    fn parse_returns_the_nonce_and_server_time() {
        let mut response = response(200, r#"{"nonce":"7c415b56"}"#);
        let nonce = GetNonce::new().parse(&response).unwrap();
        assert_eq!(nonce, Nonce { value: "7c415b56".into(), server_time: None });
        response.headers_mut().insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        let server_time = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
        assert_eq!(GetNonce::new().parse(&response).unwrap().server_time, server_time);
    }

    #[test]
    fn missing_nonce_is_not_understood() {
        let error = GetNonce::new().parse(&response(200, "{}")).unwrap_err();
        assert_eq!(error, ResponseError::not_understood(http::StatusCode::OK, "nonce", "missing"));
        assert_eq!(GetNonce::new().parse(&response(429, "")).unwrap_err().kind(), ErrorKind::RateLimited);
    }
}
