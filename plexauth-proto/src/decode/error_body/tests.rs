use super::*;

fn read(body: &str) -> Said<'static> {
    let text = text(body.as_bytes());
    let Said { code, message } = super::read(&text);
    Said { code, message: message.map(|message| message.into_owned().into()) }
}

fn said(code: impl Into<Option<u32>>, message: &str) -> Said<'_> {
    Said { code: code.into(), message: (!message.is_empty()).then_some(message.into()) }
}

#[test]
fn json_with_a_list_of_errors() {
    let body = r#"{"errors":[{"code":1001,"message":"User could not be authenticated","status":401}]}"#;
    assert_eq!(read(body), said(1001, "User could not be authenticated"));
    assert_eq!(read(r#"{"errors":[{"code":"1029"}]}"#), said(1029, ""), "without status, the code as text");
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
    assert_eq!(read(r#"{"error":"caf\u00e9"}"#), said(None, "café"), "with an escape");
    assert_eq!(read(r#"{"error":""}"#), said(None, ""));
    assert_eq!(read(r#"{"error":7}"#), said(None, "7"), "a number");
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
    let body = "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>";
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
fn what_was_complete_before_json_broke_off_counts() {
    assert_eq!(read(r#"{"errors":[{"code":1029,"message":"x"},{"code":10"#), said(1029, "x"));
    assert_eq!(read(r#"{"error":"x","errors":[{"cod"#), said(None, "x"));
    assert_eq!(read(r#"{"errors":[{"code":1029,"message":"x"}]}]"#), said(1029, "x"));
}

#[test]
fn only_the_beginning_of_a_list_or_of_a_page_is_looked_at() {
    let json = |number| format!(r#"{{"errors":[{}{{"code":1029}}]}}"#, r#"{"code":1001},"#.repeat(number));
    let xml =
        |number| format!("<errors>{}<error code='1029'/></errors>", "<error code='1001'/>".repeat(number));
    for body in [json as fn(usize) -> String, xml] {
        assert_eq!(read(&body(15)), said(1029, ""));
        assert_eq!(read(&body(16)), said(1001, ""));
    }
    let page = |number| format!("<html>{}<title>x</title></html>", "<br/>".repeat(number));
    assert_eq!(read(&page(30)), said(None, "x"));
    assert_eq!(read(&page(31)), said(None, ""));
    let russian =
        |number| format!("<errors><error code='1029'>{}</error></errors>", "&#1055;".repeat(number));
    assert_eq!(read(&russian(200)), said(1029, &"П".repeat(200)));
    assert_eq!(read(&russian(300)), said(1029, ""), "what is not read to its end is nothing to quote");
    let far = format!(
        "<errors><!--{}--><error message='{}' code='1029'/></errors>",
        "x".repeat(9999),
        "y".repeat(9999)
    );
    assert_eq!(read(&far).code, Some(1029), "a code counts wherever it stands");
}

#[test]
fn broken_characters_do_not_hide_a_code() {
    let broken = |body: &str| {
        text(body.replace('?', "\u{e9}").chars().map(|c| c as u8).collect::<Vec<_>>().as_slice()).into_owned()
    };
    assert_eq!(read(&broken(r#"{"errors":[{"message":"caf?","code":1029}]}"#)), said(1029, "caf\u{fffd}"));
    assert_eq!(read(&broken("<error code='1029' message='caf?'/>")), said(1029, "caf\u{fffd}"));
    assert_eq!(broken("caf?"), "");
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
