//! Fields of models, read one by one from a [`Value`]. It knows each field's kind and nothing else.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::date::{from_plex, time};

/// The kind of a field.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Text,
    Flag,
    FlagIfAny,
    Number(u64),
    Date,
}

/// The value as the model writes it.
pub fn read(kind: Kind, value: &Value) -> Value {
    match kind {
        Kind::Text => match (value, integer(value)) {
            (Value::String(text), _) if !text.is_empty() => json!(text),
            (_, Some(number)) => json!(number.to_string()),
            _ => Value::Null,
        },
        Kind::Flag => json!(flag(value).unwrap_or(false)),
        Kind::FlagIfAny => json!(flag(value)),
        Kind::Number(most) => json!(natural(value).filter(|number| *number <= most)),
        Kind::Date => json!(date(value)),
    }
}

/// A number without a fraction, however it is written.
fn integer(value: &Value) -> Option<i128> {
    let whole =
        |number: f64| (number.fract() == 0.0 && number.abs() <= 2_f64.powi(53)).then_some(number as i128);
    let Value::Number(number) = value else { return None };
    number.as_u64().map(i128::from).or(number.as_i64().map(i128::from)).or(number.as_f64().and_then(whole))
}

fn natural(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        _ => integer(value)?.try_into().ok(),
    }
}

fn flag(value: &Value) -> Option<bool> {
    match (value, integer(value)) {
        (Value::Bool(flag), _) => Some(*flag),
        (_, Some(0)) => Some(false),
        (_, Some(1)) => Some(true),
        (Value::String(text), _) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A date, in seconds and in the usual form if it has one.
fn date(value: &Value) -> Option<Value> {
    if let Some(seconds) = natural(value) {
        let date = i64::try_from(seconds).ok().map(|_| time(seconds))?;
        return Some(Timestamp::try_from(date).map_or(json!(seconds), |date| json!(date.to_string())));
    }
    let Value::String(text) = value else { return None };
    let text = text.trim();
    // Plex writes neither times without seconds nor the form without separators, such as `20210412T182112`.
    let has_separators =
        matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _, _, _, _, b':', _, _, b':', ..]);
    let date = from_plex(text).filter(|date| has_separators && *date >= Timestamp::UNIX_EPOCH)?;
    Some(json!(date.to_string()))
}
