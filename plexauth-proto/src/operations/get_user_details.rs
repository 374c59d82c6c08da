use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::model::Account;
use crate::operation::Operation;

/// Gets the account that a token belongs to: `GET /user` on plex.tv.
///
/// Use it also to check a stored token. Discard the token only if
/// [`is_token_invalid`](ResponseError::is_token_invalid) returns `true`: any other error says nothing about the token.
/// Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_user_details.http")]
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`TokenExpired`](crate::ErrorKind::TokenExpired) for a JWT,
/// [`RateLimited`](crate::ErrorKind::RateLimited).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetUserDetails, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_user = GetUserDetails::new("a stored token");
/// let request = get_user.request(&info)?; // send it
/// let response = http::Response::new(r#"{"id":1,"uuid":"9f0b","username":"alice"}"#); // from the server
/// assert_eq!(get_user.parse(&response)?.display_name(), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetUserDetails {
    token: Token,
}

impl GetUserDetails {
    /// Requests the account that `token` belongs to.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for GetUserDetails {
    type Output = Account;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        info.request_with_token(Method::GET, info.plex_tv().join("/user")?, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Account, ResponseError> {
        decode::json(response, &Sent::token(&self.token))
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
        assert_on_the_wire(&GetUserDetails::new("TOKEN"), include_str!("wire/get_user_details.http"));
    }

    #[test]
    fn only_plexs_401_means_token_invalid() {
        let operation = GetUserDetails::new("hushhush");
        for status in (300..600).chain([999]) {
            let error = operation.parse(&response(status, REFUSED)).unwrap_err();
            assert_eq!(error.is_token_invalid(), status == 401, "{status}");
            let of_proxy = operation.parse(&response(status, "<html>")).unwrap_err();
            assert!(!of_proxy.is_token_invalid(), "{status}");
        }
        for body in ["", "<html>", "{}", r#"{"id":1}"#] {
            assert!(!operation.parse(&response(200, body)).unwrap_err().is_token_invalid(), "{body}");
        }
        assert_eq!(operation.parse(&response(498, "")).unwrap_err().kind(), ErrorKind::TokenExpired);
    }

    #[test]
    fn any_2xx_succeeds() {
        for status in [200, 201, 203, 206, 299] {
            let account =
                GetUserDetails::new("t").parse(&response(status, r#"{"id":1,"uuid":"a"}"#)).unwrap();
            assert_eq!((account.id, account.uuid.as_str()), (1, "a"), "{status}");
        }
    }
}
