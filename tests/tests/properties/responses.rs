//! Equivalent encodings of a response parse to the same value, and missing fields do not affect the others.

use http::header::HeaderName;
use http::{HeaderValue, Response};
use plexauth_proto::{
    CheckPin, CreatePin, ErrorKind, GetDevices, GetHomeUsers, GetResources, GetSourceConnectionInformation,
    GetTransientToken, GetUserDetails, Operation, SignIn, Source,
};
use plexauth_testing::strategies::{bodies, garbage, refusal, success, written};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::catalogue::{Inputs, Visitor, visit_all};
use crate::config;

fn read<O: Operation>(operation: &O, body: impl AsRef<[u8]>) -> O::Output {
    operation.parse(&Response::new(body)).unwrap_or_else(|error| panic!("{error}"))
}

/// Parses a response as every operation, and collects what the results show.
struct ParseAll<'a>(&'a Response<Vec<u8>>, String);

impl Visitor for ParseAll<'_> {
    fn visit<O>(&mut self, operation: O, _: &[&str])
    where
        O: Operation + std::fmt::Debug,
        O::Output: std::fmt::Debug,
    {
        self.1 += &format!("{operation:?} {:?}\n", operation.parse(self.0));
    }
}

fn sources() -> GetSourceConnectionInformation {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    GetSourceConnectionInformation::new(server, "token", Source::server("9f0b").unwrap())
}

fn transient() -> GetTransientToken {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    GetTransientToken::new(server, "token")
}

/// Two random encodings of the same value.
fn two_encodings(value: impl Strategy<Value = Value>) -> impl Strategy<Value = (String, String)> {
    value.prop_flat_map(|value| (written(Just(value.clone())), written(Just(value))))
}

/// An account without a random subset of its optional fields.
fn without_some_fields(account: Value) -> impl Strategy<Value = Value> {
    let fields: Vec<String> = account
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| !["id", "uuid"].contains(&name.as_str()))
        .cloned()
        .collect();
    let count = fields.len();
    proptest::sample::subsequence(fields, 0..=count).prop_map(move |dropped| {
        let mut account = account.clone();
        for name in dropped {
            account.as_object_mut().unwrap().remove(&name);
        }
        account
    })
}

/// The JSON pointers of all objects in a value.
fn objects(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                objects(value, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), all);
            }
            all.push(at);
        }
        Value::Array(elements) => {
            for (place, value) in elements.iter().enumerate() {
                objects(value, format!("{at}/{place}"), all);
            }
        }
        _ => {}
    }
}

/// Replaces each object in a body by the list of its scalars, which must read as `null` does. With objects in it, it would be
/// a legitimate list of devices.
fn arrays_count_as_null<O>(operation: &O, body: &Value)
where
    O: Operation,
    O::Output: std::fmt::Debug + PartialEq,
{
    let mut all = Vec::new();
    objects(body, String::new(), &mut all);
    for at in all {
        // A bare list is a Home.
        if at.is_empty() && operation.name() == "GetHomeUsers" {
            continue;
        }
        let parse = |replacement: &dyn Fn(&Value) -> Value| {
            let mut body = body.clone();
            let place = body.pointer_mut(&at).unwrap();
            *place = replacement(place);
            operation.parse(&Response::new(body.to_string())).ok()
        };
        let scalar =
            |value: &Value| if value.is_object() || value.is_array() { Value::Null } else { value.clone() };
        let array = parse(&|object| object.as_object().unwrap().values().map(scalar).collect());
        assert_eq!(array, parse(&|_| Value::Null), "{} at {at:?} of {body}", operation.name());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn account_is_independent_of_encoding((one, other) in two_encodings(bodies::account())) {
        prop_assert_eq!(read(&GetUserDetails::new("t"), one), read(&GetUserDetails::new("t"), other));
    }

    #[test]
    fn sign_in_is_independent_of_encoding((one, other) in two_encodings(bodies::signed_in())) {
        let sign_in = SignIn::new("me", "correct horse");
        prop_assert_eq!(read(&sign_in, one), read(&sign_in, other));
    }

    #[test]
    fn pins_are_independent_of_encoding((one, other) in two_encodings(bodies::pin()), (first, second) in two_encodings(bodies::pin_status())) {
        prop_assert_eq!(read(&CreatePin::strong(), one), read(&CreatePin::strong(), other));
        prop_assert_eq!(read(&CheckPin::new(7), first), read(&CheckPin::new(7), second));
    }

    #[test]
    fn resources_are_independent_of_encoding((one, other) in two_encodings(bodies::resources())) {
        prop_assert_eq!(read(&GetResources::new("t"), one), read(&GetResources::new("t"), other));
    }

    #[test]
    fn homes_are_independent_of_encoding((one, other) in two_encodings(bodies::home())) {
        prop_assert_eq!(read(&GetHomeUsers::new("t"), one), read(&GetHomeUsers::new("t"), other));
    }

    #[test]
    fn devices_are_independent_of_encoding((one, other) in two_encodings(bodies::devices())) {
        prop_assert_eq!(read(&GetDevices::new("t"), one), read(&GetDevices::new("t"), other));
    }

    /// Serde's derived structs would read an array of their fields.
    #[test]
    fn arrays_are_never_objects(
        account in bodies::signed_in(), pin in bodies::pin(), status in bodies::pin_status(), home in bodies::home(),
        resources in bodies::resources(), devices in bodies::devices(), device in bodies::container("Device", bodies::device()),
        token in bodies::transient_token(),
    ) {
        arrays_count_as_null(&GetUserDetails::new("t"), &account);
        arrays_count_as_null(&SignIn::new("me", "p"), &account);
        arrays_count_as_null(&CreatePin::short(), &pin);
        arrays_count_as_null(&CheckPin::new(7), &status);
        arrays_count_as_null(&GetHomeUsers::new("t"), &home);
        arrays_count_as_null(&GetResources::new("t"), &resources);
        arrays_count_as_null(&GetDevices::new("t"), &devices);
        arrays_count_as_null(&sources(), &device);
        arrays_count_as_null(&transient(), &token);
    }

    #[test]
    fn transient_tokens_are_independent_of_encoding((one, other) in two_encodings(bodies::transient_token())) {
        prop_assert_eq!(read(&transient(), one), read(&transient(), other));
    }

    #[test]
    fn account_fields_are_parsed(body in bodies::account()) {
        let account = read(&GetUserDetails::new("t"), body.to_string());
        let text = |name: &str| body[name].as_str().filter(|value| !value.is_empty());
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let flag = |value: &Value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_u64() == Some(1)),
            Value::String(text) => Some(text == "1" || text == "true"),
            _ => None,
        };
        prop_assert_eq!(Some(account.id), number(&body["id"]));
        prop_assert_eq!(Some(account.uuid.as_str()), text("uuid"));
        prop_assert_eq!(account.username.as_deref(), text("username"));
        prop_assert_eq!(account.friendly_name.as_deref(), text("friendlyName"));
        prop_assert_eq!(account.auth_token.as_ref().map(|token| token.expose()), text("authToken"));
        prop_assert_eq!(account.restricted, flag(&body["restricted"]));
        prop_assert_eq!(account.home_size.map(u64::from), number(&body["homeSize"]));
        let features = body["subscription"]["features"].as_array().cloned().unwrap_or_default();
        let read: Vec<&str> = account.subscription.iter().flat_map(|subscription| subscription.features.iter()).collect();
        prop_assert_eq!(read, features.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        prop_assert_eq!(account.services.len(), body["services"].as_array().map_or(0, Vec::len));
    }

    #[test]
    fn optional_account_fields_may_be_missing((whole, part) in bodies::account().prop_flat_map(|account| (Just(account.clone()), without_some_fields(account)))) {
        let (whole, part) = (read(&GetUserDetails::new("t"), whole.to_string()), read(&GetUserDetails::new("t"), part.to_string()));
        prop_assert_eq!((whole.id, whole.uuid), (part.id, part.uuid));
    }

    #[test]
    fn single_device_equals_a_list_of_one(device in bodies::device()) {
        let alone = json!({ "MediaContainer": { "Device": device } });
        let listed = json!({ "MediaContainer": { "Device": [device] } });
        let devices = read(&sources(), alone.to_string());
        prop_assert_eq!(devices.len(), 1);
        prop_assert_eq!(devices, read(&sources(), listed.to_string()));
    }

    #[test]
    fn device_is_found_in_any_encoding(body in written(bodies::container("Device", bodies::device()))) {
        prop_assert_eq!(read(&sources(), body).len(), 1);
    }

    /// Header names are case-insensitive: `http` converts them to lower case.
    #[test]
    fn headers_may_have_any_order_and_case(response in prop_oneof![refusal(), success(bodies::account()), garbage()], order in any::<u64>()) {
        let mut headers: Vec<(HeaderName, HeaderValue)> = response.headers().clone().into_iter().filter_map(|(name, value)| Some((name?, value))).collect();
        headers.sort_by_key(|(name, _)| name.as_str().len() as u64 ^ order);
        let mut other = Response::new(response.body().clone());
        *other.status_mut() = response.status();
        for (name, value) in headers {
            let upper_case = HeaderName::from_bytes(name.as_str().to_ascii_uppercase().as_bytes()).unwrap();
            other.headers_mut().append(upper_case, value);
        }
        let operation = GetUserDetails::new("t");
        prop_assert_eq!(operation.parse(&response), operation.parse(&other));
    }

    #[test]
    fn error_response_has_a_specific_error_kind(response in refusal()) {
        let error = GetUserDetails::new("t").parse(&response).unwrap_err();
        prop_assert_eq!(error.status(), response.status());
        prop_assert!(!matches!(error.kind(), ErrorKind::NotJson | ErrorKind::NotUnderstood | ErrorKind::Redirected));
        prop_assert_eq!(error.is_token_invalid(), error.kind() == ErrorKind::TokenInvalid);
        prop_assert!(!error.is_token_invalid() || error.status() == 401);
        prop_assert!(error.to_string().chars().count() < 500);
    }

    #[test]
    fn no_operation_panics_or_leaks_a_secret(response in prop_oneof![refusal(), garbage(), success(bodies::account())]) {
        let server = "http://localhost:32400".parse().unwrap();
        let inputs = Inputs {
            server: &server,
            token: "s3cret-token",
            password: "s3cret-password",
            code: "s3cret-code",
            home_pin: "9876",
            key: *b"s3cret bytes of a device's key!!",
        };
        let mut all = ParseAll(&response, String::new());
        visit_all(&mut all, &plexauth_proto::ClientInfo::new("id-1", "App").unwrap(), &inputs);
        prop_assert!(!all.1.contains("s3cret"), "{}", all.1);
    }

    #[test]
    fn garbage_neither_panics_nor_leaks_secrets(response in garbage()) {
        for secret in ["hushhush", "e", "\u{fffd}"] {
            if let Err(error) = SignIn::new("me", secret).parse(&response) {
                prop_assert!(error.message().is_none_or(|message| !message.contains(secret)));
            }
        }
    }
}

/// Stores a model as JSON, and reads it again.
fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let json = serde_json::to_string(value).unwrap();
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

proptest! {
    #![proptest_config(config())]

    /// Stored models are the same, but for the tokens.
    #[test]
    fn models_round_trip_without_tokens(
        account in written(bodies::account()),
        resources in written(bodies::resources()),
        home in written(bodies::home()),
        devices in written(bodies::devices()),
        source in written(bodies::container("Device", bodies::device().prop_map(|device| json!([device])))),
    ) {
        let mut account = read(&GetUserDetails::new("t"), account);
        let read_again = stored(&account);
        account.auth_token = None;
        for service in &mut account.services {
            (service.token, service.secret) = (None, None);
        }
        prop_assert_eq!(read_again, account);
        for mut resource in read(&GetResources::new("t"), resources) {
            let read_again = stored(&resource);
            resource.access_token = None;
            prop_assert_eq!(read_again, resource);
        }
        let home = read(&GetHomeUsers::new("t"), home);
        prop_assert_eq!(stored(&home), home);
        for mut device in read(&GetDevices::new("t"), devices) {
            let read_again = stored(&device);
            device.token = None;
            prop_assert_eq!(read_again, device);
        }
        for mut device in read(&sources(), source) {
            let read_again = stored(&device);
            device.access_token = None;
            prop_assert_eq!(read_again, device);
        }
    }
}
