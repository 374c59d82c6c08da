use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::operation::Operation;

/// Keeps a token from expiring: `GET /ping` on plex.tv. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/ping.http")]
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
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let ping = Ping::new("a stored token");
/// let request = ping.request(&info)?; // send it
/// let response = http::Response::new(r#"{"pong":true}"#); // from the server
/// ping.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct Ping {
    token: Token,
}

impl Ping {
    /// Keeps `token` from expiring.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for Ping {
    type Output = ();

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        info.request_with_token(Method::GET, info.plex_tv().join("/ping")?, &self.token)
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
        assert_on_the_wire(&Ping::new("TOKEN"), include_str!("wire/ping.http"));
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
