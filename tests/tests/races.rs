//! A race for a server's address leaves nothing behind, and `reachable` reports every connection. The test needs its own process,
//! whose sockets and threads it counts.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::process::sockets;
use common::{Adapter, Settings};
use plexauth_proto::model::Resource;
use plexauth_proto::{ConnectionOutcome, ConnectionTier, FindServer, LeftOut, TransportErrorKind};
use plexauth_testing::{Closed, Wire};
use serde_json::json;

fn connection(address: std::net::SocketAddr, local: bool) -> serde_json::Value {
    json!({ "uri": format!("http://{address}"), "local": local })
}

fn probe_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "plexauth-probe").count()
}

#[test]
fn race_leaves_nothing_behind() {
    let live = Wire::start(|mut peer| {
        while peer.read_request().is_some() {
            let body = r#"{"MediaContainer":{"machineIdentifier":"9f0b"}}"#;
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    });
    let silent = [(); 10].map(|()| Wire::start(|mut peer| peer.read_to_end()));
    let (other, closed) = (
        Wire::start(|mut peer| {
            peer.send("garbage");
        }),
        Closed::bind(),
    );
    let mut connections: Vec<_> = silent.iter().map(|wire| connection(wire.address(), true)).collect();
    connections.push(connection(live.address(), true));
    connections.push(connection(other.address(), false));
    connections.push(connection(closed.address(), false));
    connections.push(json!({ "uri": "http://203.0.113.7:1" }));
    let resource: Resource = serde_json::from_value(
        json!({ "clientIdentifier": "9f0b", "owned": true, "connections": connections }),
    )
    .unwrap();
    for adapter in Adapter::ALL {
        let client = || adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_secs(20)));
        // The first runtime of a process opens sockets that stay.
        drop(client());
        let before = sockets();
        let client = client();
        let found = client.find_server(FindServer::new(&resource, client.info())).unwrap();
        assert_eq!(found.base_url.port(), Some(live.address().port()));
        assert_eq!((found.tier, found.token), (ConnectionTier::Local, None));

        let search = FindServer::new(&resource, client.info()).timeout(Duration::from_millis(200));
        let outcomes = client.reachable(search).unwrap();
        let outcome_of = |address: String| {
            let tried = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
            tried.filter(|tried| tried.address.contains(&address)).map(|tried| &tried.outcome).next()
        };
        let lost = |kind| Some(ConnectionOutcome::NoResponse(kind));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(outcome_of(silent[0].address().to_string()).cloned(), lost(TransportErrorKind::Timeout));
        assert_eq!(outcome_of(other.address().to_string()).cloned(), lost(TransportErrorKind::Broken));
        assert_eq!(outcome_of(closed.address().to_string()).cloned(), lost(TransportErrorKind::Connect));
        let left_out = Some(ConnectionOutcome::LeftOut(LeftOut::Insecure));
        assert_eq!(outcome_of("203.0.113.7".into()).cloned(), left_out);

        drop(client);
        let deadline = Instant::now() + Duration::from_secs(20);
        while (sockets(), probe_threads()) != (before, 0) {
            assert!(
                Instant::now() < deadline,
                "{adapter}: {} sockets, {} threads",
                sockets(),
                probe_threads()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
