//! The visitor behind [`lenient`](super): it accepts any value, and an [`Accept`] picks the ones it wants.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// A type that can be read from several kinds of JSON scalars. If a method returns `None`, the value counts as absent.
pub trait FromScalar: Sized {
    /// From a string.
    #[must_use]
    fn from_text(text: &str) -> Option<Self>;

    /// From an integer.
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

/// Handles each kind of JSON value. By default, a value is skipped and the result is the default value.
pub(crate) trait Accept<'de>: Sized {
    type Value: Default;

    fn text(self, _: &str) -> Self::Value {
        Self::Value::default()
    }

    /// A string that can be borrowed from the input.
    fn borrowed_text(self, text: &'de str) -> Self::Value {
        self.text(text)
    }

    fn null(self) -> Self::Value {
        Self::Value::default()
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

    /// Checks the result. An error returned here has the exact position of the value.
    fn checked<E: Error>(value: Self::Value) -> Result<Self::Value, E> {
        Ok(value)
    }
}

/// Deserializes any value with `accept`.
pub(crate) fn anything<'de, D, A>(deserializer: D, accept: A) -> Result<A::Value, D::Error>
where
    D: Deserializer<'de>,
    A: Accept<'de>,
{
    deserializer.deserialize_any(Anything(accept))
}

/// [`anything`] as a [`DeserializeSeed`].
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

    fn visit_str<E: Error>(self, text: &str) -> Result<A::Value, E> {
        A::checked(self.0.text(text))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<A::Value, E> {
        A::checked(self.0.borrowed_text(text))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<A::Value, E> {
        A::checked(self.0.flag(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<A::Value, E> {
        A::checked(self.0.integer(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<A::Value, E> {
        A::checked(self.0.integer(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<A::Value, E> {
        A::checked(exact_integer(number).map_or_else(A::Value::default, |number| self.0.integer(number)))
    }

    fn visit_unit<E: Error>(self) -> Result<A::Value, E> {
        A::checked(self.0.null())
    }

    fn visit_seq<L: SeqAccess<'de>>(self, list: L) -> Result<A::Value, L::Error> {
        A::checked(self.0.list(list)?)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut object: M) -> Result<A::Value, M::Error> {
        let first = object.next_key_seed(Accepting(Text))?;
        if first.as_deref() == Some(NUMBER) {
            let number = object.next_value_seed(Accepting(Text))?.parse().unwrap_or(f64::INFINITY);
            return if number.is_finite() {
                self.visit_f64(number)
            } else {
                Err(M::Error::custom(OUT_OF_RANGE))
            };
        }
        A::checked(self.0.object(Started { first, object })?)
    }
}

/// The key of the object that stands for a number with a fraction or an exponent if serde_json has its feature
/// `arbitrary_precision`, which any crate in the tree may enable.
const NUMBER: &str = "$serde_json::private::Number";
/// serde_json's words for such a number without that feature.
pub(crate) const OUT_OF_RANGE: &str = "number out of range";

/// A string, borrowed if possible. Anything else counts as empty.
struct Text;

impl<'de> Accept<'de> for Text {
    type Value = Cow<'de, str>;

    fn text(self, text: &str) -> Cow<'de, str> {
        text.to_owned().into()
    }

    fn borrowed_text(self, text: &'de str) -> Cow<'de, str> {
        text.into()
    }
}

/// An object whose first key has been read.
struct Started<'de, M> {
    first: Option<Cow<'de, str>>,
    object: M,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Started<'de, M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, M::Error> {
        match self.first.take() {
            Some(Cow::Borrowed(key)) => seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some),
            Some(Cow::Owned(key)) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.object.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.object.next_value_seed(seed)
    }
}

/// JSON does not distinguish `1` from `1.0`.
fn exact_integer(number: f64) -> Option<i128> {
    // 2^53: up to here, an `f64` represents every integer exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i128)
}

/// A scalar that a `T` can be made from. Anything else is an error if it is required.
pub(super) struct Scalar<T, const IS_REQUIRED: bool>(pub(super) PhantomData<T>);

impl<'de, T: FromScalar, const IS_REQUIRED: bool> Accept<'de> for Scalar<T, IS_REQUIRED> {
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

    fn checked<E: Error>(value: Option<T>) -> Result<Option<T>, E> {
        match value {
            None if IS_REQUIRED => Err(E::custom("invalid value")),
            value => Ok(value),
        }
    }
}

/// An object. Anything else is an error if it is required.
pub(super) struct Object<T, const IS_REQUIRED: bool>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>, const IS_REQUIRED: bool> Accept<'de> for Object<T, IS_REQUIRED> {
    type Value = Option<T>;

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(Some)
    }

    fn checked<E: Error>(value: Option<T>) -> Result<Option<T>, E> {
        match value {
            None if IS_REQUIRED => Err(E::custom("invalid value")),
            value => Ok(value),
        }
    }
}

/// A list of objects, or a single object. Keeps the first `MOST` objects.
pub(super) struct List<T, const MOST: usize>(pub(super) PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Accept<'de> for List<T, MOST> {
    type Value = Vec<T>;

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(Element(object)) = list.next_element()? {
            all.extend(object);
            if all.len() == MOST {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
        }
        Ok(all)
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|one| vec![one])
    }
}

/// The most objects of a list to keep, more than Plex sends: an object in memory may be a hundred times larger than `{}`.
pub(super) const MOST: usize = 1024;

/// A list of objects, of which the first [`MOST`] are kept. Elements other than objects are skipped, unless all are.
pub(crate) struct Objects<T>(pub(crate) PhantomData<T>);

impl<'de, T: Deserialize<'de>> Accept<'de> for Objects<T> {
    type Value = Option<Vec<T>>;

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Vec<T>>, A::Error> {
        let (mut objects, mut is_empty) = (Vec::new(), true);
        while let Some(Element(object)) = list.next_element()? {
            objects.extend(object);
            is_empty = false;
            if objects.len() == MOST {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
        }
        Ok((is_empty || !objects.is_empty()).then_some(objects))
    }

    fn checked<E: Error>(objects: Option<Vec<T>>) -> Result<Option<Vec<T>>, E> {
        objects.map(Some).ok_or_else(|| E::custom("invalid value"))
    }
}

/// An element of a list: an object, or `None` for anything else.
pub(crate) struct Element<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything(deserializer, Object::<T, false>(PhantomData)).map(Self)
    }
}
