//! [proptest](https://docs.rs/proptest) strategies for the inputs of plexauth-proto and for Plex's responses.
//!
//! Use them to test the login of your application against every known form of response, and more: fields that are
//! absent, null or present, flags and numbers in every form, keys in any order, unknown fields anywhere, error
//! responses in JSON, XML and HTML, random bytes, and transport errors. The project's own property tests use them.
//!
//! ```
//! use plexauth_testing::strategies::{bodies, outcome, success};
//! use plexauth_proto::{GetUserDetails, Operation, TokenCheck};
//! use proptest::prelude::*;
//!
//! /// The code under test: decides whether to delete the stored token.
//! fn log_out(check: &TokenCheck) -> bool {
//!     matches!(check, TokenCheck::Invalid)
//! }
//!
//! # fn whole() {
//! proptest!(|(outcome in outcome(success(bodies::account())))| {
//!     let status = outcome.as_ref().ok().map(|response| response.status().as_u16());
//!     let result = match outcome {
//!         Ok(response) => GetUserDetails::new("token").parse(&response).map_err(Into::into),
//!         Err(error) => Err(error.into()),
//!     };
//!     // Only a 401 logs the user out, not an outage of Plex.
//!     prop_assert!(!log_out(&result.into()) || status == Some(401));
//! });
//! # }
//! # whole();
//! ```
//!
//! If your application drives a [`Flow`](plexauth_proto::Flow) itself, feed it such outcomes to check that your loop terminates.
//! For fuzzing, start from `fuzz/seeds` in this project's repository, which contains bodies in Plex's format, and from
//! `fuzz/corpus`.

pub mod bodies;
mod written;

use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use plexauth_proto::{BaseUrl, ClientInfo, SignIn, Source, Token, TransportError, TransportErrorKind};
pub use written::written;

/// Non-empty text in any script that is valid as a header value, without control characters or surrounding spaces.
pub fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![4 => prop::char::range(' ', '~'), 1 => prop::char::any()];
    vec(character.prop_filter("no control character", |character| !character.is_control()), 1..30)
        .prop_map(|characters| characters.into_iter().collect::<String>().trim().to_owned())
        .prop_filter("not empty", |text| !text.is_empty())
}

/// A token: printable ASCII without spaces, like Plex's, or any other text from [`text`].
pub fn token() -> impl Strategy<Value = Token> {
    prop_oneof![3 => "[!-~]{1,60}", 1 => text()].prop_map(Token::new)
}

/// A client, with any combination of the optional fields.
pub fn client_info() -> impl Strategy<Value = ClientInfo> {
    let optional = || option::of(text());
    (text(), text(), optional(), optional(), optional()).prop_filter_map(
        "valid values",
        |(identifier, product, version, device_name, platform)| {
            let mut info = ClientInfo::builder(identifier, product);
            if let Some(version) = version {
                info = info.version(version);
            }
            if let Some(device_name) = device_name {
                info = info.device_name(device_name);
            }
            if let Some(platform) = platform {
                info = info.platform(platform);
            }
            info.build().ok()
        },
    )
}

/// The base URL of a server: a host name, an IPv4 or an IPv6 address, with an optional port and path prefix.
pub fn base_url() -> impl Strategy<Value = BaseUrl> {
    let host = prop_oneof![
        "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{0,8}){0,2}",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]")),
    ];
    let port = option::of(1..=u16::MAX);
    (any::<bool>(), host, port, "(/[a-zA-Z0-9_~-]{1,8}){0,3}/?").prop_filter_map(
        "valid base URL",
        |(secure, host, port, prefix)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("http{}://{host}{port}{prefix}", if secure { "s" } else { "" }).parse().ok()
        },
    )
}

/// A source of a Media Server: a server or a provider.
pub fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        "[0-9a-f]{1,40}".prop_filter_map("valid identifier", |text| Source::server(&text).ok()),
        "[a-z.]{1,40}".prop_filter_map("valid identifier", |text| Source::provider(&text).ok()),
    ]
}

/// A sign-in with any user name and password, and an optional verification code.
pub fn sign_in() -> impl Strategy<Value = SignIn> {
    (text(), ".{1,30}", option::of("[0-9]{6}|[a-z0-9-]{8,12}")).prop_map(|(login, password, code)| {
        let sign_in = SignIn::new(login, password);
        match code {
            Some(code) => sign_in.verification_code(code),
            None => sign_in,
        }
    })
}

/// A successful response with this body, in any equivalent JSON encoding and with unknown fields.
pub fn success(body: impl Strategy<Value = Value>) -> impl Strategy<Value = Response<Vec<u8>>> {
    (prop_oneof![Just(200_u16), Just(201)], written(body), headers())
        .prop_map(|(status, body, headers)| response(status, body, headers))
}

/// An error response: any status from 400 to 599, with any kind of body known from Plex, its Media Servers and the
/// proxies in front of them.
pub fn refusal() -> impl Strategy<Value = Response<Vec<u8>>> {
    let status = prop_oneof![
        prop::sample::select(vec![400_u16, 401, 403, 404, 422, 429, 498, 500, 502, 503, 504, 520]),
        400..600_u16,
    ];
    (status, bodies::refusal(), headers(), option::of(retry_after())).prop_map(
        |(status, body, mut headers, retry_after)| {
            headers.extend(retry_after.map(|value| (RETRY_AFTER, value)));
            response(status, body, headers)
        },
    )
}

/// The outcome of a request: mostly a success, often an error response, and sometimes a meaningless response or a
/// transport error.
pub fn outcome(
    success: impl Strategy<Value = Response<Vec<u8>>> + 'static,
) -> impl Strategy<Value = Result<Response<Vec<u8>>, TransportError>> {
    prop_oneof![
        4 => success.prop_map(Ok),
        3 => refusal().prop_map(Ok),
        1 => garbage().prop_map(Ok),
        2 => transport_error_kind().prop_map(|kind| Err(TransportError::new(kind, "lost"))),
    ]
}

/// A response with any status and random bytes as its body.
pub fn garbage() -> impl Strategy<Value = Response<Vec<u8>>> {
    (100..1000_u16, vec(any::<u8>(), 0..100), headers())
        .prop_map(|(status, body, headers)| response(status, body, headers))
}

/// The kind of a transport error.
pub fn transport_error_kind() -> impl Strategy<Value = TransportErrorKind> {
    prop::sample::select(vec![
        TransportErrorKind::Setup,
        TransportErrorKind::Connect,
        TransportErrorKind::ConnectTimeout,
        TransportErrorKind::Tls,
        TransportErrorKind::Timeout,
        TransportErrorKind::Broken,
        TransportErrorKind::BodyTooLarge,
        TransportErrorKind::RedirectFollowed,
    ])
}

type Headers = Vec<(HeaderName, HeaderValue)>;

/// Headers in any order. The content type often does not match the body.
fn headers() -> impl Strategy<Value = Headers> {
    let value =
        |values: &'static [&'static str]| prop::sample::select(values).prop_map(HeaderValue::from_static);
    let types = value(&["application/json", "text/json; charset=utf-8", "text/html", "image/png"]);
    let dates = value(&["Sun, 06 Nov 1994 08:49:37 GMT", "Tue, 01 Feb 2022 00:00:00 GMT", "today"]);
    let other = value(&["", "1", "nginx"]);
    (option::of(types), option::of(dates), option::of(other))
        .prop_map(|(types, dates, other)| {
            let names = [CONTENT_TYPE, DATE, HeaderName::from_static("x-served-by")];
            names
                .into_iter()
                .zip([types, dates, other])
                .filter_map(|(name, value)| Some((name, value?)))
                .collect()
        })
        .prop_shuffle()
}

/// A `Retry-After` value: seconds, a date or nonsense.
fn retry_after() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        any::<u32>().prop_map(HeaderValue::from),
        prop::sample::select(vec![
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "-5",
            "soon",
            ""
        ])
        .prop_map(HeaderValue::from_static),
    ]
}

fn response(status: u16, body: impl Into<Vec<u8>>, headers: Headers) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into());
    // All callers pass a valid status (100 to 999).
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().extend(headers);
    response
}
