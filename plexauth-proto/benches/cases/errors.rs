//! Refusals with a body of 4 KB, in every form that one comes in.

use http::Response;
use plexauth_proto::{GetUserDetails, Operation};

use super::TOKEN;
use crate::harness::case::{Bar, Case, Work};

const LENGTH: usize = 4096;
const LINE: &str = r"The server is on fire, and nobody knows why.\n";
const SENTENCE: &str = "The server is on fire, and nobody knows when it will be back. ";

const MOST: u64 = 60_000;
/// For what libraries need more for: JSON of nothing but escapes or small fields, XML of nothing but references or attributes,
/// and text of no ASCII, which the standard library validates at ten instructions a byte.
const MOST_OF_DENSE: u64 = 175_000;

/// Neither: it is not there, not complete, too far behind, or came with the token.
const NOTHING: Said = (None, None);

/// The code, and how the words begin.
type Said = (Option<u32>, Option<&'static str>);

pub fn cases() -> Vec<Case> {
    let error = r#"{"code":1001,"message":"User could not be authenticated","status":401},"#;
    let element = r#"<error code="1001" message="User could not be authenticated" status="401"/>"#;
    let page = "<div class=\"cf-column\"><p>The web server reported a bad gateway &amp; error.</p></div>\n";
    let cdn = "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\"><head>\n";
    let script = "<script>if (window.a && b < 4) { c('x'); }</script>\n";
    let title = "<html><head><title>plex.tv | 502: Bad gateway</title></head><body>";
    let fire = Some("The server is on fire");
    let most = |form, said, start, middle, end| case(form, said, MOST, filled(start, middle, end));
    let dense = |form, said, start, middle, end| case(form, said, MOST_OF_DENSE, filled(start, middle, end));
    let user = (Some(1001), Some("User could not be authenticated"));
    let one = r#"{"errors":[{"code":1001,"message":""#;
    vec![
        most("JSON, one error with many words", (Some(1001), fire), one, SENTENCE, r#""}]}"#),
        most("JSON, words with line ends", (None, fire), r#"{"error":""#, LINE, r#""}"#),
        most("JSON, many errors", user, r#"{"errors":["#, error, "null]}"),
        most(
            "JSON, a field that nobody knows",
            (Some(1001), None),
            r#"{"errors":[{"code":1001,"new":""#,
            SENTENCE,
            r#""}]}"#,
        ),
        most("JSON that is cut off", NOTHING, one, SENTENCE, ""),
        case("JSON with the token in it", NOTHING, MOST, echo()),
        dense("JSON, nothing but escapes", (None, Some("火事")), r#"{"error":""#, r"\u706b\u4e8b", r#""}"#),
        dense("JSON, nothing but small fields", NOTHING, r#"{"new":["#, r#"{"a":1.5,"b":null},"#, "0]}"),
        most("XML, many errors", user, "<?xml version=\"1.0\"?>\n<errors>", element, "</errors>"),
        most(
            "XML, words",
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
            "XML, nothing but references",
            (Some(1001), None),
            "<errors><error code='1001'>",
            "&lt;fire&gt; &amp; ",
            "</error></errors>",
        ),
        dense(
            "XML of no ASCII",
            (Some(1001), Some("火事です。")),
            "<errors><error code='1001'>",
            "火事です。",
            "</error></errors>",
        ),
        most(
            "a page with its title first",
            (None, Some("plex.tv | 502: Bad gateway")),
            title,
            page,
            "</body></html>",
        ),
        most(
            "a page with its title far behind",
            NOTHING,
            cdn,
            script,
            "<title>Error 502</title></head></html>",
        ),
        most("a page with its heading far behind", NOTHING, cdn, page, "<h1>Error 502</h1></body></html>"),
        most("a page of nothing but tags", NOTHING, "<html>", "<b><i>", ""),
        case(
            "a page in Latin-1",
            NOTHING,
            MOST,
            in_latin1("<p>Der Server ist gerade nicht verf?gbar.</p>\n"),
        ),
        most("plain text", (None, fire), "", SENTENCE, ""),
        dense("plain text of no ASCII", (None, Some("火事です。")), "", "火事です。", ""),
        case("plain text in Latin-1", NOTHING, MOST, in_latin1("caf? ")),
        most("white space", NOTHING, "", " \r\n\t", ""),
        most("no text", NOTHING, "", "\u{0}\u{1}\u{7f}", ""),
    ]
}

fn case(form: &str, (code, words): Said, instructions: u64, body: Vec<u8>) -> Case {
    assert!(body.len().abs_diff(LENGTH) < 100, "{form}: {}", body.len());
    let operation = GetUserDetails::new(TOKEN);
    let response = Response::builder().status(401).body(body).unwrap();
    let error = operation.parse(&response).unwrap_err();
    let begin = error.message().and_then(|message| message.get(..words?.len()));
    assert_eq!((error.code(), begin, error.message().is_some()), (code, words, words.is_some()), "{form}");
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
