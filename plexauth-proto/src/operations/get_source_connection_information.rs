use http::{Method, Request, Response};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use super::Contained;
use crate::client::RESERVED;
use crate::client::{BaseUrl, ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::lenient;
use crate::model::Device;
use crate::operation::Operation;
use crate::operations::Source;

/// Gets the connections of a source, and a transient token for it: `GET /security/resources?source=SOURCE` on a Media
/// Server of version 1.15.4 or later.
///
/// Requires the token of the server's administrator, or a transient token obtained with it. The list is empty if the
/// server does not know the source. Source: the API description of the Plex Media Server.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_source_connection_information.http")]
/// ```
///
/// # Errors
///
/// [`ServerTokenRefused`](crate::ErrorKind::ServerTokenRefused) if the token is not the administrator's, or a JWT, which
/// most servers refuse; [`BadRequest`](crate::ErrorKind::BadRequest) if the source is malformed,
/// [`NotFound`](crate::ErrorKind::NotFound) if the server is too old.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{BaseUrl, ClientInfo, GetSourceConnectionInformation, Operation, Source};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let server: BaseUrl = "https://192-168-1-5.9f0b.plex.direct:32400".parse()?;
/// let get_source = GetSourceConnectionInformation::new(server, "a token", Source::server("9f0b")?);
/// let request = get_source.request(&info)?; // send it
/// let response = http::Response::new(
///     r#"{"MediaContainer":{"size":1,"Device":{"name":"Den","accessToken":"transient-90904684",
///         "Connection":[{"uri":"https://192-168-1-5.9f0b.plex.direct:32400","local":"1"}]}}}"#,
/// );
/// let devices = get_source.parse(&response)?;
/// assert!(devices[0].connections[0].local);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "security/resources")]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetSourceConnectionInformation {
    server: BaseUrl,
    token: Token,
    source: Source,
    refresh: Option<bool>,
}

impl GetSourceConnectionInformation {
    /// Asks `server` how to reach `source`.
    pub fn new(server: impl Into<BaseUrl>, token: impl Into<Token>, source: Source) -> Self {
        Self { server: server.into(), token: token.into(), source, refresh: None }
    }

    /// Sets whether the server bypasses its cache.
    pub fn refresh(mut self, refresh: bool) -> Self {
        self.refresh = Some(refresh);
        self
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default, rename = "Device", deserialize_with = "lenient::list")]
    devices: Vec<Device>,
}

impl Operation for GetSourceConnectionInformation {
    type Output = Vec<Device>;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let source = utf8_percent_encode(self.source.as_str(), RESERVED);
        let refresh = match self.refresh {
            None => "",
            Some(false) => "&refresh=0",
            Some(true) => "&refresh=1",
        };
        let url = self.server.join(&format!("/security/resources?source={source}{refresh}"))?;
        info.request_with_token(Method::GET, url, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Vec<Device>, ResponseError> {
        let body: Contained<Body> = decode::json(response, &Sent::token(&self.token).to_media_server())?;
        Ok(body.media_container.devices)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, documented_server, info, response, server, written};
    use super::*;

    fn operation() -> GetSourceConnectionInformation {
        GetSourceConnectionInformation::new(server(), "hushhush", Source::server("9f0b").unwrap())
    }

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &GetSourceConnectionInformation::new(
                documented_server(),
                "TOKEN",
                Source::server("9f0b").unwrap(),
            ),
            include_str!("wire/get_source_connection_information.http"),
        );
    }

    #[test]
    fn request_keeps_the_server_prefix() {
        let request = operation().request(&info()).unwrap();
        assert_eq!(
            written(&request),
            "GET http://192.168.1.5:32400/plex/security/resources?source=server%3A%2F%2F9f0b\n\
             accept: application/json\n\
             x-plex-client-identifier: id-1\n\
             x-plex-product: App\n\
             x-plex-token: hushhush\n\n"
        );
        assert!(request.headers()["x-plex-token"].is_sensitive());
    }

    #[test]
    fn refresh_is_sent_if_set() {
        let query = |operation: GetSourceConnectionInformation| {
            operation.request(&info()).unwrap().uri().query().unwrap().to_owned()
        };
        assert_eq!(query(operation().refresh(true)), "source=server%3A%2F%2F9f0b&refresh=1");
        assert_eq!(query(operation().refresh(false)), "source=server%3A%2F%2F9f0b&refresh=0");
    }

    #[test]
    fn identifier_is_percent_encoded() {
        let source = Source::provider("a&b=c#d/é+%").unwrap();
        let operation = GetSourceConnectionInformation::new(server(), "t", source);
        assert_eq!(
            operation.request(&info()).unwrap().uri().query(),
            Some("source=provider%3A%2F%2Fa%26b%3Dc%23d%2F%C3%A9%2B%25")
        );
    }

    fn devices(inner: &str) -> Vec<Device> {
        operation().parse(&response(200, &format!(r#"{{"MediaContainer":{{"size":1{inner}}}}}"#))).unwrap()
    }

    #[test]
    fn device_may_be_object_list_or_absent() {
        let device = r#"{"name":"Den","clientIdentifier":"9f0b","accessToken":"transient-1","Connection":
            {"protocol":"http","address":"192.168.1.5","port":32400,"uri":"http://192.168.1.5:32400","local":true}}"#;
        let expected = Device {
            name: Some("Den".into()),
            client_identifier: Some("9f0b".into()),
            access_token: Some("transient-1".into()),
            connections: vec![crate::model::Connection {
                protocol: Some("http".into()),
                address: Some("192.168.1.5".into()),
                port: Some(32400),
                uri: Some("http://192.168.1.5:32400".into()),
                local: true,
                relay: false,
                ipv6: false,
            }],
        };
        assert_eq!(devices(&format!(r#","Device":{device}"#)), std::slice::from_ref(&expected));
        assert_eq!(devices(&format!(r#","Device":[{device}]"#)), std::slice::from_ref(&expected));
        assert_eq!(devices(&format!(r#","Device":[{device},{device}]"#)), [expected.clone(), expected]);
        for none in ["", r#","Device":null"#, r#","Device":[]"#, r#","Device":"""#] {
            assert_eq!(devices(none), [], "{none}");
        }
    }

    #[test]
    fn connections_tolerate_odd_values() {
        let spelled = |connection: &str| {
            let mut all =
                devices(&format!(r#","Device":{{"Connection":{connection}}}"#)).remove(0).connections;
            let last = all.pop();
            (all.len(), last.map(|connection| (connection.port, connection.local, connection.relay)))
        };
        assert_eq!(
            spelled(r#"[{"port":"32400","local":"1"},{"port":"x","relay":"true"}]"#),
            (1, Some((None, false, true)))
        );
        assert_eq!(spelled(r#"{"port":"32400","local":1,"relay":0}"#), (0, Some((Some(32400), true, false))));
        assert_eq!(
            spelled(r#"{"port":70000,"local":null,"relay":"false","new":[1]}"#),
            (0, Some((None, false, false)))
        );
        assert_eq!(spelled("null"), (0, None));
    }
}
