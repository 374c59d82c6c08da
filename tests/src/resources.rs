use serde_json::{Value, json};

use crate::plex_tv::{MALFORMED, Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

/// An address on which nothing listens.
const UNREACHABLE: &str = "http://127.0.0.1:9";

/// `GET /resources`: alice's own server, a server that bob shares, an unreachable server, and a player.
pub(crate) fn list(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    signed_in_account(world, request)?;
    for parameter in ["includeHttps", "includeRelay", "includeIPv6"] {
        if request.parameter(parameter).as_deref() != Some("1") {
            return Err(MALFORMED);
        }
    }
    let origin = &world.media_server_origin;
    let connection = |uri: String, local: bool, relay: bool| {
        json!({ "protocol": "http", "address": "127.0.0.1", "port": 32400, "uri": uri, "local": local, "relay": relay,
            "IPv6": false })
    };
    let own = json!([
        connection(format!("{origin}/relay"), false, true),
        connection(UNREACHABLE.into(), true, false),
        connection(format!("{origin}/impostor"), true, false),
        connection(format!("{origin}/plex"), false, false),
    ]);
    let shared = json!([
        connection(format!("{origin}/impostor"), true, false),
        connection(format!("{origin}/shared"), false, false)
    ]);
    let servers = [
        server("Den", "sim-machine", "token-alice", true, false, own),
        server("Bob's", "sim-shared", "token-shared", false, false, shared),
        server(
            "Fort",
            "sim-fort",
            "token-fort",
            false,
            true,
            json!([connection(format!("{origin}/fort"), false, false)]),
        ),
    ];
    let player = json!({
        "name": "Living room", "product": "Plex for Somebody", "clientIdentifier": "player-1", "provides": "client,player",
        "createdAt": "2021-04-12T18:21:12Z", "lastSeenAt": "2021-04-12T18:21:12Z", "owned": true, "presence": false,
        "connections": [],
    });
    let all: Vec<Value> = servers.into_iter().chain([player]).collect();
    Ok(Success(200, "resources", Value::Array(all)))
}

fn server(
    name: &str,
    identifier: &str,
    token: &str,
    owned: bool,
    https_required: bool,
    connections: Value,
) -> Value {
    json!({
        "name": name, "product": "Plex Media Server", "productVersion": "1.41.0.8992", "platform": "Linux",
        "platformVersion": "6.1", "device": "PC", "clientIdentifier": identifier,
        "createdAt": "2021-04-12T18:21:12Z", "lastSeenAt": "2026-01-01T00:00:00Z", "provides": "server",
        "ownerId": if owned { Value::Null } else { 2.into() },
        "sourceTitle": if owned { Value::Null } else { "bob".into() },
        "publicAddress": "203.0.113.7", "accessToken": token, "owned": owned, "home": false, "synced": false,
        "relay": true, "presence": true, "httpsRequired": https_required, "publicAddressMatches": owned,
        "dnsRebindingProtection": false, "natLoopbackSupported": false, "connections": connections,
    })
}
