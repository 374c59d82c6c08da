//! Searches for a server, with arbitrary responses and clock changes.

use std::time::Duration;

use arbitrary::Arbitrary;
use plexauth_proto::FindServer;
use plexauth_proto::model::Resource;

use crate::conversation::{Bounds, TOKEN, Turn, play, start};
use crate::{info, structured};

#[derive(Debug, Arbitrary)]
struct Search<'a> {
    connections: u8,
    deadline: Option<u16>,
    turns: Vec<Turn<'a>>,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(search) = structured(data) {
        check(search);
    }
}

fn check(search: Search<'_>) {
    let connections: Vec<_> = (0..search.connections % 8)
        .map(|number| format!(r#"{{"uri":"https://h{number}.example"}}"#))
        .collect();
    let resource = format!(
        r#"{{"clientIdentifier":"9f0b","accessToken":"{TOKEN}","connections":[{}]}}"#,
        connections.join(",")
    );
    let resource: Resource = serde_json::from_str(&resource).expect("valid resource");
    let mut flow = FindServer::new(&resource, &info());
    let deadline = search.deadline.map(|seconds| start() + Duration::from_secs(seconds.into()));
    if let Some(deadline) = deadline {
        flow = flow.deadline(deadline);
    }
    let mut requests = 0;
    play(flow, &search.turns, Bounds { deadline, ..Bounds::default() }, |outgoing, now, _| {
        let request = &outgoing.request;
        let time = outgoing.timeout.unwrap_or(Duration::MAX);
        assert!(deadline.is_none_or(|deadline| now + time <= deadline), "a request may exceed the deadline");
        requests += 1;
        assert_eq!(request.uri().path(), "/identity");
        assert!(!format!("{request:?}").contains(TOKEN) && !request.headers().contains_key("x-plex-token"));
    });
    assert!(requests <= usize::from(search.connections % 8));
}
