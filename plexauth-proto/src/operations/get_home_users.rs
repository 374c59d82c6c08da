use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::model::Home;
use crate::operation::Operation;

/// Gets the Plex Home of an account and its users: `GET /home/users` on plex.tv.
///
/// Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/get_home_users.http")]
/// ```
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`TokenExpired`](crate::ErrorKind::TokenExpired).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, GetHomeUsers, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let get_home = GetHomeUsers::new("a stored token");
/// let request = get_home.request(&info)?; // send it
/// let response = http::Response::new(r#"{"id":7,"users":[{"id":8,"uuid":"9f0b","title":"Kid","restricted":true}]}"#);
/// let home = get_home.parse(&response)?;
/// assert_eq!(home.users[0].title.as_deref(), Some("Kid"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetHomeUsers {
    token: Token,
}

impl GetHomeUsers {
    /// Requests the Home of the account that `token` belongs to.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for GetHomeUsers {
    type Output = Home;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        info.request_with_token(Method::GET, info.plex_tv().join("/home/users")?, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Home, ResponseError> {
        decode::json(response, &Sent::token(&self.token))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, response};
    use super::*;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&GetHomeUsers::new("TOKEN"), include_str!("wire/get_home_users.http"));
    }

    #[test]
    fn parse_returns_the_users() {
        let home =
            GetHomeUsers::new("t").parse(&response(200, r#"{"id":1,"users":[{"uuid":"9f0b"}]}"#)).unwrap();
        assert_eq!(home.users.len(), 1);
    }
}
