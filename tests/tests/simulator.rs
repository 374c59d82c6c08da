//! The simulator validates requests as strictly as Plex does.

use http::{Method, Request, Response};
use plexauth_testing::Plex;

fn request(method: &str, uri: String) -> Request<Vec<u8>> {
    Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(uri)
        .header("accept", "application/json")
        .header("x-plex-client-identifier", "id-1")
        .body(Vec::new())
        .unwrap()
}

fn form(plex: &Plex, body: &str) -> Request<Vec<u8>> {
    let mut request = request("POST", format!("{}/users/signin", plex.plex_tv_url()));
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    *request.body_mut() = body.into();
    request
}

fn read(response: Response<Vec<u8>>) -> (u16, String) {
    (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
}

fn refusal(code: u32, status: u16, message: &str) -> (u16, String) {
    (status, format!(r#"{{"errors":[{{"code":{code},"message":"{message}","status":{status}}}]}}"#))
}

#[test]
fn plex_tv_requires_a_client_identifier() {
    let plex = Plex::in_memory();
    let mut request = request("GET", format!("{}/user", plex.plex_tv_url()));
    request.headers_mut().remove("x-plex-client-identifier");
    assert_eq!(read(plex.answer(request.clone())), refusal(1000, 400, "X-Plex-Client-Identifier is missing"));
    *request.uri_mut() =
        format!("{}/user?X-Plex-Client-Identifier=id-1", plex.plex_tv_url()).parse().unwrap();
    assert_eq!(read(plex.answer(request)), refusal(1001, 401, "User could not be authenticated"));
}

#[test]
fn plex_tv_responds_in_xml_by_default() {
    let plex = Plex::in_memory();
    let mut request = request("GET", format!("{}/user", plex.plex_tv_url()));
    request.headers_mut().remove("accept");
    let (status, body) = read(plex.answer(request.clone()));
    assert_eq!(
        (status, body.as_str()),
        (
            401,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <errors><error code=\"1001\" message=\"User could not be authenticated\" status=\"401\"/></errors>"
        )
    );
    request.headers_mut().insert("x-plex-token", "token-alice".parse().unwrap());
    let (status, body) = read(plex.answer(request));
    assert!(status == 200 && body.contains("<user ") && body.contains(" username=\"alice\""), "{body}");
}

#[test]
fn plex_tv_refuses_unknown_methods_paths_and_formats() {
    let plex = Plex::in_memory();
    let at = |path: &str| format!("{}{path}", plex.plex_tv_url());
    assert_eq!(read(plex.answer(request("POST", at("/user")))), refusal(1005, 405, "Method not allowed"));
    assert_eq!(
        read(plex.answer(request("GET", at("/users/signin")))),
        refusal(1005, 405, "Method not allowed")
    );
    assert_eq!(read(plex.answer(request("GET", at("/nothing")))), refusal(1002, 404, "Not Found"));
    let mut picture = request("GET", at("/user"));
    picture.headers_mut().insert("accept", "image/png".parse().unwrap());
    assert_eq!(plex.answer(picture).status(), 406);
}

#[test]
fn plex_tv_requires_a_complete_sign_in_form() {
    let plex = Plex::in_memory();
    for body in
        ["", "login=alice", "password=correct+horse", "login=alice&password=correct+horse&rememberMe=maybe"]
    {
        assert_eq!(read(plex.answer(form(&plex, body))), refusal(1004, 400, "Malformed request"), "{body}");
    }
    let mut json = form(&plex, "login=alice&password=correct+horse");
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(read(plex.answer(json)), refusal(1004, 400, "Malformed request"));
    assert_eq!(plex.answer(form(&plex, "login=alice&password=correct+horse&rememberMe=true")).status(), 201);
}

#[test]
fn correct_password_resets_the_failure_count() {
    let plex = Plex::in_memory();
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(plex.answer(form(&plex, "login=alice&password=wrong")).status(), 401);
        }
        assert_eq!(plex.answer(form(&plex, "login=alice&password=correct+horse")).status(), 201);
    }
}

#[test]
fn media_server_refuses_invalid_requests_in_html() {
    let plex = Plex::in_memory();
    let send = |method: &str, path: &str, token: &str| {
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
        let response = send(method, path, token);
        assert_eq!(response.status(), status, "{method} {path} with {token}");
        let html = response.headers()["content-type"] == "text/html";
        assert_eq!(html, status != 200, "{method} {path} with {token}");
    }
}

#[test]
fn media_server_responds_only_under_its_prefix() {
    let plex = Plex::start();
    let outside = plex.media_server_url().replace(Plex::PREFIX, "/identity");
    assert_eq!(plex.answer(request("GET", outside)).status(), 404);
}

#[test]
fn simulator_can_be_reached_by_another_name() {
    let plex = Plex::start_at(std::net::Ipv4Addr::UNSPECIFIED.into(), "localhost", [0, 0]).unwrap();
    assert!(plex.plex_tv_url().starts_with("http://localhost:"), "{}", plex.plex_tv_url());
    let info = plexauth_proto::ClientInfo::builder("id-1", "App").api_at(plex.plex_tv_url().parse().unwrap());
    let client = plexauth_ureq::Client::new(info.build().unwrap()).unwrap();
    let resources = client.send(&plexauth_proto::GetResources::new("token-alice")).unwrap();
    let search = plexauth_proto::FindServer::new(&resources[0], client.info());
    assert_eq!(client.find_server(search).unwrap().base_url.host(), "localhost");
}

#[test]
fn taken_port_is_an_error_in_words() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let other = std::net::TcpListener::bind(("127.0.0.1", taken)).unwrap();
    let error = Plex::start_on(taken, 0).unwrap_err();
    assert!(error.to_string().starts_with(&format!("port {taken} of 127.0.0.1: ")), "{error}");
    drop(other);
}

#[test]
fn refusals_say_why() {
    let plex = Plex::in_memory();
    let request =
        http::Request::get(format!("{}/user", plex.plex_tv_url())).header("accept", "application/json");
    let _ = plex.answer(request.body(Vec::new()).unwrap());
    let requests = plex.requests();
    assert_eq!(requests[0].status, Some(400));
    assert!(requests[0].refusal.as_deref().unwrap().contains("X-Plex-Client-Identifier is missing"));
}
