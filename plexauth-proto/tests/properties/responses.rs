//! However an answer is written, it is read the same; and whatever is missing, what is there is read.

use http::header::HeaderName;
use http::{HeaderValue, Response};
use plexauth_proto::strategies::{bodies, garbage, refusal, success, written};
use plexauth_proto::{
    CheckPin, CreatePin, ErrorKind, GetHomeUsers, GetResources, GetSourceConnectionInformation,
    GetTransientToken, GetUserDetails, Operation, SignIn, Source,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::config;

fn read<O: Operation>(operation: &O, body: impl AsRef<[u8]>) -> O::Output {
    operation.parse(&Response::new(body)).unwrap_or_else(|error| panic!("{error}"))
}

fn sources() -> GetSourceConnectionInformation {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    GetSourceConnectionInformation::new(server, "token", Source::server("9f0b").unwrap())
}

fn transient() -> GetTransientToken {
    let server: plexauth_proto::BaseUrl = "http://localhost:32400".parse().unwrap();
    GetTransientToken::new(server, "token")
}

/// A value, and two ways to write it.
fn twice(value: impl Strategy<Value = Value>) -> impl Strategy<Value = (String, String)> {
    value.prop_flat_map(|value| (written(Just(value.clone())), written(Just(value))))
}

/// Every field of an account but the two that are certain.
fn without_some(account: Value) -> impl Strategy<Value = Value> {
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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_account_is_the_same_however_it_is_written((one, other) in twice(bodies::account())) {
        prop_assert_eq!(read(&GetUserDetails::new("t"), one), read(&GetUserDetails::new("t"), other));
    }

    #[test]
    fn a_sign_in_is_the_same_however_it_is_written((one, other) in twice(bodies::signed_in())) {
        let sign_in = SignIn::new("me", "correct horse");
        prop_assert_eq!(read(&sign_in, one), read(&sign_in, other));
    }

    #[test]
    fn pins_are_the_same_however_they_are_written((one, other) in twice(bodies::pin()), (first, second) in twice(bodies::pin_status())) {
        prop_assert_eq!(read(&CreatePin::strong(), one), read(&CreatePin::strong(), other));
        prop_assert_eq!(read(&CheckPin::new(7), first), read(&CheckPin::new(7), second));
    }

    #[test]
    fn resources_are_the_same_however_they_are_written((one, other) in twice(bodies::resources())) {
        prop_assert_eq!(read(&GetResources::new("t"), one), read(&GetResources::new("t"), other));
    }

    #[test]
    fn homes_are_the_same_however_they_are_written((one, other) in twice(bodies::home())) {
        prop_assert_eq!(read(&GetHomeUsers::new("t"), one), read(&GetHomeUsers::new("t"), other));
    }

    #[test]
    fn transient_tokens_are_the_same_however_they_are_written((one, other) in twice(bodies::transient_token())) {
        prop_assert_eq!(read(&transient(), one), read(&transient(), other));
    }

    #[test]
    fn what_an_account_says_is_what_is_read(body in bodies::account()) {
        let account = read(&GetUserDetails::new("t"), body.to_string());
        let said = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let flag = |value: &Value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_u64() == Some(1)),
            Value::String(text) => Some(text == "1" || text == "true"),
            _ => None,
        };
        prop_assert_eq!(Some(account.id), number(&body["id"]));
        prop_assert_eq!(Some(account.uuid.as_str()), said("uuid"));
        prop_assert_eq!(account.username.as_deref(), said("username"));
        prop_assert_eq!(account.friendly_name.as_deref(), said("friendlyName"));
        prop_assert_eq!(account.auth_token.as_ref().map(|token| token.expose()), said("authToken"));
        prop_assert_eq!(account.restricted, flag(&body["restricted"]));
        prop_assert_eq!(account.home_size.map(u64::from), number(&body["homeSize"]));
        let features = body["subscription"]["features"].as_array().cloned().unwrap_or_default();
        let read: Vec<&str> = account.subscription.iter().flat_map(|subscription| subscription.features.iter()).collect();
        prop_assert_eq!(read, features.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        prop_assert_eq!(account.services.len(), body["services"].as_array().map_or(0, Vec::len));
    }

    #[test]
    fn any_optional_field_of_an_account_may_be_missing((whole, part) in bodies::account().prop_flat_map(|account| (Just(account.clone()), without_some(account)))) {
        let (whole, part) = (read(&GetUserDetails::new("t"), whole.to_string()), read(&GetUserDetails::new("t"), part.to_string()));
        prop_assert_eq!((whole.id, whole.uuid), (part.id, part.uuid));
    }

    #[test]
    fn a_device_is_the_same_alone_and_in_a_list(device in bodies::device()) {
        let alone = json!({ "MediaContainer": { "Device": device } });
        let listed = json!({ "MediaContainer": { "Device": [device] } });
        let devices = read(&sources(), alone.to_string());
        prop_assert_eq!(devices.len(), 1);
        prop_assert_eq!(devices, read(&sources(), listed.to_string()));
    }

    #[test]
    fn a_device_is_there_in_any_writing(body in written(bodies::container("Device", bodies::device()))) {
        prop_assert_eq!(read(&sources(), body).len(), 1);
    }

    /// Names of headers are of any case on the wire; in memory `http` has made them small.
    #[test]
    fn headers_may_come_in_any_order_and_case(response in prop_oneof![refusal(), success(bodies::account()), garbage()], order in any::<u64>()) {
        let mut headers: Vec<(HeaderName, HeaderValue)> = response.headers().clone().into_iter().filter_map(|(name, value)| Some((name?, value))).collect();
        headers.sort_by_key(|(name, _)| name.as_str().len() as u64 ^ order);
        let mut other = Response::new(response.body().clone());
        *other.status_mut() = response.status();
        for (name, value) in headers {
            let shouted = HeaderName::from_bytes(name.as_str().to_ascii_uppercase().as_bytes()).unwrap();
            other.headers_mut().append(shouted, value);
        }
        let operation = GetUserDetails::new("t");
        prop_assert_eq!(operation.parse(&response), operation.parse(&other));
    }

    #[test]
    fn a_refusal_is_an_error_that_can_be_acted_on(response in refusal()) {
        let error = GetUserDetails::new("t").parse(&response).unwrap_err();
        prop_assert_eq!(error.status(), response.status());
        prop_assert!(!matches!(error.kind(), ErrorKind::NotJson | ErrorKind::NotUnderstood | ErrorKind::Redirected));
        prop_assert_eq!(error.is_token_invalid(), error.kind() == ErrorKind::TokenInvalid);
        prop_assert!(!error.is_token_invalid() || error.status() == 401);
        prop_assert!(error.to_string().chars().count() < 500);
    }

    #[test]
    fn nothing_makes_it_panic_or_quote_what_was_sent(response in garbage()) {
        for secret in ["hushhush", "e", "\u{fffd}"] {
            if let Err(error) = SignIn::new("me", secret).parse(&response) {
                prop_assert!(error.message().is_none_or(|message| !message.contains(secret)));
            }
        }
    }
}
