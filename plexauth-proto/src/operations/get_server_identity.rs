use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};

use super::Contained;
use crate::client::{BaseUrl, ClientInfo};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::lenient;
use crate::operation::Operation;

/// Gets the identity of the server at an address: `GET /identity` on a Media Server. No token is sent.
///
/// The response does not prove the identity: send a token only over https, to the server's own host name.
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
/// [`NotJson`](crate::ErrorKind::NotJson) or [`NotUnderstood`](crate::ErrorKind::NotUnderstood) if the address
/// does not belong to a Media Server.
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
    /// Requests the identity of `server`.
    pub fn new(server: impl Into<BaseUrl>) -> Self {
        Self { server: server.into() }
    }
}

/// The identity that a Media Server reports. Source: the API description of the Plex Media Server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServerIdentity {
    /// The machine identifier, which is the [`client_identifier`](crate::model::Resource::client_identifier) of the
    /// server's resource.
    #[serde(deserialize_with = "lenient::required")]
    pub machine_identifier: String,
    /// The version of the server's software.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub version: Option<String>,
    /// Whether the server belongs to an account.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub claimed: Option<bool>,
}

impl Operation for GetServerIdentity {
    type Output = ServerIdentity;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        Ok(info.request(Method::GET, self.server.join("/identity")?))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<ServerIdentity, ResponseError> {
        let body: Contained<ServerIdentity> = decode::json(response, &Sent::nothing().to_media_server())?;
        Ok(body.media_container)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, documented_server, info, response, server, written};
    use super::*;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &GetServerIdentity::new(documented_server()),
            include_str!("wire/get_server_identity.http"),
        );
    }

    #[test]
    fn request_keeps_the_prefix_and_has_no_token() {
        assert_eq!(
            written(&GetServerIdentity::new(server()).request(&info()).unwrap()),
            "GET http://192.168.1.5:32400/plex/identity\n\
             accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\n\n"
        );
    }

    #[test]
    fn parse_returns_the_identity() {
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
