use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token, X_PLEX_TOKEN};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::jwt::DeviceKey;
use crate::operation::Operation;
use crate::operations::body::with_json;
use crate::operations::refusal::key_taken;

/// Registers a device key, for an application with a legacy token: `POST /auth/jwk` on clients.plex.tv.
///
/// Afterwards, [`Renewal`](crate::flows::Renewal) returns JWTs. **The first of them ends the legacy token**, and most Media
/// Servers refuse JWTs: to keep the legacy token, use [`LinkDevice`](crate::LinkDevice). Plex binds the key to the device of
/// the token, whatever identifier the request has. An application without a token passes the key to
/// [`CreatePin`](crate::CreatePin) instead.
/// Source: Plex's description of its JWT authentication, and clients in production.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("../wire/register_device_key.http")]
/// ```
///
/// # Errors
///
/// [`KeyTaken`](crate::ErrorKind::KeyTaken) if the key is registered to another device,
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid).
///
/// # Examples
///
/// ```
/// use plexauth_proto::jwt::DeviceKey;
/// use plexauth_proto::{ClientInfo, Operation, RegisterDeviceKey};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let key = DeviceKey::from_bytes([7; 32]); // random bytes, generated once and stored
/// let register = RegisterDeviceKey::new("a legacy token", &key);
/// let request = register.request(&info)?; // send it
/// let response = http::Response::builder().status(201).body("{}")?; // from the server
/// register.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct RegisterDeviceKey {
    token: Token,
    jwk: String,
}

impl RegisterDeviceKey {
    /// Registers `key` for this device and the account that `token` belongs to.
    pub fn new(token: impl Into<Token>, key: &DeviceKey) -> Self {
        Self { token: token.into(), jwk: key.public_jwk() }
    }
}

impl Operation for RegisterDeviceKey {
    type Output = ();

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = info.clients_plex_tv().join("/auth/jwk")?;
        let mut request = with_json(info, Method::POST, url, format!(r#"{{"jwk":{}}}"#, self.jwk));
        request.headers_mut().insert(X_PLEX_TOKEN, self.token.header_value()?);
        Ok(request)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<(), ResponseError> {
        decode::acknowledged(response, &Sent::token(&self.token)).map_err(key_taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::flows::testing::REFUSED;
    use crate::operations::testing::{assert_on_the_wire, response};

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &RegisterDeviceKey::new("TOKEN", &DeviceKey::from_bytes([7; 32])),
            include_str!("../wire/register_device_key.http"),
        );
    }

    #[test]
    fn any_2xx_succeeds_and_422_means_key_taken() {
        let register = RegisterDeviceKey::new("hushhush", &DeviceKey::from_bytes([7; 32]));
        for status in [200, 201, 204] {
            register.parse(&response(status, "")).unwrap();
        }
        for (status, kind) in
            [(422, ErrorKind::KeyTaken), (401, ErrorKind::TokenInvalid), (498, ErrorKind::TokenExpired)]
        {
            assert_eq!(register.parse(&response(status, REFUSED)).unwrap_err().kind(), kind, "{status}");
        }
    }
}
