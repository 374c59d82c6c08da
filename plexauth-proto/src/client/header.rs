//! Header names and values.

use http::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::error::RequestError;

/// The header that carries the token.
pub const X_PLEX_TOKEN: HeaderName = HeaderName::from_static("x-plex-token");
pub(crate) const X_PLEX_CLIENT_IDENTIFIER: HeaderName = HeaderName::from_static("x-plex-client-identifier");
pub(crate) const X_PLEX_PRODUCT: HeaderName = HeaderName::from_static("x-plex-product");

/// The characters to percent-encode in queries and forms: all but RFC 3986's unreserved ones.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A header value in UTF-8, as Plex reads it. HTTP allows tabs, but no value of Plex's contains one.
pub(crate) fn header_value(what: &'static str, text: &str) -> Result<HeaderValue, RequestError> {
    let refused = RequestError::NotAHeader { what };
    // `HeaderValue` refuses the ASCII control characters itself, except for the tab.
    if text.as_bytes().contains(&b'\t') || !text.is_ascii() && text.chars().any(char::is_control) {
        return Err(refused);
    }
    HeaderValue::from_str(text).map_err(|_| refused)
}
