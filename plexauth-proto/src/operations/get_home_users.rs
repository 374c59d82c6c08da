use http::{Method, Request, Response};

use crate::client::{ClientInfo, Token};
use crate::decode::{self, Sent};
use crate::error::{ErrorKind, RequestError, ResponseError};
use crate::model::{Home, HomeOrUsers};
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
/// [`NoHome`](ErrorKind::NoHome) if the account belongs to no Home, [`TokenInvalid`](ErrorKind::TokenInvalid),
/// [`TokenExpired`](ErrorKind::TokenExpired).
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
        let HomeOrUsers(home) = decode::json(response, &Sent::token(&self.token)).map_err(no_home)?;
        Ok(home)
    }
}

/// Plex's 404 is about the Home, because the URL names nothing else.
fn no_home(error: ResponseError) -> ResponseError {
    match error.kind() {
        ErrorKind::NotFound => error.with_kind(ErrorKind::NoHome),
        _ => error,
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

    #[test]
    fn bare_list_of_users_is_a_home() {
        let parse = |body| GetHomeUsers::new("t").parse(&response(200, body)).unwrap();
        assert_eq!(parse(r#"[{"uuid":"9f0b"},7]"#), parse(r#"{"users":[{"uuid":"9f0b"}]}"#));
    }

    #[test]
    fn response_without_users_is_not_understood() {
        for (body, path, problem) in [
            ("{}", "users", "missing"),
            (r#"{"users":null}"#, "users", "invalid value"),
            (r#"{"users":["x"]}"#, "users", "invalid value"),
            ("7", ".", "invalid value"),
            (r#"["Not Found"]"#, ".", "invalid value"),
        ] {
            let error = GetHomeUsers::new("t").parse(&response(200, body)).unwrap_err();
            assert_eq!(error, ResponseError::not_understood(http::StatusCode::OK, path, problem));
        }
    }

    #[test]
    fn not_found_means_no_home() {
        for body in [r#"{"errors":[{"code":1002,"message":"Not Found"}]}"#, r#"{"error":"Not Found"}"#] {
            let error = GetHomeUsers::new("t").parse(&response(404, body)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoHome, "{body}");
        }
        let of_proxy = GetHomeUsers::new("t").parse(&response(404, "<html>Not Found</html>")).unwrap_err();
        assert_eq!(of_proxy.kind(), ErrorKind::NotPlex);
    }
}
