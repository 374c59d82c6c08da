//! Structs from JSON objects only.
//!
//! A derived `Deserialize` also reads a struct from an array of its fields, so that `["Not Found"]` would be a token.

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Deserializes a text. If the value is a struct, only an object is accepted.
pub(super) fn from_str<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Objects(&mut json))?;
    json.end()?;
    Ok(value)
}

/// Deserializes a struct as a map, and anything else as usual.
struct Objects<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        id: u64,
    }

    #[test]
    fn struct_is_read_from_an_object_only() {
        assert_eq!(from_str::<Named>(r#" {"id":7} "#).unwrap(), Named { id: 7 });
        for json in ["[7]", "7", "null", r#"{"id":7}]"#] {
            from_str::<Named>(json).expect_err(json);
        }
    }

    #[test]
    fn newtype_of_a_struct_is_read_from_an_object_only() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Wrapped(Named);
        assert_eq!(from_str::<Wrapped>(r#"{"id":7}"#).unwrap(), Wrapped(Named { id: 7 }));
        from_str::<Wrapped>("[7]").unwrap_err();
    }

    #[test]
    fn other_types_are_read_as_usual() {
        assert_eq!(from_str::<Vec<u8>>("[1,2]").unwrap(), [1, 2]);
        assert_eq!(from_str::<Option<u8>>("null").unwrap(), None);
        assert_eq!(from_str::<(u8, String)>(r#"[1,"a"]"#).unwrap(), (1, "a".to_owned()));
        assert_eq!(from_str::<String>(r#""a""#).unwrap(), "a");
    }
}
