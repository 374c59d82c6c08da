//! Models, compared with a naive reader of the same JSON: it knows each field's kind and nothing else.

use plexauth_proto::model::{Account, AuthorizedDevice, HomeUser, Resource};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::config;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Flag,
    FlagIfAny,
    Number(u64),
    Date,
}

use Kind::{Date, Flag, FlagIfAny, Number, Text};

const RESOURCE: &[(&str, Kind)] = &[
    ("name", Text),
    ("product", Text),
    ("productVersion", Text),
    ("platform", Text),
    ("clientIdentifier", Text),
    ("createdAt", Date),
    ("lastSeenAt", Date),
    ("ownerId", Number(u64::MAX)),
    ("sourceTitle", Text),
    ("publicAddress", Text),
    ("owned", Flag),
    ("home", Flag),
    ("relay", Flag),
    ("presence", Flag),
    ("httpsRequired", Flag),
    ("publicAddressMatches", Flag),
    ("natLoopbackSupported", Flag),
];
const DEVICE: &[(&str, Kind)] = &[
    ("id", Number(u64::MAX)),
    ("name", Text),
    ("product", Text),
    ("version", Text),
    ("model", Text),
    ("vendor", Text),
    ("clientIdentifier", Text),
    ("screenDensity", Text),
    ("createdAt", Date),
    ("lastSeenAt", Date),
];
const HOME_USER: &[(&str, Kind)] = &[
    ("id", Number(u64::MAX)),
    ("uuid", Text),
    ("title", Text),
    ("friendlyName", Text),
    ("hasPassword", Flag),
    ("restricted", Flag),
    ("admin", Flag),
    ("protected", Flag),
    ("updatedAt", Date),
];
const ACCOUNT: &[(&str, Kind)] = &[
    ("username", Text),
    ("title", Text),
    ("email", Text),
    ("friendlyName", Text),
    ("confirmed", FlagIfAny),
    ("emailOnlyAuth", FlagIfAny),
    ("thumb", Text),
    ("country", Text),
    ("restricted", FlagIfAny),
    ("homeSize", Number(u32::MAX as u64)),
    ("homeAdmin", FlagIfAny),
    ("maxHomeSize", Number(u32::MAX as u64)),
    ("rememberExpiresAt", Date),
];

/// A value as some version of Plex might write it, or none might.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(false),
            json!(0),
            json!(1),
            json!(2),
            json!(-1),
            json!(1.0),
            json!(1.5),
            json!(1e3),
            json!(4_294_967_296_u64),
            json!(u64::MAX),
            json!(""),
            json!(" "),
            json!("0"),
            json!("1"),
            json!("true"),
            json!("False"),
            json!(" 1 "),
            json!("007"),
            json!("+7"),
            json!("x"),
            json!("2021-04-12T18:21:12Z"),
            json!("2021-04-12 18:21:12 UTC"),
            json!("2021-02-30T00:00:00Z"),
            json!("1969-12-31T23:59:59Z"),
            json!("1618251672"),
            json!([]),
            json!([1]),
            json!({}),
            json!({ "a": 1 }),
        ]),
        any::<u32>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number.to_string())),
        "\\PC{0,6}".prop_map(|text| json!(text)),
    ]
}

/// A number without a fraction, however it is written.
fn integer(value: &Value) -> Option<i128> {
    let whole =
        |number: f64| (number.fract() == 0.0 && number.abs() <= 2_f64.powi(53)).then_some(number as i128);
    let Value::Number(number) = value else { return None };
    number.as_u64().map(i128::from).or(number.as_i64().map(i128::from)).or(number.as_f64().and_then(whole))
}

/// The date of a day and a time, by counting the days of each year.
fn seconds_since_1970(text: &str) -> Option<u64> {
    let digits = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    let is_leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days_of = |month: u64, year: u64| match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(is_leap(year)),
        _ => 31,
    };
    if year < 1970
        || !(1..=12).contains(&month)
        || day == 0
        || day > days_of(month, year)
        || hour > 23
        || minute > 59
    {
        return None;
    }
    let years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let months: u64 = (1..month).map(|month| days_of(month, year)).sum();
    Some((years + months + day - 1) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// As the model writes it.
fn naive(kind: Kind, value: &Value) -> Value {
    let flag = || match (value, integer(value)) {
        (Value::Bool(flag), _) => Some(*flag),
        (_, Some(0)) => Some(false),
        (_, Some(1)) => Some(true),
        (Value::String(text), _) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    };
    match kind {
        Text => match (value, integer(value)) {
            (Value::String(text), _) if !text.is_empty() => json!(text),
            (_, Some(number)) => json!(number.to_string()),
            _ => Value::Null,
        },
        Flag => json!(flag().unwrap_or(false)),
        FlagIfAny => json!(flag()),
        Number(most) => {
            let number = match value {
                Value::String(text) => text.trim().parse::<u64>().ok(),
                _ => integer(value).and_then(|number| u64::try_from(number).ok()),
            };
            json!(number.filter(|number| *number <= most))
        }
        Date => {
            let seconds = match value {
                Value::String(text) => match text.trim().parse::<u64>() {
                    Ok(seconds) => Some(seconds),
                    Err(_) => seconds_since_1970(text.trim()).filter(|_| text.trim().len() >= 20),
                },
                _ => integer(value).and_then(|number| u64::try_from(number).ok()),
            };
            json!(seconds.filter(|seconds| i64::try_from(*seconds).is_ok()))
        }
    }
}

/// What the model writes, with dates in seconds.
fn written<T: DeserializeOwned + Serialize>(
    input: &Map<String, Value>,
    fields: &[(&str, Kind)],
) -> Map<String, Value> {
    let model: T = serde_json::from_value(Value::Object(input.clone())).unwrap();
    let Value::Object(mut output) = serde_json::to_value(model).unwrap() else { panic!("no object") };
    for (name, _) in fields.iter().filter(|(_, kind)| matches!(kind, Date)) {
        if let Some(seconds) = output[*name].as_str().and_then(seconds_since_1970) {
            output[*name] = json!(seconds);
        }
    }
    output
}

fn check<T: DeserializeOwned + Serialize>(
    values: &[Value],
    fields: &[(&str, Kind)],
) -> Result<(), TestCaseError> {
    let mut input = Map::from_iter([("id".to_owned(), json!(7)), ("uuid".to_owned(), json!("9f0b"))]);
    input.extend(fields.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value.clone())));
    let output = written::<T>(&input, fields);
    for (name, kind) in fields {
        prop_assert_eq!(
            &output[*name],
            &naive(*kind, &input[*name]),
            "{} of {}",
            name,
            Value::Object(input.clone())
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn models_read_what_a_naive_reader_reads(values in prop::collection::vec(value(), 20)) {
        check::<Resource>(&values, RESOURCE)?;
        check::<AuthorizedDevice>(&values, DEVICE)?;
        check::<HomeUser>(&values, HOME_USER)?;
        check::<Account>(&values, ACCOUNT)?;
    }
}
