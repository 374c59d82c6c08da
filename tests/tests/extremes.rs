//! Addresses, durations and clocks at their limits are fine or an error, never a panic, in every adapter.

mod common;

use std::process::Command;
use std::time::{Duration, SystemTime};

use common::{Adapter, Settings};
use http::{Request, Uri};
use plexauth_proto::model::Resource;
use plexauth_proto::{BaseUrl, Error, FindServer, GetUserDetails, TransportErrorKind};
use plexauth_testing::{Plex, Wire};
use proptest::prelude::*;

fn get(uri: Uri) -> Request<Vec<u8>> {
    Request::get(uri).body(Vec::new()).unwrap()
}

#[test]
fn longest_timeouts_are_accepted() {
    let simulator = Plex::start();
    let origin = simulator.plex_tv_url().replace("/api/v2", "");
    for adapter in Adapter::ALL {
        for time in [Duration::MAX, Duration::from_secs(u64::MAX / 2), Duration::from_secs(1 << 40)] {
            let client = adapter.client(&origin, &Settings::new(time));
            client.send(&GetUserDetails::new("token-alice")).unwrap();
        }
    }
}

#[test]
fn zero_timeouts_are_errors() {
    let silent = Wire::start(|mut peer| peer.read_to_end());
    let uri: Uri = format!("http://{}", silent.address()).parse().unwrap();
    for adapter in Adapter::ALL {
        let client = adapter.client("http://127.0.0.1:1", &Settings::new(Duration::ZERO));
        let error = client.exchange(get(uri.clone())).unwrap_err();
        assert!(error.kind().is_timeout(), "{adapter}: {error}");
    }
}

/// What a server may say in `Connection.uri`, and what an application may pass to `exchange`.
const ADDRESSES: [&str; 14] = [
    "http://1.2.3.4.5:1",
    "http://xn--:1",
    "http://0x100000000:1",
    "http://h:+1",
    "http://h:99999",
    "http://h:",
    "http://[::1%25lo]:1",
    "http://a..b:1",
    "http://256.1.1.1:1",
    "http://user@:1",
    "http://a%20b:1",
    "https://[::g]:1",
    "http://[::1]x:1",
    "http://[::1]1",
];

#[test]
fn unusable_address_is_a_connect_error() {
    let simulator = Plex::start();
    let reachable = simulator.plex_tv_url().replace("http://", "").replace("/api/v2", "");
    for adapter in Adapter::ALL {
        let client = adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_secs(20)));
        let uris = ADDRESSES.map(|address| (address, address.parse::<Uri>()));
        assert_eq!(uris.iter().filter(|(_, uri)| uri.is_err()).count(), 1, "{uris:?}");
        for (address, uri) in uris {
            let Ok(uri) = uri else { continue };
            let error = client.exchange(get(uri)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Connect, "{address} over {adapter}: {error:?}");
        }
        for uri in ["/path", "localhost:1", "*"] {
            let error = client.exchange(get(uri.parse().unwrap())).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Connect, "{uri} over {adapter}: {error:?}");
        }
        // Parsing would convert these to lower case.
        for scheme in ["HTTP", "Https"] {
            let uri = Uri::builder().scheme(scheme).authority(reachable.as_str()).path_and_query("/").build();
            let error = client.exchange(get(uri.unwrap())).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Connect, "{scheme} over {adapter}: {error:?}");
        }
    }
    assert_eq!(simulator.requests().len(), 0);
}

fn any_address() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[0-9a-z.:%+_~-]{0,12}",
        "(xn--)?[a-z0-9-]{0,8}(\\.xn--[a-z0-9-]{0,6})?",
        "0?x?[0-9a-f]{0,10}(\\.[0-9]{0,4}){0,5}",
        "\\[[0-9a-f:.%]{0,20}\\][a-z.:0-9]{0,4}",
    ];
    (prop_oneof![Just("http"), Just("https")], host, "(:[0-9+-]{0,6})?")
        .prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

/// Addresses that `BaseUrl` accepts are not contacted: they may exist.
#[test]
fn any_refused_address_is_an_error() {
    let clients = Adapter::ALL
        .map(|adapter| adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_secs(20))));
    proptest!(|(address in any_address())| {
        let uri = address.parse::<Uri>().ok();
        prop_assume!(uri.as_ref().is_none_or(|uri| BaseUrl::try_from(uri).is_err()));
        for client in &clients {
            let found = client.find_server(FindServer::new(&resource(&address), client.info()));
            prop_assert!(matches!(found, Err(Error::ServerNotFound { .. })), "{:?}", found);
            if let Some(uri) = uri.clone() {
                let error = client.exchange(get(uri)).unwrap_err();
                prop_assert_eq!(error.kind(), TransportErrorKind::Connect, "{:?}", error);
            }
        }
    });
}

fn resource(address: &str) -> Resource {
    serde_json::from_value(serde_json::json!({
        "clientIdentifier": "9f0b",
        "name": "Den",
        "provides": "server",
        "owned": true,
        "accessToken": "hushhush",
        "connections": [{ "uri": address, "local": true }],
    }))
    .unwrap()
}

/// Set in child processes: the origin of the simulated plex.tv, and that of a server that must not be reached.
const CHILD: &str = "PLEXAUTH_EXTREMES_CHILD";

#[test]
#[ignore = "needs Debian's faketime"]
fn https_before_1970_is_an_error() {
    let simulator = Plex::start();
    let unreached = Wire::start(|mut peer| peer.read_to_end());
    let plex_tv = simulator.plex_tv_url().replace("/api/v2", "");
    let child = Command::new("faketime")
        .arg("1960-01-01 00:00:00")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child_before_1970", "--nocapture"])
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env(CHILD, format!("{plex_tv} https://{}", unreached.address()))
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    assert_eq!((simulator.requests().len(), unreached.connections()), (3, 0));
}

/// Only runs in a child process, for the test above.
#[test]
fn child_before_1970() {
    let Ok(origins) = std::env::var(CHILD) else { return };
    let (plex_tv, unreached) = origins.split_once(' ').unwrap();
    assert!(SystemTime::now() < SystemTime::UNIX_EPOCH);
    for adapter in Adapter::ALL {
        let client = adapter.client(plex_tv, &Settings::new(Duration::from_secs(20)));
        client.send(&GetUserDetails::new("token-alice")).unwrap();
        let error = client.exchange(get(unreached.parse().unwrap())).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Tls, "{adapter}: {error}");
    }
}
