//! The bodies of Plex's responses, as JSON values. Optional fields are present, null or absent.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{base_url, text};

/// An account, as returned by `GET /user`. Only `id` and `uuid` are always present.
pub fn account() -> impl Strategy<Value = Value> {
    object(account_fields(maybe(secret())))
}

/// An account with a token, as returned by a sign-in or a switch to a Home user.
pub fn signed_in() -> impl Strategy<Value = Value> {
    object(account_fields(always(secret())))
}

fn account_fields(auth_token: Field) -> Vec<(&'static str, Field)> {
    vec![
        ("id", always(number(0..u64::MAX))),
        ("uuid", always(string(text()))),
        ("authToken", auth_token),
        ("username", maybe(string("[a-z0-9]{0,12}"))),
        ("title", maybe(string(text()))),
        ("email", maybe(string("[a-z]{1,8}@[a-z]{1,8}\\.example|"))),
        ("friendlyName", maybe(string(text()))),
        ("locale", maybe(string("[a-z]{2}"))),
        ("country", maybe(string("[A-Z]{2}"))),
        ("confirmed", maybe(flag())),
        ("emailOnlyAuth", maybe(flag())),
        ("hasPassword", maybe(flag())),
        ("protected", maybe(flag())),
        ("restricted", maybe(flag())),
        ("anonymous", maybe(flag())),
        ("home", maybe(flag())),
        ("guest", maybe(flag())),
        ("homeAdmin", maybe(flag())),
        ("homeSize", maybe(number(0..20))),
        ("maxHomeSize", maybe(number(0..20))),
        ("thumb", maybe(string("https://plex\\.tv/users/[0-9a-f]{16}/avatar"))),
        ("mailingListStatus", maybe(word(&["active", "unsubscribed", "removed"]))),
        ("mailingListActive", maybe(flag())),
        ("scrobbleTypes", maybe(string("([a-z]{1,8}(,[a-z]{1,8}){0,3})?"))),
        ("subscription", maybe(subscription())),
        ("subscriptionDescription", maybe(string(text()))),
        ("rememberExpiresAt", maybe(moment())),
        ("profile", maybe(profile())),
        ("entitlements", maybe(words())),
        ("roles", maybe(words())),
        ("services", maybe(list(service()))),
        ("adsConsent", maybe(flag())),
        ("adsConsentSetAt", maybe(moment())),
        ("adsConsentReminderAt", maybe(moment())),
        ("experimentalFeatures", maybe(flag())),
        ("twoFactorEnabled", maybe(flag())),
        ("backupCodesCreated", maybe(flag())),
        ("joinedAt", maybe(moment())),
        ("attributionPartner", maybe(string(text()))),
        ("restrictionProfile", maybe(word(&["little_kid", "older_kid", "teen"]))),
        (
            "pastSubscriptions",
            maybe(list(object(vec![("renewsAt", maybe(moment())), ("endsAt", maybe(moment()))]))),
        ),
    ]
}

fn subscription() -> impl Strategy<Value = Value> {
    object(vec![
        ("active", maybe(flag())),
        ("subscribedAt", maybe(date())),
        ("status", maybe(word(&["Active", "Inactive"]))),
        ("paymentService", maybe(string(text()))),
        ("plan", maybe(string("lifetime|monthly|yearly"))),
        ("features", maybe(words())),
    ])
}

fn profile() -> impl Strategy<Value = Value> {
    object(vec![
        ("autoSelectAudio", maybe(flag())),
        ("defaultAudioLanguage", maybe(string("[a-z]{2}"))),
        ("defaultAudioLanguages", maybe(string("[a-z]{2}(,[a-z]{2}){0,3}"))),
        ("defaultSubtitleLanguage", maybe(string("[a-z]{2}"))),
        ("autoSelectSubtitle", maybe(number(0..3))),
        ("defaultSubtitleAccessibility", maybe(number(0..4))),
        ("defaultSubtitleForced", maybe(number(0..4))),
        ("watchedIndicator", maybe(number(0..4))),
        ("mediaReviewsVisibility", maybe(number(0..4))),
        ("mediaReviewsLanguages", maybe(string("[a-z]{2}(,[a-z]{2}){0,3}"))),
        ("mediaPostsVisibility", maybe(number(0..4))),
        ("defaultAudioAccessibility", maybe(number(0..4))),
    ])
}

fn service() -> impl Strategy<Value = Value> {
    object(vec![
        ("identifier", maybe(string("[a-z]{1,8}"))),
        ("endpoint", maybe(string("https://[a-z]{1,8}\\.example"))),
        ("token", maybe(secret())),
        ("secret", maybe(secret())),
        ("status", maybe(word(&["online", "offline"]))),
    ])
}

/// A PIN, as returned by `POST /pins`.
pub fn pin() -> impl Strategy<Value = Value> {
    object(pin_fields(Just(Some(Value::Null)).boxed()))
}

/// A PIN, as returned by `GET /pins/ID`: with a token if it has been approved.
pub fn pin_status() -> impl Strategy<Value = Value> {
    object(pin_fields(maybe(secret())))
}

fn pin_fields(auth_token: Field) -> Vec<(&'static str, Field)> {
    let location = object(vec![
        ("code", maybe(string("[A-Z]{2}"))),
        ("country", maybe(string(text()))),
        ("city", maybe(string(text()))),
        ("postal_code", maybe(prop_oneof![string("[A-Z0-9 ]{3,8}"), number(0..99_999)])),
        ("in_privacy_restricted_country", maybe(flag())),
    ]);
    vec![
        ("id", always(number(0..u64::MAX))),
        ("code", always(string("[A-Z0-9]{4}|[a-z0-9]{25}"))),
        ("product", maybe(string(text()))),
        ("trusted", maybe(flag())),
        ("qr", maybe(string("https://plex\\.tv/api/v2/pins/qr/[A-Z0-9]{4}"))),
        ("clientIdentifier", maybe(string(text()))),
        ("location", maybe(location)),
        ("expiresIn", maybe(number(0..1801))),
        ("createdAt", maybe(date())),
        ("expiresAt", maybe(date())),
        ("authToken", auth_token),
        ("newRegistration", maybe(flag())),
    ]
}

/// The servers and other devices of an account, as returned by `GET /resources`.
pub fn resources() -> impl Strategy<Value = Value> {
    list(resource())
}

fn resource() -> impl Strategy<Value = Value> {
    object(vec![
        ("name", maybe(string(text()))),
        ("product", maybe(string("Plex Media Server|Plex Web"))),
        ("productVersion", maybe(string("[0-9]\\.[0-9]{1,3}"))),
        ("platform", maybe(string("Linux|Windows"))),
        ("clientIdentifier", always(string("[0-9a-f]{40}"))),
        ("createdAt", maybe(date())),
        ("lastSeenAt", maybe(date())),
        ("provides", maybe(string("server|client,player|server,sync-target"))),
        ("ownerId", maybe(number(0..u64::MAX))),
        ("sourceTitle", maybe(string(text()))),
        ("publicAddress", maybe(string("203\\.0\\.113\\.[0-9]"))),
        ("accessToken", maybe(secret())),
        ("owned", maybe(flag())),
        ("home", maybe(flag())),
        ("synced", maybe(flag())),
        ("relay", maybe(flag())),
        ("presence", maybe(flag())),
        ("httpsRequired", maybe(flag())),
        ("publicAddressMatches", maybe(flag())),
        ("dnsRebindingProtection", maybe(flag())),
        ("natLoopbackSupported", maybe(flag())),
        ("connections", maybe(list(connection()))),
    ])
}

fn connection() -> impl Strategy<Value = Value> {
    object(vec![
        ("protocol", maybe(string("https?"))),
        ("address", maybe(string("192\\.168\\.0\\.[0-9]{1,2}"))),
        ("port", maybe(number(1..65_536))),
        ("uri", maybe(base_url().prop_map(|base| base.to_string().into()))),
        ("local", maybe(flag())),
        ("relay", maybe(flag())),
        ("IPv6", maybe(flag())),
    ])
}

/// A Plex Home with its users, as returned by `GET /home/users`.
pub fn home() -> impl Strategy<Value = Value> {
    let user = object(vec![
        ("id", maybe(number(0..u64::MAX))),
        ("uuid", maybe(string("[0-9a-f]{16}"))),
        ("title", maybe(string(text()))),
        ("friendlyName", maybe(string(text()))),
        ("username", maybe(string("[a-z0-9]{0,12}"))),
        ("email", maybe(string("[a-z]{1,8}@[a-z]{1,8}\\.example|"))),
        ("thumb", maybe(string("https://plex\\.tv/users/[0-9a-f]{16}/avatar"))),
        ("updatedAt", maybe(moment())),
        ("hasPassword", maybe(flag())),
        ("restricted", maybe(flag())),
        ("restrictionProfile", maybe(word(&["little_kid", "older_kid", "teen"]))),
        ("admin", maybe(flag())),
        ("guest", maybe(flag())),
        ("protected", maybe(flag())),
    ]);
    object(vec![
        ("id", maybe(number(0..u64::MAX))),
        ("name", maybe(string(text()))),
        ("guestUserID", maybe(number(0..u64::MAX))),
        ("guestUserUUID", maybe(string("[0-9a-f]{16}"))),
        ("guestEnabled", maybe(flag())),
        ("subscription", maybe(flag())),
        ("users", always(list(user))),
    ])
}

/// The list of the devices that may use an account.
pub fn devices() -> impl Strategy<Value = Value> {
    list(object(vec![
        ("id", maybe(number(0..u64::MAX))),
        ("name", maybe(string(text()))),
        ("product", maybe(string(text()))),
        ("clientIdentifier", maybe(string("[0-9a-f]{40}"))),
        ("token", maybe(secret())),
        ("provides", maybe(string("(server|player|client)?"))),
        ("publicAddress", maybe(string("203\\.0\\.113\\.[0-9]{1,2}"))),
        ("createdAt", maybe(moment())),
        ("lastSeenAt", maybe(moment())),
        ("connections", maybe(list(connection()))),
    ]))
}

/// A device, as described by a Media Server. A [`container`] may hold it directly or in a list.
pub fn device() -> impl Strategy<Value = Value> {
    object(vec![
        ("name", maybe(string(text()))),
        ("clientIdentifier", maybe(string("[0-9a-f]{40}"))),
        ("accessToken", maybe(secret())),
        ("Connection", maybe(prop_oneof![list(connection()), connection()])),
    ])
}

/// Wraps a value in a `MediaContainer`, like the responses of Media Servers.
pub fn container(name: &'static str, value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    value.prop_map(move |value| json!({ "MediaContainer": { "size": 1, name: value } }))
}

/// A transient token, as returned by a Media Server.
pub fn transient_token() -> impl Strategy<Value = Value> {
    container("token", string("transient-[0-9a-f]{8}"))
}

/// The body of an error response, in all known forms: JSON with and without a code, XML, the HTML of a Media Server and of a
/// proxy, or empty.
pub fn refusal() -> impl Strategy<Value = String> {
    let code = prop_oneof![
        prop::sample::select(vec![
            1000_u32, 1001, 1003, 1009, 1020, 1028, 1029, 1030, 1031, 1041, 1069, 1097
        ]),
        1000..1100_u32,
    ];
    (code, "[A-Za-z ,.]{1,40}").prop_flat_map(|(code, words)| {
        prop::sample::select(vec![
            json!({ "errors": [{ "code": code, "message": words, "status": 400 }] }).to_string(),
            json!({ "errors": [{ "code": code, "message": words }, { "code": 1004 }] }).to_string(),
            json!({ "error": words }).to_string(),
            json!({ "status": 404, "error": words }).to_string(),
            format!("<?xml version=\"1.0\"?><errors><error code=\"{code}\" message=\"{words}\" status=\"401\"/></errors>"),
            format!("<errors><error>{words}</error></errors>"),
            format!("<Response code=\"{code}\" status=\"{words}\"/>"),
            json!({ "Error": { "code": code, "message": words } }).to_string(),
            format!("<Error statusCode=\"404\" error=\"Not Found\" message=\"{words}\"/>"),
            "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>".to_owned(),
            format!("<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"),
            String::new(),
        ])
    })
}

/// A field of an object: `None` if it is absent.
type Field = BoxedStrategy<Option<Value>>;

fn always(value: impl Strategy<Value = Value> + 'static) -> Field {
    value.prop_map(Some).boxed()
}

fn maybe(value: impl Strategy<Value = Value> + 'static) -> Field {
    prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 3 => value.prop_map(Some)].boxed()
}

fn object(fields: Vec<(&'static str, Field)>) -> impl Strategy<Value = Value> {
    let (names, values): (Vec<&str>, Vec<Field>) = fields.into_iter().unzip();
    values.prop_map(move |values| {
        let fields = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        Value::Object(fields.collect::<Map<String, Value>>())
    })
}

fn list(item: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    vec(item, 0..4).prop_map(Value::Array)
}

fn string(text: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Value> {
    text.prop_map(Value::String).boxed()
}

fn secret() -> impl Strategy<Value = Value> {
    string("[A-Za-z0-9_-]{1,40}")
}

fn words() -> impl Strategy<Value = Value> {
    list(string("[a-z_-]{1,12}"))
}

/// One of the known words, or an unknown one.
fn word(known: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![4 => prop::sample::select(known).prop_map(str::to_owned), 1 => "[a-z]{1,8}"]
        .prop_map(Value::String)
}

/// A boolean, in every form that Plex uses.
fn flag() -> impl Strategy<Value = Value> {
    let forms = [
        json!(true),
        json!(1),
        json!("1"),
        json!("true"),
        json!(false),
        json!(0),
        json!("0"),
        json!("false"),
    ];
    prop::sample::select(forms.to_vec())
}

/// A number, as a JSON number or as a string.
fn number(range: std::ops::Range<u64>) -> BoxedStrategy<Value> {
    prop_oneof![range.clone().prop_map(Value::from), range.prop_map(|number| number.to_string().into())]
        .boxed()
}

/// Unix seconds.
fn moment() -> impl Strategy<Value = Value> {
    number(0..4_000_000_000)
}

/// A date, in either of the formats that Plex uses.
fn date() -> impl Strategy<Value = Value> {
    (2000..2100_u32, 1..13_u32, 1..29_u32, 0..24_u32, 0..60_u32, 0..60_u32, any::<bool>()).prop_map(
        |(year, month, day, hour, minute, second, iso)| {
            let (day, time) =
                (format!("{year}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"));
            if iso { format!("{day}T{time}Z") } else { format!("{day} {time} UTC") }.into()
        },
    )
}
