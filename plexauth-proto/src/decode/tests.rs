use std::time::Duration;

use serde::Deserialize;

use super::*;

fn response(status: u16, body: &str) -> Response<String> {
    Response::builder().status(status).body(body.to_owned()).unwrap()
}

fn refused(status: u16, body: &str, sent: &Sent<'_>) -> ResponseError {
    success(&response(status, body), sent).unwrap_err()
}

fn refused_with_header(status: u16, name: &str, value: &str) -> ResponseError {
    let response = Response::builder().status(status).header(name, value).body("").unwrap();
    success(&response, &Sent::nothing()).unwrap_err()
}

/// The error for a successful response whose body does not match `Outer`.
fn json_error(body: &str) -> ResponseError {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Outer {
        id: u64,
        #[serde(default)]
        inner: Vec<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Inner {
        port: u16,
    }
    json::<Outer, _>(&response(200, body), &Sent::nothing()).unwrap_err()
}

#[test]
fn display_has_cause_and_advice() {
    let body = r#"{"errors":[{"code":1029,"message":"Please enter the verification code","status":401}]}"#;
    assert_eq!(
        refused(401, body, &Sent::password("p4ss")).to_string(),
        "the account requires a verification code (HTTP 401, code 1029, \"Please enter the verification code\"); \
         ask for it and sign in again with the same password"
    );
    assert_eq!(
        refused(401, r#"{"error":"No"}"#, &Sent::nothing()).to_string(),
        "access is denied (HTTP 401, \"No\"); use a token with sufficient rights"
    );
    assert_eq!(
        refused_with_header(429, "retry-after", "7").to_string(),
        "too many requests (HTTP 429, retry after 7 s); wait before the next request"
    );
    assert_eq!(
        refused_with_header(503, "retry-after", "Sun, 06 Nov 1994 08:49:37 GMT").to_string(),
        "the server is temporarily unavailable (HTTP 503, retry at Sun, 06 Nov 1994 08:49:37 GMT); \
         keep the token and try again later"
    );
    assert_eq!(
        refused_with_header(302, "location", "https://evil.example:8443/x?token=1").to_string(),
        "the server redirected the request, which was not followed (HTTP 302, to https://evil.example:8443); \
         check the address of the server"
    );
    assert_eq!(
        json_error(r#"{"id":1,"inner":[{"port":1},{"port":"x"}]}"#).to_string(),
        "the response lacks the expected data (HTTP 200, at inner[1].port, invalid value); \
         report this together with the path named here"
    );
}

/// A program whose `main` returns an error prints this.
#[test]
fn debug_omits_unset_fields() {
    let body = r#"{"errors":[{"code":1001,"message":"Nobody"}]}"#;
    assert_eq!(
        format!("{:?}", refused(401, body, &Sent::nothing())),
        "ResponseError { kind: Forbidden, status: 401, code: 1001, message: \"Nobody\" }"
    );
    assert_eq!(
        format!("{:?}", refused_with_header(302, "location", "https://evil.example:8443/x?token=1")),
        "ResponseError { kind: Redirected, status: 302, redirect_origin: \"https://evil.example:8443\" }"
    );
    assert_eq!(
        format!("{:?}", refused_with_header(429, "retry-after", "7")),
        "ResponseError { kind: RateLimited, status: 429, retry_after: Delay(7s) }"
    );
    assert_eq!(
        format!("{:?}", json_error(r#"{"id":1,"inner":[{"port":"x"}]}"#)),
        "ResponseError { kind: NotUnderstood, status: 200, path: \"inner[0].port\", problem: \"invalid value\" }"
    );
}

#[test]
fn every_code_is_read_from_every_format() {
    use ErrorKind::*;
    let token = Token::new("hushhush");
    for (status, code, kind) in [
        (429, 1003, RateLimited),
        (403, 1009, ManagedUser),
        (404, 1020, PinUnknownOrExpired),
        (422, 1069, PinUnknownOrExpired),
        (401, 1001, TokenInvalid),
        (401, 1028, WrongVerificationCode),
        (401, 1029, VerificationCodeWanted),
        (401, 1030, EmailOnly),
        (401, 1031, TooManyFailures),
        (400, 1000, BadRequest),
        (400, 1004, BadRequest),
        (403, 1080, Forbidden),
        (500, 1007, ServerFailure),
    ] {
        for body in [
            format!(r#"{{"errors":[{{"code":{code},"message":"words","status":{status}}}]}}"#),
            format!(r#"{{"errors":[{{"code":{code},"message":"words"}}]}}"#),
            format!("\u{feff} {{\"errors\":[{{\"message\":\"words\",\"code\":\"{code}\"}}]}}"),
            format!(
                r#"<?xml version="1.0"?><errors><error code="{code}" message="words" status="{status}"/></errors>"#
            ),
            format!("<errors>\n<error message='words' code='{code}'></error></errors>"),
            format!(r#"<Response code="{code}" status="words"/>"#),
        ] {
            let error = refused(status, &body, &Sent::token(&token));
            assert_eq!(
                (error.kind(), error.code(), error.message(), error.status().as_u16()),
                (kind, Some(code), Some("words"), status),
                "{body}"
            );
        }
    }
}

/// Without a code, the status decides. The content type is ignored.
#[test]
fn message_is_read_from_a_body_without_a_code() {
    for (body, message) in [
        (r#"{"error":"Invalid authentication token."}"#, Some("Invalid authentication token.")),
        (r#"{"status":404,"error":"Not Found"}"#, Some("Not Found")),
        ("<errors><error>Please sign in.</error></errors>", Some("Please sign in.")),
        (r#"<Response code="401" status="Incorrect PIN"/>"#, Some("Incorrect PIN")),
    ] {
        kinds(body, ErrorKind::TokenInvalid, message);
    }
    for (body, message) in [
        (
            "<html><head><title>Unauthorized</title></head><body><h1>401</h1></body></html>",
            Some("Unauthorized"),
        ),
        ("no  healthy\nupstream", Some("no healthy upstream")),
        ("", None),
        ("{}", None),
        ("[]", None),
        ("{\"errors\":", None),
    ] {
        kinds(body, ErrorKind::NotPlex, None);
        assert_eq!(refused(401, body, &Sent::nothing()).message(), message, "nothing secret was sent");
    }
}

#[test]
fn challenge_without_a_code_is_not_plexs() {
    let token = Token::new("hushhush");
    for (body, kind) in [
        (r#"{"error":"unauthorized"}"#, ErrorKind::NotPlex),
        (r#"{"errors":[{"code":1001}]}"#, ErrorKind::TokenInvalid),
    ] {
        let response =
            Response::builder().status(401).header("www-authenticate", "Basic realm=\"a\"").body(body);
        assert_eq!(success(&response.unwrap(), &Sent::token(&token)).unwrap_err().kind(), kind, "{body}");
    }
}

/// Plex's own words, JSON and XML, in a response that claims to be successful.
#[test]
fn error_in_a_2xx_is_an_error() {
    let token = Token::new("hushhush");
    let sent = Sent::token(&token);
    for (body, kind, message) in [
        (
            r#"{"errors":[{"code":1001,"message":"words","status":401}]}"#,
            ErrorKind::ServerFailure,
            Some("words"),
        ),
        (r#"{"errors":[{"code":1020,"message":"words"}]}"#, ErrorKind::PinUnknownOrExpired, Some("words")),
        (r#"{"error":"words"}"#, ErrorKind::ServerFailure, Some("words")),
        (r#"{"Error":{"message":"words"}}"#, ErrorKind::ServerFailure, Some("words")),
        (
            r#"<errors><error code="1029" message="words"/></errors>"#,
            ErrorKind::VerificationCodeWanted,
            Some("words"),
        ),
        (r#"{"errors":["Invalid token"]}"#, ErrorKind::ServerFailure, None),
        (r#"{"errors":"Too many requests"}"#, ErrorKind::ServerFailure, None),
        (r#"{"errors":[{}],"error":"words"}"#, ErrorKind::ServerFailure, Some("words")),
        (r#"{"errors":[{"status":401}]}"#, ErrorKind::ServerFailure, None),
        (r#"{"error":{"message":"no"}}"#, ErrorKind::ServerFailure, None),
        (r#"{"errors":[{"code":1013,"message":"words"}]}"#, ErrorKind::ServerFailure, Some("words")),
        ("<!DOCTYPE html><title>Sign in</title>", ErrorKind::NotPlex, None),
        ("<html><body>Welcome to the hotel</body></html>", ErrorKind::NotPlex, None),
    ] {
        for error in [
            success(&response(200, body), &sent).unwrap_err(),
            acknowledged(&response(204, body), &sent).unwrap_err(),
            json::<serde_json::Value, _>(&response(201, body), &sent).unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.message()), (kind, message), "{body}");
        }
    }
    for page in [
        "<script>top.location='http://portal/'</script>",
        "<body>Please sign in</body>",
        "<a href=x>Found</a>",
    ] {
        assert_eq!(
            acknowledged(&response(200, page), &sent).unwrap_err().kind(),
            ErrorKind::NotPlex,
            "{page}"
        );
    }
    for fine in [
        r#"{"error":null}"#,
        r#"{"error":{}}"#,
        r#"{"errors":""}"#,
        r#"{"errors":[]}"#,
        r#"{"terror":"x"}"#,
        r#"[{"error":"x"}]"#,
    ] {
        success(&response(200, fine), &sent).unwrap();
    }
}

/// Latin-1, as a gateway may write it: neither a Media Server's empty body, nor an acknowledgement.
#[test]
fn body_that_is_not_text_is_somebody_elses() {
    let latin1 = |status| Response::builder().status(status).body(b"Acc\xe8s refus\xe9".to_vec()).unwrap();
    let token = Token::new("hushhush");
    let refused = success(&latin1(401), &Sent::token(&token).to_media_server()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotPlex);
    assert_eq!(acknowledged(&latin1(200), &Sent::nothing()).unwrap_err().kind(), ErrorKind::NotJson);
}

#[test]
fn acknowledgement_is_nothing_an_object_or_xml() {
    for fine in
        ["", " \n", "{}", r#"{"pong":true}"#, "<pong>1</pong>", r#"<Response code="200" status="OK"/>"#]
    {
        acknowledged(&response(200, fine), &Sent::nothing()).unwrap();
    }
    for (other, kind) in [
        ("[]", ErrorKind::NotUnderstood),
        (r#"["Not Found"]"#, ErrorKind::NotUnderstood),
        ("7", ErrorKind::NotUnderstood),
        ("OK", ErrorKind::NotJson),
        ("{", ErrorKind::NotJson),
    ] {
        let error = acknowledged(&response(200, other), &Sent::nothing()).unwrap_err();
        assert_eq!(error.kind(), kind, "{other}");
    }
}

/// A refusal of `body`, with any content type.
fn kinds(body: &str, kind: ErrorKind, message: Option<&str>) {
    let token = Token::new("hushhush");
    for content_type in ["application/json", "text/json; charset=utf-8", "text/html", "image/png", ""] {
        let response =
            Response::builder().status(401).header("content-type", content_type).body(body).unwrap();
        let error = success(&response, &Sent::token(&token)).unwrap_err();
        assert_eq!(
            (error.kind(), error.code(), error.message()),
            (kind, None, message),
            "{body} as {content_type}"
        );
    }
}

#[test]
fn rate_limit_has_retry_after() {
    let wait = |value| refused_with_header(429, "retry-after", value).retry_after();
    assert_eq!(wait("30"), Some(RetryAfter::Delay(Duration::from_secs(30))));
    assert_eq!(wait("soon"), None);
    assert_eq!(refused(429, "", &Sent::nothing()).retry_after(), None);
}

#[test]
fn redirect_names_only_the_origin() {
    for (location, origin) in [
        ("https://me:pw@evil.example/token/hushhush?x#y", Some("https://evil.example")),
        ("http://[::1]:80/", Some("http://[::1]:80")),
        ("//evil.example/x", Some("//evil.example")),
        ("/elsewhere", None),
        ("elsewhere", None),
        ("", None),
        ("https://", None),
    ] {
        let error = refused_with_header(301, "location", location);
        assert_eq!((error.kind(), error.redirect_origin()), (ErrorKind::Redirected, origin), "{location}");
    }
    let error = refused(304, "", &Sent::nothing());
    assert_eq!((error.kind(), error.redirect_origin()), (ErrorKind::Redirected, None));
}

#[test]
fn redirect_to_a_host_with_a_secret_hides_it() {
    let token = Token::new("HushHush");
    for host in ["hushhush.evil.example", "evil.HUSHHUSH.example", "HushHush"] {
        let location = format!("https://{host}");
        let response = Response::builder().status(301).header("location", location).body("").unwrap();
        let error = success(&response, &Sent::token(&token)).unwrap_err();
        assert_eq!(error.redirect_origin(), None, "{host}");
    }
}

/// A code of six digits may begin with zeros, and a page of a Media Server is no page of plex.tv's.
#[test]
fn secrets_in_other_forms_are_not_shown() {
    let sign_in = Sent::password("hush hush").and_secret(Some("001234"));
    for body in [r#"{"errors":[{"code":1234}]}"#, r#"{"errors":[{"code":"001234"}]}"#] {
        assert_eq!(refused(401, body, &sign_in).code(), None, "{body}");
    }
    let page = "<html><head><title>Unauthorized</title></head><body><h1>401 aHVzaGh1c2g</h1></body></html>";
    let token = Token::new("hushhush");
    assert_eq!(refused(401, page, &Sent::token(&token)).message(), None);
}

#[test]
fn quote_is_short_without_control_characters() {
    let message = |body: &str| refused(400, body, &Sent::nothing()).message().map(str::to_owned);
    assert_eq!(message(&"ä".repeat(201)), Some("ä".repeat(199) + "…"));
    assert_eq!(message(&"ä".repeat(200)), Some("ä".repeat(200)));
    assert_eq!(message(&format!(r#"{{"error":"{}"}}"#, "x ".repeat(5000))).unwrap().chars().count(), 200);
    assert_eq!(message("a\u{1b}[31m\r\n\tb"), Some("a\u{fffd}[31m b".to_owned()));
}

/// What hides or reverses text, in a quote or in a secret.
#[test]
fn invisible_characters_do_not_survive() {
    for invisible in
        ['\u{ad}', '\u{200b}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{1b}', '\u{e0041}']
    {
        let plexs = |words: &str| serde_json::json!({ "error": words }).to_string();
        let words = format!("a{invisible}b");
        assert_eq!(
            refused(400, &plexs(&words), &Sent::nothing()).message(),
            Some("a\u{fffd}b"),
            "{invisible:?}"
        );
        let torn = format!("no correct{invisible} horse");
        assert_eq!(
            refused(400, &plexs(&torn), &Sent::password("correct horse")).message(),
            None,
            "{invisible:?}"
        );
    }
}

/// A Home PIN may come back as a code.
#[test]
fn code_is_a_code_of_plexs_and_no_secret() {
    let body = |code: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"no"}}]}}"#);
    let code = |code: &str| refused(403, &body(code), &Sent::password("p").and_secret(Some("9876"))).code();
    assert_eq!(
        ["1041", "9875", "9876", "123", "10000"].map(code),
        [Some(1041), Some(9875), None, None, None]
    );
}

#[test]
fn body_that_echoes_a_secret_is_not_quoted() {
    let sent = Sent::password("correct horse+").and_secret(Some("123456"));
    for body in [
        "bad password: correct horse+",
        "bad form: password=correct%20horse%2B",
        "bad form: password=correct+horse%2b",
        r#"{"error":"no","password":"correct horse+"}"#,
        r#"{"error":"bad password: corr\u0065ct horse+"}"#,
        "<errors><error>correct&#x20;horse+</error></errors>",
        r#"{"errors":[{"code":1028,"message":"123456 is wrong"}]}"#,
        "<html><title>Oops</title><!-- 123456 --></html>",
    ] {
        let error = refused(401, body, &sent);
        assert_eq!(error.message(), None, "{body}");
        for shown in [format!("{error}"), format!("{error:?}")] {
            assert!(!shown.contains("horse") && !shown.contains("123456"), "{shown}");
        }
    }
    let echo = format!("{} hushhush", "x".repeat(195));
    let token = Token::new("hushhush");
    assert_eq!(refused(400, &echo, &Sent::token(&token)).message(), None, "secret at the end of the quote");
    let sent = Sent::password("correct horse");
    let echo = format!("{} correct\n  horse", "x".repeat(190));
    assert_eq!(refused(400, &echo, &sent).message(), None, "different white space");
    let echo = format!(r#"{{"error":"{} corr\u0065ct horse"}}"#, "x".repeat(900));
    assert_eq!(refused(400, &echo, &sent).message(), None, "secret far beyond the quote");
    for blank in 1_900..2_100 {
        let echo = format!("x{}correct\n  horse", " ".repeat(blank));
        assert_eq!(refused(400, &echo, &sent).message(), None, "secret after {blank} spaces");
    }
}

/// Both the raw and the encoded form are searched: decoding may change the raw form of a secret.
#[test]
fn secret_is_found_in_every_encoding() {
    for (secret, body) in [
        ("50%25 off", "it is 50%25 off"),
        ("a+b", "it is a+b"),
        ("a b", "it is a%20b"),
        ("a b", "it is a+b"),
        ("a&b", "it is a%26b"),
        ("a b", "it is a\n  b"),
        ("say \"friend\"", r#"{"error":"it is \"say \\\"friend\\\"\""}"#),
    ] {
        let plexs = if body.starts_with('{') {
            body.to_owned()
        } else {
            serde_json::json!({ "error": body }).to_string()
        };
        for body in [body, &plexs] {
            assert_eq!(refused(500, body, &Sent::password(secret)).message(), None, "{secret} in {body}");
        }
    }
    for (secret, body) in
        [("a_b", "it is a b"), ("a b", "100 % of it"), ("a b", "1 + 1 of it"), ("a b", r"C:\it")]
    {
        let plexs = serde_json::json!({ "error": body }).to_string();
        let quote = |body: &str| refused(500, body, &Sent::password(secret)).message().map(str::to_owned);
        assert_eq!(quote(&plexs).as_deref(), Some(body), "{secret} does not occur");
        assert_eq!(quote(body), None, "others may return it in any encoding");
    }
}

#[test]
fn unrequested_gzip_is_named() {
    let response = Response::new(&b"\x1f\x8b\x08\x00"[..]);
    assert_eq!(
        json::<u64, _>(&response, &Sent::nothing()).unwrap_err(),
        ResponseError::not_json(StatusCode::OK, "the body is compressed, which was not requested")
    );
    assert_eq!(
        json_error("\u{1f}\u{8b}"),
        ResponseError::not_json(StatusCode::OK, "syntax error at line 1, column 1")
    );
}

#[test]
fn invalid_json_is_described_but_not_quoted() {
    let problem = |body: &str| ResponseError::not_json(StatusCode::OK, body.to_owned());
    assert_eq!(json_error(""), problem("the body is empty"));
    assert_eq!(json_error(" \n"), problem("the body is empty"));
    assert_eq!(
        json_error("<MediaContainer token=\"hushhush\"/>"),
        problem("the body is XML, as if the request had lost its header Accept: application/json")
    );
    assert_eq!(json_error("{\"id\":1"), problem("unexpected end at byte 7"));
    assert_eq!(json_error("{\"id\":1}\nhushhush"), problem("syntax error at line 2, column 1"));
    assert_eq!(json_error("hushhush"), problem("syntax error at line 1, column 1"));
    assert_eq!(json_error("hushhush").kind(), ErrorKind::NotJson);
}

#[test]
fn mismatch_names_the_path_and_quotes_nothing() {
    for (body, path, problem) in [
        ("{}", "id", "missing"),
        (r#"{"id":"hushhush"}"#, "id", "invalid value"),
        (r#"{"id":1,"id":2}"#, "id", "duplicate field"),
        (r#"{"id":1,"inner":[{"port":1},{}]}"#, "inner[1].port", "missing"),
        (r#"{"id":1,"inner":"hushhush"}"#, "inner", "invalid value"),
        ("[]", ".", "invalid value"),
        ("\"hushhush\"", ".", "invalid value"),
    ] {
        assert_eq!(json_error(body), ResponseError::not_understood(StatusCode::OK, path, problem), "{body}");
    }
}

#[test]
fn path_is_available_from_the_error() {
    assert_eq!(json_error(r#"{"id":1,"inner":[{"port":"x"}]}"#).path(), Some("inner[0].port"));
    assert_eq!(json_error("").path(), None);
}

#[test]
fn byte_order_mark_is_ignored() {
    assert_eq!(json::<u8, _>(&response(200, "\u{feff}7"), &Sent::nothing()), Ok(7));
}

#[test]
fn debug_hides_the_secrets() {
    assert_eq!(format!("{:?}", Sent::password("hushhush")), "Sent { credential: Password, .. }");
}

#[test]
fn invalid_utf8_is_refused_only_in_fields_read() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        name: String,
    }
    let read = |body: &[u8]| json::<Named, _>(&Response::new(body), &Sent::nothing());
    let refused = |at| {
        let problem = format!("invalid UTF-8 at byte {at}");
        Err(ResponseError::not_json(StatusCode::OK, problem))
    };
    assert_eq!(read(b"{\"name\":\"a\xe9b\"}"), refused(10));
    assert_eq!(read(b"{\"name\":\"\xe9\xe9\\udc00\"}"), refused(9));
    assert_eq!(read(b"{\"name\":\"a\\\xe9\"}"), refused(11));
    assert_eq!(read(b"{\"name\":\"\\ud800\xe9\"}"), refused(15));
    assert_eq!(read(b"{\"name\":\"a\"}\xe9"), refused(12));
    assert_eq!(read(b"{\"new\":\"\xe9\xe9 \xf0\",\"name\":\"a\"}"), Ok(Named { name: "a".into() }));
}

#[test]
fn path_never_contains_a_secret() {
    let response = Response::new(r#"{"hushhush":"x"}"#);
    let path = |sent: &Sent<'_>| {
        let error = json::<std::collections::HashMap<String, u8>, _>(&response, sent).unwrap_err();
        error.path().map(str::to_owned)
    };
    assert_eq!(path(&Sent::nothing()).as_deref(), Some("hushhush"));
    assert_eq!(path(&Sent::token(&Token::new("hushhush"))).as_deref(), Some("."));
}
