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
    let (mut error, mut message) = (None, None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let _ = anything(&mut deserializer, JsonBody { error: &mut error, message: &mut message });
    error.unwrap_or(ErrorBody { message, ..ErrorBody::default() }).by_plex_tv()
}

/// `{"errors":[…]}`, `{"error":"…"}` or `{"Error":{…}}`.
struct JsonBody<'s, 'a> {
    error: &'s mut Option<ErrorBody<'a>>,
    message: &'s mut Option<Cow<'a, str>>,
}

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
                Key::Errors => object.next_value_seed(Accepting(Errors(self.error)))?,
                Key::Error => *self.message = object.next_value_seed(Accepting(Message))?,
                Key::CapitalError => {
                    let Element(error) = object.next_value::<Element<CapitalError<'de>>>()?;
                    if let Some(error) = error.map(ErrorBody::from) {
                        self.error.get_or_insert(error);
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

/// A list of errors, or a single error.
struct Errors<'s, 'a>(&'s mut Option<ErrorBody<'a>>);

impl<'de> Accept<'de> for Errors<'_, 'de> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..MOST_ERRORS {
            match list.next_element::<Element<ErrorBody<'de>>>()? {
                Some(Element(Some(error))) if is_better(&error, self.0.as_ref()) => *self.0 = Some(error),
                Some(_) => {}
                None => return Ok(()),
            }
        }
        Err(A::Error::custom("enough"))
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        *self.0 = Some(ErrorBody::deserialize(MapAccessDeserializer::new(object))?);
        Ok(())
    }
}
