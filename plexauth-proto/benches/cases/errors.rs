//! Refusals with a body of 4 KB, in every form that one comes in.

use http::Response;
use plexauth_proto::{GetUserDetails, Operation};

use super::TOKEN;
use crate::harness::case::{Bar, Case, Work};

const LENGTH: usize = 4096;
const SENTENCE: &str = "The server is on fire, and nobody knows when it will be back. ";

const MOST: u64 = 60_000;
/// For JSON of nothing but escapes, and of nothing but small fields: to unescape the one and to skip the other costs
/// `serde_json` more than that.
const MOST_OF_DENSE: u64 = 175_000;

pub fn cases() -> Vec<Case> {
    let error = r#"{"code":1001,"message":"User could not be authenticated","status":401},"#;
    let element = r#"<error code="1001" message="User could not be authenticated" status="401"/>"#;
    let page = "<div class=\"cf-column\"><p>The web server reported a bad gateway &amp; error.</p></div>\n";
    let cdn = "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\"><head>\n";
    let script = "<script>if (window.a && b < 4) { c('x'); }</script>\n";
    let most = |form, start, middle, end| case(form, MOST, filled(start, middle, end));
    let dense = |form, start, middle, end| case(form, MOST_OF_DENSE, filled(start, middle, end));
    vec![
        most(
            "JSON, one error with many words",
            r#"{"errors":[{"code":1001,"message":""#,
            SENTENCE,
            r#""}]}"#,
        ),
        most(
            "JSON, words with line ends",
            r#"{"error":""#,
            r"The server is on fire, and nobody knows why.\n",
            r#""}"#,
        ),
        most("JSON, many errors", r#"{"errors":["#, error, "null]}"),
        most("JSON, a field that nobody knows", r#"{"errors":[{"code":1001,"new":""#, SENTENCE, r#""}]}"#),
        most("JSON that is cut off", r#"{"errors":[{"code":1001,"message":""#, SENTENCE, ""),
        most("XML, many errors", "<?xml version=\"1.0\"?>\n<errors>", element, "</errors>"),
        most("XML, words", "<errors><error code=\"1001\">", SENTENCE, "</error></errors>"),
        most(
            "XML, references",
            "<errors><error>",
            "&lt;fire&gt; &amp; more &#x201c;fire&#x201d; ",
            "</error></errors>",
        ),
        most("XML, many attributes", "<errors><error ", "new='x' ", "code='1001'/></errors>"),
        most(
            "a page with its title first",
            "<html><head><title>plex.tv | 502: Bad gateway</title></head><body>",
            page,
            "</body></html>",
        ),
        most("a page with its heading last", cdn, page, "<h1>Error 502</h1></body></html>"),
        most("a page of scripts", cdn, script, "<title>Error 502</title></head></html>"),
        most("a page of nothing but tags", "<html>", "<b><i>", ""),
        most("plain text", "", SENTENCE, ""),
        most("XML of no ASCII", "<errors><error code='1001'>", "火事です。", "</error></errors>"),
        most("white space", "", " \r\n\t", ""),
        most("no text", "", "\u{0}\u{1}\u{7f}", ""),
        case("text in Latin-1", MOST, in_latin1("caf? ")),
        case(
            "a page in Latin-1",
            MOST,
            in_latin1("<p>Der Server ist gerade nicht verf?gbar, nur sp?ter.</p>\n"),
        ),
        case("JSON with the token in it", MOST, echo()),
        dense("JSON, nothing but escapes", r#"{"error":""#, r"\u706b\u4e8b", r#""}"#),
        dense("JSON, nothing but small fields", r#"{"new":["#, r#"{"a":1.5,"b":null},"#, "0]}"),
        most("plain text of no ASCII", "", "火事です。", ""),
    ]
}

fn case(form: &str, instructions: u64, body: Vec<u8>) -> Case {
    assert!(body.len().abs_diff(LENGTH) < 100, "{form}: {}", body.len());
    let operation = GetUserDetails::new(TOKEN);
    let response = Response::builder().status(401).body(body).unwrap();
    Case {
        name: format!("refusal: {form}"),
        ours: Work::new(move || operation.parse(&response).unwrap_err()),
        bar: Bar::AtMost { instructions, allocations: 25 },
    }
}

/// As often the middle as makes 4 KB.
fn filled(start: &str, middle: &str, end: &str) -> Vec<u8> {
    let times = LENGTH.saturating_sub(start.len() + end.len()) / middle.len();
    format!("{start}{}{end}", middle.repeat(times)).into_bytes()
}

fn in_latin1(text: &str) -> Vec<u8> {
    filled("", text, "").iter().map(|&byte| if byte == b'?' { 0xe9 } else { byte }).collect()
}

/// The most that is looked for: a body that might hold the token, in any encoding, up to its end.
fn echo() -> Vec<u8> {
    filled(r#"{"error":"got%20"#, "%78%78x+%2B", &format!(r#"{TOKEN}"}}"#))
}
