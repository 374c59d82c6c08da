//! The one visitor behind all of [`lenient`](super): it takes anything, and lets an [`Accept`] pick.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::FromScalar;

/// What to make of each thing that JSON can hold. What is not taken is skipped and makes the default.
pub(crate) trait Accept<'de>: Sized {
    type Value: Default;

    fn text(self, _: &str) -> Self::Value {
        Self::Value::default()
    }

    /// Text that is in what is read just as it is.
    fn borrowed_text(self, text: &'de str) -> Self::Value {
        self.text(text)
    }

    fn flag(self, _: bool) -> Self::Value {
        Self::Value::default()
    }

    fn integer(self, _: i128) -> Self::Value {
        Self::Value::default()
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::Value::default())
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::Value::default())
    }
}

/// Takes anything, and lets `accept` pick.
pub(crate) fn anything<'de, D, A>(deserializer: D, accept: A) -> Result<A::Value, D::Error>
where
    D: Deserializer<'de>,
    A: Accept<'de>,
{
    deserializer.deserialize_any(Anything(accept))
}

/// The same where serde wants something that knows what to do.
pub(crate) struct Accepting<A>(pub(crate) A);

impl<'de, A: Accept<'de>> DeserializeSeed<'de> for Accepting<A> {
    type Value = A::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<A::Value, D::Error> {
        anything(deserializer, self.0)
    }
}

struct Anything<A>(A);

impl<'de, A: Accept<'de>> Visitor<'de> for Anything<A> {
    type Value = A::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<A::Value, E> {
        Ok(self.0.text(text))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<A::Value, E> {
        Ok(self.0.borrowed_text(text))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<A::Value, E> {
        Ok(self.0.flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<A::Value, E> {
        Ok(self.0.integer(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<A::Value, E> {
        Ok(self.0.integer(number.into()))
    }

    /// JSON does not tell `1` from `1.0`.
    fn visit_f64<E>(self, number: f64) -> Result<A::Value, E> {
        // Up to here every whole number has an f64 of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() != 0.0 || number.abs() > EXACT {
            return Ok(A::Value::default());
        }
        Ok(self.0.integer(number as i128))
    }

    fn visit_unit<E>(self) -> Result<A::Value, E> {
        Ok(A::Value::default())
    }

    fn visit_seq<L: SeqAccess<'de>>(self, list: L) -> Result<A::Value, L::Error> {
        self.0.list(list)
    }

    fn visit_map<M: MapAccess<'de>>(self, object: M) -> Result<A::Value, M::Error> {
        self.0.object(object)
    }
}

/// Any scalar that a `T` can be made from.
pub(super) struct Scalar<T>(pub(super) PhantomData<T>);

impl<'de, T: FromScalar> Accept<'de> for Scalar<T> {
    type Value = Option<T>;

    fn text(self, text: &str) -> Option<T> {
        T::from_text(text)
    }

    fn flag(self, flag: bool) -> Option<T> {
        T::from_flag(flag)
    }

    fn integer(self, number: i128) -> Option<T> {
        T::from_integer(number)
    }
}

/// An object.
pub(super) struct Object<T>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>> Accept<'de> for Object<T> {
    type Value = Option<T>;

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(Some)
    }
}

/// A list of objects, or one that should have been in a list.
pub(super) struct List<T>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>> Accept<'de> for List<T> {
    type Value = Vec<T>;

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(element) = list.next_element::<Element<T>>()? {
            all.extend(element.0);
        }
        Ok(all)
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|one| vec![one])
    }
}

/// An element of a list: an object, or nothing in its place.
pub(crate) struct Element<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything(deserializer, Object(PhantomData)).map(Self)
    }
}
