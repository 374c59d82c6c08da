use http::{Method, Request, Response};
use serde::Deserialize;

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::lenient;
use crate::operation::Operation;

/// Gets a claim token, which ties a new server to an account: `GET https://plex.tv/api/claim/token.json`.
///
/// The claim token is valid for about four minutes. The endpoint is not under [`plex_tv`](ClientInfo::plex_tv),
/// `https://plex.tv/api/v2`: the last segment of that base URL is dropped. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_claim_token.http")]
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`ServerFailure`](crate::ErrorKind::ServerFailure) if a response with
/// a successful status contains an error text instead of a token.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetClaimToken, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_claim = GetClaimToken::new("a stored token");
/// let request = get_claim.request(&info)?; // send it
/// let response = http::Response::new(r#"{"token":"claim-FNtj3kZzq6LXxX8hBi4x"}"#); // from the server
/// let claim = get_claim.parse(&response)?; // pass it to the new server, in a container as `PLEX_CLAIM`
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetClaimToken {
    token: Token,
}

impl GetClaimToken {
    /// Requests a claim token for the account that `token` belongs to.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "lenient::usable_token")]
    token: Option<Token>,
}

impl Operation for GetClaimToken {
    type Output = Token;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let url = info.plex_tv().parent().join("/claim/token.json")?;
        info.request_with_token(Method::GET, url, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Token, ResponseError> {
        let body: Body = decode::json(response, &Sent::token(&self.token))?;
        body.token.ok_or_else(|| ResponseError::not_understood(response.status(), "token", "missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, response};
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&GetClaimToken::new("TOKEN"), include_str!("wire/get_claim_token.http"));
    }

    #[test]
    fn parse_returns_the_claim_token() {
        let claim = GetClaimToken::new("t").parse(&response(200, r#"{"token":"claim-abc"}"#)).unwrap();
        assert_eq!(claim, Token::new("claim-abc"));
    }

    #[test]
    fn error_text_is_an_error_with_any_status() {
        for (status, kind) in
            [(200, ErrorKind::ServerFailure), (401, ErrorKind::TokenInvalid), (403, ErrorKind::Forbidden)]
        {
            let error = GetClaimToken::new("hushhush")
                .parse(&response(status, r#"{"error":"Not now"}"#))
                .unwrap_err();
            assert_eq!((error.kind(), error.message()), (kind, Some("Not now")), "{status}");
        }
        let error =
            GetClaimToken::new("hushhush").parse(&response(200, r#"{"error":"no hushhush"}"#)).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::ServerFailure, None));
        let error = GetClaimToken::new("t").parse(&response(200, "{}")).unwrap_err();
        assert_eq!(error, ResponseError::not_understood(http::StatusCode::OK, "token", "missing"));
    }
}
