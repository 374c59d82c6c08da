//! Invalid and unusual bodies of successful responses.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use plexauth_proto::{ErrorKind, GetUserDetails, Limits, Operation};
use plexauth_testing::Wire;

use super::ask::{ACCOUNT, TOKEN, ask_with, plain};
use super::matrix::{Fault, Kind, Outcome, Success, TOO_LARGE};
use crate::common::{Adapter, Settings};

const GROUP: &str = "body";
const NOT_JSON: Outcome = Kind(ErrorKind::NotJson);
const NOT_UNDERSTOOD: Outcome = Kind(ErrorKind::NotUnderstood);

pub(crate) fn faults() -> Vec<Fault> {
    let nested = |open: &str, inside: &str, close: &str| {
        format!(r#"{{"id":7,"uuid":"9f0b","roles":{}{inside}{}}}"#, open.repeat(10_000), close.repeat(10_000))
    };
    let padded = |length: usize| format!("{ACCOUNT}{}", " ".repeat(length - ACCOUNT.len()));
    let utf16 = |order: fn(u16) -> [u8; 2]| ACCOUNT.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    vec![
        body("empty body", NOT_JSON, ""),
        body("whitespace", NOT_JSON, " \r\n\t"),
        body("XML", NOT_JSON, r#"<user id="7" uuid="9f0b"/>"#),
        body(
            "HTML",
            Kind(ErrorKind::NotPlex),
            "<!DOCTYPE html><html><body>Sign in to this network</body></html>",
        ),
        body("leading BOM", Success, format!("\u{feff}{ACCOUNT}")),
        body("two leading BOMs", NOT_JSON, format!("\u{feff}\u{feff}{ACCOUNT}")),
        body("little-endian UTF-16", NOT_JSON, utf16(u16::to_le_bytes)),
        body(
            "big-endian UTF-16 with a BOM",
            NOT_JSON,
            [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(),
        ),
        body("invalid UTF-8 in a required field", NOT_JSON, b"{\"id\":7,\"uuid\":\"\xff\xfe\"}".to_vec()),
        body(
            "invalid UTF-8 in an unknown field",
            Success,
            b"{\"id\":7,\"uuid\":\"9f0b\",\"new\":\"\xff\xfe\"}".to_vec(),
        ),
        body("invalid UTF-8 after the document", NOT_JSON, [ACCOUNT.as_bytes(), b"\xff"].concat()),
        body("NUL in a string", NOT_JSON, "{\"id\":7,\"uuid\":\"9f\u{0}0b\"}"),
        body("NUL after the document", NOT_JSON, format!("{ACCOUNT}\0")),
        body("escaped NUL in a string", Success, r#"{"id":7,"uuid":"9f\u00000b"}"#),
        body("lone surrogate", NOT_JSON, r#"{"id":7,"uuid":"\ud800"}"#),
        body("two documents", NOT_JSON, format!("{ACCOUNT}{ACCOUNT}")),
        body("truncated document", NOT_JSON, &ACCOUNT[..9]),
        body("10,000 nested arrays, optional field", Success, nested("[", "", "]")),
        body("10,000 nested objects, optional field", Success, nested("{\"a\":", "1", "}")),
        body(
            "10,000 nested arrays, required field",
            NOT_UNDERSTOOD,
            nested("[", "", "]").replace("\"id\"", "\"x\"").replace("roles", "id"),
        ),
        body("10,000 unclosed arrays", NOT_UNDERSTOOD, "[".repeat(10_000)),
        body("10,000 nested arrays, unknown field", Success, nested("[", "", "]").replace("roles", "new")),
        body("id of 2^64", NOT_UNDERSTOOD, r#"{"id":18446744073709551616,"uuid":"9f0b"}"#),
        body("id of 10^400", NOT_UNDERSTOOD, format!(r#"{{"id":1{},"uuid":"9f0b"}}"#, "0".repeat(400))),
        body("negative id", NOT_UNDERSTOOD, r#"{"id":-7,"uuid":"9f0b"}"#),
        body("id of 7.0", Success, r#"{"id":7.0,"uuid":"9f0b"}"#),
        body("id of 7.5", NOT_UNDERSTOOD, r#"{"id":7.5,"uuid":"9f0b"}"#),
        body("id as a string", Success, r#"{"id":"7","uuid":"9f0b"}"#),
        body("fraction in an optional integer field", Success, r#"{"id":7,"uuid":"9f0b","homeSize":2.5}"#),
        body(
            "number beyond the range of floats",
            NOT_UNDERSTOOD,
            r#"{"id":7,"uuid":"9f0b","homeSize":1e999}"#,
        ),
        body("NaN", NOT_JSON, r#"{"id":NaN,"uuid":"9f0b"}"#),
        body("duplicate id", NOT_UNDERSTOOD, r#"{"id":7,"id":7,"uuid":"9f0b"}"#),
        body("duplicate unknown field", Success, r#"{"id":7,"uuid":"9f0b","new":1,"new":2}"#),
        body("array instead of an object", NOT_UNDERSTOOD, format!("[{ACCOUNT}]")),
        body("null instead of an object", NOT_UNDERSTOOD, "null"),
        body("string instead of an object", NOT_UNDERSTOOD, "\"s3cret-token\""),
        body("body of exactly 1 MiB", Success, padded(1 << 20)).memory(5 << 19),
        body("body of 1 MiB and one byte", TOO_LARGE, padded((1 << 20) + 1)).memory(5 << 19),
        typed("JSON declared as HTML", "text/html"),
        typed("JSON declared as an image", "image/png; charset=utf-16"),
        typed("JSON with an invalid Content-Type", ";;;;"),
    ]
}

fn body(name: &'static str, expected: Outcome, bytes: impl Into<Vec<u8>>) -> Fault {
    sent(name, expected, "application/json", bytes.into())
}

/// The correct body with a wrong content type, which is ignored.
fn typed(name: &'static str, content_type: &'static str) -> Fault {
    sent(name, Success, content_type, ACCOUNT.into())
}

fn sent(name: &'static str, expected: Outcome, content_type: &'static str, bytes: Vec<u8>) -> Fault {
    let bytes: Arc<[u8]> = bytes.into();
    Fault::new(GROUP, name, expected, move |adapter, time| match adapter {
        Adapter::Core => by_hand(&bytes),
        _ => through(adapter, time, content_type, &bytes),
    })
    .but(Adapter::Core, expected)
}

/// Parses the body without an HTTP stack.
fn by_hand(bytes: &[u8]) -> Outcome {
    let read = || {
        let mut response = Limits::default().limited_response(Response::new(()).into_parts().0);
        response.push(bytes)?;
        Ok(GetUserDetails::new(TOKEN).parse(&response.finish())?)
    };
    Outcome::of(read().inspect(|account| assert_eq!(account.id, 7)))
}

fn through(adapter: Adapter, time: Duration, content_type: &'static str, bytes: &Arc<[u8]>) -> Outcome {
    let bytes = Arc::clone(bytes);
    let wire = Wire::start(move |mut peer| {
        peer.read_request();
        peer.send(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            bytes.len()
        ));
        peer.send(&bytes);
        peer.close();
    });
    ask_with(&adapter.client(&plain(wire.address()), &Settings::new(time)))
}
