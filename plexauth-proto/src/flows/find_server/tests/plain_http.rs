//! When plain http is used.

use super::*;

#[test]
fn plain_http_is_tried_if_https_cannot_connect() {
    let connections = ["ls 10.0.0.1", "ps 203.0.113.7"];
    let rebinding =
        [("10.0.0.1", Fails(5, Connect)), ("http 10.0.0.1", Right(10)), ("203.0.113.7", Right(90))];
    assert_eq!(
        run(&mut search(OWNED, &connections), &rebinding),
        ["0 10.0.0.1", "5 http 10.0.0.1", "15 found http://10.0.0.1:1 Local"]
    );
    let https_only = |search: FindServer| search.insecure_connections(InsecureConnections::Never);
    for mut search in [
        search(r#","owned":true,"httpsRequired":true"#, &connections),
        https_only(search(OWNED, &connections)),
    ] {
        assert_eq!(
            run(&mut search, &rebinding).last().unwrap(),
            "95 found https://203-0-113-7.example:1 Remote"
        );
    }
}

/// Only a failed connection shows that there is no TLS to be refused by. A time-out may be a handshake that was held up.
#[test]
fn plain_http_is_only_tried_after_a_failed_connection() {
    use TransportErrorKind::{Broken, ConnectTimeout, Timeout};
    let refusals = [Tls, Broken, Timeout, ConnectTimeout].map(|kind| Fails(5, kind));
    for refusal in refusals.into_iter().chain([Other(5, 200, OTHER), Other(5, 404, "")]) {
        let world = [("10.0.0.1", refusal), ("http 10.0.0.1", Right(1)), ("203.0.113.7", Right(20))];
        assert_eq!(
            run(&mut search(OWNED, &["l 10.0.0.1", "ls 10.0.0.1", "ps 203.0.113.7"]), &world),
            ["0 10.0.0.1", "5 203.0.113.7", "25 found https://203-0-113-7.example:1 Remote"],
            "even if the plain address is listed"
        );
    }
}

/// Two names of one address, of which either may have been refused.
#[test]
fn plain_http_waits_for_each_https_at_its_address() {
    let at = |uri: &str, local: bool| {
        format!(r#"{{"uri":"{uri}","address":"10.0.0.1","port":1,"local":{local},"relay":false}}"#)
    };
    for is_local in [true, false] {
        for plain in [None, Some(at("http://10.0.0.1:1", true))] {
            let connections = [at("https://a.example:1", true), at("https://b.example:1", is_local)];
            let connections: Vec<_> = connections.into_iter().chain(plain).collect();
            let info = ClientInfo::new("id-1", "App").unwrap();
            let search = || FindServer::new(&resource(OWNED, &connections.join(",")), &info);
            let found = |a, b| {
                let world = [("a", Fails(5, a)), ("b", Fails(9, b)), ("http 10.0.0.1", Right(1))];
                run(&mut search(), &world).last().unwrap().contains("found http://10.0.0.1:1 Local")
            };
            assert!(found(Connect, Connect));
            assert!(!found(Tls, Connect) && !found(Connect, Tls), "{connections:?}");
        }
    }
}

#[test]
fn plain_http_comes_after_https_of_the_tier() {
    let connections = ["l 10.0.0.9", "ls 10.0.0.1", "ls 10.0.0.2"];
    let world = [("10.0.0.1", Fails(5, Connect)), ("http 10.0.0.1", Right(1)), ("http 10.0.0.9", Right(30))];
    assert_eq!(
        run(&mut search(OWNED, &connections), &world),
        [
            "0 10.0.0.1",
            "0 10.0.0.2",
            "250 http 10.0.0.9",
            "250 http 10.0.0.1",
            "251 found http://10.0.0.1:1 Local"
        ]
    );
}

#[test]
fn plain_http_of_a_remote_tier_does_not_come_after_the_relay() {
    let connections = ["p 10.0.0.9", "ps 203.0.113.7", "ys 198.51.100.1"];
    assert_eq!(
        run(&mut search(OWNED, &connections), &[("198.51.100.1", Right(20))]),
        [
            "0 203.0.113.7",
            "1500 http 10.0.0.9",
            "1500 198.51.100.1",
            "1520 found https://198-51-100-1.example:1 Relay"
        ]
    );
}

/// Of responses that arrive between two polls.
#[test]
fn https_is_better_than_plain_http_of_its_tier() {
    let mut search = search(OWNED, &["l 10.0.0.9", "ls 10.0.0.1"]);
    let now = Duration::from_millis(250);
    let mut probes = HashMap::new();
    while let RaceStep::Start(probe) = search.poll(now) {
        probes.insert(probe.outgoing.request.uri().to_string(), probe.id);
    }
    for uri in ["http://10.0.0.9:1/identity", "https://10-0-0-1.example:1/identity"] {
        search.handle(probes[uri], Ok(response(200, None, RIGHT)), now);
    }
    let RaceStep::Done(Ok(server)) = search.poll(now) else { panic!("expected a server") };
    assert_eq!(server.base_url.to_string(), "https://10-0-0-1.example:1");
}

#[test]
fn plain_http_needs_a_private_address_of_the_same_network() {
    let is_tried = |fields: &str, kind: &str, address: &str, insecure| {
        let connections = [format!("{kind} {address}")];
        let mut search = search(fields, &[&connections[0]]).insecure_connections(insecure);
        run(&mut search, &[]).len() > 1
    };
    use InsecureConnections::{Always, Never, SameNetwork};
    for address in [
        "192.168.1.5",
        "10.0.0.1",
        "172.16.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "[fd00::1]",
        "[fe80::1]",
        "[::1]",
        "localhost",
    ] {
        for fields in [OWNED, r#","home":true"#, r#","publicAddressMatches":true"#] {
            for kind in ["l", "p"] {
                assert!(is_tried(fields, kind, address, SameNetwork), "{address} {fields}");
                assert!(!is_tried(fields, kind, address, Never), "{address}");
            }
        }
        assert!(!is_tried("", "p", address, SameNetwork), "{address}");
        assert!(is_tried("", "p", address, Always), "{address}");
    }
    for address in
        ["203.0.113.7", "100.64.0.1", "172.32.0.1", "[2001:db8::1]", "plex.example", "192.168.1.5.example"]
    {
        assert!(!is_tried(OWNED, "l", address, SameNetwork), "{address}");
        assert!(is_tried(OWNED, "l", address, Always), "{address}");
    }
}

/// Addresses that the resource does not list are reported if they would have helped.
#[test]
fn plain_http_is_reported_if_https_cannot_connect() {
    let connections = ["ls 10.0.0.1", "ps 203.0.113.7", "l 10.0.0.2", "ls 10.0.0.2"];
    let world =
        [("10.0.0.1", Fails(1, Connect)), ("203.0.113.7", Fails(1, Tls)), ("10.0.0.2", Fails(1, Tls))];
    let mut https_only = search(OWNED, &connections).insecure_connections(InsecureConnections::Never);
    assert_eq!(
        run(&mut https_only, &world).last().unwrap(),
        "2 the server cannot be reached (https://10-0-0-1.example:1: could not connect to the server; https://10-0-0-2.example:1: \
         the TLS handshake with the server failed; http://10.0.0.1:1: not tried, insecure connections are not allowed there; \
         https://203-0-113-7.example:1: the TLS handshake with the server failed; http://10.0.0.2:1: not tried, insecure \
         connections are not allowed there); check that it is running and that remote access is on"
    );
    let required = r#","owned":true,"httpsRequired":true"#;
    let lines = run(&mut search(required, &connections[..1]), &world);
    assert!(lines[1].contains("http://10.0.0.1:1: not tried, the server requires https"), "{lines:?}");
    let refused = run(&mut search(OWNED, &connections), &[("10.0.0.2", Fails(1, Tls))]);
    assert!(
        refused
            .last()
            .unwrap()
            .contains("http://10.0.0.2:1: not tried, https at this address did not fail to connect")
    );
}
