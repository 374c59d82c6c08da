use http::header::HeaderValue;
use http::{Method, Request, Response};

use super::body::with_form;
use crate::client::Secret;
use crate::client::X_PLEX_PRODUCT;
use crate::client::{ClientInfo, Token, X_PLEX_TOKEN};
use crate::decode::{self, Sent};
use crate::error::{ErrorKind, RequestError, ResponseError};
use crate::operation::Operation;

/// Approves the short code shown on another device: `PUT /pins/link` on plex.tv.
///
/// The other device then receives a token for the same account. Like the page `https://plex.tv/link`, the request names
/// the product `Plex SSO` instead of your own. Source: the API description of plex.tv.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/link_pin.http")]
/// ```
///
/// # Errors
///
/// [`PinUnknownOrExpired`](crate::ErrorKind::PinUnknownOrExpired), [`TokenInvalid`](crate::ErrorKind::TokenInvalid).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, LinkPin, Operation};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let link = LinkPin::new("a stored token", "AB12"); // the code shown on the other device
/// let request = link.request(&info)?; // send it
/// let response = http::Response::builder().status(204).body("")?; // from the server
/// link.parse(&response)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct LinkPin {
    token: Token,
    code: Secret,
}

impl LinkPin {
    /// Approves `code` on behalf of the account that `token` belongs to.
    pub fn new(token: impl Into<Token>, code: impl Into<String>) -> Self {
        Self { token: token.into(), code: code.into().into() }
    }

    fn code(&self) -> &str {
        self.code.expose().trim()
    }
}

impl Operation for LinkPin {
    type Output = ();

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        if self.code().is_empty() {
            return Err(RequestError::Empty { what: "the code" });
        }
        let url = info.plex_tv().join("/pins/link")?;
        let mut request = with_form(info, Method::PUT, url, &[("code", Some(self.code()))]);
        request.headers_mut().insert(X_PLEX_TOKEN, self.token.header_value()?);
        request.headers_mut().insert(X_PLEX_PRODUCT, HeaderValue::from_static("Plex SSO"));
        Ok(request)
    }

    /// Returns `false`: if the first request arrived, the code has been used, and a second request fails.
    fn is_repeatable(&self) -> bool {
        false
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<(), ResponseError> {
        let sent = Sent::token(&self.token).and_secret(Some(self.code()));
        decode::acknowledged(response, &sent).map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_kind(ErrorKind::PinUnknownOrExpired),
            _ => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, info, response};
    use super::*;
    use crate::flows::testing::REFUSED;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(&LinkPin::new("TOKEN", "AB12"), include_str!("wire/link_pin.http"));
    }

    #[test]
    fn empty_code_is_rejected() {
        let error = LinkPin::new("hushhush", " ").request(&info()).unwrap_err();
        assert_eq!(error, RequestError::Empty { what: "the code" });
    }

    #[test]
    fn any_2xx_succeeds_and_404_means_pin_unknown() {
        let link = LinkPin::new("hushhush", "AB12");
        for status in [200, 201, 204] {
            link.parse(&response(status, "")).unwrap();
        }
        for (status, body, kind) in [
            (404, REFUSED, ErrorKind::PinUnknownOrExpired),
            (404, r#"{"errors":[{"code":1020}]}"#, ErrorKind::PinUnknownOrExpired),
            (401, REFUSED, ErrorKind::TokenInvalid),
            (404, "<html>", ErrorKind::NotPlex),
            (429, "", ErrorKind::RateLimited),
        ] {
            assert_eq!(link.parse(&response(status, body)).unwrap_err().kind(), kind, "{status} {body}");
        }
    }
}
