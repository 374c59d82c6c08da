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

/// The error of a success whose body is no object with a number `id` and a list of `{"port": u16}`.
fn misunderstood(body: &str) -> ResponseError {
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
fn an_error_says_what_happened_and_what_to_do() {
    let body = r#"{"errors":[{"code":1029,"message":"Please enter the verification code","status":401}]}"#;
    assert_eq!(
        refused(401, body, &Sent::password("p4ss")).to_string(),
        "the account requires a verification code (HTTP 401, code 1029, \"Please enter the verification code\"); \
         ask for it and sign in again with the same password"
    );
    assert_eq!(
        refused(401, "", &Sent::nothing()).to_string(),
        "access is denied (HTTP 401); use a token with sufficient rights"
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
        misunderstood(r#"{"id":1,"inner":[{"port":1},{"port":"x"}]}"#).to_string(),
        "the response lacks the expected data (HTTP 200, at inner[1].port, of the wrong kind); \
         report this together with the path named here"
    );
}

/// What a program shows whose `main` fails.
#[test]
fn the_debug_of_an_error_has_what_is_known_and_no_more() {
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
        format!("{:?}", misunderstood(r#"{"id":1,"inner":[{"port":"x"}]}"#)),
        "ResponseError { kind: NotUnderstood, status: 200, path: \"inner[0].port\", problem: \"of the wrong kind\" }"
    );
}

/// Every body form in which a code can come, for every code that has a kind of its own.
#[test]
fn every_code_is_read_from_every_form() {
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

/// Forms without a code leave it to the status, whatever the content type claims.
#[test]
fn bodies_without_a_code_are_read_for_their_words() {
    let token = Token::new("hushhush");
    for (body, message) in [
        (r#"{"error":"Invalid authentication token."}"#, Some("Invalid authentication token.")),
        (r#"{"status":404,"error":"Not Found"}"#, Some("Not Found")),
        ("<errors><error>Please sign in.</error></errors>", Some("Please sign in.")),
        (r#"<Response code="401" status="Incorrect PIN"/>"#, Some("Incorrect PIN")),
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
        for content_type in ["application/json", "text/json; charset=utf-8", "text/html", "image/png", ""] {
            let response =
                Response::builder().status(401).header("content-type", content_type).body(body).unwrap();
            let error = success(&response, &Sent::token(&token)).unwrap_err();
            assert_eq!(
                (error.kind(), error.code(), error.message()),
                (ErrorKind::TokenInvalid, None, message),
                "{body} as {content_type}"
            );
        }
    }
}

#[test]
fn the_wait_of_a_rate_limit_is_told() {
    let wait = |value| refused_with_header(429, "retry-after", value).retry_after();
    assert_eq!(wait("30"), Some(RetryAfter::Delay(Duration::from_secs(30))));
    assert_eq!(wait("soon"), None);
    assert_eq!(refused(429, "", &Sent::nothing()).retry_after(), None);
}

#[test]
fn a_redirect_names_the_origin_of_its_target_only() {
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
fn a_redirect_to_a_host_named_like_a_secret_does_not_name_it() {
    let token = Token::new("hushhush");
    let response =
        Response::builder().status(301).header("location", "https://hushhush.evil.example").body("").unwrap();
    let error = success(&response, &Sent::token(&token)).unwrap_err();
    assert_eq!(error.redirect_origin(), None);
}

#[test]
fn a_quote_has_at_most_200_characters_and_no_control_characters() {
    let message = |body: &str| refused(400, body, &Sent::nothing()).message().map(str::to_owned);
    assert_eq!(message(&"ä".repeat(201)), Some("ä".repeat(199) + "…"));
    assert_eq!(message(&"ä".repeat(200)), Some("ä".repeat(200)));
    assert_eq!(message(&format!(r#"{{"error":"{}"}}"#, "x ".repeat(5000))).unwrap().chars().count(), 200);
    assert_eq!(message("a\u{1b}[31m\r\n\tb"), Some("a\u{fffd}[31m b".to_owned()));
}

#[test]
fn a_body_that_echoes_a_secret_is_not_quoted() {
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
    assert_eq!(
        refused(400, &echo, &Sent::token(&token)).message(),
        None,
        "also where the cut would go through it"
    );
    let sent = Sent::password("correct horse");
    let echo = format!("{} correct\n  horse", "x".repeat(190));
    assert_eq!(refused(400, &echo, &sent).message(), None, "and with other white space");
    let echo = format!(r#"{{"error":"{} corr\u0065ct horse"}}"#, "x".repeat(900));
    assert_eq!(refused(400, &echo, &sent).message(), None, "and far behind it");
    for blank in 1_900..2_100 {
        let echo = format!("x{}correct\n  horse", " ".repeat(blank));
        assert_eq!(refused(400, &echo, &sent).message(), None, "and behind {blank} spaces");
    }
}

/// As it was sent, though decoding would make something else of it; and encoded, though it is not there as it is.
#[test]
fn a_secret_is_known_in_each_of_its_forms() {
    for (secret, body) in [
        ("50%25 off", "it is 50%25 off"),
        ("a+b", "it is a+b"),
        ("a b", "it is a%20b"),
        ("a b", "it is a+b"),
        ("a&b", "it is a%26b"),
        ("a b", "it is a\n  b"),
        ("say \"friend\"", r#"{"error":"it is \"say \\\"friend\\\"\""}"#),
    ] {
        assert_eq!(refused(500, body, &Sent::password(secret)).message(), None, "{secret} in {body}");
    }
    for (secret, body) in
        [("a_b", "it is a b"), ("a b", "100 % of it"), ("a b", "1 + 1 of it"), ("a b", r"C:\it")]
    {
        assert_eq!(
            refused(500, body, &Sent::password(secret)).message(),
            Some(body),
            "{secret} is not in it"
        );
    }
}

#[test]
fn gzip_that_nobody_asked_for_is_named() {
    let response = Response::new(&b"\x1f\x8b\x08\x00"[..]);
    assert_eq!(
        json::<u64, _>(&response, &Sent::nothing()).unwrap_err(),
        ResponseError::not_json(StatusCode::OK, "the body is compressed, which was not asked for")
    );
    assert_eq!(
        misunderstood("\u{1f}\u{8b}"),
        ResponseError::not_json(StatusCode::OK, "from line 1, column 1 on")
    );
}

#[test]
fn what_is_no_json_says_so_and_is_not_quoted() {
    let problem = |body: &str| ResponseError::not_json(StatusCode::OK, body.to_owned());
    assert_eq!(misunderstood(""), problem("the body is empty"));
    assert_eq!(misunderstood(" \n"), problem("the body is empty"));
    assert_eq!(
        misunderstood("<MediaContainer token=\"hushhush\"/>"),
        problem("the body looks like HTML or XML")
    );
    assert_eq!(misunderstood("{\"id\":1"), problem("it ends too early, at byte 7"));
    assert_eq!(misunderstood("{\"id\":1}\nhushhush"), problem("from line 2, column 1 on"));
    assert_eq!(misunderstood("hushhush"), problem("from line 1, column 1 on"));
    assert_eq!(misunderstood("hushhush").kind(), ErrorKind::NotJson);
}

#[test]
fn what_is_not_understood_names_the_path_and_quotes_nothing() {
    for (body, path, problem) in [
        ("{}", "id", "missing"),
        (r#"{"id":"hushhush"}"#, "id", "of the wrong kind"),
        (r#"{"id":1,"id":2}"#, "id", "given twice"),
        (r#"{"id":1,"inner":[{"port":1},{}]}"#, "inner[1].port", "missing"),
        (r#"{"id":1,"inner":"hushhush"}"#, "inner", "of the wrong kind"),
        ("[]", ".", "of the wrong kind"),
        ("\"hushhush\"", ".", "of the wrong kind"),
    ] {
        assert_eq!(
            misunderstood(body),
            ResponseError::not_understood(StatusCode::OK, path, problem),
            "{body}"
        );
    }
}

#[test]
fn the_path_of_the_trouble_can_be_had() {
    assert_eq!(misunderstood(r#"{"id":1,"inner":[{"port":"x"}]}"#).path(), Some("inner[0].port"));
    assert_eq!(misunderstood("").path(), None);
}

#[test]
fn a_byte_order_mark_is_no_trouble() {
    assert_eq!(json::<u8, _>(&response(200, "\u{feff}7"), &Sent::nothing()), Ok(7));
}

#[test]
fn what_was_sent_does_not_print() {
    assert_eq!(format!("{:?}", Sent::password("hushhush")), "Sent { credential: Password, .. }");
}

#[test]
fn what_is_no_utf_8_is_refused_only_where_it_is_read() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        name: String,
    }
    let read = |body: &[u8]| json::<Named, _>(&Response::new(body), &Sent::nothing());
    let refused = |at| {
        let problem = format!("it is not in UTF-8, from byte {at} on");
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
fn a_path_does_not_name_a_secret() {
    let response = Response::new(r#"{"hushhush":"x"}"#);
    let path = |sent: &Sent<'_>| {
        let error = json::<std::collections::HashMap<String, u8>, _>(&response, sent).unwrap_err();
        error.path().map(str::to_owned)
    };
    assert_eq!(path(&Sent::nothing()).as_deref(), Some("hushhush"));
    assert_eq!(path(&Sent::token(&Token::new("hushhush"))).as_deref(), Some("."));
}
