//! Plex's error code and message, from the body of an error response, and who seems to have written it.
//!
//! plex.tv sends JSON, or XML if the `Accept` header was lost on the way. A Media Server sends HTML or nothing. Proxies
//! and the CDN in front of plex.tv send whole HTML pages, text, or JSON of their own. The `Content-Type` is often wrong, so
//! the first character determines the format.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde::de::Deserializer;

use super::classify::{Author, is_specific};
use crate::lenient;
use crate::lenient::accept::{Accept, anything};

mod json;
mod markup;

/// Stands for a body that is no text. It is not empty, so it is not what a Media Server without words sends.
const UNREADABLE: &str = "\u{fffd}";
/// The maximum number of errors to read from a list. Plex sends one or two.
const MOST_ERRORS: usize = 16;
/// The maximum number of bytes of JSON that is not UTF-8.
const MOST_JSON: usize = 1 << 16;
/// The maximum number of bytes to read from a page that is not UTF-8. The title is near the beginning.
const MOST_BYTES: usize = 1024;

/// The code and the message of an error response, and its author.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ErrorBody<'a> {
    #[serde(skip)]
    pub(crate) author: Author,
    /// Whether there is an error, in whatever form.
    #[serde(skip)]
    pub(crate) is_error: bool,
    #[serde(default, deserialize_with = "lenient::optional")]
    pub(crate) code: Option<u32>,
    /// The raw message, neither truncated nor checked for secrets.
    #[serde(default, borrow, deserialize_with = "message")]
    pub(crate) message: Option<Cow<'a, str>>,
}

impl ErrorBody<'_> {
    /// Whether it says anything.
    fn is_empty(&self) -> bool {
        self.code.is_none() && self.message.is_none()
    }

    /// Says that plex.tv is the author, if the error says anything. A gateway may write the HTTP status where Plex writes a
    /// code of four digits.
    fn by_plex_tv(mut self) -> Self {
        let is_foreign = self.code.is_some_and(|code| !(1000..=9999).contains(&code));
        self.is_error |= !self.is_empty();
        self.author = if is_foreign || self.is_empty() { Author::Unknown } else { Author::PlexTv };
        self.code = self.code.filter(|_| !is_foreign);
        self
    }
}

/// The body as trimmed text. If it is not valid UTF-8, invalid bytes are replaced in JSON and in the beginning of a
/// page; anything else is [`UNREADABLE`].
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body.trim_ascii();
    if let Ok(text) = std::str::from_utf8(body) {
        return text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').into();
    }
    match body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body) {
        json @ [b'{' | b'[', ..] if json.len() <= MOST_JSON => String::from_utf8_lossy(json),
        page @ [b'<', ..] => String::from_utf8_lossy(page.get(..MOST_BYTES).unwrap_or(page)),
        _ => UNREADABLE.into(),
    }
}

/// Reads the code and the message from a text that [`text`] made of a body. Either may be missing.
pub(crate) fn read(text: &str) -> ErrorBody<'_> {
    match text.as_bytes().first() {
        Some(b'{' | b'[') => json::read(text),
        Some(b'<') => markup::read(text),
        Some(_) => ErrorBody { message: is_plain_text(text).then_some(text.into()), ..ErrorBody::default() },
        None => ErrorBody { author: Author::Nobody, ..ErrorBody::default() },
    }
}

/// False for binary data, such as UTF-16, images and compressed pages.
fn is_plain_text(text: &str) -> bool {
    memchr(b'\0', text.as_bytes()).is_none() && memmem::find(text.as_bytes(), "\u{fffd}".as_bytes()).is_none()
}

/// Whether an error replaces the best one so far: the first specific error wins, otherwise the first one.
fn is_better(error: &ErrorBody<'_>, best: Option<&ErrorBody<'_>>) -> bool {
    best.is_none_or(|best| is_specific(error.code) && !is_specific(best.code))
}

/// A string, borrowed if possible.
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
