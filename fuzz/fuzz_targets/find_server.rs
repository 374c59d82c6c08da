#![no_main]
//! Whole searches for a server, whatever answers and the clock does.

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::client;
use plexauth_fuzz::conversation::{TOKEN, Turn, play, start};
use plexauth_proto::FindServer;
use plexauth_proto::model::Resource;

#[derive(Debug, Arbitrary)]
struct Search<'a> {
    connections: u8,
    deadline: Option<u16>,
    turns: Vec<Turn<'a>>,
}

fuzz_target!(|search: Search<'_>| {
    let connections: Vec<_> = (0..search.connections % 8)
        .map(|number| format!(r#"{{"uri":"https://h{number}.example"}}"#))
        .collect();
    let resource = format!(
        r#"{{"clientIdentifier":"9f0b","accessToken":"{TOKEN}","connections":[{}]}}"#,
        connections.join(",")
    );
    let resource: Resource = serde_json::from_str(&resource).expect("a resource");
    let mut flow = FindServer::new(&resource, &client());
    if let Some(seconds) = search.deadline {
        flow = flow.deadline(start() + Duration::from_secs(seconds.into()));
    }
    let mut requests = 0;
    play(flow, &search.turns, None, |request, _, _| {
        requests += 1;
        assert_eq!(request.uri().path(), "/identity");
        assert!(!format!("{request:?}").contains(TOKEN) && !request.headers().contains_key("x-plex-token"));
    });
    assert!(requests <= usize::from(search.connections % 8));
});
