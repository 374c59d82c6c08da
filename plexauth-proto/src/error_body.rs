//! What an error response says: Plex's code and words, from any of the bodies that come with one.
//!
//! plex.tv answers JSON, or XML when `Accept` was lost on the way; a Media Server answers HTML or nothing; proxies and
//! the CDN in front of plex.tv answer whole HTML pages. The `Content-Type` is often wrong, so the first character
//! decides.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde::de::Deserializer;

use crate::error_kind::ErrorKind;
use crate::lenient;
use crate::lenient::accept::{Accept, anything};

mod json;
mod markup;

/// How many errors of a list are looked at: Plex sends one or two.
const MOST_ERRORS: usize = 16;
/// How many bytes are looked at of what is no JSON: what a page is called stands near its beginning.
const MOST_BYTES: usize = 2048;

/// What an error response says.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(crate) code: Option<u32>,
    /// Raw: not yet cut to length, nor checked for secrets.
    #[serde(default, borrow, deserialize_with = "words")]
    pub(crate) message: Option<Cow<'a, str>>,
}

impl Said<'_> {
    /// Whether it says more than the status.
    fn is_telling(&self) -> bool {
        ErrorKind::of_code(self.code).is_some()
    }
}

/// What is read of the body of an error response, as text. If there are characters in it that are none, JSON and markup are
/// read in spite of them, and what is nothing but words is nothing to quote.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.trim_ascii();
    let body = body.strip_prefix("\u{feff}".as_bytes()).map_or(body, <[u8]>::trim_ascii_start);
    let is_json = matches!(body, [b'{' | b'[', ..]);
    let body = if is_json { body } else { start_of(body) };
    match std::str::from_utf8(body) {
        Ok(text) => text.into(),
        Err(_) if is_json || body.starts_with(b"<") => String::from_utf8_lossy(body),
        Err(_) => "".into(),
    }
}

/// Without half a character at the end.
fn start_of(body: &[u8]) -> &[u8] {
    if body.len() <= MOST_BYTES {
        return body;
    }
    let begins_character = |at: &usize| body.get(*at).is_some_and(|byte| byte & 0b1100_0000 != 0b1000_0000);
    (0..=MOST_BYTES).rev().find(begins_character).and_then(|end| body.get(..end)).unwrap_or_default()
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
struct Words;

impl<'de> Accept<'de> for Words {
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

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    anything(deserializer, Words)
}

#[cfg(test)]
mod tests;
