use http::{Method, Request, Response};
use serde::Deserialize;

use super::Contained;
use crate::client::{BaseUrl, ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::lenient;
use crate::operation::Operation;

/// Gets a temporary token for a Media Server: `GET /security/token?type=delegation&scope=all` on that server.
///
/// The temporary token grants the same access as your own, for up to 48 hours or until the server restarts. Pass it to
/// another device instead of your own token. Source: the API description of the Plex Media Server.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_transient_token.http")]
/// ```
///
/// # Errors
///
/// [`ServerTokenRefused`](crate::ErrorKind::ServerTokenRefused) if the token is not valid for this server. A shared server
/// accepts only its own access token, and most servers refuse JWTs: [`ServerToken`](crate::ServerToken) gives one that the
/// server accepts.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{BaseUrl, ClientInfo, GetTransientToken, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let server: BaseUrl = "https://192-168-1-5.9f0b.plex.direct:32400".parse()?;
/// let get_token = GetTransientToken::new(server, "the access token of the server's resource");
/// let request = get_token.request(&info)?; // send it
/// let response = http::Response::new(r#"{"MediaContainer":{"size":0,"token":"transient-90904684"}}"#);
/// let transient = get_token.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "security/token")]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetTransientToken {
    server: BaseUrl,
    token: Token,
}

impl GetTransientToken {
    /// Requests a temporary token from `server`, with the same access as `token`.
    pub fn new(server: impl Into<BaseUrl>, token: impl Into<Token>) -> Self {
        Self { server: server.into(), token: token.into() }
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(deserialize_with = "lenient::required")]
    token: Token,
}

impl Operation for GetTransientToken {
    type Output = Token;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        // The only values that servers accept.
        let url = self.server.join("/security/token?type=delegation&scope=all")?;
        info.request_with_token(Method::GET, url, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Token, ResponseError> {
        let body: Contained<Body> = decode::json(response, &Sent::token(&self.token).to_media_server())?;
        Ok(body.media_container.token)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, documented_server, info, response, server, written};
    use super::*;
    use crate::error::ErrorKind;

    fn operation() -> GetTransientToken {
        GetTransientToken::new(server(), "hushhush")
    }

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &GetTransientToken::new(documented_server(), "TOKEN"),
            include_str!("wire/get_transient_token.http"),
        );
    }

    #[test]
    fn request_keeps_the_server_prefix() {
        let request = operation().request(&info()).unwrap();
        assert_eq!(
            written(&request),
            "GET http://192.168.1.5:32400/plex/security/token?type=delegation&scope=all\n\
             accept: application/json\n\
             x-plex-client-identifier: id-1\n\
             x-plex-product: App\n\
             x-plex-token: hushhush\n\n"
        );
        assert!(request.headers()["x-plex-token"].is_sensitive());
    }

    #[test]
    fn parse_returns_the_token() {
        let body =
            r#"{"MediaContainer":{"size":0,"token":"transient-90904684-f91a-4391-8bf7-e0dfa7240285"}}"#;
        let token = operation().parse(&response(200, body)).unwrap();
        assert_eq!(token, Token::new("transient-90904684-f91a-4391-8bf7-e0dfa7240285"));
    }

    #[test]
    fn missing_token_is_not_understood() {
        for (body, path, problem) in [
            ("{}", "MediaContainer", "missing"),
            (r#"{"MediaContainer":{}}"#, "MediaContainer.token", "missing"),
            (r#"{"MediaContainer":{"token":null}}"#, "MediaContainer.token", "invalid value"),
            (r#"{"MediaContainer":{"token":""}}"#, "MediaContainer.token", "invalid value"),
            (r#"{"MediaContainer":[]}"#, "MediaContainer", "invalid value"),
        ] {
            let error = operation().parse(&response(200, body)).unwrap_err();
            let status = http::StatusCode::OK;
            assert_eq!(error, ResponseError::not_understood(status, path, problem), "{body}");
        }
    }

    #[test]
    fn refusal_is_about_the_server_token() {
        let body =
            "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>";
        let error = operation().parse(&response(401, body)).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::ServerTokenRefused, Some("Unauthorized")));
    }
}
