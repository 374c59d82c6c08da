//! [`Token`]: a Plex credential that does not print.

use std::convert::Infallible;
use std::str::FromStr;

use http::HeaderValue;
use zeroize::Zeroize;

use crate::client::header::header_value;
use crate::client::secret::Secret;
use crate::error::RequestError;

/// A Plex credential: what travels in the header `X-Plex-Token`.
///
/// Old tokens, JSON web tokens and transient tokens are all used in the same way, so one type holds them all.
/// `Debug` prints `Token(..)`, there is no `Display`, and the bytes are wiped when the value is dropped. The
/// header that a request carries is a copy which the HTTP library owns; it is marked sensitive but not wiped.
///
/// ```
/// use plexauth_proto::Token;
///
/// let token = Token::new("  hushhush\n");
/// assert_eq!(token.expose(), "hushhush");
/// assert_eq!(format!("{token:?}"), "Token(..)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// Takes a credential; white space around it, as a file or a copy and paste leaves behind, is removed.
    ///
    /// Whether it can be sent at all is checked when a request is made from it: an empty token is
    /// [`RequestError::Empty`], one with control characters [`RequestError::NotAHeader`].
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Secret::from(text.as_ref().trim()))
    }

    /// The credential itself, for storing it. Keep it out of logs and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The value of the header `X-Plex-Token`, marked sensitive so that HTTP libraries keep it out of their logs.
    ///
    /// # Errors
    ///
    /// [`RequestError::Empty`] for an empty token, [`RequestError::NotAHeader`] for one that no header can carry.
    pub fn header_value(&self) -> Result<HeaderValue, RequestError> {
        if self.expose().is_empty() {
            return Err(RequestError::Empty { what: "the token" });
        }
        let mut value = header_value("the token", self.expose())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Token {
    /// Takes a credential, and wipes the string it came in.
    fn from(mut text: String) -> Self {
        let token = Self::new(&text);
        text.zeroize();
        token
    }
}

/// Takes anything, as [`Token::new`] does: for what reads arguments and configuration.
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
    fn a_token_prints_nothing_of_itself() {
        assert_eq!(format!("{0:?} {0:#?}", Token::new("s3cret")), "Token(..) Token(\n    ..,\n)");
    }

    #[test]
    fn white_space_around_a_token_is_not_part_of_it() {
        assert_eq!(Token::from(" abc\r\n".to_owned()), Token::new("abc"));
        assert_eq!(" abc\n".parse(), Ok(Token::new("abc")));
        assert_ne!(Token::new("abc"), Token::new("abd"));
    }

    #[test]
    fn the_header_value_is_marked_sensitive() {
        let value = Token::new("abc").header_value().unwrap();
        assert_eq!((value.as_bytes(), value.is_sensitive()), (&b"abc"[..], true));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_quoted() {
        let error = Token::new("a\nb").header_value().unwrap_err();
        assert_eq!(error, RequestError::NotAHeader { what: "the token" });
        assert_eq!(
            error.to_string(),
            "the token contains control characters, which HTTP headers do not allow; remove them"
        );
        assert_eq!(Token::new(" \n").header_value(), Err(RequestError::Empty { what: "the token" }));
    }
}
