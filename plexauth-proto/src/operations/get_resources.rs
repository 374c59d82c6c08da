use http::{Method, Request, Response};

use super::ObjectList;
use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::model::Resource;
use crate::operation::Operation;

/// Lists the servers and other devices that an account can access: `GET /resources` on clients.plex.tv.
///
/// The list includes connections over https, Plex's relay and IPv6. At most 1,024 resources are returned. Source: the API
/// description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_resources.http")]
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`TokenExpired`](crate::ErrorKind::TokenExpired).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetResources, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_resources = GetResources::new("a stored token");
/// let request = get_resources.request(&info)?; // send it
/// let response = http::Response::new(
///     r#"[{"name":"Den","clientIdentifier":"9f0b","provides":"server","owned":true,"accessToken":"for this server",
///         "connections":[{"uri":"https://192-168-1-5.9f0b.plex.direct:32400","local":true}]}]"#,
/// );
/// let resources = get_resources.parse(&response)?;
/// let server = resources.iter().find(|resource| resource.is_server() && resource.owned); // for `FindServer`
/// assert_eq!(server.and_then(|server| server.name.as_deref()), Some("Den"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetResources {
    token: Token,
}

impl GetResources {
    /// Lists the servers and other devices that the token's account can access.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for GetResources {
    type Output = Vec<Resource>;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = info.clients_plex_tv().join("/resources?includeHttps=1&includeRelay=1&includeIPv6=1")?;
        info.request_with_token(Method::GET, url, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Vec<Resource>, ResponseError> {
        let ObjectList(resources) = decode::json(response, &Sent::token(&self.token))?;
        Ok(resources)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, response};
    use super::*;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&GetResources::new("TOKEN"), include_str!("wire/get_resources.http"));
    }

    #[test]
    fn response_must_be_a_list() {
        let parse = |body| GetResources::new("t").parse(&response(200, body));
        assert_eq!(parse("[]"), Ok(vec![]));
        assert_eq!(parse("[{},null,7,[],{}]").unwrap().len(), 2);
        let error = ResponseError::not_understood(http::StatusCode::OK, ".", "invalid value");
        for body in ["{}", "[7]", r#"[503,"Service Unavailable"]"#] {
            assert_eq!(parse(body).as_ref(), Err(&error), "{body}");
        }
    }
}
