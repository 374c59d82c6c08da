use http::{Method, Request, Response};
use percent_encoding::utf8_percent_encode;

use crate::client::{BaseUrl, ClientInfo, RESERVED, Token, with_empty_body};
use crate::decode::{self, Sent};
use crate::error::{RequestError, ResponseError};
use crate::operation::Operation;

/// Ties an unclaimed Media Server to an account: `POST /myplex/claim` on that server.
///
/// The server must be reached from its own network. The claim token, from [`GetClaimToken`](crate::GetClaimToken), is valid
/// for about four minutes. The protocol requires it in the URL: do not log the URLs of requests. No other token is sent.
/// Source: clients in production.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/claim_server.http")]
/// ```
///
/// # Errors
///
/// [`Forbidden`](crate::ErrorKind::Forbidden) or [`BadRequest`](crate::ErrorKind::BadRequest) if the server belongs to an
/// account already, or if the claim token is not valid.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{BaseUrl, ClaimServer, ClientInfo, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let server: BaseUrl = "http://192.168.1.5:32400".parse()?;
/// let claim = ClaimServer::new(server, "claim-FNtj3kZzq6LXxX8hBi4x");
/// let request = claim.request(&info)?; // send it
/// let response = http::Response::new(""); // from the server
/// claim.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "myplex/claim")]
#[must_use = "an operation does nothing until it is sent"]
pub struct ClaimServer {
    server: BaseUrl,
    claim_token: Token,
}

impl ClaimServer {
    /// Ties `server` to the account that `claim_token` was issued for.
    pub fn new(server: impl Into<BaseUrl>, claim_token: impl Into<Token>) -> Self {
        Self { server: server.into(), claim_token: claim_token.into() }
    }
}

impl Operation for ClaimServer {
    type Output = ();

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let claim_token = self.claim_token.expose();
        if claim_token.is_empty() {
            return Err(RequestError::Empty { what: "the claim token" });
        }
        let claim_token = utf8_percent_encode(claim_token, RESERVED);
        let url = self.server.join(&format!("/myplex/claim?token={claim_token}"))?;
        Ok(with_empty_body(info.request(Method::POST, url)))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<(), ResponseError> {
        let sent = Sent::nothing().and_secret(Some(self.claim_token.expose())).to_media_server();
        decode::acknowledged(response, &sent)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, documented_server, info, response, server};
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &ClaimServer::new(documented_server(), "claim-FNtj3kZzq6LXxX8hBi4x"),
            include_str!("wire/claim_server.http"),
        );
    }

    #[test]
    fn claim_token_is_encoded_and_required() {
        let request = ClaimServer::new(server(), "claim&x").request(&info()).unwrap();
        assert_eq!(request.uri(), "http://192.168.1.5:32400/plex/myplex/claim?token=claim%26x");
        let error = ClaimServer::new(server(), " ").request(&info()).unwrap_err();
        assert_eq!(error, RequestError::Empty { what: "the claim token" });
    }

    #[test]
    fn any_2xx_succeeds() {
        let claim = ClaimServer::new(server(), "claim-hushhush");
        for (status, body) in [(200, ""), (204, ""), (200, "<MyPlex username=\"a\"/>"), (200, "{}")] {
            claim.parse(&response(status, body)).unwrap();
        }
        let page =
            "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>";
        assert_eq!(claim.parse(&response(401, page)).unwrap_err().kind(), ErrorKind::Forbidden);
    }
}
