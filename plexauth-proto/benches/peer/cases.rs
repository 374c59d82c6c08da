//! Parsing an account, compared with plex-api.

#![allow(clippy::disallowed_types, reason = "runs cargo to find the sources of plex-api")]

use std::path::PathBuf;
use std::process::Command;

use http::Response;
use plex_api::MyPlex;
use plexauth_proto::{GetUserDetails, Operation};
use serde_json::{Value, from_slice};

use crate::harness::case::{Case, Limit, Work};

/// Two accounts from plex-api's tests, one of 5.9 KB with 47 features and one of 9.3 KB with 117, and one of ours.
pub(crate) fn cases() -> Vec<Case> {
    let mocks = sources_of_plex_api().join("tests/mocks/myplex/api/v2/user");
    let mock = |name| std::fs::read(mocks.join(name)).expect("test data of plex-api");
    let ours = include_bytes!("../bodies/account_6k.json");
    vec![
        case("account (5.9 KB)", mock("user_info_free.json")),
        case("account (9.3 KB)", mock("user_info_plexpass.json")),
        case("our account (6 KB)", ours.to_vec()),
    ]
}

fn case(name: &str, body: Vec<u8>) -> Case {
    let operation = GetUserDetails::new("xxxxxxxxxxxxxxxxxxxx");
    let response = Response::new(body.clone());
    Case {
        name: name.to_owned(),
        ours: Work::new(move || operation.parse(&response).expect("valid account")),
        limit: Limit::Relative {
            baseline: Work::new(move || read_by_plex_api(MyPlex::account, &body)),
            instructions: 1.0,
            more_allocations: Some(0),
        },
    }
}

/// The type is private to plex-api, so it is inferred from a public method that returns it.
fn read_by_plex_api<T: serde::de::DeserializeOwned>(_: impl Fn(&MyPlex) -> Option<&T>, body: &[u8]) -> T {
    from_slice(body).expect("valid account")
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
        .expect("cargo starts");
    let metadata: Value = from_slice(&cargo.stdout).expect("valid metadata");
    let packages = metadata["packages"].as_array().expect("list of packages");
    let plex_api =
        packages.iter().find(|package| package["name"] == "plex-api").expect("plex-api is a dependency");
    let manifest = plex_api["manifest_path"].as_str().expect("path of the manifest");
    PathBuf::from(manifest).parent().expect("directory of the manifest").to_owned()
}
