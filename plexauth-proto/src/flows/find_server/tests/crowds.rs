//! More addresses than probes at a time.

use super::*;

#[test]
fn at_most_16_probes_run_at_once() {
    let connections: Vec<_> = (0..100).map(|number| format!("ls 10.0.0.{number}")).collect();
    let mut connections: Vec<_> = connections.iter().map(String::as_str).collect();
    connections.extend(["ps 203.0.113.7", "ys 198.51.100.1"]);
    let info = ClientInfo::new("id-1", "App").unwrap();
    let all: Vec<_> = connections.iter().map(|text| connection(text)).collect();
    let mut resource = resource(OWNED, "");
    resource.connections = all.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
    let mut search = FindServer::new(&resource, &info).insecure_connections(InsecureConnections::Never);
    let lines = run(&mut search, &[]);
    let at = |time: &str| lines.iter().filter(|line| line.starts_with(&format!("{time} "))).count();
    assert_eq!((at("0"), at("1000"), at("2000")), (12, 12, 12));
    let last = lines.last().unwrap();
    assert!(last.contains("too many addresses") && lines.len() == 65, "{}", lines.len());
}

/// A probe has the whole time limit unless others of its tier wait for its place.
#[test]
fn crowd_shortens_the_probes_of_its_own_tier_only() {
    let slow = [("203.0.113.7", Right(1200))];
    for (number, found) in [(1, true), (7, true), (12, true), (30, true)] {
        let connections: Vec<_> = (0..number).map(|number| format!("ls 10.0.0.{number}")).collect();
        let mut connections: Vec<_> = connections.iter().map(String::as_str).collect();
        connections.push("ps 203.0.113.7");
        let lines = run(&mut search(OWNED, &connections), &slow);
        assert_eq!(lines.last().unwrap().starts_with("1450 found"), found, "{number}: {lines:?}");
    }
    let limits_of = |number: u8| -> Vec<u128> {
        let connections: Vec<_> = (0..number).map(|number| format!("ls 10.0.0.{number}")).collect();
        let connections: Vec<_> = connections.iter().map(String::as_str).collect();
        let mut search = search(OWNED, &connections);
        let limit = |_| match search.poll(Duration::ZERO) {
            RaceStep::Start(probe) => Some(probe.outgoing.timeout.unwrap().as_millis()),
            _ => None,
        };
        (0..20).map_while(limit).collect()
    };
    assert_eq!(limits_of(12), [5000; 12]);
    assert_eq!(limits_of(13), [1000; 12]);
}

/// Silent local addresses leave room for the others.
#[test]
fn crowd_does_not_hold_back_the_next_tier() {
    let connections: Vec<_> = (0..30).map(|number| format!("ls 10.0.0.{number}")).collect();
    let mut connections: Vec<_> = connections.iter().map(String::as_str).collect();
    connections.push("ps 203.0.113.7");
    let lines = run(&mut search(OWNED, &connections), &[("203.0.113.7", Right(20))]);
    assert_eq!(lines.last().unwrap(), "270 found https://203-0-113-7.example:1 Remote");
}

#[test]
fn duplicates_are_asked_once() {
    let connections =
        ["ps 203.0.113.7", "ls 10.0.0.1", "ls 10.0.0.1", "ps 10.0.0.1", "l 10.0.0.1", "l 10.0.0.1"];
    assert_eq!(
        run(
            &mut search(OWNED, &connections),
            &[("10.0.0.1", Fails(1, Connect)), ("203.0.113.7", Fails(1, Tls))]
        )[..4],
        [
            "0 10.0.0.1",
            "1 http 10.0.0.1",
            "250 203.0.113.7",
            "5001 the server cannot be reached \
          (https://10-0-0-1.example:1: could not connect to the server; http://10.0.0.1:1: the server did not complete its response in time; \
          https://203-0-113-7.example:1: the TLS handshake with the server failed); check that it is running and that remote access is on"
        ]
    );
}

/// Too many addresses cost derived ones first, and then the largest tier.
#[test]
fn public_addresses_and_the_relay_are_kept() {
    let local: Vec<_> = (0..70).map(|number| format!("ls 10.0.0.{number}")).collect();
    let mut connections: Vec<_> = local.iter().map(|text| connection(text)).collect();
    connections.extend([connection("ps 203.0.113.7"), connection("ys 198.51.100.1")]);
    let mut resource = resource(OWNED, "");
    resource.connections = connections.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
    let info = ClientInfo::new("id-1", "App").unwrap();
    let mut search = FindServer::new(&resource, &info).probe_all().timeout(Duration::from_secs(60));
    let lines = run(&mut search, &[]);
    assert_eq!(lines.len(), 65);
    let started = |address: &str| lines.iter().any(|line| line.ends_with(&format!(" {address}")));
    assert!(started("203.0.113.7") && started("198.51.100.1") && started("10.0.0.0"));
}
