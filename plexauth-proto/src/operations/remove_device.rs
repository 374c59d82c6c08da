use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::operation::Operation;

/// Removes a device from an account: `DELETE https://plex.tv/devices/ID.xml`. Its tokens end.
///
/// Use it for a device that is lost, or an application that is no longer used. To end the current login, use
/// [`SignOut`](crate::SignOut). The endpoint is not under [`plex_tv`](ClientInfo::plex_tv), `https://plex.tv/api/v2`: the last
/// two segments of that base URL are dropped. Source: clients in production.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/remove_device.http")]
/// ```
///
/// # Errors
///
/// [`NotFound`](crate::ErrorKind::NotFound) if the account has no such device,
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`TokenExpired`](crate::ErrorKind::TokenExpired).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, Operation, RemoveDevice};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let remove = RemoveDevice::new("a stored token", 467_330_771); // the `id` of an authorized device
/// let request = remove.request(&info)?; // send it
/// let response = http::Response::builder().status(204).body("")?; // from the server
/// remove.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct RemoveDevice {
    token: Token,
    id: u64,
}

impl RemoveDevice {
    /// Removes the device with this [`id`](crate::model::AuthorizedDevice::id) from the account that `token` belongs to.
    pub fn new(token: impl Into<Token>, id: u64) -> Self {
        Self { token: token.into(), id }
    }
}

impl Operation for RemoveDevice {
    type Output = ();

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = info.plex_tv_root().join(&format!("/devices/{}.xml", self.id))?;
        info.request_with_token(Method::DELETE, url, &self.token)
    }

    /// Returns `false`: if the first request arrived, the device is gone, and a second request fails.
    fn is_repeatable(&self) -> bool {
        false
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<(), ResponseError> {
        decode::acknowledged(response, &Sent::token(&self.token))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, response};
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&RemoveDevice::new("TOKEN", 467_330_771), include_str!("wire/remove_device.http"));
    }

    #[test]
    fn any_2xx_succeeds() {
        let remove = RemoveDevice::new("t", 7);
        assert!(!remove.is_repeatable());
        for (status, body) in [(200, ""), (204, ""), (200, r#"<Response code="200" status="OK"/>"#)] {
            remove.parse(&response(status, body)).unwrap();
        }
        let error = remove.parse(&response(404, r#"<Response code="404" status="Not Found"/>"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
