//! Our requests, compared with those of clients that other people wrote: method, host, path, parameters, headers and body.
//!
//! `tests/recorded` has one request of such a client for each operation. Most were written down by running the published client
//! with a stub instead of the network, two come from a recording of Plex Web that was published in 2020. Every difference is
//! listed here with its reason, and a difference that is not listed, or no longer there, fails the test.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use http::Request;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{
    BaseUrl, CheckPin, ClaimServer, ClientInfo, CreatePin, GetClaimToken, GetDevices, GetHomeUsers, GetNonce,
    GetPlexKeys, GetResources, GetServerIdentity, GetSourceConnectionInformation, GetTransientToken,
    GetUserDetails, LinkPin, Operation, Ping, RedeemDeviceJwt, RegisterDeviceKey, RemoveDevice, SignIn,
    SignOut, Source, SwitchHomeUser,
};
use serde_json::Value;

/// Headers about the connection or the browser, which the HTTP library adds.
const OF_THE_CONNECTION: &[&str] = &[
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "cookie",
    "dnt",
    "origin",
    "referer",
    "user-agent",
];

/// A request in comparable form.
#[derive(Debug)]
struct Comparable {
    method: String,
    host: String,
    path: String,
    parameters: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Comparable {
    fn new(
        method: &str,
        host: &str,
        target: &str,
        headers: impl Iterator<Item = (String, String)>,
        body: &[u8],
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: BTreeMap<_, _> = headers
            .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()) && name != "host")
            .collect();
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            let value = if name == "deviceJWT" { comparable_jwt(&value) } else { value };
            // Plex accepts these values in either place.
            match name.to_ascii_lowercase() {
                header if header.starts_with("x-plex-") => drop(headers.insert(header, value)),
                _ => drop(parameters.insert(name, value)),
            }
        }
        let body = comparable_body(headers.get("content-type").map_or("", String::as_str), body);
        Self { method: method.into(), host: host.into(), path: path.into(), parameters, headers, body }
    }

    fn ours(request: &Request<Vec<u8>>) -> Self {
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8(value.as_bytes().to_vec()).unwrap())
        });
        let (uri, method) = (request.uri(), request.method().as_str());
        Self::new(
            method,
            uri.authority().unwrap().as_str(),
            uri.path_and_query().unwrap().as_str(),
            headers,
            request.body(),
        )
    }

    fn recorded(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first: Vec<&str> = lines.next().unwrap().split(' ').collect();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let host = headers.iter().find(|(name, _)| name == "host").unwrap().1.clone();
        Self::new(first[0], &host, first[1], headers.into_iter(), body.trim_end().as_bytes())
    }
}

/// Forms and JSON independently of the order and the encoding, with keys and JWTs replaced by the names of their parts.
fn comparable_body(content_type: &str, body: &[u8]) -> String {
    if content_type.contains("form") {
        let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        return format!("{fields:?}");
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(mut json) => {
            for name in ["x", "kid"] {
                if let Some(value) = json.pointer_mut(&format!("/jwk/{name}")) {
                    *value = "…".into();
                }
            }
            if let Some(jwt) = json.get_mut("jwt") {
                *jwt = comparable_jwt(jwt.as_str().unwrap()).into();
            }
            json.to_string()
        }
        Err(_) => String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// The names of the members and claims of a JWT.
fn comparable_jwt(jwt: &str) -> String {
    let names = |segment: &str| -> Vec<String> {
        let json = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap();
        let members: BTreeMap<String, Value> = serde_json::from_slice(&json).unwrap();
        members.into_keys().collect()
    };
    let segments: Vec<&str> = jwt.split('.').collect();
    format!("{} {}", names(segments[0]).join("+"), names(segments[1]).join("+"))
}

fn differences(theirs: &Comparable, ours: &Comparable) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (what, theirs, ours) in [
        ("method", &theirs.method, &ours.method),
        ("host", &theirs.host, &ours.host),
        ("path", &theirs.path, &ours.path),
        ("body", &theirs.body, &ours.body),
    ] {
        if theirs != ours {
            all.insert(format!("{what}: {theirs}, ours {ours}"));
        }
    }
    for (what, theirs, ours) in
        [("parameter", &theirs.parameters, &ours.parameters), ("header", &theirs.headers, &ours.headers)]
    {
        let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
        for name in names {
            match (theirs.get(name), ours.get(name)) {
                (Some(_), None) => drop(all.insert(format!("{what} {name}: only theirs"))),
                (None, Some(_)) => drop(all.insert(format!("{what} {name}: only ours"))),
                // Each client has its own name, identifier and token; only plex.tv's own page is named `Plex SSO`.
                (Some(theirs), Some(ours)) if name.starts_with("x-plex-") && theirs != "Plex SSO" => {
                    assert!(!ours.is_empty());
                }
                (Some(theirs), Some(ours)) if theirs != ours => {
                    all.insert(format!("{what} {name}: {theirs}, ours {ours}"));
                }
                _ => {}
            }
        }
    }
    all
}

/// Differences common to all requests of python-plexapi.
const OF_PLEXAPI: &[(&str, &str)] = &[
    ("header accept: */*, ours application/json", "it reads XML"),
    ("header x-plex-features: only theirs", "a flag of players"),
    ("header x-plex-sync-version: only theirs", "a flag of players that download"),
];
const NOTHING: &[(&str, &str)] = &[];
const HOST: (&str, &str) = (
    "host: plex.tv, ours clients.plex.tv",
    "both serve the API; Plex documents this endpoint for clients.plex.tv",
);

/// A recorded request, and how ours differs from it.
struct Row {
    client: &'static str,
    recorded: &'static str,
    ours: Request<Vec<u8>>,
    common: &'static [(&'static str, &'static str)],
    differences: &'static [(&'static str, &'static str)],
}

const PLEXAPI: &str = "python-plexapi 4.18.3";
/// Its class for JWTs asks for JSON.
const OF_PLEXAPI_JWT: &[(&str, &str)] = &[OF_PLEXAPI[1], OF_PLEXAPI[2]];

fn rows() -> Vec<Row> {
    // What the others know of themselves.
    let info = ClientInfo::builder("id-1", "App")
        .version("1.0")
        .platform("Linux")
        .platform_version("6")
        .device("PC")
        .device_name("my-host")
        .language("en")
        .provides("controller")
        .build()
        .unwrap();
    let server: BaseUrl = "http://192.0.2.10:32400".parse().unwrap();
    let key = DeviceKey::from_bytes([7; 32]);
    let signed = key.sign(&info, Some("nonce"), Scopes::all(), std::time::SystemTime::UNIX_EPOCH);
    let without_nonce = key.sign(&info, None, Scopes::all(), std::time::SystemTime::UNIX_EPOCH);
    let source = Source::server("96f2fe7a78c9dc1f16a16bedbe90f98149be16b4").unwrap();
    macro_rules! row {
        ($client:expr, $file:literal, $operation:expr, $common:expr, $differences:expr $(,)?) => {
            Row {
                client: $client,
                recorded: include_str!(concat!("../recorded/", $file, ".http")),
                ours: $operation.request(&info).unwrap(),
                common: $common,
                differences: $differences,
            }
        };
    }
    vec![
        row!(PLEXAPI, "get_user_details", GetUserDetails::new("TOKEN"), OF_PLEXAPI, NOTHING),
        row!(
            PLEXAPI,
            "sign_in",
            SignIn::new("user@example.com", "hunter2").remember_me(true),
            OF_PLEXAPI,
            &[(
                r#"body: {"login": "user@example.com", "password": "hunter2", "rememberMe": "True"}, ours {"login": "user@example.com", "password": "hunter2", "rememberMe": "true"}"#,
                "Python's spelling; Plex accepts both",
            )]
        ),
        row!(PLEXAPI, "sign_out", SignOut::new("TOKEN"), OF_PLEXAPI, NOTHING),
        row!(PLEXAPI, "ping", Ping::new("TOKEN"), OF_PLEXAPI, NOTHING),
        row!(PLEXAPI, "create_pin_short", CreatePin::short(), OF_PLEXAPI, NOTHING),
        row!(
            "@ctrl/plex 3.12.1",
            "create_pin_strong",
            CreatePin::strong(),
            NOTHING,
            &[
                ("header x-plex-device: only ours", "it only names itself"),
                ("header x-plex-device-name: only ours", "it only names itself"),
                ("header x-plex-language: only ours", "it only names itself"),
                ("header x-plex-platform: only ours", "it only names itself"),
                ("header x-plex-platform-version: only ours", "it only names itself"),
                ("header x-plex-provides: only ours", "it only names itself"),
                ("header x-plex-version: only ours", "it only names itself"),
            ]
        ),
        row!(
            PLEXAPI,
            "create_pin_short_with_key",
            CreatePin::short().device_key(&key),
            OF_PLEXAPI_JWT,
            &[(
                r#"body: {"jwk":{"alg":"EdDSA","crv":"Ed25519","kid":"…","kty":"OKP","use":"sig","x":"…"}}, ours {"jwk":{"alg":"EdDSA","crv":"Ed25519","kid":"…","kty":"OKP","use":"sig","x":"…"},"strong":false}"#,
                "false is the default",
            )]
        ),
        row!(PLEXAPI, "create_pin_with_key", CreatePin::strong().device_key(&key), OF_PLEXAPI_JWT, NOTHING),
        row!(PLEXAPI, "check_pin", CheckPin::new(1), OF_PLEXAPI, NOTHING),
        row!(
            PLEXAPI,
            "check_pin_with_key",
            CheckPin::new(564_964_751).device_jwt(&without_nonce),
            OF_PLEXAPI_JWT,
            &[(
                "parameter deviceJWT: alg+kid+typ aud+exp+iat+iss+nonce+scope, ours alg+kid+typ aud+exp+iat+iss+scope",
                "no nonce is needed to check a PIN, and a request for one is rate-limited",
            )]
        ),
        row!(PLEXAPI, "link_pin", LinkPin::new("TOKEN", "ABCD"), OF_PLEXAPI, NOTHING),
        row!(PLEXAPI, "get_resources", GetResources::new("TOKEN"), OF_PLEXAPI, &[HOST]),
        row!("Plex Web 4.22.2", "get_home_users", GetHomeUsers::new("TOKEN"), NOTHING, OF_PLEX_WEB),
        row!(
            "Plex Web 4.22.2",
            "switch_home_user",
            SwitchHomeUser::new("TOKEN", "USER_UUID").pin("8989"),
            &[
                ("parameter pin: only theirs", "a query ends up in logs; two other clients send a form",),
                ("header content-type: only ours", "the PIN is in a form"),
                (r#"body: , ours {"pin": "8989"}"#, "the PIN is in a form"),
                ("parameter includeProviders: only theirs", "asks for less, which is the default"),
                ("parameter includeSettings: only theirs", "asks for less, which is the default"),
                ("parameter includeSharedSettings: only theirs", "asks for less, which is the default"),
            ],
            OF_PLEX_WEB,
        ),
        row!(PLEXAPI, "get_claim_token", GetClaimToken::new("TOKEN"), OF_PLEXAPI, NOTHING),
        row!(PLEXAPI, "register_device_key", RegisterDeviceKey::new("TOKEN", &key), OF_PLEXAPI_JWT, NOTHING),
        row!(PLEXAPI, "get_nonce", GetNonce::new(), OF_PLEXAPI_JWT, NOTHING),
        row!(PLEXAPI, "redeem_device_jwt", RedeemDeviceJwt::new(signed.clone()), OF_PLEXAPI_JWT, NOTHING),
        row!(PLEXAPI, "get_plex_keys", GetPlexKeys::new(), OF_PLEXAPI_JWT, NOTHING),
        row!(
            PLEXAPI,
            "get_devices",
            GetDevices::new("TOKEN"),
            OF_PLEXAPI,
            &[HOST, ("path: /devices.xml, ours /api/v2/devices", "the newer endpoint responds in JSON"),]
        ),
        row!(PLEXAPI, "remove_device", RemoveDevice::new("TOKEN", 42), OF_PLEXAPI, NOTHING),
        row!(
            PLEXAPI,
            "claim_server",
            ClaimServer::new(&server, "claim-xxxx"),
            OF_PLEXAPI,
            &[("header x-plex-token: only theirs", "an unclaimed server asks for none",)]
        ),
        row!(PLEXAPI, "get_transient_token", GetTransientToken::new(&server, "TOKEN"), OF_PLEXAPI, NOTHING),
        row!(
            "@lukehagar/plexjs 0.43.0",
            "get_source_connection_information",
            GetSourceConnectionInformation::new(&server, "TOKEN", source),
            &[
                (
                    "header accepts: only theirs",
                    "a mistake in Plex's API description, from which it is generated"
                ),
                ("header x-plex-language: only ours", "it does not know it"),
                ("header x-plex-platform-version: only ours", "it does not know it"),
                ("header x-plex-provides: only ours", "it does not know it"),
            ],
            NOTHING,
        ),
        row!(
            PLEXAPI,
            "get_server_identity",
            GetServerIdentity::new(&server),
            OF_PLEXAPI,
            &[(
                "header x-plex-token: only theirs",
                "the endpoint asks for none, and the address has not been checked yet",
            )]
        ),
    ]
}

const OF_PLEX_WEB: &[(&str, &str)] = &[
    ("header x-plex-device-screen-resolution: only theirs", "it has a screen"),
    ("header x-plex-features: only theirs", "a flag of players"),
    ("header x-plex-model: only theirs", "it knows one"),
    ("header x-plex-provides: only ours", "it says so elsewhere"),
    ("header x-plex-sync-version: only theirs", "a flag of players that download"),
];

#[test]
fn requests_differ_from_recorded_ones_as_listed() {
    for row in rows() {
        let (theirs, ours) = (Comparable::recorded(row.recorded), Comparable::ours(&row.ours));
        let listed: BTreeSet<String> = row
            .common
            .iter()
            .chain(row.differences)
            .map(|(difference, _)| (*difference).to_owned())
            .collect();
        let first = row.recorded.lines().next().unwrap();
        assert_eq!(differences(&theirs, &ours), listed, "{} {first}", row.client);
    }
}

/// Every operation has a recorded request, and every recorded request is compared.
#[test]
fn every_operation_is_compared() {
    let folder = |name: &str| -> BTreeSet<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let pages = std::fs::read_dir(folder).unwrap();
        pages.map(|page| page.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let recorded = folder("recorded");
    assert_eq!(recorded.len(), rows().len());
    let bases: BTreeSet<String> = recorded
        .iter()
        .map(|name| name.strip_suffix("_with_key").unwrap_or(name))
        .map(|name| {
            name.strip_suffix("_short").or_else(|| name.strip_suffix("_strong")).unwrap_or(name).to_owned()
        })
        .collect();
    assert_eq!(bases, folder("../plexauth-proto/src/operations/wire"));
}
