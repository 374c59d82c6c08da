use http::{Method, Request, Response};

use crate::client::ClientInfo;
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::jwt::PlexKeys;
use crate::operation::Operation;

/// Gets the public keys that verify Plex's JWTs: `GET /auth/keys` on clients.plex.tv. No token is sent.
///
/// Plex rotates its keys: fetch them again if a token is signed with an unknown key.
/// Source: Plex's description of its JWT authentication.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("../wire/get_plex_keys.http")]
/// ```
///
/// # Errors
///
/// [`NotUnderstood`](crate::ErrorKind::NotUnderstood) if the response contains no Ed25519 key.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetPlexKeys, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_keys = GetPlexKeys::new();
/// let request = get_keys.request(&info)?; // send it
/// let response = http::Response::new(
///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"6kpsY-KcUgq-9VB7Ey7F-ZVHdq66vnuSQh7qaRRG0iw"}]}"#,
/// );
/// let keys = get_keys.parse(&response)?; // for `PlexJwt::verify`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetPlexKeys {
    _private: (),
}

impl GetPlexKeys {
    /// Requests the keys.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operation for GetPlexKeys {
    type Output = PlexKeys;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        Ok(info.request(Method::GET, info.clients_plex_tv().join("/auth/keys")?))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<PlexKeys, ResponseError> {
        let keys: PlexKeys = decode::json(response, &Sent::nothing())?;
        if keys.is_empty() {
            return Err(ResponseError::not_understood(response.status(), "keys", "no Ed25519 key"));
        }
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::DeviceKey;
    use crate::operations::testing::{assert_on_the_wire, response};

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&GetPlexKeys::new(), include_str!("../wire/get_plex_keys.http"));
    }

    #[test]
    fn parse_returns_the_keys() {
        let jwk = |seed| DeviceKey::from_bytes([seed; 32]).public_jwk();
        let body = format!(r#"{{"keys":[{},{}]}}"#, jwk(1), jwk(2));
        assert_eq!(GetPlexKeys::new().parse(&response(200, &body)).unwrap().len(), 2);
    }

    #[test]
    fn response_without_a_key_is_not_understood() {
        for body in ["{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"RSA"}]}"#] {
            let error = GetPlexKeys::new().parse(&response(200, body)).unwrap_err();
            assert_eq!(
                error,
                ResponseError::not_understood(http::StatusCode::OK, "keys", "no Ed25519 key"),
                "{body}"
            );
        }
    }
}
