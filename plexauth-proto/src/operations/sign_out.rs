use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::operation::Operation;

/// Revokes a token: `DELETE /users/signout` on plex.tv. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/sign_out.http")]
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid) if the token has already been revoked.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, Operation, SignOut};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let sign_out = SignOut::new("a stored token");
/// let request = sign_out.request(&info)?; // send it
/// let response = http::Response::builder().status(204).body("")?; // from the server
/// sign_out.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct SignOut {
    token: Token,
}

impl SignOut {
    /// Revokes `token`.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for SignOut {
    type Output = ();

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        info.request_with_token(Method::DELETE, info.plex_tv().join("/users/signout")?, &self.token)
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
    use crate::flows::testing::REFUSED;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&SignOut::new("TOKEN"), include_str!("wire/sign_out.http"));
    }

    #[test]
    fn any_2xx_without_an_error_succeeds() {
        for (status, body) in [(204, ""), (200, "{}"), (201, "<Response code=\"200\" status=\"OK\"/>")] {
            SignOut::new("t").parse(&response(status, body)).unwrap();
        }
        let error = SignOut::new("t").parse(&response(401, REFUSED)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TokenInvalid);
    }
}
