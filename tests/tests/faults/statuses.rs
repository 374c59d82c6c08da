//! Every status with every kind of body that Plex and proxies in front of it send, and headers that belong to a status.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use http::Response;
use plexauth_proto::{
    Error, ErrorKind, GetUserDetails, Operation, ResponseError, RetryAfter, RetryPolicy, SignIn,
};
use plexauth_testing::Wire;

use super::ask::{ACCOUNT, PASSWORD, TOKEN, hides, plain};
use super::matrix::{Custom, Fault, Outcome};
use crate::common::{Adapter, Settings, UNIFIED};

const GROUP: &str = "status";

pub(crate) fn faults() -> Vec<Fault> {
    let as_expected = Custom("all as expected");
    let obeyed = Custom("obeyed or not retried");
    vec![
        Fault::new(GROUP, "every status with every body", as_expected, every_status)
            .but(Adapter::Core, as_expected)
            // ureq resolves the name of every request on another thread. Memory freed there still counts here.
            .memory(4 << 20)
            .within(Duration::from_secs(20)),
        Fault::new(GROUP, "429 with every kind of Retry-After", obeyed, every_retry_after),
        challenge(
            "401 with WWW-Authenticate",
            401,
            "WWW-Authenticate: Basic realm=\"x\", Negotiate",
            ErrorKind::NotPlex,
        ),
        challenge(
            "407 with Proxy-Authenticate",
            407,
            "Proxy-Authenticate: Basic realm=\"x\"",
            ErrorKind::NotPlex,
        ),
    ]
}

/// The apparent author of a body.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Plex,
    MediaServer,
    Proxy,
}

struct Body {
    text: &'static str,
    by: By,
    code: Option<u32>,
    message: Option<&'static str>,
}

const fn plex(text: &'static str, code: Option<u32>, message: Option<&'static str>) -> Body {
    Body { text, by: By::Plex, code, message }
}

const fn other(by: By, text: &'static str, message: Option<&'static str>) -> Body {
    Body { text, by, code: None, message }
}

/// Every status, with each body.
fn all() -> impl Iterator<Item = (u16, &'static Body)> {
    (200..600).flat_map(|status| BODIES.iter().map(move |body| (status, body)))
}

/// Recorded bodies; some messages were changed. One body contains the token and must not be quoted.
const BODIES: &[Body] = &[
    plex(
        r#"{"errors":[{"code":1001,"message":"User could not be authenticated","status":401}]}"#,
        Some(1001),
        Some("User could not be authenticated"),
    ),
    plex(
        r#"{"errors":[{"code":1029,"message":"Please enter the code"}]}"#,
        Some(1029),
        Some("Please enter the code"),
    ),
    plex(
        r#"{"errors":[{"code":1003,"message":"first"},{"code":1004,"message":"second"}]}"#,
        Some(1003),
        Some("first"),
    ),
    plex(r#"{"errors":[{"code":1029.0,"message":"fraction"}]}"#, Some(1029), Some("fraction")),
    plex(r#"{"error":"Invalid authentication token."}"#, None, Some("Invalid authentication token.")),
    plex(r#"{"status":404,"error":"Not Found"}"#, None, Some("Not Found")),
    plex(r#"{"error":"no such token: s3cret-token"}"#, None, None),
    plex(
        r#"<?xml version="1.0" encoding="UTF-8"?><errors><error code="1029" message="Please enter the verification code" status="401"/></errors>"#,
        Some(1029),
        Some("Please enter the verification code"),
    ),
    plex("<errors><error>Please sign in.</error></errors>", None, Some("Please sign in.")),
    plex(r#"<Response code="401" status="Incorrect PIN"/>"#, None, Some("Incorrect PIN")),
    other(
        By::MediaServer,
        "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>",
        Some("Unauthorized"),
    ),
    other(
        By::Proxy,
        "<!DOCTYPE html>\n<html><head><title>Attention Required! | CDN</title><style>a{b:c}</style></head><body></body></html>",
        Some("Attention Required! | CDN"),
    ),
    other(By::Proxy, "no healthy upstream", Some("no healthy upstream")),
    other(By::Proxy, r#"{"message":"Unauthorized"}"#, None),
    other(By::Proxy, "", None),
];

/// Returns the expected kind for a request to plex.tv with a token. Written independently of the core.
fn expected(status: u16, body: &Body) -> ErrorKind {
    match (status, body.by, body.code) {
        (200..=299, By::Plex, Some(1003)) => ErrorKind::RateLimited,
        (200..=299, By::Plex, Some(1029)) => ErrorKind::VerificationCodeWanted,
        (200..=299, By::Plex, _) => ErrorKind::ServerFailure,
        (200..=299, ..) if body.text.contains("<html>") => ErrorKind::NotPlex,
        (200..=299, ..) if body.text.starts_with('{') => ErrorKind::NotUnderstood,
        (200..=299, ..) => ErrorKind::NotJson,
        (300..=399, ..) => ErrorKind::Redirected,
        (408, ..) => ErrorKind::ServerFailure,
        (429, ..) => ErrorKind::RateLimited,
        (400..=499, By::Plex, Some(1003)) => ErrorKind::RateLimited,
        (400..=499, By::Plex, Some(1029)) => ErrorKind::VerificationCodeWanted,
        (498, ..) => ErrorKind::TokenExpired,
        (400..=499, By::MediaServer | By::Proxy, _) => ErrorKind::NotPlex,
        (401, ..) => ErrorKind::TokenInvalid,
        (403, ..) => ErrorKind::Forbidden,
        (404 | 410, ..) => ErrorKind::NotFound,
        (400..=499, ..) => ErrorKind::BadRequest,
        _ => ErrorKind::ServerFailure,
    }
}

fn check(status: u16, body: &Body, error: &ResponseError) {
    // Neither has a body.
    let body = if matches!(status, 204 | 304) { BODIES.last().unwrap() } else { body };
    let kind = expected(status, body);
    // Redirects are not searched for a code and a message, nor are responses without an error in Plex's form.
    let is_searched = status >= 400 || status < 300 && body.by == By::Plex;
    assert_eq!(
        (error.status().as_u16(), error.kind(), error.code(), error.message(), error.is_token_invalid()),
        (
            status,
            kind,
            body.code.filter(|_| is_searched),
            // The request carried a token, which others may send back in any encoding.
            body.message.filter(|_| is_searched && body.by == By::Plex),
            kind == ErrorKind::TokenInvalid
        ),
        "{status} {}",
        body.text
    );
}

fn every_status(adapter: Adapter, time: Duration) -> Outcome {
    let operation = GetUserDetails::new(TOKEN);
    if adapter == Adapter::Core {
        for status in (200..300).filter(|status| *status != 204) {
            let response = Response::builder().status(status).body(ACCOUNT).unwrap();
            assert_eq!(operation.parse(&response).unwrap().id, 7, "{status}");
        }
        let sign_in = SignIn::new("me", PASSWORD);
        for (status, body) in all() {
            let response = Response::builder().status(status).body(body.text).unwrap();
            let error = sign_in.parse(&response).unwrap_err();
            let expected = match expected(status, body) {
                ErrorKind::TokenInvalid => ErrorKind::WrongCredentials,
                other => other,
            };
            assert_eq!((error.kind(), error.is_token_invalid()), (expected, false), "{status} {}", body.text);
        }
        for (status, body) in all() {
            let text = if matches!(status, 204 | 304) { "" } else { body.text };
            let response = Response::builder().status(status).body(text).unwrap();
            check(status, body, &operation.parse(&response).unwrap_err());
        }
        return Custom("all as expected");
    }
    let responses = Mutex::new(all());
    let wire = Wire::start(move |mut peer| {
        while peer.read_request().is_some() {
            let Some((status, body)) = responses.lock().unwrap().next() else { return };
            let head = format!("HTTP/1.1 {status} Whatever\r\nContent-Type: text/plain\r\n");
            peer.send(match status {
                // These have no body.
                204 | 304 => format!("{head}\r\n"),
                _ => format!("{head}Content-Length: {}\r\n\r\n{}", body.text.len(), body.text),
            });
        }
    });
    let client = adapter.client(&plain(wire.address()), &Settings::new(time));
    for (status, body) in all() {
        let error = client.send(&operation).unwrap_err();
        hides(&error);
        let Error::Response(error) = error else { panic!("{status}: {error}") };
        check(status, body, &error);
    }
    if !UNIFIED || adapter != Adapter::Ureq {
        assert_eq!(wire.connections(), 1, "all requests use one connection");
    }
    Custom("all as expected")
}

/// Requests the account from a server that responds with this head. Returns the error and the number of requests.
fn error_from(adapter: Adapter, settings: &Settings, head: &str) -> (ResponseError, usize) {
    let head: Arc<str> = head.into();
    let wire = Wire::start(move |mut peer| {
        while peer.read_request().is_some() {
            peer.send(format!("{head}\r\nContent-Length: 0\r\n\r\n"));
        }
    });
    let client = adapter.client(&plain(wire.address()), settings);
    let error = client.send(&GetUserDetails::new(TOKEN)).unwrap_err();
    hides(&error);
    let Error::Response(error) = error else { panic!("{error}") };
    (error, wire.count("GET "))
}

fn every_retry_after(adapter: Adapter, time: Duration) -> Outcome {
    let in_1994 = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let in_9999 = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    let delay = |seconds| Some(RetryAfter::Delay(Duration::from_secs(seconds)));
    for (value, parsed, requests) in [
        (None, None, 3),
        (Some("0"), delay(0), 3),
        (Some("1"), delay(1), 3),
        (Some("7"), delay(7), 1),
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(RetryAfter::At(in_1994)), 3),
        (Some("Fri, 31 Dec 9999 23:59:59 GMT"), Some(RetryAfter::At(in_9999)), 1),
        (Some("-5"), None, 3),
        (Some("99999999999999999999999"), delay(u64::MAX), 1),
        (Some("18446744073709551615"), delay(u64::MAX), 1),
        (Some("soon"), None, 3),
        (Some("7.5"), None, 3),
        (Some(""), None, 3),
    ] {
        let header = value.map(|value| format!("\r\nRetry-After: {value}")).unwrap_or_default();
        let retry = RetryPolicy::default().base_delay(Duration::ZERO).max_delay(Duration::from_secs(1));
        let settings = Settings { retry, ..Settings::new(time) };
        let head = format!("HTTP/1.1 429 Too Many Requests{header}");
        let start = Instant::now();
        let (error, sent) = error_from(adapter, &settings, &head);
        let early = value == Some("1") && start.elapsed() < Duration::from_secs(2);
        assert!(!early, "the retries came too early");
        assert_eq!(
            (error.kind(), error.retry_after(), sent),
            (ErrorKind::RateLimited, parsed, requests),
            "{value:?}"
        );
    }
    Custom("obeyed or not retried")
}

/// A response with an authentication challenge, which no HTTP stack may answer: only our own policy repeats the request.
fn challenge(name: &'static str, status: u16, header: &'static str, kind: ErrorKind) -> Fault {
    Fault::new(GROUP, name, Outcome::Kind(kind), move |adapter, time| {
        let head = format!("HTTP/1.1 {status} Refused\r\n{header}");
        let (error, sent) = error_from(adapter, &Settings::new(time), &head);
        assert_eq!(sent, 1);
        Outcome::Kind(error.kind())
    })
}
