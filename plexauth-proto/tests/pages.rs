//! The page of every operation shows its request as it is on the wire, and how to use it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "in a test a panic is the report"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use http::header::HOST;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{
    BaseUrl, CheckPin, ClientInfo, CreatePin, ExchangeDeviceJwt, GetClaimToken, GetHomeUsers, GetNonce,
    GetPlexKeys, GetResources, GetServerIdentity, GetSourceConnectionInformation, GetTransientToken,
    GetUserDetails, LinkPin, Operation, Ping, RegisterDeviceKey, SignIn, SignOut, Source, SwitchHomeUser,
};

fn client() -> ClientInfo {
    ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App").unwrap()
}

/// A request as its page shows it: the target, the headers in the order of their names, and the body.
fn on_the_wire(operation: &impl Operation) -> String {
    let request = operation.request(&client()).unwrap();
    let uri = request.uri();
    let mut headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{}: {}\n", capitalized(name.as_str()), value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = String::from_utf8(request.body().clone()).unwrap();
    let host = format!("{}: {}\n", capitalized(HOST.as_str()), uri.authority().unwrap());
    let target = uri.path_and_query().unwrap();
    let head = format!("{} {target} HTTP/1.1\n{host}{}", request.method(), headers.concat());
    if body.is_empty() { head } else { format!("{head}\n{body}\n") }
}

fn capitalized(name: &str) -> String {
    let words = name.split('-').map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join("-")
}

/// The blocks in the doc comments of a file, each with its language.
fn blocks(source: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in source.lines().filter_map(|line| line.strip_prefix("///")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line.strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(language) => {
                blocks.push((language.to_owned(), String::new()));
                is_open = true;
            }
            None if is_open => blocks.last_mut().unwrap().1.extend([line, "\n"]),
            None => {}
        }
    }
    blocks
}

fn pages() -> BTreeMap<&'static str, String> {
    let server: BaseUrl = "https://192-168-1-5.9f0b.plex.direct:32400".parse().unwrap();
    let key = DeviceKey::from_bytes([7; 32]);
    let signed = key.sign(&client(), "7c415b56", Scopes::none(), SystemTime::UNIX_EPOCH);
    let exchange =
        on_the_wire(&ExchangeDeviceJwt::new(signed.clone())).replace(signed.expose(), "DEVICE-JWT");
    [
        ("check_pin", on_the_wire(&CheckPin::new(564_964_751))),
        ("create_pin", on_the_wire(&CreatePin::strong())),
        ("exchange_device_jwt", exchange),
        ("get_claim_token", on_the_wire(&GetClaimToken::new("TOKEN"))),
        ("get_home_users", on_the_wire(&GetHomeUsers::new("TOKEN"))),
        ("get_nonce", on_the_wire(&GetNonce::new())),
        ("get_plex_keys", on_the_wire(&GetPlexKeys::new())),
        ("get_resources", on_the_wire(&GetResources::new("TOKEN"))),
        ("get_server_identity", on_the_wire(&GetServerIdentity::new(&server))),
        (
            "get_source_connection_information",
            on_the_wire(&GetSourceConnectionInformation::new(
                &server,
                "TOKEN",
                Source::server("9f0b").unwrap(),
            )),
        ),
        ("get_transient_token", on_the_wire(&GetTransientToken::new(&server, "TOKEN"))),
        ("get_user_details", on_the_wire(&GetUserDetails::new("TOKEN"))),
        ("link_pin", on_the_wire(&LinkPin::new("TOKEN", "AB12"))),
        ("ping", on_the_wire(&Ping::new("TOKEN"))),
        ("register_device_key", on_the_wire(&RegisterDeviceKey::new("TOKEN", &key))),
        ("sign_in", on_the_wire(&SignIn::new("me@example.com", "correct horse").verification_code("123456"))),
        ("sign_out", on_the_wire(&SignOut::new("TOKEN"))),
        ("switch_home_user", on_the_wire(&SwitchHomeUser::new("TOKEN", "9f0b").pin("1234"))),
    ]
    .into()
}

#[test]
fn every_operation_shows_its_request_an_example_and_its_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations");
    let mut pages = pages();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "body" {
            continue;
        }
        let wire = pages.remove(name).unwrap_or_else(|| panic!("{name} is not among the pages"));
        let source = std::fs::read_to_string(&path).unwrap();
        let blocks = blocks(&source);
        let [(http, shown), (rust, example)] = blocks.as_slice() else { panic!("{name}: {blocks:?}") };
        assert_eq!((http.as_str(), rust.as_str()), ("http", ""), "{name}");
        assert_eq!(*shown, wire, "{name}");
        assert!(example.contains(".request(&client)?") && example.contains(".parse(&response)"), "{name}");
        assert!(source.contains("/// # Errors\n"), "{name}");
    }
    assert!(pages.is_empty(), "{pages:?}");
}
