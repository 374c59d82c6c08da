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
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess};

use crate::{Token, Words};
use accept::{Accept, List, Object, Scalar, anything};

mod accept;

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
    anything(deserializer, Scalar(PhantomData))
}

/// A scalar that must be there.
///
/// # Errors
///
/// If it is `null` or of no use, beside those of the deserializer.
pub fn required<'de, D: Deserializer<'de>, T: FromScalar>(deserializer: D) -> Result<T, D::Error> {
    optional(deserializer)?.ok_or_else(|| D::Error::custom("of the wrong kind"))
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
        while list.next_element_seed(PushWord(&mut words))?.is_some() {}
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

impl<'de> DeserializeSeed<'de> for PushWord<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        anything(deserializer, self)
    }
}

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
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Odd {
        #[serde(deserialize_with = "optional")]
        text: Option<String>,
        #[serde(deserialize_with = "optional")]
        number: Option<u16>,
        #[serde(deserialize_with = "optional")]
        signed: Option<i64>,
        #[serde(deserialize_with = "optional")]
        moment: Option<SystemTime>,
        #[serde(deserialize_with = "optional")]
        span: Option<Duration>,
        #[serde(deserialize_with = "optional")]
        maybe: Option<bool>,
        #[serde(deserialize_with = "flag")]
        flag: bool,
        #[serde(deserialize_with = "optional")]
        token: Option<Token>,
        #[serde(deserialize_with = "words")]
        words: Words,
        #[serde(deserialize_with = "comma_words")]
        comma_words: Words,
        #[serde(deserialize_with = "words_or_one")]
        words_or_one: Words,
        #[serde(deserialize_with = "object")]
        object: Option<Inner>,
        #[serde(deserialize_with = "list")]
        list: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        #[serde(default, deserialize_with = "optional")]
        a: Option<u64>,
    }

    fn read(json: &str) -> Odd {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    /// What no field takes, in the place of each: everything is as if absent.
    #[test]
    fn what_is_of_no_use_counts_as_absent() {
        let fields = [
            "text", "number", "signed", "moment", "span", "maybe", "flag", "token", "words", "object", "list",
        ];
        for field in fields.into_iter().chain(["comma_words", "words_or_one"]) {
            assert_eq!(read(&format!(r#"{{"{field}":null}}"#)), Odd::default(), "{field}: null");
            if field != "object" && field != "list" {
                assert_eq!(
                    read(&format!(r#"{{"{field}":{{"a":[1]}}}}"#)),
                    Odd::default(),
                    "{field}: an object"
                );
            }
            if !field.contains("words") && field != "list" {
                assert_eq!(read(&format!(r#"{{"{field}":[[{{}}]]}}"#)), Odd::default(), "{field}: a list");
            }
        }
        for json in [
            r#"{"text":"","token":" "}"#,
            r#"{"text":true,"token":7,"number":true,"signed":true,"moment":true}"#,
            r#"{"number":65536,"signed":9223372036854775808,"moment":-1,"span":-1,"maybe":2,"flag":2}"#,
            r#"{"number":-1,"moment":"yesterday","span":"-7","maybe":"yes","flag":"yes"}"#,
            r#"{"number":"x","signed":"1.5","moment":"","maybe":"","flag":""}"#,
            r#"{"number":1.5,"signed":1e300,"moment":1e300,"span":7.5,"maybe":0.5,"text":0.5}"#,
            r#"{"words":"[]","object":"x","list":"[]"}"#,
            r#"{"words":7,"comma_words":7,"object":7,"list":-7}"#,
            r#"{"words":[],"comma_words":"","object":[],"list":[null,7,"x",[]]}"#,
            r#"{"words":[null,7,{},[]],"comma_words":" , ,"}"#,
            r#"{"unknown":{"text":[1,{"number":2}]}}"#,
        ] {
            assert_eq!(read(json), Odd::default(), "{json}");
        }
    }

    #[test]
    fn numbers_may_be_text_and_text_numbers() {
        for json in ["8", "\"8\"", "\" 8 \"", "8.0", "8e0"] {
            let odd = read(&format!(r#"{{"number":{json},"signed":{json},"span":{json}}}"#));
            assert_eq!((odd.number, odd.signed), (Some(8), Some(8)), "{json}");
            assert_eq!(odd.span, Some(Duration::from_secs(8)), "{json}");
        }
        assert_eq!(read(r#"{"signed":"-3"}"#).signed, Some(-3));
        assert_eq!(read(r#"{"text":90210}"#).text.as_deref(), Some("90210"));
        assert_eq!(read(r#"{"text":"a\u00e4\n"}"#).text.as_deref(), Some("aä\n"));
    }

    #[test]
    fn flags_in_four_spellings() {
        for json in ["true", "1", "\"1\"", "\"true\"", "\"True\""] {
            let odd = read(&format!(r#"{{"flag":{json},"maybe":{json}}}"#));
            assert_eq!((odd.flag, odd.maybe), (true, Some(true)), "{json}");
        }
        for json in ["false", "0", "\"0\"", "\"false\""] {
            let odd = read(&format!(r#"{{"flag":{json},"maybe":{json}}}"#));
            assert_eq!((odd.flag, odd.maybe), (false, Some(false)), "{json}");
        }
    }

    #[test]
    fn moments_in_three_notations() {
        let moment = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_618_251_672));
        for json in [
            "1618251672",
            "\"1618251672\"",
            "\"2021-04-12T18:21:12Z\"",
            "\"2021-04-12T18:21:12+00:00\"",
            "\"2021-04-12 18:21:12 UTC\"",
        ] {
            assert_eq!(read(&format!(r#"{{"moment":{json}}}"#)).moment, moment, "{json}");
        }
        assert_eq!(read(r#"{"moment":18446744073709551615}"#).moment, None, "beyond all time");
    }

    #[test]
    fn one_object_may_stand_for_a_list() {
        assert_eq!(read(r#"{"list":{"a":1}}"#).list, [Inner { a: Some(1) }]);
        assert_eq!(read(r#"{"list":[{"a":1},null,{}]}"#).list, [Inner { a: Some(1) }, Inner { a: None }]);
        assert_eq!(read(r#"{"object":{"a":"1"}}"#).object, Some(Inner { a: Some(1) }));
    }

    #[test]
    fn words_come_as_a_list_or_in_one_text() {
        let expected: Words = ["a", "b"].into_iter().collect();
        assert_eq!(read(r#"{"words":["a",null,"b"]}"#).words, expected);
        assert_eq!(read(r#"{"comma_words":"a, b"}"#).comma_words, expected);
        assert_eq!(read(r#"{"comma_words":["a","b"]}"#).comma_words, expected);
        assert_eq!(read(r#"{"words_or_one":["a","b"]}"#).words_or_one, expected);
        assert_eq!(read(r#"{"words_or_one":"a,b"}"#).words_or_one, ["a,b"].into_iter().collect());
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Certain {
        #[serde(deserialize_with = "required")]
        id: u64,
    }

    #[test]
    fn what_is_required_must_be_there() {
        assert_eq!(serde_json::from_str::<Certain>(r#"{"id":"7"}"#).unwrap(), Certain { id: 7 });
        for json in ["{}", r#"{"id":null}"#, r#"{"id":-1}"#, r#"{"id":[]}"#] {
            serde_json::from_str::<Certain>(json).unwrap_err();
        }
    }
}
