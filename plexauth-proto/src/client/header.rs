//! Header names and values.

use http::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::error::RequestError;

/// The header that contains the token.
pub const X_PLEX_TOKEN: HeaderName = HeaderName::from_static("x-plex-token");
pub(crate) const X_PLEX_CLIENT_IDENTIFIER: HeaderName = HeaderName::from_static("x-plex-client-identifier");
pub(crate) const X_PLEX_PRODUCT: HeaderName = HeaderName::from_static("x-plex-product");

/// The characters to percent-encode in queries and forms: all except the unreserved characters of RFC 3986.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a header value as UTF-8, as Plex expects. HTTP allows tabs, but no Plex header contains one, so they are
/// rejected too.
pub(crate) fn header_value(what: &'static str, text: &str) -> Result<HeaderValue, RequestError> {
    let refused = RequestError::NotAHeader { what };
    if !is_header_value(text) {
        return Err(refused);
    }
    HeaderValue::from_str(text).map_err(|_| refused)
}

/// Whether a text contains no control characters.
pub(crate) fn is_header_value(text: &str) -> bool {
    // Without an early exit, the compiler checks many bytes at once.
    let has_ascii_control = text.bytes().fold(false, |found, byte| found | byte.is_ascii_control());
    !has_ascii_control && (text.is_ascii() || !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_refused() {
        for text in ["\n", "a\r\n", "a\tb\tc", "\u{7f}", "\u{85}é"] {
            assert!(header_value("token", text).is_err(), "{text:?}");
        }
        assert_eq!(header_value("token", "é").unwrap().as_bytes(), "é".as_bytes());
    }
}
