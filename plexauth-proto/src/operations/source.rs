//! [`Source`]: a server or content provider, as a Media Server identifies it.

use std::fmt;
use std::str::FromStr;

use crate::error::RequestError;

/// A server or a content provider, as a Media Server identifies it: `server://…` or `provider://…`.
///
/// ```
/// use plexauth_proto::Source;
///
/// let source: Source = "server://9f0b6d1c".parse()?;
/// assert_eq!(source, Source::server("9f0b6d1c")?);
/// assert!("9f0b6d1c".parse::<Source>().is_err());
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source(String);

impl Source {
    /// The server with this machine identifier.
    ///
    /// # Errors
    ///
    /// [`RequestError::Source`] if the identifier is empty or contains whitespace or control characters.
    pub fn server(machine_identifier: &str) -> Result<Self, RequestError> {
        Self::checked("server://", machine_identifier)
    }

    /// The provider with this identifier.
    ///
    /// # Errors
    ///
    /// [`RequestError::Source`] if the identifier is empty or contains whitespace or control characters.
    pub fn provider(identifier: &str) -> Result<Self, RequestError> {
        Self::checked("provider://", identifier)
    }

    /// Returns the source in Plex's notation, such as `server://9f0b6d1c`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn checked(prefix: &str, identifier: &str) -> Result<Self, RequestError> {
        if identifier.is_empty() {
            return Err(RequestError::Source { problem: "its identifier is empty" });
        }
        if identifier.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(RequestError::Source {
                problem: "its identifier contains whitespace or control characters",
            });
        }
        Ok(Self(format!("{prefix}{identifier}")))
    }
}

impl FromStr for Source {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let text = text.trim();
        if let Some(identifier) = text.strip_prefix("server://") {
            Self::server(identifier)
        } else if let Some(identifier) = text.strip_prefix("provider://") {
            Self::provider(identifier)
        } else {
            Err(RequestError::Source { problem: "it must begin with server:// or provider://" })
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_validated() {
        let parsed = |text: &str| text.parse::<Source>().map(|source| source.to_string());
        assert_eq!(parsed(" server://a.b-c "), Ok("server://a.b-c".to_owned()));
        assert_eq!(
            parsed("provider://tv.plex.provider.epg"),
            Ok("provider://tv.plex.provider.epg".to_owned())
        );
        for text in [
            "",
            "9f0b",
            "http://9f0b",
            "Server://9f0b",
            "server:/9f0b",
            "server://",
            "server://a b",
            "provider://\0",
        ] {
            assert!(matches!(parsed(text), Err(RequestError::Source { .. })), "{text:?}");
        }
    }
}
