//! Models, compared with a naive reader of the same JSON.

use arbitrary::Arbitrary;
use jiff::Timestamp;
use plexauth_proto::model::{Account, AuthorizedDevice, HomeUser, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::oracles::date;
use crate::oracles::json::Kind::{self, Date, Flag, FlagIfAny, Number, Text};
use crate::oracles::json::read;
use crate::structured;

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
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Written<'a> {
    Known(u8),
    Text(&'a str),
    Integer(i64),
    IntegerAsText(i64),
    Float(f64),
    Date { seconds: u32, has_fraction: bool },
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(values) = structured::<[Written<'_>; 20]>(data) {
        let values = values.map(value);
        check::<Resource>(&values, RESOURCE);
        check::<AuthorizedDevice>(&values, DEVICE);
        check::<HomeUser>(&values, HOME_USER);
        check::<Account>(&values, ACCOUNT);
    }
}

fn value(written: Written<'_>) -> Value {
    match written {
        Written::Known(number) => {
            let known = known();
            known[usize::from(number) % known.len()].clone()
        }
        Written::Text(text) => json!(text),
        Written::Integer(number) => json!(number),
        Written::IntegerAsText(number) => json!(number.to_string()),
        Written::Float(number) => json!(number),
        Written::Date { seconds, has_fraction } => {
            let date = date::written(seconds.into(), date::PLEX[0]);
            json!(if has_fraction { date.replace('Z', ".25Z") } else { date })
        }
    }
}

fn known() -> Vec<Value> {
    vec![
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
    ]
}

fn check<T: DeserializeOwned + Serialize>(values: &[Value], fields: &[(&str, Kind)]) {
    let mut input = Map::from_iter([("id".to_owned(), json!(7)), ("uuid".to_owned(), json!("9f0b"))]);
    input.extend(fields.iter().zip(values).map(|((name, _), value)| ((*name).to_owned(), value.clone())));
    let input = Value::Object(input);
    let model: T = serde_json::from_value(input.clone()).expect("every field is optional");
    let output = serde_json::to_value(model).expect("valid JSON");
    for (name, kind) in fields {
        let mut found = output[*name].clone();
        if let (Date, Some(text)) = (kind, found.as_str()) {
            // With as many digits of the fraction as there are.
            found = json!(text.parse::<Timestamp>().expect("a date").to_string());
        }
        assert_eq!(found, read(*kind, &input[*name]), "{name} of {input}");
    }
}
