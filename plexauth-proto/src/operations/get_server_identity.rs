use http::{Method, Request, Response};
use serde::Deserialize;

use super::Contained;
use crate::client::{BaseUrl, ClientInfo};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::lenient;
use crate::operation::Operation;

/// Which server answers at an address: `GET /identity` on a Media Server. No token is sent.
///
/// The answer is not proof: a token belongs only where the connection is encrypted for the server's own name.
/// Source: the API description of the Plex Media Server.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_server_identity.http")]
/// ```
///
/// # Errors
///
/// [`NotJson`](crate::ErrorKind::NotJson) or [`NotUnderstood`](crate::ErrorKind::NotUnderstood) if something else
/// answers.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{BaseUrl, ClientInfo, GetServerIdentity, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let server: BaseUrl = "https://192-168-1-5.9f0b.plex.direct:32400".parse()?;
/// let get_identity = GetServerIdentity::new(server);
/// let request = get_identity.request(&info)?; // send it
/// let response = http::Response::new(r#"{"MediaContainer":{"machineIdentifier":"9f0b","version":"1.41.0"}}"#);
/// assert_eq!(get_identity.parse(&response)?.machine_identifier, "9f0b");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "identity")]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetServerIdentity {
    server: BaseUrl,
}

impl GetServerIdentity {
    /// Asks who `server` is.
    pub fn new(server: impl Into<BaseUrl>) -> Self {
        Self { server: server.into() }
    }
}

/// Who a Media Server says that it is. Source: the API description of the Plex Media Server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServerIdentity {
    /// The identifier of the server, which is the client identifier of its resource.
    #[serde(deserialize_with = "lenient::required")]
    pub machine_identifier: String,
    /// The version of its software.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub version: Option<String>,
    /// Whether it belongs to an account.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub claimed: Option<bool>,
}

impl Operation for GetServerIdentity {
    type Output = ServerIdentity;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        Ok(info.request(Method::GET, self.server.join("/identity")?))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<ServerIdentity, ResponseError> {
        let answer: Contained<ServerIdentity> = decode::json(response, &Sent::nothing())?;
        Ok(answer.media_container)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, info, page_server, response, server, written};
    use super::*;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &GetServerIdentity::new(page_server()),
            include_str!("wire/get_server_identity.http"),
        );
    }

    #[test]
    fn asks_below_the_prefix_of_the_server_and_without_a_token() {
        assert_eq!(
            written(&GetServerIdentity::new(server()).request(&info()).unwrap()),
            "GET http://192.168.1.5:32400/plex/identity\n\
             accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\n\n"
        );
    }

    #[test]
    fn finds_the_identity() {
        let parse = |body: &str| GetServerIdentity::new(server()).parse(&response(200, body));
        assert_eq!(
            parse(
                r#"{"MediaContainer":{"size":0,"machineIdentifier":"9f0b","version":"1.41","claimed":true}}"#
            ),
            Ok(ServerIdentity {
                machine_identifier: "9f0b".into(),
                version: Some("1.41".into()),
                claimed: Some(true)
            })
        );
        assert_eq!(
            parse(r#"{"MediaContainer":{"machineIdentifier":"9f0b","claimed":"0"}}"#).unwrap().claimed,
            Some(false)
        );
        let error = ResponseError::not_understood(
            http::StatusCode::OK,
            "MediaContainer.machineIdentifier",
            "missing",
        );
        assert_eq!(parse(r#"{"MediaContainer":{}}"#), Err(error));
    }
}
