//! JSON error bodies, from plex.tv and from proxies in front of it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess};

use super::{ErrorBody, MOST_ERRORS, Message, is_better};
use crate::lenient::accept::{Accept, Accepting, Element, anything};

/// Reads as far as possible: a truncated body may still contain a complete error.
pub(super) fn read(text: &str) -> ErrorBody<'_> {
    let (mut error, mut message) = (None, None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let _ = anything(&mut deserializer, JsonBody { error: &mut error, message: &mut message });
    error.unwrap_or(ErrorBody { code: None, message })
}

/// `{"errors":[…]}`, or `{"error":"…"}`.
struct JsonBody<'s, 'a> {
    error: &'s mut Option<ErrorBody<'a>>,
    message: &'s mut Option<Cow<'a, str>>,
}

impl<'de> Accept<'de> for JsonBody<'_, 'de> {
    type Value = ();

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Key {
            Errors,
            Error,
            #[serde(other)]
            Other,
        }
        while let Some(key) = object.next_key()? {
            match key {
                Key::Errors => object.next_value_seed(Accepting(Errors(self.error)))?,
                Key::Error => *self.message = object.next_value_seed(Accepting(Message))?,
                Key::Other => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
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
