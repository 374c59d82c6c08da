//! Resources, and the order in which their connections are tried.

use plexauth_proto::GetResources;

use crate::{SECRET, read};

/// Runs it.
pub fn run(body: &[u8]) {
    for resource in read(&GetResources::new(SECRET), body).unwrap_or_default() {
        let connections = resource.connections_in_order();
        assert!(connections.len() <= resource.connections.len());
        assert!(connections.is_sorted_by_key(|connection| (connection.relay, !connection.local)));
        for connection in connections {
            let base = connection.base_url().expect("only what has an address is worth trying");
            assert!(base.is_https() || !resource.https_required);
            assert!(!connection.local || resource.owned || resource.public_address_matches);
        }
    }
}
