//! The simulator is as strict as Plex about PINs, keys and what devices sign.

use std::time::{Duration, SystemTime};

use http::{Method, Request, Response};
use plexauth_proto::ClientInfo;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_tests::Simulator;
use serde_json::Value;

const ALICE: usize = 0;

/// A simulator whose clock stands still, and somebody who talks to it.
struct Asker {
    plex: Simulator,
    client: &'static str,
}

impl Asker {
    fn new() -> Self {
        let plex = Simulator::in_memory();
        plex.world().hold_clock(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        Self { plex, client: "id-1" }
    }

    fn ask_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Response<Vec<u8>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.plex.plex_tv_url()))
            .header("accept", "application/json")
            .header("x-plex-product", "App")
            .header("x-plex-client-identifier", self.client)
            .body(body.into())
            .unwrap();
        for &(name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        self.plex.answer(request)
    }

    fn get(&self, path: &str) -> Response<Vec<u8>> {
        self.ask_with(Method::GET, path, &[], "")
    }

    fn post_json(&self, path: &str, body: &str) -> Response<Vec<u8>> {
        self.ask_with(Method::POST, path, &[("content-type", "application/json")], body)
    }

    fn pin(&self, body: &str) -> u64 {
        let response = if body.is_empty() {
            self.ask_with(Method::POST, "/pins", &[], "")
        } else {
            self.post_json("/pins", body)
        };
        assert_eq!(response.status(), 201);
        json(&response)["id"].as_u64().unwrap()
    }

    fn nonce(&self) -> String {
        json(&self.get("/auth/nonce"))["nonce"].as_str().unwrap().to_owned()
    }

    fn signed(&self, key: &DeviceKey, nonce: &str) -> String {
        let client = ClientInfo::new(self.client, "App").unwrap();
        key.sign(&client, Some(nonce), Scopes::all(), self.plex.world().now()).expose().to_owned()
    }
}

fn json(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// The status, and the code if there is one.
fn refused(response: &Response<Vec<u8>>) -> (u16, Option<u64>) {
    (response.status().as_u16(), json(response)["errors"][0]["code"].as_u64())
}

fn key(seed: u8) -> DeviceKey {
    DeviceKey::from_bytes([seed; 32])
}

#[test]
fn a_pin_is_bound_to_who_asked_and_to_its_time() {
    let mut asker = Asker::new();
    let path = format!("/pins/{}", asker.pin(""));
    assert_eq!(asker.get(&path).status(), 200);
    assert_eq!(refused(&asker.get(&path)), (429, Some(1003)), "not twice in a second");
    asker.plex.world().advance(Duration::from_secs(1));
    assert_eq!(json(&asker.get(&path))["expiresIn"], 1799);
    asker.client = "id-2";
    assert_eq!(refused(&asker.get(&path)), (404, Some(1020)));
    asker.client = "id-1";
    asker.plex.world().advance(Duration::from_secs(1799));
    assert_eq!(refused(&asker.get(&path)), (404, Some(1020)));
    assert_eq!(refused(&asker.get("/pins/7")), (404, Some(1020)));
    assert_eq!(refused(&asker.get("/pins/x")), (404, Some(1020)));
    assert_eq!(refused(&asker.ask_with(Method::POST, &path, &[], "")), (405, Some(1005)));
}

#[test]
fn a_token_is_handed_out_once() {
    let asker = Asker::new();
    let id = asker.pin("");
    asker.plex.world().approve_pin(id, ALICE);
    assert!(json(&asker.get(&format!("/pins/{id}")))["authToken"].is_string());
    assert_eq!(refused(&asker.get(&format!("/pins/{id}"))), (404, Some(1020)));
}

#[test]
fn a_key_is_checked_member_by_member() {
    let asker = Asker::new();
    let good = format!(r#"{{"jwk":{},"strong":true}}"#, key(1).public_jwk());
    let plain = asker.ask_with(Method::POST, "/pins", &[("content-type", "text/plain")], &good);
    assert_eq!(refused(&plain), (400, Some(1004)));
    for (part, other) in [
        ("OKP", "RSA"),
        ("\"Ed25519\"", "\"X25519\""),
        ("sig", "enc"),
        ("EdDSA", "HS256"),
        ("\"kid\"", "\"id\""),
    ] {
        let bad = good.replace(part, other);
        assert_eq!(refused(&asker.post_json("/pins", &bad)), (400, Some(1004)), "{bad}");
    }
    assert_eq!(refused(&asker.post_json("/pins", "{")), (400, Some(1004)));
    assert_eq!(asker.post_json("/pins", &good).status(), 201);
}

#[test]
fn a_check_with_a_key_wants_what_the_device_signed() {
    let asker = Asker::new();
    let (mine, other) = (key(1), key(2));
    let id = asker.pin(&format!(r#"{{"jwk":{}}}"#, mine.public_jwk()));
    let check = |signed: &str| {
        asker.plex.world().advance(Duration::from_secs(1));
        let query = if signed.is_empty() { String::new() } else { format!("?deviceJWT={signed}") };
        asker.get(&format!("/pins/{id}{query}"))
    };
    assert_eq!(refused(&check("")), (400, Some(1004)));
    let nonce = asker.nonce();
    let signed = asker.signed(&mine, &nonce);
    assert_eq!(refused(&check(&asker.signed(&other, &nonce))), (422, None), "another key");
    assert_eq!(refused(&check(&asker.signed(&mine, "made up"))), (422, None), "no nonce of Plex's");
    assert_eq!(refused(&check(&format!("{signed}A"))), (422, None), "another signature");
    assert_eq!((check(&signed).status().as_u16(), check(&signed).status().as_u16()), (200, 200));
    assert_eq!(refused(&check(&asker.signed(&mine, &nonce))), (422, None), "another JWT with the same nonce");
    asker.plex.world().advance(Duration::from_secs(300));
    assert_eq!(refused(&check(&signed)), (498, None));
    let nonce = asker.nonce();
    asker.plex.world().advance(Duration::from_secs(301));
    assert_eq!(refused(&check(&asker.signed(&mine, &nonce))), (422, None), "a nonce that has gone stale");
}

#[test]
fn an_exchange_wants_a_known_key_and_an_unused_nonce() {
    let mut asker = Asker::new();
    let mine = key(1);
    let exchange =
        |asker: &Asker, signed: &str| asker.post_json("/auth/token", &format!(r#"{{"jwt":"{signed}"}}"#));
    let signed = asker.signed(&mine, &asker.nonce());
    assert_eq!(refused(&exchange(&asker, &signed)), (422, None), "nobody knows the key");
    let headers = [("content-type", "application/json"), ("x-plex-token", "token-alice")];
    let body = format!(r#"{{"jwk":{}}}"#, mine.public_jwk());
    assert_eq!(asker.ask_with(Method::POST, "/auth/jwk", &headers, &body).status(), 201);
    assert_eq!(refused(&asker.post_json("/auth/jwk", &body)), (401, Some(1001)), "without a token");
    assert!(json(&exchange(&asker, &signed))["auth_token"].as_str().unwrap().starts_with("eyJ"));
    assert_eq!(refused(&exchange(&asker, &signed)), (422, None), "the nonce was used");
    asker.client = "id-2";
    let signed = asker.signed(&mine, &asker.nonce());
    assert_eq!(refused(&exchange(&asker, &signed)), (422, None), "the key of another device");
    assert_eq!(refused(&asker.ask_with(Method::POST, "/auth/jwk", &headers, &body)), (422, None));
}

#[test]
fn a_device_whose_clock_is_wrong_is_refused() {
    let asker = Asker::new();
    let mine = key(1);
    let headers = [("content-type", "application/json"), ("x-plex-token", "token-alice")];
    asker.ask_with(Method::POST, "/auth/jwk", &headers, &format!(r#"{{"jwk":{}}}"#, mine.public_jwk()));
    let client = ClientInfo::new("id-1", "App").unwrap();
    for (clock, status) in
        [(1_699_990_000, 498), (1_699_999_699, 498), (1_700_000_050, 200), (1_700_000_090, 422)]
    {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(clock);
        let signed = mine.sign(&client, Some(&asker.nonce()), Scopes::none(), now);
        let response = asker.post_json("/auth/token", &format!(r#"{{"jwt":"{}"}}"#, signed.expose()));
        assert_eq!(response.status(), status, "{clock}");
    }
}

#[test]
fn only_plexs_own_page_links_codes() {
    let asker = Asker::new();
    let response = asker.ask_with(Method::POST, "/pins", &[], "");
    let code = json(&response)["code"].as_str().unwrap().to_owned();
    let link = |product: &str, token: &str, code: &str| {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-plex-product", product),
            ("x-plex-token", token),
        ];
        asker.ask_with(Method::PUT, "/pins/link", &headers, &format!("code={code}"))
    };
    assert_eq!(refused(&link("App", "token-alice", &code)), (400, Some(1004)));
    assert_eq!(refused(&link("Plex SSO", "wrong", &code)), (401, Some(1001)));
    assert_eq!(refused(&link("Plex SSO", "token-alice", "ZZZZ")), (404, Some(1020)));
    assert_eq!(refused(&link("Plex SSO", "token-alice", "")), (404, Some(1020)));
    let linked = link("Plex SSO", "token-alice", &code.to_lowercase());
    assert_eq!((linked.status().as_u16(), linked.body().len()), (204, 0));
}
