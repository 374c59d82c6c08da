//! JSON: of plex.tv, and of whatever stands in front of it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess};

use super::{MOST_ERRORS, Message, Said, counts_more};
use crate::lenient::accept::{Accept, Accepting, Element, anything};

/// What was complete counts, wherever the body breaks off.
pub(super) fn read(text: &str) -> Said<'_> {
    let (mut error, mut message) = (None, None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let _ = anything(&mut deserializer, JsonBody { error: &mut error, message: &mut message });
    error.unwrap_or(Said { code: None, message })
}

/// `{"errors":[…]}`, or `{"error":"…"}`.
struct JsonBody<'s, 'a> {
    error: &'s mut Option<Said<'a>>,
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

/// A list of errors, or one that is in none.
struct Errors<'s, 'a>(&'s mut Option<Said<'a>>);

impl<'de> Accept<'de> for Errors<'_, 'de> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for _ in 0..MOST_ERRORS {
            match list.next_element::<Element<Said<'de>>>()? {
                Some(Element(Some(said))) if counts_more(&said, self.0.as_ref()) => *self.0 = Some(said),
                Some(_) => {}
                None => return Ok(()),
            }
        }
        Err(A::Error::custom("enough"))
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        *self.0 = Some(Said::deserialize(MapAccessDeserializer::new(object))?);
        Ok(())
    }
}
