//! Searches for a server, with arbitrary connections, responses and times.

use std::collections::HashSet;
use std::time::Duration;

use arbitrary::Arbitrary;
use plexauth_proto::model::Resource;
use plexauth_proto::{FindServer, InsecureConnections, RaceStep};

use crate::conversation::{Outcome, TOKEN};
use crate::{info, structured};

#[derive(Debug, Arbitrary)]
struct Search<'a> {
    connections: Vec<u8>,
    flags: u8,
    insecure: u8,
    timeout: u16,
    events: Vec<Event<'a>>,
}

#[derive(Debug, Arbitrary)]
struct Event<'a> {
    elapsed: u16,
    id: u8,
    outcome: Outcome<'a>,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(search) = structured(data) {
        check(&search);
    }
}

fn connection(bits: u8) -> String {
    let (host, scheme) = (bits >> 3, if bits & 1 == 0 { "https" } else { "http" });
    let (local, relay) = (bits & 2 != 0, bits & 4 != 0);
    format!(
        r#"{{"uri":"{scheme}://h{host}.example:1","address":"10.0.0.{host}","port":1,"local":{local},"relay":{relay}}}"#
    )
}

fn check(search: &Search<'_>) {
    let connections: Vec<_> = search.connections.iter().copied().map(connection).collect();
    let flag = |bit: u8| search.flags & bit != 0;
    let resource = format!(
        r#"{{"clientIdentifier":"9f0b","accessToken":"{TOKEN}","owned":{},"home":{},"httpsRequired":{},"connections":[{}]}}"#,
        flag(1),
        flag(2),
        flag(4),
        connections.join(",")
    );
    let resource: Resource = serde_json::from_str(&resource).expect("valid resource");
    let limit = Duration::from_millis(search.timeout.into());
    let insecure = match search.insecure % 3 {
        0 => InsecureConnections::Never,
        1 => InsecureConnections::SameNetwork,
        _ => InsecureConnections::Always,
    };
    let mut race = FindServer::new(&resource, &info()).insecure_connections(insecure).timeout(limit);
    if flag(8) {
        race = race.probe_all();
    }
    let (mut now, mut asked, mut events) = (Duration::ZERO, HashSet::new(), search.events.iter());
    // Each step starts one of at most 64 probes, plays an event, or waits for the next of a few times.
    for _ in 0..search.events.len() + 100 {
        match race.poll(now) {
            RaceStep::Start(probe) => {
                let request = &probe.outgoing.request;
                assert!(asked.insert(request.uri().clone()), "asked twice");
                assert_eq!(request.uri().path(), "/identity");
                assert!(
                    !format!("{request:?}").contains(TOKEN)
                        && !request.headers().contains_key("x-plex-token")
                );
                assert!(now + probe.outgoing.timeout.expect("a limit") <= limit, "may exceed the limit");
                let plain = request.uri().scheme_str() == Some("http");
                assert!(!plain || !(flag(4) || matches!(insecure, InsecureConnections::Never)), "plain http");
            }
            RaceStep::Wait(time) => match events.next() {
                Some(event) => {
                    now += Duration::from_millis(event.elapsed.into()).min(time);
                    if let Some(result) = event.outcome.result() {
                        race.handle(event.id.into(), result, now);
                    }
                }
                None => now += time,
            },
            RaceStep::Done(_) => {
                assert!(race.outcomes().len() >= asked.len());
                return;
            }
        }
    }
    panic!("it does not end: {race:?}");
}
