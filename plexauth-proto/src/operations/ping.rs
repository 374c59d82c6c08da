use http::{Method, Request, Response};

use crate::decode::{self, Sent};
use crate::{ClientInfo, Operation, RequestError, ResponseError, Token};

/// Keeps a token from expiring: `GET /ping` on plex.tv. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
/// GET /api/v2/ping HTTP/1.1
/// Host: plex.tv
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
/// use plexauth_proto::{ClientInfo, Operation, Ping};
///
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let ping = Ping::new("a stored token");
/// let request = ping.request(&client)?; // send it
/// let response = http::Response::new(r#"{"pong":true}"#); // what came back
/// ping.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct Ping {
    token: Token,
}

impl Ping {
    /// Shows that `token` is in use.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for Ping {
    type Output = ();

    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        client.request_with_token(Method::GET, client.plex_tv().join("/ping")?, &self.token)
    }

    /// Only the status matters: the body comes as JSON and as XML.
    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<(), ResponseError> {
        decode::success(response, &Sent::token(&self.token)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{client, response, written};
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn asks_with_the_token_in_its_header() {
        assert_eq!(
            written(&Ping::new("hushhush").request(&client()).unwrap()),
            "GET https://plex.tv/api/v2/ping\n\
             accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\nx-plex-token: hushhush\n\n"
        );
    }

    #[test]
    fn only_the_status_matters() {
        for body in [r#"{"pong":true}"#, "<pong>1</pong>", ""] {
            Ping::new("t").parse(&response(200, body)).unwrap();
        }
        let error = Ping::new("t").parse(&response(498, "")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TokenExpired);
    }
}
