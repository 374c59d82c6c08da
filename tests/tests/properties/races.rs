//! Races for a server's address, with any connections and any order of responses, failures and silence.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use http::Response;
use plexauth_proto::model::Resource;
use plexauth_proto::{
    ClientInfo, ConnectionOutcome, ConnectionTier, FindServer, InsecureConnections, LeftOut, RaceStep,
    TransportError, TransportErrorKind,
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

/// Some are public.
fn address(host: u8) -> String {
    if host < 6 { format!("203.0.113.{host}") } else { format!("10.0.0.{host}") }
}

/// A connection to one of a few addresses.
fn connection() -> impl Strategy<Value = Value> {
    (0..30_u8, 0..3_u8, any::<bool>(), 0..6_u8).prop_map(|(host, name, local, relay)| {
        let address = address(host);
        let uri = match name {
            0 => format!("http://{address}:1"),
            1 => format!("https://a{host}.example:1"),
            _ => format!("https://b{host}.example:1"),
        };
        json!({ "uri": uri, "address": address, "port": 1, "local": local, "relay": relay == 0 })
    })
}

#[derive(Debug)]
struct Running {
    id: usize,
    uri: String,
    tier: ConnectionTier,
    end: u64,
    outcome: Outcome,
}

/// The tier of an address: the best of the connections that list it, or from which it is derived.
fn tier_of(connections: &[Value], owned: bool, uri: &str) -> Option<ConnectionTier> {
    let tier = |connection: &Value| {
        let derived = format!("http://{}:1", connection["address"].as_str()?);
        let (relay, local) = (connection["relay"] == true, connection["local"] == true);
        let is_it = connection["uri"] == uri || derived == uri && !relay;
        Some(match (relay, local) {
            _ if !is_it => return None,
            (true, _) => ConnectionTier::Relay,
            (false, true) if owned => ConnectionTier::Local,
            (false, true) => return None,
            (false, false) => ConnectionTier::Remote,
        })
    };
    connections.iter().filter_map(tier).min()
}

/// The addresses over https that a plain one would replace.
fn replaced<'a>(connections: &'a [Value], owned: bool, plain: &'a str) -> impl Iterator<Item = &'a str> {
    let is_it = move |connection: &&Value| {
        plain == format!("http://{}:1", connection["address"].as_str().unwrap_or_default())
            && connection["relay"] == false
            && (owned || connection["local"] == false)
    };
    let uris = connections.iter().filter(is_it).filter_map(|connection| connection["uri"].as_str());
    uris.filter(|uri| uri.starts_with("https:"))
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
        outcomes in prop::collection::vec(outcome(), 90),
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
        let mut remote_since = None;
        let found = loop {
            match search.poll(millis(now)) {
                RaceStep::Start(probe) => {
                    let request = probe.outgoing.request;
                    prop_assert!(asked.insert(request.uri().clone()), "asked twice: {}", request.uri());
                    let shown = format!("{request:?}");
                    prop_assert!(!shown.contains("hushhush"));
                    let uri = request.uri().to_string().replace("/identity", "");
                    let tier = tier_of(&connections, owned, &uri).expect("a listed address");
                    let is_plain = request.uri().scheme_str() == Some("http");
                    if is_plain {
                        let is_allowed = match insecure {
                            InsecureConnections::Never => false,
                            InsecureConnections::SameNetwork => owned && uri.starts_with("http://10."),
                            _ => true,
                        };
                        prop_assert!(is_allowed && !https_required, "{uri}");
                        for secure in replaced(&connections, owned, &uri) {
                            let outcome = ended.get(secure);
                            prop_assert!(matches!(outcome, Some(Outcome::Fails(TransportErrorKind::Connect))), "{uri} after {outcome:?}");
                        }
                    }
                    // A worse tier starts after the head start, or once nothing better is left.
                    let is_better_running = running.iter().any(|other| other.tier < tier);
                    match tier {
                        ConnectionTier::Local => {}
                        ConnectionTier::Remote => {
                            prop_assert!(now >= LOCAL || !is_better_running, "{uri} at {now}");
                            remote_since.get_or_insert(now);
                        }
                        _ => {
                            let since = remote_since.unwrap_or(LOCAL) + BEFORE_RELAY;
                            prop_assert!(now >= since || !is_better_running, "{uri} at {now}");
                        }
                    }
                    // The outcome depends on the address, so that a plain one may differ from the one over https.
                    let host = request.uri().host().unwrap();
                    let (name, number) = match host.strip_suffix(".example") {
                        Some(name) => name.split_at(1),
                        None => ("", host.rsplit('.').next().unwrap()),
                    };
                    let place = ["", "a", "b"].iter().position(|other| *other == name).unwrap();
                    let (after, outcome) = outcomes[30 * place + number.parse::<usize>().unwrap()];
                    let limit = probe.outgoing.timeout.unwrap().as_millis() as u64;
                    prop_assert!(now + limit <= LIMIT, "a probe may exceed the deadline");
                    let (after, outcome) = if after < limit { (after, outcome) } else { (limit, Outcome::Silent) };
                    let after = if matches!(outcome, Outcome::Silent) { limit } else { after };
                    running.push(Running { id: probe.id, uri, tier, end: now + after, outcome });
                    prop_assert!(running.len() <= 16, "too many at once");
                }
                RaceStep::Wait(time) => {
                    let end = now + time.as_millis() as u64;
                    let next = (0..running.len()).min_by_key(|place| running[*place].end).filter(|place| running[*place].end <= end);
                    match next {
                        Some(place) => {
                            let Running { id, uri, end, outcome, .. } = running.swap_remove(place);
                            now = end;
                            search.handle(id, result(outcome), millis(now));
                            ended.insert(uri, outcome);
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
        prop_assert_eq!(tier_of(&connections, owned, &found.base_url.to_string()), Some(found.tier));
        // A worse tier only wins once the better ones have failed or had their head start.
        let elapsed = found.elapsed.as_millis() as u64;
        let open = [ConnectionOutcome::NoResponse(TransportErrorKind::Timeout), ConnectionOutcome::LeftOut(LeftOut::NotTried)];
        let is_better_open = search.outcomes().into_iter().filter_map(Result::err).any(|tried| {
            open.contains(&tried.outcome) && tier_of(&connections, owned, &tried.address).is_some_and(|other| other < found.tier)
        });
        let head_start = match found.tier {
            ConnectionTier::Local => 0,
            ConnectionTier::Remote => LOCAL,
            _ => BEFORE_RELAY,
        };
        prop_assert!(!is_better_open || elapsed >= head_start, "{:?} at {elapsed} ms", found.tier);
    }
}
