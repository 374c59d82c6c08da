//! Reading an account with plex-api and with us.

#![allow(clippy::disallowed_types, reason = "it asks cargo where plex-api is")]

use std::path::PathBuf;
use std::process::Command;

use http::Response;
use plex_api::MyPlex;
use plexauth_proto::{GetUserDetails, Operation};
use serde_json::{Value, from_slice};

use crate::harness::case::{Bar, Case, Work};

/// Two accounts that plex-api tests itself with: one of 5.9 KB with 47 features, and one of 9.3 KB with 117; and ours.
pub(crate) fn cases() -> Vec<Case> {
    let mocks = sources_of_plex_api().join("tests/mocks/myplex/api/v2/user");
    let mock = |name| std::fs::read(mocks.join(name)).expect("a test body of plex-api");
    let ours = include_bytes!("../bodies/account_6k.json");
    vec![
        case("account of 5.9 KB", mock("user_info_free.json")),
        case("account of 9.3 KB", mock("user_info_plexpass.json")),
        case("account of our 6 KB", ours.to_vec()),
    ]
}

fn case(name: &str, body: Vec<u8>) -> Case {
    let operation = GetUserDetails::new("xxxxxxxxxxxxxxxxxxxx");
    let response = Response::new(body.clone());
    Case {
        name: name.to_owned(),
        ours: Work::new(move || operation.parse(&response).expect("an account")),
        bar: Bar::Against {
            yardstick: Work::new(move || read_by_plex_api(MyPlex::account, &body)),
            instructions: 1.0,
            more_allocations: Some(0),
        },
    }
}

/// The type cannot be named from outside of plex-api, but a method gives it.
fn read_by_plex_api<T: serde::de::DeserializeOwned>(_: impl Fn(&MyPlex) -> Option<&T>, body: &[u8]) -> T {
    from_slice(body).expect("an account")
}

fn sources_of_plex_api() -> PathBuf {
    let cargo = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ])
        .output()
        .expect("cargo can be started");
    let metadata: Value = from_slice(&cargo.stdout).expect("cargo's description of the packages");
    let packages = metadata["packages"].as_array().expect("packages");
    let plex_api =
        packages.iter().find(|package| package["name"] == "plex-api").expect("plex-api among them");
    let manifest = plex_api["manifest_path"].as_str().expect("a path");
    PathBuf::from(manifest).parent().expect("a directory").to_owned()
}
