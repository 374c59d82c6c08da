//! Bodies that are not what they should be, with a status that is.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use plexauth_proto::{ErrorKind, GetUserDetails, Limits, Operation};
use plexauth_tests::Wire;

use super::ask::{ACCOUNT, TOKEN, ask_with, plain};
use super::matrix::{Fault, Fine, Kind, Outcome, TOO_LARGE};
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
        body("empty", NOT_JSON, ""),
        body("white space", NOT_JSON, " \r\n\t"),
        body("XML", NOT_JSON, r#"<user id="7" uuid="9f0b"/>"#),
        body("HTML", NOT_JSON, "<!DOCTYPE html><html><body>Sign in to this network</body></html>"),
        body("a BOM first", Fine, format!("\u{feff}{ACCOUNT}")),
        body("two BOMs first", NOT_JSON, format!("\u{feff}\u{feff}{ACCOUNT}")),
        body("UTF-16, little end first", NOT_JSON, utf16(u16::to_le_bytes)),
        body(
            "UTF-16, big end first, with a BOM",
            NOT_JSON,
            [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(),
        ),
        body("invalid UTF-8 in what is read", NOT_JSON, b"{\"id\":7,\"uuid\":\"\xff\xfe\"}".to_vec()),
        body(
            "invalid UTF-8 in what is not",
            Fine,
            b"{\"id\":7,\"uuid\":\"9f0b\",\"new\":\"\xff\xfe\"}".to_vec(),
        ),
        body("invalid UTF-8 outside of a text", NOT_JSON, [ACCOUNT.as_bytes(), b"\xff"].concat()),
        body("a NUL in a text", NOT_JSON, "{\"id\":7,\"uuid\":\"9f\u{0}0b\"}"),
        body("a NUL behind it", NOT_JSON, format!("{ACCOUNT}\0")),
        body("an escaped NUL in a text", Fine, r#"{"id":7,"uuid":"9f\u00000b"}"#),
        body("half of a surrogate pair", NOT_JSON, r#"{"id":7,"uuid":"\ud800"}"#),
        body("something behind it", NOT_JSON, format!("{ACCOUNT}{ACCOUNT}")),
        body("half of it", NOT_JSON, &ACCOUNT[..9]),
        body("10,000 lists in what may be odd", Fine, nested("[", "", "]")),
        body("10,000 objects in what may be odd", Fine, nested("{\"a\":", "1", "}")),
        body(
            "10,000 lists in what is needed",
            NOT_UNDERSTOOD,
            nested("[", "", "]").replace("\"id\"", "\"x\"").replace("roles", "id"),
        ),
        body("10,000 lists and no end", NOT_JSON, "[".repeat(10_000)),
        body("10,000 lists in what is not read", Fine, nested("[", "", "]").replace("roles", "new")),
        body("an id of 2^64", NOT_UNDERSTOOD, r#"{"id":18446744073709551616,"uuid":"9f0b"}"#),
        body("an id of 10^400", NOT_JSON, format!(r#"{{"id":1{},"uuid":"9f0b"}}"#, "0".repeat(400))),
        body("a negative id", NOT_UNDERSTOOD, r#"{"id":-7,"uuid":"9f0b"}"#),
        body("an id that is a whole float", Fine, r#"{"id":7.0,"uuid":"9f0b"}"#),
        body("an id that is no whole float", NOT_UNDERSTOOD, r#"{"id":7.5,"uuid":"9f0b"}"#),
        body("an id in a text", Fine, r#"{"id":"7","uuid":"9f0b"}"#),
        body("a float where nobody minds", Fine, r#"{"id":7,"uuid":"9f0b","homeSize":2.5}"#),
        body("a number that no float holds", NOT_JSON, r#"{"id":7,"uuid":"9f0b","homeSize":1e999}"#),
        body("NaN", NOT_JSON, r#"{"id":NaN,"uuid":"9f0b"}"#),
        body("the id twice", NOT_UNDERSTOOD, r#"{"id":7,"id":7,"uuid":"9f0b"}"#),
        body("a key that is not read twice", Fine, r#"{"id":7,"uuid":"9f0b","new":1,"new":2}"#),
        body("a list", NOT_UNDERSTOOD, format!("[{ACCOUNT}]")),
        body("null", NOT_UNDERSTOOD, "null"),
        body("a text", NOT_UNDERSTOOD, "\"s3cret-token\""),
        body("1 MiB exactly", Fine, padded(1 << 20)).memory(5 << 19),
        body("1 MiB and a byte", TOO_LARGE, padded((1 << 20) + 1)).memory(5 << 19),
        typed("said to be HTML", "text/html"),
        typed("said to be an image", "image/png; charset=utf-16"),
        typed("said to be nothing that there is", ";;;;"),
    ]
}

fn body(name: &'static str, expected: Outcome, bytes: impl Into<Vec<u8>>) -> Fault {
    sent(name, expected, "application/json", bytes.into())
}

/// The right bytes, whatever they are said to be.
fn typed(name: &'static str, content_type: &'static str) -> Fault {
    sent(name, Fine, content_type, ACCOUNT.into())
}

fn sent(name: &'static str, expected: Outcome, content_type: &'static str, bytes: Vec<u8>) -> Fault {
    let bytes: Arc<[u8]> = bytes.into();
    Fault::new(GROUP, name, expected, move |adapter, time| match adapter {
        Adapter::Core => by_hand(&bytes),
        _ => through(adapter, time, content_type, &bytes),
    })
    .but(Adapter::Core, expected)
}

/// The same without an HTTP stack.
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
