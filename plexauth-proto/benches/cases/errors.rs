//! Error responses with a body of 4 KB, in every known format.

use std::fmt::Debug;

use http::Response;
use plexauth_proto::{BaseUrl, GetServerIdentity, GetUserDetails, Operation};

use super::TOKEN;
use crate::harness::case::{Case, Limit, Work};

const LENGTH: usize = 4096;
const LINE: &str = r"The server is on fire, and nobody knows why.\n";
const SENTENCE: &str = "The server is on fire, and nobody knows when it will be back. ";

const INSTRUCTIONS: u64 = 60_000;
/// The limit for bodies that are expensive for the libraries: JSON of escapes or small fields, XML of references or
/// attributes, and non-ASCII text, which the standard library validates at ten instructions per byte.
const INSTRUCTIONS_IF_DENSE: u64 = 180_000;

/// Neither a code nor a message: absent, incomplete, too late in the body, or accompanied by the token.
const NOTHING: Details = (None, None);

/// The code, and the beginning of the message.
type Details = (Option<u32>, Option<&'static str>);

pub fn cases() -> Vec<Case> {
    let error = r#"{"code":1001,"message":"User could not be authenticated","status":401},"#;
    let element = r#"<error code="1001" message="User could not be authenticated" status="401"/>"#;
    let page = "<div class=\"cf-column\"><p>The web server reported a bad gateway &amp; error.</p></div>\n";
    let cdn = "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\"><head>\n";
    let script = "<script>if (window.a && b < 4) { c('x'); }</script>\n";
    let title = "<html><head><title>plex.tv | 502: Bad gateway</title></head><body>";
    let fire = Some("The server is on fire");
    let usual =
        |name, details, start, middle, end| case(name, details, INSTRUCTIONS, filled(start, middle, end));
    let dense = |name, details, start, middle, end| {
        case(name, details, INSTRUCTIONS_IF_DENSE, filled(start, middle, end))
    };
    let user = (Some(1001), Some("User could not be authenticated"));
    let one = r#"{"errors":[{"code":1001,"message":""#;
    vec![
        usual("JSON, one error with a long message", (Some(1001), fire), one, SENTENCE, r#""}]}"#),
        usual("JSON, message with line breaks", (None, fire), r#"{"error":""#, LINE, r#""}"#),
        usual("JSON, many errors", user, r#"{"errors":["#, error, "null]}"),
        usual(
            "JSON, unknown field",
            (Some(1001), None),
            r#"{"errors":[{"code":1001,"new":""#,
            SENTENCE,
            r#""}]}"#,
        ),
        usual("JSON, truncated", NOTHING, one, SENTENCE, ""),
        case("JSON, containing the token", NOTHING, INSTRUCTIONS, echo()),
        dense("JSON, only escapes", (None, Some("火事")), r#"{"error":""#, r"\u706b\u4e8b", r#""}"#),
        dense("JSON, only small fields", NOTHING, r#"{"new":["#, r#"{"a":1.5,"b":null},"#, "0]}"),
        usual("XML, many errors", user, "<?xml version=\"1.0\"?>\n<errors>", element, "</errors>"),
        usual(
            "XML, long message",
            (Some(1001), fire),
            "<errors><error code=\"1001\">",
            SENTENCE,
            "</error></errors>",
        ),
        dense(
            "XML, many attributes",
            (Some(1001), None),
            "<errors><error code='1001' ",
            "new='x' ",
            "/></errors>",
        ),
        dense(
            "XML, many references",
            (Some(1001), None),
            "<errors><error code='1001'>",
            "&lt;fire&gt; &amp; ",
            "</error></errors>",
        ),
        dense(
            "XML, non-ASCII text",
            (Some(1001), Some("火事です。")),
            "<errors><error code='1001'>",
            "火事です。",
            "</error></errors>",
        ),
        usual(
            "HTML, title at the start",
            (None, Some("plex.tv | 502: Bad gateway")),
            title,
            page,
            "</body></html>",
        ),
        usual("HTML, title at the end", NOTHING, cdn, script, "<title>Error 502</title></head></html>"),
        usual("HTML, heading at the end", NOTHING, cdn, page, "<h1>Error 502</h1></body></html>"),
        usual("HTML, only tags", NOTHING, "<html>", "<b><i>", ""),
        case(
            "HTML in Latin-1",
            NOTHING,
            INSTRUCTIONS,
            in_latin1("<p>Der Server ist gerade nicht verf?gbar.</p>\n"),
        ),
        usual("plain text", (None, fire), "", SENTENCE, ""),
        dense("plain text, non-ASCII", (None, Some("火事です。")), "", "火事です。", ""),
        case("plain text in Latin-1", NOTHING, INSTRUCTIONS, in_latin1("caf? ")),
        usual("only whitespace", NOTHING, "", " \r\n\t", ""),
        usual("only control characters", NOTHING, "", "\u{0}\u{1}\u{7f}", ""),
    ]
}

fn case(name: &str, details: Details, instructions: u64, body: Vec<u8>) -> Case {
    // A body that is not in a form of Plex's is only quoted if the request carried no secret.
    if name.starts_with("HTML") || name.starts_with("plain text") {
        return case_of(GetServerIdentity::new(server()), name, details, instructions, body);
    }
    case_of(GetUserDetails::new(TOKEN), name, details, instructions, body)
}

fn case_of<O: Operation<Output: Debug> + 'static>(
    operation: O,
    name: &str,
    (code, prefix): Details,
    instructions: u64,
    body: Vec<u8>,
) -> Case {
    assert!(body.len().abs_diff(LENGTH) < 100, "{name}: {}", body.len());
    let response = Response::builder().status(401).body(body).unwrap();
    let error = operation.parse(&response).unwrap_err();
    let start = error.message().and_then(|message| message.get(..prefix?.len()));
    assert_eq!((error.code(), start, error.message().is_some()), (code, prefix, prefix.is_some()), "{name}");
    Case {
        name: format!("error: {name}"),
        ours: Work::new(move || operation.parse(&response).unwrap_err()),
        limit: Limit::Absolute { instructions, allocations: 25 },
    }
}

fn server() -> BaseUrl {
    "http://192.168.1.5:32400".parse().unwrap()
}

/// Repeats `middle` to fill 4 KB.
fn filled(start: &str, middle: &str, end: &str) -> Vec<u8> {
    let times = LENGTH.saturating_sub(start.len() + end.len()) / middle.len();
    format!("{start}{}{end}", middle.repeat(times)).into_bytes()
}

fn in_latin1(text: &str) -> Vec<u8> {
    filled("", text, "").iter().map(|&byte| if byte == b'?' { 0xe9 } else { byte }).collect()
}

/// Near matches of the token in percent-encoding, and the token itself at the very end.
fn echo() -> Vec<u8> {
    filled(r#"{"error":"got%20"#, "%78%78x+%2B", &format!(r#"{TOKEN}"}}"#))
}
