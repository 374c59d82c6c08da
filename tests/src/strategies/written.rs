//! [`written`]: random encodings of the same JSON value.

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::Value;

/// A JSON value as text, in a random encoding: keys in any order, white space anywhere, characters escaped or not, and
/// unknown fields in any object.
pub fn written(value: impl Strategy<Value = Value>) -> impl Strategy<Value = String> {
    value.prop_perturb(|value, mut rng| {
        let mut text = String::new();
        write(&value, &mut rng, &mut text);
        text
    })
}

fn write(value: &Value, rng: &mut TestRng, text: &mut String) {
    space(rng, text);
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields.clone().into_iter().collect();
            if rng.random_range(0..3) == 0 {
                fields.push((format!("new{}", rng.random_range(0..9)), unknown(rng)));
            }
            // Random sort keys shuffle the fields.
            let mut keyed: Vec<(u32, (String, Value))> =
                fields.into_iter().map(|field| (rng.random(), field)).collect();
            keyed.sort_by_key(|(key, _)| *key);
            separated(text, ('{', '}'), keyed, |(_, (name, value)), text| {
                space(rng, text);
                string(&name, rng, text);
                space(rng, text);
                text.push(':');
                write(&value, rng, text);
            });
        }
        Value::Array(items) => separated(text, ('[', ']'), items, |item, text| write(item, rng, text)),
        Value::String(value) => string(value, rng, text),
        other => text.push_str(&other.to_string()),
    }
    space(rng, text);
}

fn separated<T>(
    text: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) {
    text.push(open);
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}

/// Writes a string with `\u` escapes: where JSON requires them, and at random elsewhere.
fn string(value: &str, rng: &mut TestRng, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        if character < ' ' || matches!(character, '"' | '\\') || rng.random_range(0..20) == 0 {
            for unit in character.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(character);
        }
    }
    text.push('"');
}

fn space(rng: &mut TestRng, text: &mut String) {
    if rng.random_range(0..4) == 0 {
        text.push_str(match rng.random_range(0..3) {
            0 => " ",
            1 => "\t",
            _ => "\r\n  ",
        });
    }
}

/// The value of an unknown field.
fn unknown(rng: &mut TestRng) -> Value {
    match rng.random_range(0..6) {
        0 => Value::Null,
        1 => rng.random::<bool>().into(),
        2 => rng.random::<i64>().into(),
        3 => rng.random::<f64>().into(),
        4 => serde_json::json!(["a", { "b": [] }]),
        _ => "new".into(),
    }
}
