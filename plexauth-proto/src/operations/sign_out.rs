use http::{Method, Request, Response};

use crate::decode::{self, Sent};
use crate::{ClientInfo, Operation, RequestError, ResponseError, Token};

/// Revokes a token: `DELETE /users/signout` on plex.tv. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
/// DELETE /api/v2/users/signout HTTP/1.1
/// Host: plex.tv
/// Accept: application/json
/// X-Plex-Client-Identifier: 3381b62b-9ab7-4e37-827b-203e9809eb58
/// X-Plex-Product: My Cool App
/// X-Plex-Token: TOKEN
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid) if it was revoked before, so that nothing is left to do.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, Operation, SignOut};
///
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let sign_out = SignOut::new("a stored token");
/// let request = sign_out.request(&client)?; // send it
/// let response = http::Response::builder().status(204).body("")?; // what came back
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

    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        client.request_with_token(Method::DELETE, client.plex_tv().join("/users/signout")?, &self.token)
    }

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
            written(&SignOut::new("hushhush").request(&client()).unwrap()),
            "DELETE https://plex.tv/api/v2/users/signout\n\
             accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\nx-plex-token: hushhush\n\n"
        );
    }

    #[test]
    fn any_success_will_do_with_any_body() {
        for (status, body) in [(204, ""), (200, "{}"), (201, "<ok/>")] {
            SignOut::new("t").parse(&response(status, body)).unwrap();
        }
        let error = SignOut::new("t").parse(&response(401, "")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TokenInvalid);
    }
}
