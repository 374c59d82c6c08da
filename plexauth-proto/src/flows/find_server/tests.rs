use std::collections::HashMap;

use super::*;
use crate::flows::testing::response;

mod crowds;
mod plain_http;

const RIGHT: &str = r#"{"MediaContainer":{"machineIdentifier":"9f0b","version":"1.41","claimed":true}}"#;
const OTHER: &str = r#"{"MediaContainer":{"machineIdentifier":"other"}}"#;

/// What happens at an address.
#[derive(Clone, Copy)]
enum At {
    /// The server responds after so many milliseconds.
    Right(u64),
    /// Another response.
    Other(u64, u16, &'static str),
    Fails(u64, TransportErrorKind),
}

use At::{Fails, Other, Right};
use TransportErrorKind::{Connect, Tls};

fn resource(fields: &str, connections: &str) -> Resource {
    let json = format!(
        r#"{{"clientIdentifier":"9f0b","accessToken":"hushhush"{fields},"connections":[{connections}]}}"#
    );
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

/// One connection, such as `ls 192.168.1.5`: l is local, p is public, y is relay, and s is https.
fn connection(text: &str) -> String {
    let (kind, address) = text.split_once(' ').unwrap();
    let uri = match kind.ends_with('s') {
        true => format!("https://{}.example:1", address.replace(['.', ':'], "-")),
        false => format!("http://{address}:1"),
    };
    let (local, relay) = (kind.starts_with('l'), kind.starts_with('y'));
    format!(r#"{{"uri":"{uri}","address":"{address}","port":1,"local":{local},"relay":{relay}}}"#)
}

fn search(fields: &str, connections: &[&str]) -> FindServer {
    let connections: Vec<_> = connections.iter().map(|text| connection(text)).collect();
    let info = ClientInfo::new("id-1", "App").unwrap();
    FindServer::new(&resource(fields, &connections.join(",")), &info)
}

const OWNED: &str = r#","owned":true"#;

/// Runs a race in simulated time. Returns a line for each start and for the end, with the time in milliseconds. An address
/// that is not in the world is silent.
fn run(search: &mut FindServer, world: &[(&str, At)]) -> Vec<String> {
    let world: HashMap<_, _> = world.iter().copied().collect();
    let (mut now, mut lines, mut pending) = (0_u64, Vec::new(), Vec::new());
    loop {
        match search.poll(Duration::from_millis(now)) {
            RaceStep::Start(probe) => {
                let uri = probe.outgoing.request.uri();
                assert_eq!(uri.path(), "/identity");
                let host = uri.host().unwrap().trim_end_matches(".example");
                let address = match uri.scheme_str() {
                    Some("https") => host.replace('-', "."),
                    _ => format!("http {host}"),
                };
                lines.push(format!("{now} {address}"));
                let limit = now + probe.outgoing.timeout.unwrap().as_millis() as u64;
                let silent = Fails(limit - now, TransportErrorKind::Timeout);
                let at = world.get(address.as_str()).copied().unwrap_or(silent);
                let (Right(after) | Other(after, ..) | Fails(after, _)) = at;
                pending.push(if now + after > limit {
                    (limit, probe.id, silent)
                } else {
                    (now + after, probe.id, at)
                });
                pending.sort_by_key(|(time, ..)| *time);
            }
            RaceStep::Wait(time) => {
                let end = now + time.as_millis() as u64;
                let next = pending.first().copied().filter(|(time, ..)| *time <= end);
                assert!(next.is_some() || !time.is_zero(), "it waits for nothing");
                now = next.map_or(end, |(time, ..)| time);
                if let Some((_, id, at)) = next {
                    pending.remove(0);
                    let result = match at {
                        Right(_) => Ok(response(200, None, RIGHT)),
                        Other(_, status, body) => Ok(response(status, None, body)),
                        Fails(_, kind) => Err(TransportError::new(kind, "lost")),
                    };
                    search.handle(id, result, Duration::from_millis(now));
                }
            }
            RaceStep::Done(Ok(server)) => {
                assert_eq!(server.elapsed.as_millis() as u64, now);
                lines.push(format!("{now} found {} {:?}", server.base_url, server.tier));
                return lines;
            }
            RaceStep::Done(Err(error)) => {
                lines.push(format!("{now} {error}"));
                return lines;
            }
        }
    }
}

#[test]
fn tier_starts_at_once_and_the_first_response_wins() {
    let connections = ["ps 203.0.113.7", "ls 10.0.0.1", "ls 10.0.0.2", "ls 10.0.0.3"];
    assert_eq!(
        run(&mut search(OWNED, &connections), &[("10.0.0.2", Right(20)), ("10.0.0.3", Right(10))]),
        ["0 10.0.0.1", "0 10.0.0.2", "0 10.0.0.3", "10 found https://10-0-0-3.example:1 Local"]
    );
}

#[test]
fn next_tier_starts_after_the_head_start() {
    let connections = ["ls 10.0.0.1", "ps 203.0.113.7", "ys 198.51.100.1"];
    let world = [("203.0.113.7", Right(20)), ("198.51.100.1", Right(20))];
    assert_eq!(
        run(&mut search(OWNED, &connections), &world),
        ["0 10.0.0.1", "250 203.0.113.7", "270 found https://203-0-113-7.example:1 Remote"]
    );
    assert_eq!(
        run(&mut search(OWNED, &connections), &world[1..]),
        [
            "0 10.0.0.1",
            "250 203.0.113.7",
            "1750 198.51.100.1",
            "1770 found https://198-51-100-1.example:1 Relay"
        ]
    );
}

#[test]
fn next_tier_starts_when_all_before_have_failed() {
    let connections = ["ls 10.0.0.1", "ps 203.0.113.7", "ys 198.51.100.1"];
    assert_eq!(
        run(
            &mut search(OWNED, &connections),
            &[("10.0.0.1", Fails(5, Tls)), ("203.0.113.7", Other(7, 200, OTHER)), ("198.51.100.1", Right(9))]
        ),
        ["0 10.0.0.1", "5 203.0.113.7", "12 198.51.100.1", "21 found https://198-51-100-1.example:1 Relay"]
    );
    // A local address that may still respond holds back the relay.
    assert_eq!(
        run(
            &mut search(OWNED, &connections),
            &[("10.0.0.1", Right(600)), ("203.0.113.7", Fails(7, Connect)), ("198.51.100.1", Right(9))]
        ),
        ["0 10.0.0.1", "250 203.0.113.7", "600 found https://10-0-0-1.example:1 Local"]
    );
}

#[test]
fn local_address_of_another_network_is_left_out() {
    for fields in [OWNED, r#","home":true"#, r#","publicAddressMatches":true"#] {
        assert_eq!(
            run(&mut search(fields, &["ls 10.0.0.1"]), &[("10.0.0.1", Right(1))]).len(),
            2,
            "{fields}"
        );
    }
    assert_eq!(
        run(&mut search("", &["ls 10.0.0.1"]), &[]),
        [
            "0 the server cannot be reached (https://10-0-0-1.example:1: not tried, a local address of another network); \
          turn on remote access on the server, or connect to its network"
        ]
    );
}

#[test]
fn silence_ends_at_the_time_limit() {
    let connections = ["ls 10.0.0.1", "ps 203.0.113.7", "ys 198.51.100.1"];
    let mut silent = search(OWNED, &connections).timeout(Duration::from_millis(1000));
    let lines = run(&mut silent, &[]);
    assert!(
        lines[2].starts_with("1000 ") && lines[2].contains("198-51-100-1.example:1: not tried in time"),
        "{lines:?}"
    );
    assert!(matches!(silent.poll(Duration::ZERO), RaceStep::Done(Err(Error::OutOfTurn))));
}

#[test]
fn late_and_repeated_outcomes_are_ignored() {
    let mut search = search(OWNED, &["ls 10.0.0.1", "ls 10.0.0.2"]);
    let right = || Ok(response(200, None, RIGHT));
    search.handle(0, right(), Duration::ZERO);
    assert!(matches!(search.poll(Duration::ZERO), RaceStep::Start(Probe { id: 0, .. })));
    search.handle(1, right(), Duration::ZERO);
    search.handle(0, Err(TransportError::new(Connect, "lost")), Duration::ZERO);
    search.handle(0, right(), Duration::ZERO);
    search.handle(99, right(), Duration::ZERO);
    assert!(matches!(search.poll(Duration::ZERO), RaceStep::Start(Probe { id: 1, .. })));
    search.handle(1, right(), Duration::ZERO);
    assert!(matches!(search.poll(Duration::ZERO), RaceStep::Done(Ok(_))));
    search.handle(1, right(), Duration::ZERO);
    assert!(matches!(search.poll(Duration::ZERO), RaceStep::Done(Err(Error::OutOfTurn))));
}

#[test]
fn all_outcomes_are_reported() {
    let connections = ["ys 198.51.100.1", "ps 203.0.113.7", "ls 10.0.0.1", "l 203.0.113.9"];
    let mut search = search(OWNED, &connections).probe_all();
    let world =
        [("10.0.0.1", Right(30)), ("203.0.113.7", Other(10, 200, OTHER)), ("198.51.100.1", Right(20))];
    assert_eq!(run_all(&mut search, &world), "30 Local");
    let outcomes: Vec<_> = search
        .outcomes()
        .iter()
        .map(|outcome| match outcome {
            Ok(server) => format!("{} {}", server.base_url, server.elapsed.as_millis()),
            Err(tried) => tried.to_string(),
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            "https://10-0-0-1.example:1 30",
            "https://203-0-113-7.example:1: another server responded, other",
            "https://198-51-100-1.example:1 20",
            "http://203.0.113.9:1: not tried, insecure connections are not allowed there",
        ]
    );
}

#[test]
fn advice_fits_the_outcomes() {
    let advice = |fields: &str, connections: &[&str], world: &[(&str, At)]| {
        let lines = run(&mut search(fields, connections).timeout(Duration::from_secs(3)), world);
        lines.last().unwrap().rsplit_once("); ").unwrap().1.to_owned()
    };
    let local = ["ls 10.0.0.1"];
    let running = "check that it is running and that remote access is on";
    assert_eq!(advice(OWNED, &local, &[]), running);
    assert_eq!(
        advice(OWNED, &local, &[("10.0.0.1", Other(1, 200, OTHER))]),
        "request its connections again, which have changed"
    );
    let many: Vec<_> = (0..60).map(|number| format!("ls 10.0.0.{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(advice(OWNED, &many, &[]), "allow more time");

    let direct = r#"{"uri":"https://10-0-0-1.0b.plex.direct:1","address":"10.0.0.1","port":1,"local":true}"#;
    let find = |insecure| {
        let info = ClientInfo::new("id-1", "App").unwrap();
        let mut search = FindServer::new(&resource(OWNED, direct), &info).insecure_connections(insecure);
        run(&mut search, &[("10.0.0.1.0b.plex.direct", Fails(1, Connect))]).pop().unwrap()
    };
    assert!(find(InsecureConnections::Never).ends_with(
        "check that it is running; if it is, let the network's DNS resolve the names of plex.direct, or allow insecure connections"
    ));
    assert!(find(InsecureConnections::SameNetwork).ends_with(running));
}

#[test]
fn address_that_cannot_be_requested_is_left_out() {
    let long = format!(r#"{{"uri":"http://h/{}","local":true}}"#, "a".repeat(65_525));
    let good = connection("ls 10.0.0.1");
    let info = ClientInfo::new("id-1", "App").unwrap();
    let mut search = FindServer::new(&resource(OWNED, &format!("{long},{good}")), &info)
        .insecure_connections(InsecureConnections::Always)
        .probe_all();
    assert_eq!(
        run(&mut search, &[("10.0.0.1", Right(1))]),
        ["0 10.0.0.1", "1 found https://10-0-0-1.example:1 Local"]
    );
    let tried = search.outcomes().pop().unwrap().unwrap_err();
    assert_eq!(tried.outcome, ConnectionOutcome::LeftOut(LeftOut::InvalidAddress));
    assert!(tried.to_string().len() < 300, "{}", tried.to_string().len());
}

/// A clock that runs back neither extends the race nor shortens a wait.
#[test]
fn time_does_not_run_back() {
    let mut search = search(OWNED, &["ls 10.0.0.1", "ls 10.0.0.2"]).timeout(Duration::from_secs(3));
    assert!(matches!(search.poll(Duration::from_secs(2)), RaceStep::Start(_)));
    let RaceStep::Start(probe) = search.poll(Duration::ZERO) else { panic!("expected a probe") };
    assert_eq!(probe.outgoing.timeout, Some(Duration::from_secs(1)));
    let RaceStep::Wait(time) = search.poll(Duration::ZERO) else { panic!("expected a wait") };
    assert_eq!(time, Duration::from_secs(1));
    assert!(matches!(search.poll(Duration::from_secs(3)), RaceStep::Done(Err(Error::ServerNotFound(_)))));
}

/// Runs the race to its end. Returns the time of the best and its tier.
fn run_all(search: &mut FindServer, world: &[(&str, At)]) -> String {
    let lines = run(search, world);
    let last = lines.last().unwrap();
    format!("{} {}", last.split(' ').next().unwrap(), last.rsplit(' ').next().unwrap())
}

#[test]
fn probes_have_a_time_limit_and_no_token() {
    let mut search = search(OWNED, &["ls 10.0.0.1"]).probe_timeout(Duration::from_secs(2));
    let RaceStep::Start(probe) = search.poll(Duration::from_secs(9)) else { panic!("expected a probe") };
    assert_eq!(probe.outgoing.timeout, Some(Duration::from_secs(1)), "what is left of the race");
    let names: Vec<_> = probe.outgoing.request.headers().keys().map(|name| name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(!names.contains(&"x-plex-token") && probe.outgoing.request.uri().query().is_none());
    assert!(!format!("{search:?} {probe:?}").contains("hushhush"));
}

#[test]
fn resource_without_connection_or_id_is_an_error() {
    let shown = |search: &mut FindServer| run(search, &[]);
    assert_eq!(
        shown(&mut search("", &[])),
        [
            "0 the server cannot be reached (it has no connections); turn on remote access on the server, or connect to its network"
        ]
    );
    let info = ClientInfo::new("id-1", "App").unwrap();
    let without_id = serde_json::from_str(r#"{"connections":[{"uri":"https://a"}]}"#).unwrap();
    let mut without_id = FindServer::new(&without_id, &info);
    assert!(matches!(without_id.poll(Duration::ZERO), RaceStep::Done(Err(Error::Request(_)))));
}

#[test]
fn invalid_addresses_are_named() {
    let connections = r#"{"uri":"https://h\u001b[31m:x"},{},{"uri":"ftp://h"}"#;
    let mut search = FindServer::new(&resource("", connections), &ClientInfo::new("id-1", "App").unwrap());
    let lines = run(&mut search, &[]);
    assert_eq!(
        lines,
        [
            "0 the server cannot be reached (https://h\\u{1b}[31m:x: not tried, the address is invalid; no address: not tried, the \
          address is invalid; ftp://h: not tried, the address is invalid); correct the custom addresses in the settings of the \
          server"
        ]
    );
}

#[test]
fn identifier_of_another_server_is_truncated() {
    let long = format!(r#"{{"MediaContainer":{{"machineIdentifier":"\u001b[31m{}"}}}}"#, "x".repeat(5000));
    let mut search = search(OWNED, &["ls 10.0.0.1"]);
    assert!(matches!(search.poll(Duration::ZERO), RaceStep::Start(_)));
    search.handle(0, Ok(response(200, None, &long)), Duration::ZERO);
    let outcomes = search.outcomes();
    let shown = outcomes[0].as_ref().unwrap_err().to_string();
    assert!(shown.len() < 250 && !shown.contains('\u{1b}'), "{shown}");
}
