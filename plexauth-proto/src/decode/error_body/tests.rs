use super::*;

fn read(body: &str) -> ErrorBody<'static> {
    let text = text(body.as_bytes());
    let ErrorBody { code, message, .. } = super::read(&text);
    ErrorBody { code, message: message.map(|message| message.into_owned().into()), ..ErrorBody::default() }
}

fn error(code: impl Into<Option<u32>>, message: &str) -> ErrorBody<'_> {
    let message = (!message.is_empty()).then_some(message.into());
    ErrorBody { code: code.into(), message, ..ErrorBody::default() }
}

fn author(body: &str) -> Author {
    super::read(&text(body.as_bytes())).author
}

#[test]
fn errors_in_plexs_form_are_plexs() {
    for body in [
        r#"{"errors":[{"code":1001,"message":"User could not be authenticated","status":401}]}"#,
        r#"{"errors":[{"message":"words"}]}"#,
        r#"{"error":"Invalid authentication token."}"#,
        r#"{"status":404,"error":"Not Found"}"#,
        r#"{"Error":{"message":"words"}}"#,
        r#"<?xml version="1.0" encoding="UTF-8"?><errors><error code="1029" message="words" status="401"/></errors>"#,
        "<errors><error>Please sign in.</error></errors>",
        r#"<Response code="401" status="Invalid PIN"/>"#,
        r#"<Error statusCode="404" error="Not Found" message="words"/>"#,
    ] {
        assert_eq!(author(body), Author::PlexTv, "{body}");
    }
}

#[test]
fn page_of_a_media_server_has_status_and_title_as_heading() {
    for body in [
        "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>",
        "<html><head><script>window.location = 'web/index.html';</script><title>Not Found</title></head>         <body><h1>404 Not Found</h1></body></html>",
    ] {
        assert_eq!(author(body), Author::MediaServer, "{body}");
    }
}

/// nginx, Apache, Squid, a page that mentions an error, and a captive portal.
#[test]
fn answers_of_proxies_are_not_plexs() {
    for body in [
        "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization \
         Required</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>",
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>403 Forbidden</title>\n</head><body>\n\
         <h1>Forbidden</h1>\n</body></html>",
        "<html><head><title>ERROR: The requested URL could not be retrieved</title></head><body><h1>ERROR</h1></body></html>",
        "<html><body><error code=\"1001\" message=\"User could not be authenticated\"/></body></html>",
        "<!doctype html><p>Sign in to the network",
        "<h1>Sign in</h1>",
        "<title>Found</title><h1>Not Found</h1>",
    ] {
        assert_eq!(author(body), Author::Page, "{body}");
    }
    for body in [
        "404 page not found",
        r#"{"message":"Unauthorized"}"#,
        r#"{"errors":[]}"#,
        r#"{"errors":[{"code":401,"message":"Authentication required"}]}"#,
        r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#,
        r#"["Not Found"]"#,
        "{}",
        "<pong>1</pong>",
        r#"<Response code="200" status="OK"/>"#,
    ] {
        assert_eq!(author(body), Author::Unknown, "{body}");
    }
    assert_eq!(
        author(
            " 
"
        ),
        Author::Nobody
    );
}

#[test]
fn error_with_a_capital_letter() {
    assert_eq!(read(r#"{"Error":{"code":1020,"message":"a"}}"#), error(1020, "a"));
    assert_eq!(read(r#"{"Error":{"statusCode":404,"error":"Not Found"}}"#), error(None, "Not Found"));
    assert_eq!(read(r#"<Error statusCode="404" error="Not Found" message="words"/>"#), error(None, "words"));
    assert_eq!(read(r#"<Error statusCode="404" error="Not Found"/>"#), error(None, "Not Found"));
}

#[test]
fn json_with_a_list_of_errors() {
    let body = r#"{"errors":[{"code":1001,"message":"User could not be authenticated","status":401}]}"#;
    assert_eq!(read(body), error(1001, "User could not be authenticated"));
    assert_eq!(read(r#"{"errors":[{"code":"1029"}]}"#), error(1029, ""), "no status, code as text");
    assert_eq!(read(r#"{"errors":{"code":1029,"message":"x"}}"#), error(1029, "x"), "not in a list");
    assert_eq!(read(r#"{"errors":[]}"#), error(None, ""));
    assert_eq!(read(r#"{"errors":[null,7,{"code":1004}]}"#), error(1004, ""), "unusable entries");
}

#[test]
fn json_with_an_error_message() {
    assert_eq!(
        read(r#"{"error":"Invalid authentication token."}"#),
        error(None, "Invalid authentication token.")
    );
    assert_eq!(read(r#"{"status":404,"error":"Not Found"}"#), error(None, "Not Found"));
    assert_eq!(read(r#"{"error":"caf\u00e9"}"#), error(None, "café"), "with an escape");
    assert_eq!(read(r#"{"error":""}"#), error(None, ""));
    assert_eq!(read(r#"{"error":7}"#), error(None, "7"), "a number");
}

#[test]
fn most_specific_error_wins() {
    let body = r#"{"errors":[{"code":1001,"message":"a"},{"code":1029,"message":"b"},{"code":1028}]}"#;
    assert_eq!(read(body), error(1029, "b"));
    let body = r#"{"errors":[{"code":1012,"message":"a"},{"code":1043,"message":"b"}]}"#;
    assert_eq!(read(body), error(1012, "a"));
    let body = r#"<errors><error code="1001" message="a"/><error code="1029" message="b"/></errors>"#;
    assert_eq!(read(body), error(1029, "b"));
}

#[test]
fn xml_with_attributes() {
    let body = r#"<?xml version="1.0" encoding="UTF-8"?><errors><error code="1029" message="Please enter the &quot;verification&quot; code" status="401"/></errors>"#;
    assert_eq!(read(body), error(1029, "Please enter the \"verification\" code"));
    let body = "<errors><error status='401' message='x' code='1001'></error></errors>";
    assert_eq!(read(body), error(1001, "x"));
}

#[test]
fn xml_with_text() {
    assert_eq!(read("<errors><error>Please sign in.</error></errors>"), error(None, "Please sign in."));
    let body = "<errors>\n  <error>Q&amp;A &#x2713; <![CDATA[<now>]]></error>\n</errors>";
    assert_eq!(read(body), error(None, "Q&A \u{2713} <now>"));
}

#[test]
fn xml_with_a_response_element() {
    assert_eq!(read(r#"<Response code="401" status="Incorrect PIN"/>"#), error(None, "Incorrect PIN"));
    assert_eq!(read(r#"<Response code="1041" status="Incorrect PIN"/>"#), error(1041, "Incorrect PIN"));
}

#[test]
fn text_that_looks_like_an_error_is_ignored() {
    let body = "<html><body><!-- <error code=\"1029\"/> --><p>error code=\"1031\"</p></body></html>";
    assert_eq!(read(body), error(None, ""));
}

#[test]
fn html_of_a_media_server() {
    let body = "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>";
    assert_eq!(read(body), error(None, "Unauthorized"));
    assert_eq!(
        read("<html><head><title/></head><body><h1>404 Not Found</h1></body>"),
        error(None, "404 Not Found")
    );
    let body = "<html><head><title> </title></head><body><h1>404 Not Found</h1></body>";
    assert_eq!(read(body), error(None, "404 Not Found"), "blank title");
    let body = format!("<html><title></title>{}<h1>404 Not Found</h1>", "<br/>".repeat(9));
    assert_eq!(read(&body), error(None, "404 Not Found"), "far from a blank title");
}

#[test]
fn malformed_html_of_a_cdn() {
    let body = "<!DOCTYPE html>\n<!--[if lt IE 7]> <html class=\"no-js ie6\"> <![endif]-->\n<HTML><HEAD><META charset=utf-8>\n\
                <TITLE>plex.tv | 502: Bad gateway</TITLE><link rel=x disabled><script>if (a < b && c) {}</script></HEAD><br>";
    assert_eq!(read(body), error(None, "plex.tv | 502: Bad gateway"));
    let body = "<html><script>if (a < b && c > d) { }</script><h1>Error 1020</h1>";
    assert!(read(body).code.is_none());
}

#[test]
fn scripts_and_style_sheets_are_not_markup() {
    for raw in
        ["if (a<b) { say('it isn\\'t \"so') }", "<!", "a </b", "<title>not this</title>", "</SCRIP", "<h1>"]
    {
        for name in ["script", "SCRIPT", "style"] {
            let body = format!("<html><head><{name} async>{raw}</{name} >\n<title>x</title></head></html>");
            assert_eq!(read(&body), error(None, "x"), "{body}");
        }
    }
    for no_end in ["s>", "\"", "-a>", "<title>not this</title>"] {
        for end in ["", "/", " ", "\t", "\n", "\r", "\u{c}", " a", " \""] {
            let body = format!("<html><script></script{no_end}</script{end}><title>x</title></html>");
            assert_eq!(read(&body), error(None, "x"), "{body}");
        }
    }
    assert_eq!(read("<html><script>never ended <title>x</title>"), error(None, ""));
}

#[test]
fn plain_text_and_empty_bodies() {
    assert_eq!(read(" upstream connect error\n"), error(None, "upstream connect error"));
    assert_eq!(read("\u{feff}{\"error\":\"x\"}"), error(None, "x"), "after a byte order mark");
    assert_eq!(read(""), error(None, ""));
    assert_eq!(read(" \r\n"), error(None, ""));
    assert_eq!(read("caf\u{fffd}"), error(None, ""), "replacement character");
    assert_eq!(read("P\0l\0e\0x\0"), error(None, ""), "UTF-16");
}

#[test]
fn complete_errors_of_truncated_json_count() {
    assert_eq!(read(r#"{"errors":[{"code":1029,"message":"x"},{"code":10"#), error(1029, "x"));
    assert_eq!(read(r#"{"error":"x","errors":[{"cod"#), error(None, "x"));
    assert_eq!(read(r#"{"errors":[{"code":1029,"message":"x"}]}]"#), error(1029, "x"));
}

#[test]
fn only_the_beginning_of_a_long_body_is_read() {
    let json = |number| format!(r#"{{"errors":[{}{{"code":1029}}]}}"#, r#"{"code":1001},"#.repeat(number));
    let xml =
        |number| format!("<errors>{}<error code='1029'/></errors>", "<error code='1001'/>".repeat(number));
    for body in [json as fn(usize) -> String, xml] {
        assert_eq!(read(&body(15)), error(1029, ""));
        assert_eq!(read(&body(16)), error(1001, ""));
    }
    let page = |number| format!("<html>{}<title>x</title></html>", "<br/>".repeat(number));
    assert_eq!(read(&page(30)), error(None, "x"));
    assert_eq!(read(&page(31)), error(None, ""));
    let russian =
        |number| format!("<errors><error code='1029'>{}</error></errors>", "&#1055;".repeat(number));
    assert_eq!(read(&russian(200)), error(1029, &"П".repeat(200)));
    assert_eq!(read(&russian(300)), error(1029, ""), "an incomplete message is not quoted");
    let far = format!(
        "<errors><!--{}--><error message='{}' code='1029'/></errors>",
        "x".repeat(9999),
        "y".repeat(9999)
    );
    assert_eq!(read(&far).code, Some(1029), "a code after long text is found");
}

#[test]
fn invalid_utf8_does_not_hide_a_code() {
    let broken = |body: &str| {
        text(body.replace('?', "\u{e9}").chars().map(|c| c as u8).collect::<Vec<_>>().as_slice()).into_owned()
    };
    assert_eq!(read(&broken(r#"{"errors":[{"message":"caf?","code":1029}]}"#)), error(1029, "caf\u{fffd}"));
    assert_eq!(read(&broken("<error code='1029' message='caf?'/>")), error(1029, "caf\u{fffd}"));
    assert_eq!(broken("caf?"), UNREADABLE);
    let json =
        |length: usize| [b"{\"error\":\"caf\xe9\"}".to_vec(), vec![b' '; length], b"x".to_vec()].concat();
    let most = json(MOST_JSON - json(0).len());
    assert_eq!(text(&most).len(), most.len() + "\u{fffd}".len() - 1);
    assert_eq!(text(&[most, vec![b'x']].concat()), UNREADABLE);
}

#[test]
fn truncated_or_deeply_nested_bodies_are_harmless() {
    for body in
        ["{\"errors\":[{\"code\":10", "<errors><error code=\"10", "<errors><error>Pl", "[1,2", "<", "{"]
    {
        assert_eq!(read(body).message, None, "{body}");
    }
    assert_eq!(read(&"[".repeat(10_000)), error(None, ""));
    assert_eq!(read(&"<a>".repeat(10_000)), error(None, ""));
}
