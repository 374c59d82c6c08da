//! JSON error bodies, from plex.tv and from proxies in front of it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess};

use super::{ErrorBody, MOST_ERRORS, Message, is_better, message};
use crate::lenient;
use crate::lenient::accept::{Accept, Accepting, Element, anything};

/// Reads as far as possible: a truncated body may still contain a complete error.
pub(super) fn read(text: &str) -> ErrorBody<'_> {
    let mut found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let _ = anything(&mut deserializer, JsonBody(&mut found));
    let error = found.error.filter(|error| !error.is_empty());
    let mut error = error.unwrap_or(ErrorBody { message: found.message, ..ErrorBody::default() });
    error.is_error = found.is_error;
    error.by_plex_tv()
}

/// What has been read so far.
#[derive(Default)]
struct Found<'a> {
    error: Option<ErrorBody<'a>>,
    message: Option<Cow<'a, str>>,
    is_error: bool,
}

/// `{"errors":[…]}`, `{"error":"…"}` or `{"Error":{…}}`.
struct JsonBody<'s, 'a>(&'s mut Found<'a>);

impl<'de> Accept<'de> for JsonBody<'_, 'de> {
    type Value = ();

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        #[derive(Deserialize)]
        enum Key {
            #[serde(rename = "errors", alias = "Errors")]
            Errors,
            #[serde(rename = "error")]
            Error,
            #[serde(rename = "Error")]
            CapitalError,
            #[serde(other)]
            Other,
        }
        while let Some(key) = object.next_key()? {
            match key {
                Key::Errors => object.next_value_seed(Accepting(Errors(self.0)))?,
                Key::Error => object.next_value_seed(Accepting(Words(self.0)))?,
                Key::CapitalError => {
                    let Element(error) = object.next_value::<Element<CapitalError<'de>>>()?;
                    if let Some(error) = error.map(ErrorBody::from) {
                        self.0.error.get_or_insert(error);
                        self.0.is_error = true;
                    }
                }
                Key::Other => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// An error with a capital letter. Its `statusCode` is the HTTP status.
#[derive(Deserialize)]
struct CapitalError<'a> {
    #[serde(default, deserialize_with = "lenient::optional")]
    code: Option<u32>,
    #[serde(default, borrow, deserialize_with = "message")]
    message: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "message")]
    error: Option<Cow<'a, str>>,
}

impl<'a> From<CapitalError<'a>> for ErrorBody<'a> {
    fn from(error: CapitalError<'a>) -> Self {
        Self { code: error.code, message: error.message.or(error.error), ..Self::default() }
    }
}

/// The value of `error`: Plex writes words there, others an object.
struct Words<'s, 'a>(&'s mut Found<'a>);

impl<'de> Accept<'de> for Words<'_, 'de> {
    type Value = ();

    fn text(self, text: &str) {
        self.0.message = Message.text(text);
    }

    fn borrowed_text(self, text: &'de str) {
        self.0.message = Message.borrowed_text(text);
    }

    fn integer(self, number: i128) {
        self.0.message = Message.integer(number);
        self.0.is_error = true;
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            self.0.is_error = true;
        }
        Ok(())
    }
}

/// A list of errors, or a single error.
struct Errors<'s, 'a>(&'s mut Found<'a>);

impl<'de> Accept<'de> for Errors<'_, 'de> {
    type Value = ();

    fn text(self, text: &str) {
        self.0.is_error |= !text.is_empty();
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..MOST_ERRORS {
            match list.next_element::<Element<ErrorBody<'de>>>()? {
                Some(Element(Some(error))) if is_better(&error, self.0.error.as_ref()) => {
                    self.0.error = Some(error);
                }
                Some(_) => {}
                None => return Ok(()),
            }
            self.0.is_error = true;
        }
        Err(A::Error::custom("enough"))
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        self.0.error = Some(ErrorBody::deserialize(MapAccessDeserializer::new(object))?);
        self.0.is_error = true;
        Ok(())
    }
}
