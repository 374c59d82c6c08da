//! What an error response says: Plex's code and words, from any of the bodies that come with one.
//!
//! plex.tv answers JSON, or XML when `Accept` was lost on the way; a Media Server answers HTML or nothing; proxies and
//! the CDN in front of plex.tv answer whole HTML pages. The `Content-Type` is often wrong, so the first character
//! decides.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;

use crate::error_kind::ErrorKind;
use crate::lenient;

/// What an error response says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<u32>,
    /// Raw: not yet cut to length, nor checked for secrets.
    pub(crate) message: Option<String>,
}

/// Reads the body of an error response. Whatever it is, there is an answer; it may be empty.
pub(crate) fn read(text: &str) -> Said {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.as_bytes().first() {
        Some(b'{' | b'[') => from_json(text),
        Some(b'<') => from_markup(text),
        Some(_) => Said { code: None, message: is_words(text).then(|| text.to_owned()) },
        None => Said::default(),
    }
}

/// Bytes that are no text (UTF-16, an image, a compressed page) are nothing to quote.
fn is_words(text: &str) -> bool {
    !text.contains(['\0', char::REPLACEMENT_CHARACTER])
}

/// Of several errors, the first that says more than its status, or else the first.
fn most_telling(all: Vec<Said>) -> Said {
    let telling = all.iter().position(|said| ErrorKind::of_code(said.code).is_some());
    all.into_iter().nth(telling.unwrap_or(0)).unwrap_or_default()
}

#[derive(Deserialize)]
struct JsonBody {
    #[serde(default, deserialize_with = "lenient::list")]
    errors: Vec<JsonError>,
    #[serde(default, deserialize_with = "lenient::optional")]
    error: Option<String>,
}

#[derive(Deserialize)]
struct JsonError {
    #[serde(default, deserialize_with = "lenient::optional")]
    code: Option<u32>,
    #[serde(default, deserialize_with = "lenient::optional")]
    message: Option<String>,
}

fn from_json(text: &str) -> Said {
    let Ok(body) = serde_json::from_str::<JsonBody>(text) else { return Said::default() };
    if body.errors.is_empty() {
        return Said { code: None, message: body.error };
    }
    most_telling(
        body.errors.into_iter().map(|error| Said { code: error.code, message: error.message }).collect(),
    )
}

/// The elements whose text is what an XML error or an HTML page says.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Error,
    Title,
    Heading,
}

/// XML of plex.tv, or a page of HTML. Pages are rarely well-formed, so reading stops without complaint where it fails.
fn from_markup(text: &str) -> Said {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut errors: Vec<Said> = Vec::new();
    let mut heading = None;
    let mut open = None;
    let mut words = String::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) => {
                open = opened(&element, &mut errors);
                words.clear();
            }
            Event::Empty(element) => {
                opened(&element, &mut errors);
            }
            Event::Text(text) if open.is_some() => words.push_str(&text),
            Event::CData(text) if open.is_some() => words.push_str(&text),
            Event::GeneralRef(reference) if open.is_some() => words.push_str(&resolved(&reference)),
            Event::End(_) => {
                let said = (!words.trim().is_empty()).then(|| words.trim().to_owned());
                match open.take() {
                    Some(Open::Error) => {
                        if let Some(error) = errors.last_mut() {
                            error.message = error.message.take().or(said);
                        }
                    }
                    Some(Open::Title) if said.is_some() => return Said { code: None, message: said },
                    Some(Open::Heading) => heading = heading.or(said),
                    Some(Open::Title) | None => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if errors.is_empty() { Said { code: None, message: heading } } else { most_telling(errors) }
}

/// Notes an error that an element is, and says whether its text is wanted.
fn opened(element: &BytesStart<'_>, errors: &mut Vec<Said>) -> Option<Open> {
    let name = element.local_name();
    let name = name.as_ref();
    if name == "error" {
        let code = attribute(element, "code").and_then(|text| text.trim().parse().ok());
        errors.push(Said { code, message: attribute(element, "message") });
        Some(Open::Error)
    } else if name == "Response" {
        // Its `code` is the HTTP status again, and its `status` the words.
        let code = attribute(element, "code").and_then(|text| text.trim().parse().ok());
        errors.push(Said { code: code.filter(|code| *code >= 1000), message: attribute(element, "status") });
        None
    } else if name.eq_ignore_ascii_case("title") {
        Some(Open::Title)
    } else if name.eq_ignore_ascii_case("h1") {
        Some(Open::Heading)
    } else {
        None
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok()??;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    (!value.trim().is_empty()).then(|| value.trim().to_owned())
}

fn resolved(reference: &str) -> String {
    let written = format!("&{reference};");
    quick_xml::escape::unescape(&written).map_or_else(|_| written.clone(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: impl Into<Option<u32>>, message: &str) -> Said {
        Said { code: code.into(), message: (!message.is_empty()).then(|| message.to_owned()) }
    }

    #[test]
    fn json_with_a_list_of_errors() {
        let body = r#"{"errors":[{"code":1001,"message":"User could not be authenticated","status":401}]}"#;
        assert_eq!(read(body), said(1001, "User could not be authenticated"));
        assert_eq!(
            read(r#"{"errors":[{"code":"1029"}]}"#),
            said(1029, ""),
            "without status, the code as text"
        );
        assert_eq!(read(r#"{"errors":{"code":1029,"message":"x"}}"#), said(1029, "x"), "one that is no list");
        assert_eq!(read(r#"{"errors":[]}"#), said(None, ""));
        assert_eq!(read(r#"{"errors":[null,7,{"code":1004}]}"#), said(1004, ""), "odd entries");
    }

    #[test]
    fn json_with_one_error_in_words() {
        assert_eq!(
            read(r#"{"error":"Invalid authentication token."}"#),
            said(None, "Invalid authentication token.")
        );
        assert_eq!(read(r#"{"status":404,"error":"Not Found"}"#), said(None, "Not Found"));
    }

    #[test]
    fn of_several_errors_the_one_that_says_most_counts() {
        let body = r#"{"errors":[{"code":1001,"message":"a"},{"code":1029,"message":"b"},{"code":1028}]}"#;
        assert_eq!(read(body), said(1029, "b"));
        let body = r#"{"errors":[{"code":1012,"message":"a"},{"code":1043,"message":"b"}]}"#;
        assert_eq!(read(body), said(1012, "a"));
        let body = r#"<errors><error code="1001" message="a"/><error code="1029" message="b"/></errors>"#;
        assert_eq!(read(body), said(1029, "b"));
    }

    #[test]
    fn xml_with_attributes() {
        let body = r#"<?xml version="1.0" encoding="UTF-8"?><errors><error code="1029" message="Please enter the &quot;verification&quot; code" status="401"/></errors>"#;
        assert_eq!(read(body), said(1029, "Please enter the \"verification\" code"));
        let body = "<errors><error status='401' message='x' code='1001'></error></errors>";
        assert_eq!(read(body), said(1001, "x"));
    }

    #[test]
    fn xml_with_words() {
        assert_eq!(read("<errors><error>Please sign in.</error></errors>"), said(None, "Please sign in."));
        let body = "<errors>\n  <error>Q&amp;A &#x2713; <![CDATA[<now>]]></error>\n</errors>";
        assert_eq!(read(body), said(None, "Q&A \u{2713} <now>"));
    }

    #[test]
    fn xml_with_a_response_element() {
        assert_eq!(read(r#"<Response code="401" status="Incorrect PIN"/>"#), said(None, "Incorrect PIN"));
        assert_eq!(read(r#"<Response code="1041" status="Incorrect PIN"/>"#), said(1041, "Incorrect PIN"));
    }

    #[test]
    fn a_word_that_looks_like_an_error_is_not_one() {
        let body = "<html><body><!-- <error code=\"1029\"/> --><p>error code=\"1031\"</p></body></html>";
        assert_eq!(read(body), said(None, ""));
    }

    #[test]
    fn html_of_a_media_server() {
        let body =
            "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>";
        assert_eq!(read(body), said(None, "Unauthorized"));
        assert_eq!(
            read("<html><head><title/></head><body><h1>404 Not Found</h1></body>"),
            said(None, "404 Not Found")
        );
        let body = "<html><head><title> </title></head><body><h1>404 Not Found</h1></body>";
        assert_eq!(read(body), said(None, "404 Not Found"), "a title that says nothing");
    }

    #[test]
    fn html_of_a_cdn_that_is_no_xml() {
        let body = "<!DOCTYPE html>\n<!--[if lt IE 7]> <html class=\"no-js ie6\"> <![endif]-->\n<HTML><HEAD><META charset=utf-8>\n\
                    <TITLE>plex.tv | 502: Bad gateway</TITLE><link rel=x disabled><script>if (a < b && c) {}</script></HEAD><br>";
        assert_eq!(read(body), said(None, "plex.tv | 502: Bad gateway"));
        let body = "<html><script>if (a < b && c > d) { }</script><h1>Error 1020</h1>";
        assert!(read(body).code.is_none());
    }

    #[test]
    fn plain_text_and_nothing() {
        assert_eq!(read(" upstream connect error\n"), said(None, "upstream connect error"));
        assert_eq!(read("\u{feff}{\"error\":\"x\"}"), said(None, "x"), "behind a byte order mark");
        assert_eq!(read(""), said(None, ""));
        assert_eq!(read(" \r\n"), said(None, ""));
        assert_eq!(read("caf\u{fffd}"), said(None, ""), "no text");
        assert_eq!(read("P\0l\0e\0x\0"), said(None, ""), "no text either");
    }

    #[test]
    fn what_is_cut_off_or_nested_without_end_is_no_trouble() {
        for body in
            ["{\"errors\":[{\"code\":10", "<errors><error code=\"10", "<errors><error>Pl", "[1,2", "<", "{"]
        {
            assert_eq!(read(body).message, None, "{body}");
        }
        assert_eq!(read(&"[".repeat(10_000)), said(None, ""));
        assert_eq!(read(&"<a>".repeat(10_000)), said(None, ""));
    }
}
