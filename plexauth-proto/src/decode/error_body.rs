//! What an error response says: Plex's code and words, from any of the bodies that come with one.
//!
//! plex.tv answers JSON, or XML when `Accept` was lost on the way; a Media Server answers HTML or nothing; proxies and
//! the CDN in front of plex.tv answer whole HTML pages. The `Content-Type` is often wrong, so the first character
//! decides.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde::de::Deserializer;

use super::classify::kind_of_code;
use crate::lenient;
use crate::lenient::accept::{Accept, anything};

mod json;
mod markup;

/// How many errors of a list are looked at: Plex sends one or two.
const MOST_ERRORS: usize = 16;
/// How many bytes are looked at of a page in another encoding than UTF-8: what it is called stands near its beginning.
const MOST_BYTES: usize = 1024;

/// What an error response says.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(crate) code: Option<u32>,
    /// Raw: not yet cut to length, nor checked for secrets.
    #[serde(default, borrow, deserialize_with = "message")]
    pub(crate) message: Option<Cow<'a, str>>,
}

impl Said<'_> {
    /// Whether it says more than the status.
    fn is_telling(&self) -> bool {
        kind_of_code(self.code).is_some()
    }
}

/// What is read of the body of an error response, as text. If there are characters in it that are none, JSON is read in
/// spite of them, and so is the beginning of a page; what is nothing but words is nothing to quote.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.trim_ascii();
    if let Ok(text) = std::str::from_utf8(body) {
        return text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').into();
    }
    match body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body) {
        json @ [b'{' | b'[', ..] => String::from_utf8_lossy(json),
        page @ [b'<', ..] => String::from_utf8_lossy(page.get(..MOST_BYTES).unwrap_or(page)),
        _ => "".into(),
    }
}

/// Reads that text. Whatever it is, there is an answer; it may be empty.
pub(crate) fn read(text: &str) -> Said<'_> {
    match text.as_bytes().first() {
        Some(b'{' | b'[') => json::read(text),
        Some(b'<') => markup::read(text),
        Some(_) => Said { code: None, message: is_words(text).then_some(text.into()) },
        None => Said::default(),
    }
}

/// Bytes that are no text (UTF-16, an image, a compressed page) are nothing to quote.
fn is_words(text: &str) -> bool {
    memchr(b'\0', text.as_bytes()).is_none() && memmem::find(text.as_bytes(), "\u{fffd}".as_bytes()).is_none()
}

/// Of several errors the first that is telling counts, or else the first.
fn counts_more(said: &Said<'_>, best: Option<&Said<'_>>) -> bool {
    best.is_none_or(|best| said.is_telling() && !best.is_telling())
}

/// Text, without a copy where that can be.
struct Message;

impl<'de> Accept<'de> for Message {
    type Value = Option<Cow<'de, str>>;

    fn text(self, text: &str) -> Self::Value {
        (!text.is_empty()).then(|| text.to_owned().into())
    }

    fn borrowed_text(self, text: &'de str) -> Self::Value {
        (!text.is_empty()).then_some(text.into())
    }

    fn integer(self, number: i128) -> Self::Value {
        Some(number.to_string().into())
    }
}

fn message<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    anything(deserializer, Message)
}

#[cfg(test)]
mod tests;
