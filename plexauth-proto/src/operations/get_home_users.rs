use http::{Method, Request, Response};

use crate::decode::{self, Sent};
use crate::model::Home;
use crate::{ClientInfo, Operation, RequestError, ResponseError, Token};

/// The Plex Home of an account with its users: `GET /home/users` on plex.tv. Source: the API description of plex.tv.
///
/// # Errors
///
/// [`TokenInvalid`](crate::ErrorKind::TokenInvalid), [`TokenExpired`](crate::ErrorKind::TokenExpired).
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct GetHomeUsers {
    token: Token,
}

impl GetHomeUsers {
    /// Asks for the Home of whom `token` belongs to.
    pub fn new(token: impl Into<Token>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for GetHomeUsers {
    type Output = Home;

    fn request(&self, client: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        client.request_with_token(Method::GET, client.plex_tv().join("/home/users")?, &self.token)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Home, ResponseError> {
        decode::json(response, &Sent::token(&self.token))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{client, response, written};
    use super::*;

    #[test]
    fn asks_with_the_token_in_its_header() {
        assert_eq!(
            written(&GetHomeUsers::new("hushhush").request(&client()).unwrap()),
            "GET https://plex.tv/api/v2/home/users\n\
             accept: application/json\nx-plex-client-identifier: id-1\nx-plex-product: App\nx-plex-token: hushhush\n\n"
        );
    }

    #[test]
    fn finds_the_users() {
        let home =
            GetHomeUsers::new("t").parse(&response(200, r#"{"id":1,"users":[{"uuid":"9f0b"}]}"#)).unwrap();
        assert_eq!(home.users.len(), 1);
    }
}
