//! Tolerant decoding, for `#[serde(deserialize_with = "…")]`.
//!
//! Plex writes the same thing in several ways: a number as text, a flag as `true`, `1`, `"1"` or `"true"`, one element
//! where a list belongs, a date in three notations. These functions take all of them, and take what they do not
//! understand for absent, so that no response is refused for a field that nobody asked for. They decode straight from
//! the bytes, in the same pass as everything else.
//!
//! Write `#[serde(default, deserialize_with = "…")]` on a field that may be missing.

use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess};

use crate::client::Token;
use accept::{Accept, Accepting, List, Object, Scalar, anything};

pub(crate) mod accept;
mod words;

pub use words::Words;

/// A value that can be made from more than one of JSON's scalars. Return `None` where it cannot: it counts as absent.
pub trait FromScalar: Sized {
    /// From a string.
    #[must_use]
    fn from_text(text: &str) -> Option<Self>;

    /// From a whole number.
    #[must_use]
    fn from_integer(_number: i128) -> Option<Self> {
        None
    }

    /// From `true` or `false`.
    #[must_use]
    fn from_flag(_flag: bool) -> Option<Self> {
        None
    }
}

/// A scalar, or nothing if it is missing, `null`, or of no use.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn optional<'de, D: Deserializer<'de>, T: FromScalar>(deserializer: D) -> Result<Option<T>, D::Error> {
    anything(deserializer, Scalar::<T, false>(PhantomData))
}

/// A scalar that must be there.
///
/// # Errors
///
/// If it is `null` or of no use, beside those of the deserializer.
pub fn required<'de, D: Deserializer<'de>, T: FromScalar>(deserializer: D) -> Result<T, D::Error> {
    let value = anything(deserializer, Scalar::<T, true>(PhantomData))?;
    value.ok_or_else(|| D::Error::custom("of the wrong kind"))
}

/// A flag; what is missing, `null` or of no use is `false`.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_default())
}

/// One object, or nothing if there is something else in its place.
///
/// # Errors
///
/// Those of the object, and of the deserializer.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    anything(deserializer, Object(PhantomData))
}

/// A list of objects, or one object that should have been in a list. Anything else counts as an empty list, and what
/// is no object in a list as not being there.
///
/// # Errors
///
/// Those of the objects, and of the deserializer.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    anything(deserializer, List(PhantomData))
}

/// A list of words. Anything but a list counts as an empty one.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
    anything(deserializer, WordList)
}

/// A list of words, or one word that should have been in a list.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn words_or_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
    anything(deserializer, WordsOrOne)
}

/// Words in one text, separated by commas, or a list of words.
///
/// # Errors
///
/// Only those of the deserializer, such as malformed JSON.
pub fn comma_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
    anything(deserializer, CommaWords)
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

/// Adds an element of a list to the words without a `String` of its own.
struct PushWord<'w>(&'w mut Words);

impl<'de> Accept<'de> for PushWord<'_> {
    type Value = ();

    fn text(self, text: &str) {
        self.0.push(text);
    }
}

/// Text; empty text counts as absent, since that is how Plex says that a managed user has no name and no email.
impl FromScalar for String {
    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn from_integer(number: i128) -> Option<Self> {
        Some(number.to_string())
    }
}

impl FromScalar for Token {
    fn from_text(text: &str) -> Option<Self> {
        Some(Self::new(text)).filter(|token| !token.expose().is_empty())
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

/// A moment: Unix seconds, or a date in UTC such as `2021-04-12T18:21:12Z` or `2021-04-12 18:21:12 UTC`.
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

/// A span of time in whole seconds.
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
