use http::{Method, Request, Response};
use serde::Deserialize;

use crate::decode::{self, Sent};
use crate::model::Resource;
use crate::{ClientInfo, Operation, RequestError, ResponseError, Token, lenient};

/// The servers and other devices that an account may use, each with how to reach it: `GET /resources` on
/// clients.plex.tv, with connections over https, over Plex's relay and over IPv6.
/// Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
/// GET /api/v2/resources?includeHttps=1&includeRelay=1&includeIPv6=1 HTTP/1.1
/// Host: clients.plex.tv
/// Accept: application/json
/// X-Plex-Client-Identifier: 3381b62b-9ab7-4e37-827b-203e9809eb58
/// X-Plex-Product: My Cool App
/// X-Plex-Token: TOKEN
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
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_resources = GetResources::new("a stored token");
/// let request = get_resources.request(&client)?; // send it
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
    /// Asks what whom `token` belongs to may use.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for GetResources {
    type Output = Vec<Resource>;

    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = client.clients_plex_tv().join("/resources?includeHttps=1&includeRelay=1&includeIPv6=1")?;
        client.request_with_token(Method::GET, url, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Vec<Resource>, ResponseError> {
        let Answer(resources) = decode::json(response, &Sent::token(&self.token))?;
        Ok(resources.into_iter().filter_map(|element| element.0).collect())
    }
}

/// A list, in which something odd does not cost the rest.
#[derive(Deserialize)]
struct Answer(Vec<Element>);

#[derive(Deserialize)]
struct Element(#[serde(deserialize_with = "lenient::object")] Option<Resource>);

#[cfg(test)]
mod tests {
    use super::super::testing::{client, response, written};
    use super::*;

    #[test]
    fn asks_for_every_kind_of_connection() {
        assert_eq!(
            written(&GetResources::new("hushhush").request(&client()).unwrap()),
            "GET https://clients.plex.tv/api/v2/resources?includeHttps=1&includeRelay=1&includeIPv6=1\n\
             accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\nx-plex-token: hushhush\n\n"
        );
    }

    #[test]
    fn a_list_may_be_empty_but_must_be_one() {
        let parse = |body| GetResources::new("t").parse(&response(200, body));
        assert_eq!(parse("[]"), Ok(vec![]));
        assert_eq!(parse("[{},null,7,[],{}]").unwrap().len(), 2);
        let error = ResponseError::not_understood(http::StatusCode::OK, ".", "of the wrong kind");
        assert_eq!(parse("{}"), Err(error));
    }
}
