//! The search for a server among connections that misbehave.

use std::time::Duration;

use plexauth_proto::model::Resource;
use plexauth_proto::{ConnectionOutcome, Error, ErrorKind, FindServer, TransportErrorKind};
use plexauth_testing::{Peer, Wire};
use serde_json::{Value, json};

use super::ask::{TOKEN, hides, ok_response, plain};
use super::matrix::{Custom, Fault};
use crate::common::{Adapter, Settings};

const GROUP: &str = "race";
const IDENTITY: &str = r#"{"MediaContainer":{"machineIdentifier":"9f0b"}}"#;
/// The time limit of a probe.
const PROBE: Duration = Duration::from_millis(500);

pub(crate) fn faults() -> Vec<Fault> {
    use ConnectionOutcome::{AnotherServer, NoResponse, Refused};
    use TransportErrorKind::{BodyTooLarge, Broken, Timeout};
    vec![
        beside("closed connection", [NoResponse(Broken)], |mut peer| {
            peer.read_request();
            peer.close();
        }),
        beside("reset connection", [NoResponse(Broken)], |mut peer| {
            peer.read_request();
            peer.reset();
        }),
        beside("silent server", [NoResponse(Timeout)], |mut peer| peer.read_to_end()),
        beside("trickled head", [NoResponse(Timeout)], |mut peer| {
            peer.read_request();
            peer.trickle(ok_response(IDENTITY), Duration::from_millis(50));
        }),
        beside("garbage", [NoResponse(Broken)], |mut peer| {
            peer.read_request();
            peer.send("SSH-2.0-OpenSSH\r\n\r\n");
            peer.close();
        }),
        beside("endless body", [NoResponse(BodyTooLarge)], |mut peer| {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            peer.send_forever("a".repeat(1 << 14));
        }),
        beside("endless headers", [NoResponse(Broken), NoResponse(BodyTooLarge)], |mut peer| {
            peer.read_request();
            peer.send("HTTP/1.1 200 OK\r\n");
            peer.send_forever("X-Header: words\r\n".repeat(99));
        }),
        beside("page of a router", [Refused(ErrorKind::NotPlex)], |mut peer| {
            peer.read_request();
            peer.send(ok_response("<!DOCTYPE html><html><title>Router</title></html>"));
        }),
        beside("redirect", [Refused(ErrorKind::Redirected)], |mut peer| {
            peer.read_request();
            peer.send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n");
        }),
        beside("another server", [AnotherServer("other".to_owned())], |mut peer| {
            peer.read_request();
            peer.send(ok_response(&IDENTITY.replace("9f0b", "other")));
        }),
    ]
}

/// A connection that misbehaves, beside one that leads to the server, and alone.
fn beside(name: &'static str, expected: impl Into<Vec<ConnectionOutcome>>, serve: fn(Peer)) -> Fault {
    let (outcome, expected) = (Custom("found; alone, reported"), expected.into());
    Fault::new(GROUP, name, outcome, move |adapter, time| {
        let (wire, server) = (Wire::start(serve), Wire::start(|mut peer| while answer(&mut peer) {}));
        let addresses = [wire.address(), server.address()].map(plain);
        search(adapter, time, &addresses, |found| assert_eq!(found.unwrap(), addresses[1]));
        search(adapter, time, &addresses[..1], |found| {
            let Err(Error::ServerNotFound(tried)) = found else { panic!("{found:?}") };
            assert!(matches!(&tried[..], [only] if expected.contains(&only.outcome)), "{tried:?}");
        });
        assert_eq!(wire.count(TOKEN) + server.count(TOKEN), 0, "a probe carries the token");
        outcome
    })
    .within(3 * PROBE + Duration::from_secs(5))
    // An endless body grows to 1 MiB in a buffer that doubles.
    .memory(5 << 19)
}

fn answer(peer: &mut Peer) -> bool {
    peer.read_request().is_some() && peer.send(ok_response(IDENTITY))
}

fn search(adapter: Adapter, time: Duration, addresses: &[String], check: impl FnOnce(Result<String, Error>)) {
    let client = adapter.client("http://127.0.0.1:1", &Settings::new(time));
    let connections: Vec<Value> = addresses.iter().map(|uri| json!({ "uri": uri, "local": true })).collect();
    let resource = json!({
        "clientIdentifier": "9f0b", "owned": true, "accessToken": TOKEN, "connections": connections,
    });
    let resource: Resource = serde_json::from_value(resource).unwrap();
    let found = client.find_server(FindServer::new(&resource, client.info()).probe_timeout(PROBE));
    check(found.map(|found| found.base_url.to_string()).inspect_err(hides));
}
