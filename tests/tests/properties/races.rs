//! Races for a server's address, with any connections and any order of responses, failures and silence.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use http::Response;
use plexauth_proto::model::Resource;
use plexauth_proto::{
    ClientInfo, ConnectionOutcome, ConnectionTier, FindServer, InsecureConnections, RaceStep, TransportError,
    TransportErrorKind,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::config;

const LIMIT: u64 = 3_000;
const LOCAL: u64 = 250;
const BEFORE_RELAY: u64 = 1_000;

/// What happens at an address, after so many milliseconds.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Right,
    Other,
    Refused,
    Fails(TransportErrorKind),
    Silent,
}

fn outcome() -> impl Strategy<Value = (u64, Outcome)> {
    let outcome = prop_oneof![
        2 => Just(Outcome::Right),
        1 => Just(Outcome::Other),
        1 => Just(Outcome::Refused),
        2 => Just(Outcome::Fails(TransportErrorKind::Connect)),
        1 => Just(Outcome::Fails(TransportErrorKind::Tls)),
        1 => Just(Outcome::Fails(TransportErrorKind::Broken)),
        3 => Just(Outcome::Silent),
    ];
    (prop_oneof![0..50_u64, 0..4_000_u64], outcome)
}

/// A connection to one of a few addresses.
fn connection() -> impl Strategy<Value = Value> {
    (0..30_u8, any::<bool>(), any::<bool>(), 0..6_u8).prop_map(|(host, https, local, relay)| {
        let address = format!("10.0.0.{host}");
        let uri = match https {
            true => format!("https://h{host}.example:1"),
            false => format!("http://{address}:1"),
        };
        json!({ "uri": uri, "address": address, "port": 1, "local": local, "relay": relay == 0 })
    })
}

#[derive(Debug)]
struct Running {
    id: usize,
    end: u64,
    outcome: Outcome,
}

fn result(outcome: Outcome) -> Result<Response<Vec<u8>>, TransportError> {
    let identity = |id: &str| {
        Ok(Response::new(format!(r#"{{"MediaContainer":{{"machineIdentifier":"{id}"}}}}"#).into_bytes()))
    };
    match outcome {
        Outcome::Right => identity("9f0b"),
        Outcome::Other => identity("other"),
        Outcome::Refused => Ok(Response::builder().status(404).body(Vec::new()).unwrap()),
        Outcome::Fails(kind) => Err(TransportError::new(kind, "lost")),
        Outcome::Silent => Err(TransportError::new(TransportErrorKind::Timeout, "silent")),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn race_keeps_its_promises(
        connections in prop::collection::vec(connection(), 0..40),
        outcomes in prop::collection::vec(outcome(), 61),
        owned in any::<bool>(), https_required in prop::bool::weighted(0.2), insecure in 0..3_u8,
    ) {
        let resource: Resource = serde_json::from_value(json!({
            "clientIdentifier": "9f0b", "accessToken": "hushhush", "owned": owned, "httpsRequired": https_required,
            "connections": connections,
        })).unwrap();
        let insecure = [InsecureConnections::Never, InsecureConnections::SameNetwork, InsecureConnections::Always][usize::from(insecure)];
        let millis = Duration::from_millis;
        let mut search = FindServer::new(&resource, &ClientInfo::new("id-1", "App").unwrap())
            .insecure_connections(insecure)
            .local_head_start(millis(LOCAL))
            .relay_head_start(millis(BEFORE_RELAY))
            .timeout(millis(LIMIT));
        let (mut now, mut running, mut asked, mut ended) = (0, Vec::<Running>::new(), HashSet::new(), BTreeMap::new());
        let found = loop {
            match search.poll(millis(now)) {
                RaceStep::Start(probe) => {
                    let request = probe.outgoing.request;
                    prop_assert!(asked.insert(request.uri().clone()), "asked twice: {}", request.uri());
                    let shown = format!("{request:?}");
                    prop_assert!(!shown.contains("hushhush"));
                    let is_plain = request.uri().scheme_str() == Some("http");
                    prop_assert!(!is_plain || !https_required && insecure != InsecureConnections::Never);
                    // The outcome depends on the address, so that a plain one may differ from the one over https.
                    let host = request.uri().host().unwrap();
                    let number: usize = host.trim_start_matches("10.0.0.").trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
                    let (after, outcome) = outcomes[number + if is_plain { 30 } else { 0 }];
                    let limit = probe.outgoing.timeout.unwrap().as_millis() as u64;
                    prop_assert!(now + limit <= LIMIT, "a probe may exceed the deadline");
                    let (after, outcome) = if after < limit { (after, outcome) } else { (limit, Outcome::Silent) };
                    let after = if matches!(outcome, Outcome::Silent) { limit } else { after };
                    running.push(Running { id: probe.id, end: now + after, outcome });
                    prop_assert!(running.len() <= 16, "too many at once");
                }
                RaceStep::Wait(time) => {
                    let end = now + time.as_millis() as u64;
                    let next = (0..running.len()).min_by_key(|place| running[*place].end).filter(|place| running[*place].end <= end);
                    match next {
                        Some(place) => {
                            let Running { id, end, outcome } = running.swap_remove(place);
                            now = end;
                            search.handle(id, result(outcome), millis(now));
                            ended.insert(id, outcome);
                        }
                        None => {
                            prop_assert!(end > now, "it waits for nothing");
                            now = end;
                        }
                    }
                }
                RaceStep::Done(result) => break result,
            }
        };
        prop_assert!(now <= LIMIT, "ended at {now}");
        let reached = ended.values().any(|outcome| matches!(outcome, Outcome::Right));
        prop_assert_eq!(found.is_ok(), reached);
        let Ok(found) = found else { return Ok(()) };
        // A worse tier only wins once the better ones have failed or had their head start.
        let (elapsed, tier) = (found.elapsed.as_millis() as u64, found.tier);
        let tier_of = |address: &str| {
            let listed = connections.iter().filter(|connection| connection["uri"] == address);
            listed.filter_map(|connection| match (connection["relay"] == true, connection["local"] == true) {
                (true, _) => Some(ConnectionTier::Relay),
                (false, true) => owned.then_some(ConnectionTier::Local),
                (false, false) => Some(ConnectionTier::Remote),
            }).min()
        };
        let timeout = ConnectionOutcome::NoResponse(TransportErrorKind::Timeout);
        let better_is_open = search.outcomes().into_iter().filter_map(Result::err).any(|tried| {
            tried.outcome == timeout && tier_of(&tried.address).is_some_and(|other| other < tier)
        });
        let head_start = match tier {
            ConnectionTier::Local => 0,
            ConnectionTier::Remote => LOCAL,
            _ => BEFORE_RELAY,
        };
        prop_assert!(!better_is_open || elapsed >= head_start, "{tier:?} at {elapsed} ms");
    }
}
