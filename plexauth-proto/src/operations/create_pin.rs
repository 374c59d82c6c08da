use http::{Method, Request, Response};

use super::body::with_json;
use super::refusal::key_taken;
use crate::client::ClientInfo;
use crate::clock;
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
#[cfg(feature = "jwt")]
use crate::jwt::DeviceKey;
use crate::model::Pin;
use crate::operation::Operation;

/// Makes a PIN for somebody to approve: `POST /pins` on plex.tv. No token is sent.
///
/// [`short`](CreatePin::short) gives a code of four characters, for a person to type at [`Pin::link_url`];
/// [`strong`](CreatePin::strong) a long one, for a link or a QR code of [`Pin::auth_url`]. With a
/// `device_key` the token that comes of it is a JSON web token, which renews itself.
/// Never repeat a refused request by itself: Plex counts. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/create_pin.http")]
/// ```
///
/// With a device key it goes to clients.plex.tv, with the body `{"jwk":{…},"strong":true}`.
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
/// let login = pin.login(&info); // a flow, which waits until somebody approves at this address:
/// assert!(pin.auth_url(&info).starts_with("https://app.plex.tv/auth#?clientID="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "pins")]
#[must_use = "an operation does nothing until it is sent"]
pub struct CreatePin {
    strong: bool,
    /// The public key in JSON.
    jwk: Option<String>,
}

impl CreatePin {
    /// A code of four characters, to type.
    pub fn short() -> Self {
        Self::new(false)
    }

    /// A long code, for a link.
    pub fn strong() -> Self {
        Self::new(true)
    }

    fn new(strong: bool) -> Self {
        Self { strong, jwk: None }
    }

    /// Ties the login to a key of this device. Give the same key to [`PinLogin`](crate::flows::PinLogin).
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
        Ok(info.request(Method::POST, url))
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

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&CreatePin::strong(), include_str!("wire/create_pin.http"));
    }

    #[test]
    fn asks_without_a_token_and_without_a_body() {
        let headers = "accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\n\n";
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
    fn asks_with_a_key_in_json() {
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
    fn finds_the_pin() {
        let pin = CreatePin::short().parse(&response(201, r#"{"id":7,"code":"AB12"}"#)).unwrap();
        assert_eq!((pin.id, pin.code.as_str()), (7, "AB12"));
    }

    #[test]
    fn without_an_id_or_a_code_there_is_no_pin() {
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
    fn a_refusal_is_told_apart() {
        let refused = |create: &CreatePin, status| create.parse(&response(status, "")).unwrap_err().kind();
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
