//! [`Token`]: a Plex credential, redacted in `Debug` output.

use std::convert::Infallible;
use std::str::FromStr;

use http::HeaderValue;
use serde::{Deserialize, Deserializer, Serializer};
use zeroize::Zeroize;

use crate::client::header::{header_value, is_header_value};
use crate::client::secret::Secret;
use crate::error::RequestError;

/// The longest token to accept from a server, in bytes. Plex's JWTs have about one KiB, and servers limit headers to 8 KiB.
const LONGEST: usize = 8192;

/// A Plex credential, sent in the `X-Plex-Token` header.
///
/// Legacy tokens, JWTs and transient tokens are sent in the same way, so one type represents them all. They are accepted by
/// different servers: most Media Servers refuse [JWTs](Token::is_jwt), as [`ServerToken`](crate::ServerToken) explains. `Debug`
/// prints
/// `Token(..)`, there is no `Display`, and the bytes are wiped on drop. The header value in a request is a copy that
/// the HTTP library owns: it is marked sensitive, but not wiped.
///
/// ```
/// use plexauth_proto::Token;
///
/// let token = Token::new("  hushhush\n");
/// assert_eq!(token.expose(), "hushhush");
/// assert_eq!(format!("{token:?}"), "Token(..)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token(Secret);

impl Token {
    /// Creates a token. Surrounding whitespace, such as the newline at the end of a file, is removed.
    ///
    /// The token is validated when a request is built from it: an empty token is [`RequestError::Empty`], one with
    /// control characters [`RequestError::NotAHeader`].
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Secret::from(text.as_ref().trim()))
    }

    /// The token in plain text, for storage. Keep it out of logs and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether this is a JWT, rather than a legacy or a transient token. It is not verified: see
    /// `jwt::PlexJwt`.
    #[must_use]
    pub fn is_jwt(&self) -> bool {
        // The base64url of an object's first character, and of a quotation mark or a space after it.
        let mut segments = self.expose().split('.');
        let is_object = segments.next().is_some_and(|header| header.starts_with("ey"));
        is_object && segments.clone().count() == 2 && segments.all(|segment| !segment.is_empty())
    }

    /// Whether a request can carry it. Servers have been seen to send tokens that none can.
    pub(crate) fn is_usable(&self) -> bool {
        let text = self.expose();
        !text.is_empty() && text.len() <= LONGEST && is_header_value(text)
    }

    /// The value of the `X-Plex-Token` header, marked sensitive so that HTTP libraries do not log it.
    ///
    /// # Errors
    ///
    /// [`RequestError::Empty`] if the token is empty, [`RequestError::NotAHeader`] if it contains control characters.
    pub fn header_value(&self) -> Result<HeaderValue, RequestError> {
        if self.expose().is_empty() {
            return Err(RequestError::Empty { what: "the token" });
        }
        let mut value = header_value("the token", self.expose())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl Token {
    /// Serializes the token in plain text. `Token` itself has no `Serialize`, so that none is stored or logged by accident:
    /// `#[serde(serialize_with = "Token::serialize_exposed")]`.
    ///
    /// ```
    /// use plexauth_proto::Token;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Settings {
    ///     #[serde(serialize_with = "Token::serialize_exposed")]
    ///     token: Token,
    /// }
    /// let settings: Settings = serde_json::from_str(r#"{"token":"hushhush"}"#)?;
    /// assert_eq!(serde_json::to_string(&settings)?, r#"{"token":"hushhush"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the serializer.
    pub fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

/// Reads any string, like [`Token::new`].
impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Token {
    /// Creates a token and wipes the original string.
    fn from(mut text: String) -> Self {
        let token = Self::new(&text);
        text.zeroize();
        token
    }
}

/// Never fails, like [`Token::new`]. For argument and configuration parsers.
impl FromStr for Token {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl From<&Self> for Token {
    fn from(token: &Self) -> Self {
        token.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_token() {
        assert_eq!(format!("{0:?} {0:#?}", Token::new("s3cret")), "Token(..) Token(\n    ..,\n)");
    }

    #[test]
    fn surrounding_whitespace_is_removed() {
        assert_eq!(Token::from(" abc\r\n".to_owned()), Token::new("abc"));
        assert_eq!(" abc\n".parse(), Ok(Token::new("abc")));
        assert_ne!(Token::new("abc"), Token::new("abd"));
    }

    #[test]
    fn jwt_has_three_segments_and_an_object() {
        for jwt in ["eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJwbGV4LnR2In0.c2ln", "eyAiYWxnIn0.e30.c"] {
            assert!(Token::new(jwt).is_jwt(), "{jwt}");
        }
        for other in
            ["", "hushhush", "transient-90904684-f91a", "eyJ", "eyJ.e30", "eyJ..c", "a.b.c", "eyJ.e.c.d"]
        {
            assert!(!Token::new(other).is_jwt(), "{other}");
        }
    }

    #[test]
    fn usable_token_fits_into_a_header() {
        assert!(Token::new("a".repeat(LONGEST)).is_usable());
        for unusable in [String::new(), "a\nb".into(), "a".repeat(LONGEST + 1)] {
            assert!(!Token::from(unusable).is_usable());
        }
    }

    #[test]
    fn header_value_is_sensitive() {
        let value = Token::new("abc").header_value().unwrap();
        assert_eq!((value.as_bytes(), value.is_sensitive()), (&b"abc"[..], true));
    }

    #[test]
    fn invalid_token_is_rejected_and_not_quoted() {
        let error = Token::new("a\nb").header_value().unwrap_err();
        assert_eq!(error, RequestError::NotAHeader { what: "the token" });
        assert_eq!(
            error.to_string(),
            "the token contains control characters, which HTTP headers do not allow; remove them"
        );
        assert_eq!(Token::new(" \n").header_value(), Err(RequestError::Empty { what: "the token" }));
    }
}
