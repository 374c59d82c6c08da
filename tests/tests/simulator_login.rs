//! The simulator validates PINs, device keys and device JWTs as strictly as Plex does.

use std::time::{Duration, SystemTime};

use http::{Method, Request, Response};
use plexauth_proto::ClientInfo;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_testing::Plex;
use serde_json::Value;

const ALICE: usize = 0;

/// A device that talks to a simulator whose clock is stopped.
struct Device {
    plex: Plex,
    client: &'static str,
}

impl Device {
    fn new() -> Self {
        let plex = Plex::in_memory();
        plex.world().hold_clock(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        Self { plex, client: "id-1" }
    }

    fn request(
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
        self.request(Method::GET, path, &[], "")
    }

    fn post_json(&self, path: &str, body: &str) -> Response<Vec<u8>> {
        self.request(Method::POST, path, &[("content-type", "application/json")], body)
    }

    fn pin(&self, body: &str) -> u64 {
        let response = if body.is_empty() {
            self.request(Method::POST, "/pins", &[], "")
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

/// The status and the error code, if any.
fn refused(response: &Response<Vec<u8>>) -> (u16, Option<u64>) {
    (response.status().as_u16(), json(response)["errors"][0]["code"].as_u64())
}

fn key(seed: u8) -> DeviceKey {
    DeviceKey::from_bytes([seed; 32])
}

#[test]
fn pin_is_bound_to_its_client_and_lifetime() {
    let mut device = Device::new();
    let path = format!("/pins/{}", device.pin(""));
    assert_eq!(device.get(&path).status(), 200);
    assert_eq!(refused(&device.get(&path)), (429, Some(1003)), "one check per second at most");
    device.plex.world().advance(Duration::from_secs(1));
    assert_eq!(json(&device.get(&path))["expiresIn"], 899);
    device.client = "id-2";
    assert_eq!(refused(&device.get(&path)), (404, Some(1020)));
    device.client = "id-1";
    device.plex.world().advance(Duration::from_secs(899));
    assert_eq!(refused(&device.get(&path)), (404, Some(1020)));
    assert_eq!(refused(&device.get("/pins/7")), (404, Some(1020)));
    assert_eq!(refused(&device.get("/pins/x")), (404, Some(1020)));
    assert_eq!(refused(&device.request(Method::POST, &path, &[], "")), (405, Some(1005)));
}

#[test]
fn token_is_returned_once() {
    let device = Device::new();
    let id = device.pin("");
    device.plex.world().approve_pin(id, ALICE);
    assert!(json(&device.get(&format!("/pins/{id}")))["authToken"].is_string());
    assert_eq!(refused(&device.get(&format!("/pins/{id}"))), (404, Some(1020)));
}

#[test]
fn invalid_jwk_is_refused() {
    let device = Device::new();
    let good = format!(r#"{{"jwk":{},"strong":true}}"#, key(1).public_jwk());
    let plain = device.request(Method::POST, "/pins", &[("content-type", "text/plain")], &good);
    assert_eq!(refused(&plain), (400, Some(1004)));
    for (part, other) in [
        ("OKP", "RSA"),
        ("\"Ed25519\"", "\"X25519\""),
        ("sig", "enc"),
        ("EdDSA", "HS256"),
        ("\"kid\"", "\"id\""),
    ] {
        let bad = good.replace(part, other);
        assert_eq!(refused(&device.post_json("/pins", &bad)), (400, Some(1004)), "{bad}");
    }
    assert_eq!(refused(&device.post_json("/pins", "{")), (400, Some(1004)));
    assert_eq!(device.post_json("/pins", &good).status(), 201);
}

#[test]
fn pin_check_with_key_requires_a_device_jwt() {
    let device = Device::new();
    let (mine, other) = (key(1), key(2));
    let id = device.pin(&format!(r#"{{"jwk":{}}}"#, mine.public_jwk()));
    let check = |signed: &str| {
        device.plex.world().advance(Duration::from_secs(1));
        let query = if signed.is_empty() { String::new() } else { format!("?deviceJWT={signed}") };
        device.get(&format!("/pins/{id}{query}"))
    };
    assert_eq!(refused(&check("")), (400, Some(1004)));
    let nonce = device.nonce();
    let signed = device.signed(&mine, &nonce);
    assert_eq!(refused(&check(&device.signed(&other, &nonce))), (422, None), "another key");
    assert_eq!(refused(&check(&device.signed(&mine, "made up"))), (422, None), "a nonce that was not issued");
    assert_eq!(refused(&check(&format!("{signed}A"))), (422, None), "an invalid signature");
    assert_eq!((check(&signed).status().as_u16(), check(&signed).status().as_u16()), (200, 200));
    assert_eq!(
        refused(&check(&device.signed(&mine, &nonce))),
        (422, None),
        "another JWT with the same nonce"
    );
    device.plex.world().advance(Duration::from_secs(300));
    assert_eq!(refused(&check(&signed)), (498, None));
    let nonce = device.nonce();
    device.plex.world().advance(Duration::from_secs(301));
    assert_eq!(refused(&check(&device.signed(&mine, &nonce))), (422, None), "an expired nonce");
}

#[test]
fn exchange_requires_known_key_and_unused_nonce() {
    let mut device = Device::new();
    let mine = key(1);
    let exchange =
        |device: &Device, signed: &str| device.post_json("/auth/token", &format!(r#"{{"jwt":"{signed}"}}"#));
    let signed = device.signed(&mine, &device.nonce());
    assert_eq!(refused(&exchange(&device, &signed)), (401, Some(1097)), "the key is not registered");
    let headers = [("content-type", "application/json"), ("x-plex-token", "token-alice")];
    let body = format!(r#"{{"jwk":{}}}"#, mine.public_jwk());
    assert_eq!(device.request(Method::POST, "/auth/jwk", &headers, &body).status(), 201);
    assert_eq!(refused(&device.post_json("/auth/jwk", &body)), (401, Some(1001)), "without a token");
    assert!(json(&exchange(&device, &signed))["auth_token"].as_str().unwrap().starts_with("eyJ"));
    assert_eq!(refused(&exchange(&device, &signed)), (422, None), "the nonce has been used");
    device.client = "id-2";
    let signed = device.signed(&mine, &device.nonce());
    assert_eq!(refused(&exchange(&device, &signed)), (401, Some(1097)), "the key of another device");
    let headers = [("content-type", "application/json"), ("x-plex-token", "token-kid")];
    assert_eq!(refused(&device.request(Method::POST, "/auth/jwk", &headers, &body)), (422, None));
}

#[test]
fn device_with_wrong_clock_is_refused() {
    let device = Device::new();
    let mine = key(1);
    let headers = [("content-type", "application/json"), ("x-plex-token", "token-alice")];
    device.request(Method::POST, "/auth/jwk", &headers, &format!(r#"{{"jwk":{}}}"#, mine.public_jwk()));
    let client = ClientInfo::new("id-1", "App").unwrap();
    for (clock, status) in
        [(1_699_990_000, 498), (1_699_999_699, 498), (1_700_000_050, 200), (1_700_000_090, 422)]
    {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(clock);
        let signed = mine.sign(&client, Some(&device.nonce()), Scopes::none(), now);
        let response = device.post_json("/auth/token", &format!(r#"{{"jwt":"{}"}}"#, signed.expose()));
        assert_eq!(response.status(), status, "{clock}");
    }
}

#[test]
fn only_plexs_own_product_can_link_codes() {
    let device = Device::new();
    let response = device.request(Method::POST, "/pins", &[], "");
    let code = json(&response)["code"].as_str().unwrap().to_owned();
    let link = |product: &str, token: &str, code: &str| {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-plex-product", product),
            ("x-plex-token", token),
        ];
        device.request(Method::PUT, "/pins/link", &headers, &format!("code={code}"))
    };
    assert_eq!(refused(&link("App", "token-alice", &code)), (400, Some(1004)));
    assert_eq!(refused(&link("Plex SSO", "wrong", &code)), (401, Some(1001)));
    assert_eq!(refused(&link("Plex SSO", "token-alice", "ZZZZ")), (404, Some(1020)));
    assert_eq!(refused(&link("Plex SSO", "token-alice", "")), (404, Some(1020)));
    let linked = link("Plex SSO", "token-alice", &code.to_lowercase());
    assert_eq!((linked.status().as_u16(), linked.body().len()), (204, 0));
}
