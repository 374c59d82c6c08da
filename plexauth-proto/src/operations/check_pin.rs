use std::fmt;

use http::{Method, Request, Response};

use super::refusal::device_jwt_refused;
use crate::client::{ClientInfo, Secret};
use crate::decode::{self, Sent};
use crate::error::{ErrorKind, RequestError, ResponseError};
#[cfg(feature = "jwt")]
use crate::jwt::DeviceJwt;
use crate::model::PinStatus;
use crate::operation::Operation;

/// Checks whether a PIN has been approved: `GET /pins/ID` on plex.tv. No token is sent.
///
/// Check at most once a second, or Plex refuses the requests. [`PinLogin`](crate::flows::PinLogin) observes this limit.
/// Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/check_pin.http")]
/// ```
///
/// With a device JWT, the request goes to clients.plex.tv, as `/api/v2/pins/564964751?deviceJWT=…`.
///
/// # Errors
///
/// [`PinUnknownOrExpired`](crate::ErrorKind::PinUnknownOrExpired), [`RateLimited`](crate::ErrorKind::RateLimited); with
/// a device JWT also [`DeviceJwtRefused`](crate::ErrorKind::DeviceJwtRefused) and
/// [`DeviceJwtExpired`](crate::ErrorKind::DeviceJwtExpired).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{CheckPin, ClientInfo, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let check = CheckPin::new(564_964_751); // the `id` of a PIN
/// let request = check.request(&info)?; // send it
/// let response = http::Response::new(r#"{"id":564964751,"expiresIn":1794,"authToken":null}"#); // from the server
/// let status = check.parse(&response)?;
/// assert!(status.auth_token.is_none(), "nobody has approved it yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct CheckPin {
    id: u64,
    device_jwt: Option<Secret>,
}

impl CheckPin {
    /// Checks the PIN with this [`id`](crate::model::Pin::id).
    pub fn new(id: u64) -> Self {
        Self { id, device_jwt: None }
    }

    pub(crate) fn with_device_jwt(id: u64, jwt: Secret) -> Self {
        Self { id, device_jwt: Some(jwt) }
    }

    /// Proves that this device has the key that the PIN was created with. The protocol requires the JWT in the URL.
    #[cfg(feature = "jwt")]
    pub fn device_jwt(self, jwt: &DeviceJwt) -> Self {
        Self::with_device_jwt(self.id, Secret::from(jwt.expose()))
    }
}

/// Hides the ID: together with the client identifier, it is enough to fetch the token.
impl fmt::Debug for CheckPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckPin").finish_non_exhaustive()
    }
}

impl Operation for CheckPin {
    type Output = PinStatus;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        if let Some(jwt) = &self.device_jwt {
            // Base64url and dots need no percent-encoding.
            let path = format!("/pins/{}?deviceJWT={}", self.id, jwt.expose());
            return Ok(info.request(Method::GET, info.clients_plex_tv().join(&path)?));
        }
        Ok(info.request(Method::GET, info.plex_tv().join(&format!("/pins/{}", self.id))?))
    }

    /// Returns `false`: Plex limits the rate of checks, and `PinLogin` waits between them.
    fn is_repeatable(&self) -> bool {
        false
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<PinStatus, ResponseError> {
        if let Some(jwt) = &self.device_jwt {
            let sent = Sent::nothing().and_secret(Some(jwt.expose()));
            return decode::json(response, &sent).map_err(|error| pin_gone(device_jwt_refused(error)));
        }
        decode::json(response, &Sent::nothing()).map_err(pin_gone)
    }
}

/// In response to a check, every 404 of Plex is about the PIN, with or without an error code.
fn pin_gone(error: ResponseError) -> ResponseError {
    match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::PinUnknownOrExpired),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{assert_on_the_wire, response};
    use super::*;
    use crate::flows::testing::REFUSED;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&CheckPin::new(564_964_751), include_str!("wire/check_pin.http"));
    }

    #[test]
    fn debug_hides_the_id() {
        assert_eq!(format!("{:?}", CheckPin::new(564_964_751)), "CheckPin { .. }");
    }

    #[test]
    fn token_is_optional() {
        let read = |body| CheckPin::new(7).parse(&response(200, body)).unwrap();
        let status = read(r#"{"id":7,"code":"AB12","expiresIn":42,"authToken":"hushhush"}"#);
        let expected =
            PinStatus { auth_token: Some("hushhush".into()), expires_in: Some(Duration::from_secs(42)) };
        assert_eq!(status, expected);
        for body in [r#"{"authToken":null,"expiresIn":null}"#, r#"{"authToken":""}"#, "{}"] {
            assert_eq!(read(body), PinStatus { auth_token: None, expires_in: None }, "{body}");
        }
    }

    #[test]
    fn plexs_404_means_pin_unknown_or_expired() {
        let refused = |status, body| CheckPin::new(7).parse(&response(status, body)).unwrap_err().kind();
        let coded = r#"{"errors":[{"code":1020,"message":"Code not found or expired","status":404}]}"#;
        for body in [coded, REFUSED] {
            assert_eq!(refused(404, body), ErrorKind::PinUnknownOrExpired, "{body}");
        }
        for body in ["", "<html></html>"] {
            assert_eq!(refused(404, body), ErrorKind::NotPlex, "{body}");
        }
        assert_eq!(refused(401, REFUSED), ErrorKind::Forbidden);
        assert_eq!(refused(429, ""), ErrorKind::RateLimited);
    }

    #[cfg(feature = "jwt")]
    mod with_device_jwt {
        use super::super::super::testing::{info, response, written};
        use super::*;

        #[test]
        fn device_jwt_is_in_the_query() {
            let jwt = DeviceJwt::for_tests("e.y.J");
            assert_eq!(
                written(&CheckPin::new(7).device_jwt(&jwt).request(&info()).unwrap()),
                "GET https://clients.plex.tv/api/v2/pins/7?deviceJWT=e.y.J\n\
                 accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\n\n"
            );
        }

        #[test]
        fn jwt_refusals_are_classified_and_redacted() {
            let jwt = DeviceJwt::for_tests("h.ushhus.h");
            let check = CheckPin::new(7).device_jwt(&jwt);
            for (status, kind) in [
                (401, ErrorKind::DeviceJwtRefused),
                (422, ErrorKind::DeviceJwtRefused),
                (498, ErrorKind::DeviceJwtExpired),
                (404, ErrorKind::PinUnknownOrExpired),
                (403, ErrorKind::Forbidden),
                (500, ErrorKind::ServerFailure),
            ] {
                let error = check.parse(&response(status, r#"{"error":"bad h.ushhus.h"}"#)).unwrap_err();
                assert_eq!((error.kind(), error.message()), (kind, None), "{status}");
            }
            for status in [401, 404, 422] {
                let expired = check.parse(&response(status, r#"{"errors":[{"code":1069}]}"#)).unwrap_err();
                assert_eq!(
                    expired.kind(),
                    ErrorKind::PinUnknownOrExpired,
                    "the code takes precedence over the status {status}"
                );
            }
            assert!(!format!("{check:?}").contains("ushhus"));
        }
    }
}
