use http::{Method, Request, Response};

use super::body::with_json;
use super::refusal::key_taken;
use crate::client::{ClientInfo, with_empty_body};
use crate::clock;
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
#[cfg(feature = "jwt")]
use crate::jwt::DeviceKey;
use crate::model::Pin;
use crate::operation::Operation;

/// Creates a PIN for a login without a password: `POST /pins` on plex.tv. No token is sent.
///
/// [`short`](CreatePin::short) requests a code of four characters, which the user types at [`Pin::LINK_PAGE`].
/// [`strong`](CreatePin::strong) requests a long code, for a link to [`Pin::auth_url`]. When the PIN is approved, **the token
/// that this client identifier had before ends**, even if nobody fetches the new one.
///
/// Without a key, the login returns a legacy token, which Media Servers accept. With a `device_key`, it returns a JWT, which a
/// [`Session`](crate::Session) renews and most Media Servers refuse. An application that does both uses two client identifiers,
/// or [`ServerToken`](crate::ServerToken).
///
/// Do not retry a refused request automatically: Plex limits the rate. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/create_pin.http")]
/// ```
///
/// With a device key, the request goes to clients.plex.tv and has the body `{"jwk":{…},"strong":true}`.
///
/// # Errors
///
/// [`RateLimited`](crate::ErrorKind::RateLimited); with a device key also [`KeyTaken`](crate::ErrorKind::KeyTaken).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, CreatePin, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let create = CreatePin::strong();
/// let request = create.request(&info)?; // send it
/// let response = http::Response::new(r#"{"id":564964751,"code":"8lzjqnq8lye02n52jq3fqxf8e","expiresIn":1800}"#);
/// let pin = create.parse(&response)?;
/// let login = pin.login(&info); // a flow that waits until the user approves the login at this URL:
/// assert!(pin.auth_url(&info)?.starts_with("https://app.plex.tv/auth#?clientID="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "pins")]
#[must_use = "an operation does nothing until it is sent"]
pub struct CreatePin {
    strong: bool,
    /// The public key as a JWK.
    jwk: Option<String>,
}

impl CreatePin {
    /// Requests a code of four characters, which the user types.
    pub fn short() -> Self {
        Self::new(false)
    }

    /// Requests a long code, for a link.
    pub fn strong() -> Self {
        Self::new(true)
    }

    fn new(strong: bool) -> Self {
        Self { strong, jwk: None }
    }

    /// Binds the login to a device key. Pass the same key to [`PinLogin`](crate::flows::PinLogin).
    #[cfg(feature = "jwt")]
    pub fn device_key(mut self, key: &DeviceKey) -> Self {
        self.jwk = Some(key.public_jwk());
        self
    }
}

impl Operation for CreatePin {
    type Output = Pin;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        if let Some(jwk) = &self.jwk {
            let body = format!(r#"{{"jwk":{jwk},"strong":{}}}"#, self.strong);
            let url = info.clients_plex_tv().join("/pins")?;
            return Ok(with_json(info, Method::POST, url, body));
        }
        let url = info.plex_tv().join(if self.strong { "/pins?strong=true" } else { "/pins" })?;
        Ok(with_empty_body(info.request(Method::POST, url)))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Pin, ResponseError> {
        let result = decode::json::<Pin, _>(response, &Sent::nothing());
        let mut pin = if self.jwk.is_some() { result.map_err(key_taken) } else { result }?;
        pin.server_time = clock::server_time(response.headers());
        Ok(pin)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, info, response, written};
    use super::*;
    use crate::error::ErrorKind;
    use crate::flows::testing::REFUSED;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&CreatePin::strong(), include_str!("wire/create_pin.http"));
    }

    #[test]
    fn request_has_no_token_and_no_body() {
        let headers = "accept: application/json\ncontent-length: 0\nx-plex-client-identifier: id-1\nx-plex-product: App\n\n";
        assert_eq!(
            written(&CreatePin::short().request(&info()).unwrap()),
            format!("POST https://plex.tv/api/v2/pins\n{headers}")
        );
        assert_eq!(
            written(&CreatePin::strong().request(&info()).unwrap()),
            format!("POST https://plex.tv/api/v2/pins?strong=true\n{headers}")
        );
    }

    #[cfg(feature = "jwt")]
    #[test]
    fn device_key_is_sent_as_json() {
        let key = DeviceKey::from_bytes([7; 32]);
        for (create, strong) in [(CreatePin::short(), false), (CreatePin::strong(), true)] {
            assert_eq!(
                written(&create.device_key(&key).request(&info()).unwrap()),
                format!(
                    "POST https://clients.plex.tv/api/v2/pins\naccept: application/json\n\
                     content-type: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\n\n\
                     {{\"jwk\":{},\"strong\":{strong}}}",
                    key.public_jwk()
                )
            );
        }
    }

    #[test]
    fn parse_returns_the_pin() {
        let pin = CreatePin::short().parse(&response(201, r#"{"id":7,"code":"AB12"}"#)).unwrap();
        assert_eq!((pin.id, pin.code.as_str()), (7, "AB12"));
    }

    #[test]
    fn pin_requires_id_and_code() {
        for (body, path) in [(r#"{"id":7}"#, "code"), (r#"{"code":"AB12"}"#, "id")] {
            let error = CreatePin::short().parse(&response(201, body)).unwrap_err();
            assert_eq!(
                error,
                ResponseError::not_understood(http::StatusCode::CREATED, path, "missing"),
                "{body}"
            );
        }
    }

    #[test]
    fn refusal_kind_depends_on_the_key() {
        let refused =
            |create: &CreatePin, status| create.parse(&response(status, REFUSED)).unwrap_err().kind();
        let plain = CreatePin::short();
        assert_eq!(refused(&plain, 429), ErrorKind::RateLimited);
        assert_eq!(refused(&plain, 422), ErrorKind::BadRequest);
        #[cfg(feature = "jwt")]
        {
            let with_key = CreatePin::short().device_key(&DeviceKey::from_bytes([7; 32]));
            assert_eq!(refused(&with_key, 429), ErrorKind::RateLimited);
            assert_eq!(refused(&with_key, 422), ErrorKind::KeyTaken);
        }
    }
}
