//! The simulator is as strict as Plex about what it is sent.

use http::{Method, Request, Response};
use plexauth_tests::Simulator;

fn request(method: &str, uri: String) -> Request<Vec<u8>> {
    Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(uri)
        .header("accept", "application/json")
        .header("x-plex-client-identifier", "id-1")
        .body(Vec::new())
        .unwrap()
}

fn form(plex: &Simulator, body: &str) -> Request<Vec<u8>> {
    let mut request = request("POST", format!("{}/users/signin", plex.plex_tv_url()));
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    *request.body_mut() = body.into();
    request
}

fn said(response: Response<Vec<u8>>) -> (u16, String) {
    (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
}

fn refused(code: u32, status: u16, message: &str) -> (u16, String) {
    (status, format!(r#"{{"errors":[{{"code":{code},"message":"{message}","status":{status}}}]}}"#))
}

#[test]
fn plex_tv_wants_to_know_who_asks() {
    let plex = Simulator::in_memory();
    let mut request = request("GET", format!("{}/user", plex.plex_tv_url()));
    request.headers_mut().remove("x-plex-client-identifier");
    assert_eq!(said(plex.answer(request.clone())), refused(1000, 400, "X-Plex-Client-Identifier is missing"));
    *request.uri_mut() =
        format!("{}/user?X-Plex-Client-Identifier=id-1", plex.plex_tv_url()).parse().unwrap();
    assert_eq!(said(plex.answer(request)), refused(1001, 401, "User could not be authenticated"));
}

#[test]
fn plex_tv_answers_xml_unless_json_is_asked_for() {
    let plex = Simulator::in_memory();
    let mut request = request("GET", format!("{}/user", plex.plex_tv_url()));
    request.headers_mut().remove("accept");
    let (status, body) = said(plex.answer(request.clone()));
    assert_eq!(
        (status, body.as_str()),
        (
            401,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <errors><error code=\"1001\" message=\"User could not be authenticated\" status=\"401\"/></errors>"
        )
    );
    request.headers_mut().insert("x-plex-token", "token-alice".parse().unwrap());
    let (status, body) = said(plex.answer(request));
    assert!(status == 200 && body.contains("<user ") && body.contains(" username=\"alice\""), "{body}");
}

#[test]
fn plex_tv_refuses_methods_paths_and_formats_that_it_does_not_know() {
    let plex = Simulator::in_memory();
    let at = |path: &str| format!("{}{path}", plex.plex_tv_url());
    assert_eq!(said(plex.answer(request("POST", at("/user")))), refused(1005, 405, "Method not allowed"));
    assert_eq!(
        said(plex.answer(request("GET", at("/users/signin")))),
        refused(1005, 405, "Method not allowed")
    );
    assert_eq!(said(plex.answer(request("GET", at("/nothing")))), refused(1002, 404, "Not Found"));
    let mut picture = request("GET", at("/user"));
    picture.headers_mut().insert("accept", "image/png".parse().unwrap());
    assert_eq!(plex.answer(picture).status(), 406);
}

#[test]
fn plex_tv_wants_a_whole_form_to_sign_in() {
    let plex = Simulator::in_memory();
    for body in
        ["", "login=alice", "password=correct+horse", "login=alice&password=correct+horse&rememberMe=maybe"]
    {
        assert_eq!(said(plex.answer(form(&plex, body))), refused(1004, 400, "Malformed request"), "{body}");
    }
    let mut json = form(&plex, "login=alice&password=correct+horse");
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(said(plex.answer(json)), refused(1004, 400, "Malformed request"));
    assert_eq!(plex.answer(form(&plex, "login=alice&password=correct+horse&rememberMe=true")).status(), 201);
}

#[test]
fn a_right_password_ends_the_count_of_failures() {
    let plex = Simulator::in_memory();
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(plex.answer(form(&plex, "login=alice&password=wrong")).status(), 401);
        }
        assert_eq!(plex.answer(form(&plex, "login=alice&password=correct+horse")).status(), 201);
    }
}

#[test]
fn the_media_server_checks_what_it_is_sent_and_refuses_in_html() {
    let plex = Simulator::in_memory();
    let ask = |method: &str, path: &str, token: &str| {
        let mut request = request(method, format!("{}{path}", plex.media_server_url()));
        request.headers_mut().insert("x-plex-token", token.parse().unwrap());
        plex.answer(request)
    };
    for (method, path, token, status) in [
        ("GET", "/security/token?type=delegation&scope=all", "token-alice", 200),
        ("POST", "/security/token?type=delegation&scope=all", "token-alice", 200),
        ("GET", "/security/token?type=delegation", "token-alice", 400),
        ("GET", "/security/token?type=other&scope=all", "token-alice", 400),
        ("GET", "/security/token?type=delegation&scope=all", "wrong", 401),
        ("GET", "/security/resources?source=server://sim-machine", "token-alice", 200),
        ("GET", "/security/resources?source=server://sim-machine&refresh=2", "token-alice", 400),
        ("GET", "/security/resources?source=sim-machine", "token-alice", 400),
        ("GET", "/security/resources", "token-alice", 400),
        ("GET", "/security/resources?source=server://sim-machine", "token-kid", 403),
        ("POST", "/security/resources?source=server://sim-machine", "token-alice", 405),
        ("GET", "/nothing", "token-alice", 404),
    ] {
        let response = ask(method, path, token);
        assert_eq!(response.status(), status, "{method} {path} with {token}");
        let html = response.headers()["content-type"] == "text/html";
        assert_eq!(html, status != 200, "{method} {path} with {token}");
    }
}

#[test]
fn outside_the_prefix_there_is_no_media_server() {
    let plex = Simulator::start();
    let outside = plex.media_server_url().replace(Simulator::PREFIX, "/identity");
    assert_eq!(plex.answer(request("GET", outside)).status(), 404);
}
