//! Tolerant deserialization, for `#[serde(deserialize_with = "…")]`.
//!
//! Plex writes the same value in several ways: a number as a string, a flag as `true`, `1`, `"1"` or `"true"`, a single
//! element instead of a list, a date in three formats. These functions accept all of them. Any other value counts as
//! absent, so that an unimportant field does not fail the whole response. Values are decoded in the same pass as the
//! rest of the response.
//!
//! Write `#[serde(default, deserialize_with = "…")]` on a field that may be missing.

use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use serde::de::{Deserializer, Error as _, SeqAccess};
use serde::{Deserialize, Serializer};

use crate::client::Token;
use accept::{Accept, Accepting, List, MOST, Object, Scalar, anything};

pub(crate) mod accept;
mod words;

pub use accept::FromScalar;
pub use words::Words;

/// Deserializes a scalar: `None` if it is missing, `null` or unusable.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn optional<'de, D: Deserializer<'de>, T: FromScalar>(deserializer: D) -> Result<Option<T>, D::Error> {
    anything(deserializer, Scalar::<T, false>(PhantomData))
}

/// Deserializes a required scalar.
///
/// # Errors
///
/// If the value is `null` or unusable, and those of the deserializer.
pub fn required<'de, D: Deserializer<'de>, T: FromScalar>(deserializer: D) -> Result<T, D::Error> {
    let value = anything(deserializer, Scalar::<T, true>(PhantomData))?;
    value.ok_or_else(|| D::Error::custom("invalid value"))
}

/// Deserializes a flag: `false` if it is missing, `null` or unusable.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_default())
}

/// Deserializes an object: `None` if the value is anything else.
///
/// # Errors
///
/// Those of the object, and of the deserializer.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    anything(deserializer, Object::<T, false>(PhantomData))
}

/// Deserializes a required object.
///
/// A derived `Deserialize` also accepts an array of the fields; this does not.
///
/// # Errors
///
/// If the value is anything else, those of the object, and those of the deserializer.
pub fn required_object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = anything(deserializer, Object::<T, true>(PhantomData))?;
    value.ok_or_else(|| D::Error::custom("invalid value"))
}

/// Deserializes something that the application stored: in formats that people can read, an object only.
pub(crate) fn stored_object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    if deserializer.is_human_readable() {
        required_object(deserializer)
    } else {
        T::deserialize(deserializer)
    }
}

/// Deserializes a token: `None` if it is missing, `null` or empty.
///
/// # Errors
///
/// If the value is anything else than a token that a request can carry, and those of the deserializer.
pub fn usable_token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Token>, D::Error> {
    // An unusable one is an error already, with its exact position.
    match anything(deserializer, UsableToken)? {
        TokenField::Usable(token) => Ok(Some(token)),
        TokenField::Null | TokenField::Unusable => Ok(None),
    }
}

/// Deserializes a list of objects, or a single object as a list of one. Anything else is an empty list. Elements other
/// than objects are skipped, and so are objects after the first 1,024, which are more than Plex sends.
///
/// # Errors
///
/// Those of the objects, and of the deserializer.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    bounded_list::<MOST, D, T>(deserializer)
}

/// Like [`list`], but keeps at most `MOST` objects: `#[serde(deserialize_with = "lenient::bounded_list::<64, _, _>")]`.
///
/// # Errors
///
/// Those of [`list`].
pub fn bounded_list<'de, const MOST: usize, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    anything(deserializer, List::<T, MOST>(PhantomData))
}

/// Deserializes a list of words. Anything else is an empty list.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
    anything(deserializer, WordList)
}

/// Deserializes a list of words, or a single word as a list of one.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn words_or_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
    anything(deserializer, WordsOrOne)
}

/// Deserializes a comma-separated string, or a list of words.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn comma_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
    anything(deserializer, CommaWords)
}

/// Serializes a date as Plex writes it, `2021-04-12T18:21:12Z`; one beyond the year 9999 in Unix seconds. For the attribute
/// `serialize_with`.
///
/// # Errors
///
/// Only those of the serializer.
pub fn date<S: Serializer>(date: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since_1970 = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok());
    match (date, since_1970) {
        (Some(date), Some(since_1970)) if since_1970.as_secs() < YEAR_10000 => {
            serializer.collect_str(&humantime::format_rfc3339(*date))
        }
        (_, Some(since_1970)) => serializer.serialize_u64(since_1970.as_secs()),
        (_, None) => serializer.serialize_none(),
    }
}

/// In Unix seconds.
const YEAR_10000: u64 = 253_402_300_800;

struct UsableToken;

#[derive(Default)]
enum TokenField {
    Null,
    Usable(Token),
    #[default]
    Unusable,
}

impl<'de> Accept<'de> for UsableToken {
    type Value = TokenField;

    fn text(self, text: &str) -> TokenField {
        match Token::from_text(text) {
            Some(token) => TokenField::Usable(token),
            None if text.trim().is_empty() => TokenField::Null,
            None => TokenField::Unusable,
        }
    }

    fn null(self) -> TokenField {
        TokenField::Null
    }

    fn checked<E: serde::de::Error>(value: TokenField) -> Result<TokenField, E> {
        match value {
            TokenField::Unusable => Err(E::custom("invalid value")),
            value => Ok(value),
        }
    }
}

struct WordList;

impl<'de> Accept<'de> for WordList {
    type Value = Words;

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
        let mut words = Words::default();
        while list.next_element_seed(Accepting(PushWord(&mut words)))?.is_some() {}
        Ok(words)
    }
}

struct WordsOrOne;

impl<'de> Accept<'de> for WordsOrOne {
    type Value = Words;

    fn text(self, text: &str) -> Words {
        std::iter::once(text).collect()
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Words, A::Error> {
        WordList.list(list)
    }
}

struct CommaWords;

impl<'de> Accept<'de> for CommaWords {
    type Value = Words;

    fn text(self, text: &str) -> Words {
        text.split(',').collect()
    }

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Words, A::Error> {
        WordList.list(list)
    }
}

/// Adds an element to a list of words, without allocating a `String` for it.
struct PushWord<'w>(&'w mut Words);

impl<'de> Accept<'de> for PushWord<'_> {
    type Value = ();

    fn text(self, text: &str) {
        self.0.push(text);
    }
}

/// An empty string counts as absent: Plex sends one for the name and the email address of a managed user.
impl FromScalar for String {
    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn from_integer(number: i128) -> Option<Self> {
        Some(number.to_string())
    }
}

/// A token that no request can carry counts as absent.
impl FromScalar for Token {
    fn from_text(text: &str) -> Option<Self> {
        Some(Self::new(text)).filter(Self::is_usable)
    }
}

impl FromScalar for bool {
    fn from_text(text: &str) -> Option<Self> {
        let is = |word: &str| text.trim().eq_ignore_ascii_case(word);
        if is("1") || is("true") {
            Some(true)
        } else if is("0") || is("false") {
            Some(false)
        } else {
            None
        }
    }

    fn from_integer(number: i128) -> Option<Self> {
        match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn from_flag(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

/// Unix seconds, or a date in UTC such as `2021-04-12T18:21:12Z` or `2021-04-12 18:21:12 UTC`. On 32-bit targets, dates that are
/// written out count as absent after 19 January 2038, the limit of `humantime` there.
impl FromScalar for SystemTime {
    fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Self::from_integer(seconds.into());
        }
        humantime::parse_rfc3339_weak(text.strip_suffix(" UTC").unwrap_or(text)).ok()
    }

    fn from_integer(seconds: i128) -> Option<Self> {
        Self::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.try_into().ok()?))
    }
}

/// A duration in whole seconds.
impl FromScalar for Duration {
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self::from_secs)
    }

    fn from_integer(seconds: i128) -> Option<Self> {
        seconds.try_into().ok().map(Self::from_secs)
    }
}

macro_rules! integer_from_scalar {
    ($($integer:ty)*) => {$(
        impl FromScalar for $integer {
            fn from_text(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }

            fn from_integer(number: i128) -> Option<Self> {
                number.try_into().ok()
            }
        }
    )*};
}

integer_from_scalar!(u16 u32 u64 i64);

#[cfg(test)]
mod tests;
