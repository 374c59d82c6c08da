use http::{Method, Request, Response};

use super::ObjectList;
use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::model::AuthorizedDevice;
use crate::operation::Operation;

/// Lists the devices that may use an account: `GET /devices` on clients.plex.tv.
///
/// These are the players, servers and applications which users see under "Authorized devices", and which
/// [`RemoveDevice`](crate::RemoveDevice) removes. Servers that others share are not among them: see
/// [`GetResources`](crate::GetResources). Source: clients in production.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_devices.http")]
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`TokenExpired`](crate::ErrorKind::TokenExpired).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetDevices, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_devices = GetDevices::new("a stored token");
/// let request = get_devices.request(&info)?; // send it
/// let response = http::Response::new(r#"[{"id":467330771,"name":"Küche","clientIdentifier":"3381b62b"}]"#);
/// let devices = get_devices.parse(&response)?;
/// assert_eq!(devices[0].name.as_deref(), Some("Küche"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "devices")]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetDevices {
    token: Token,
}

impl GetDevices {
    /// Lists the devices of the account that `token` belongs to.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for GetDevices {
    type Output = Vec<AuthorizedDevice>;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        info.request_with_token(Method::GET, info.clients_plex_tv().join("/devices")?, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Vec<AuthorizedDevice>, ResponseError> {
        let ObjectList(devices) = decode::json(response, &Sent::token(&self.token))?;
        Ok(devices)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, response};
    use super::*;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&GetDevices::new("TOKEN"), include_str!("wire/get_devices.http"));
    }

    #[test]
    fn response_must_be_a_list() {
        let parse = |body| GetDevices::new("t").parse(&response(200, body));
        assert_eq!(parse("[]"), Ok(vec![]));
        assert_eq!(parse("[{},null,7,[],{}]").unwrap().len(), 2);
        let error = ResponseError::not_understood(http::StatusCode::OK, ".", "invalid value");
        for body in ["{}", "[7]", r#"[503,"Service Unavailable"]"#] {
            assert_eq!(parse(body).as_ref(), Err(&error), "{body}");
        }
    }
}
