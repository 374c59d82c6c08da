use serde_json::{Value, json};

use crate::media_server::{Access, MediaServer};
use crate::plex_tv::{Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::tokens::is_jwt;
use crate::world::World;

/// An address on which nothing listens.
const UNREACHABLE: &str = "http://127.0.0.1:9";

/// `GET /resources`: the servers of the account, of its Home, and those that others share with it, an unreachable server, and
/// a player.
pub(crate) fn list(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = signed_in_account(world, request)?;
    let token = request.plex("X-Plex-Token").unwrap_or_default();
    let origin = world.media_server_origin.clone();
    let mut all = Vec::new();
    for place in 0..world.servers().len() {
        let (prefix, server) = world.servers()[place];
        let is_owned = server.owner == Some(account);
        let is_home = server.owner.is_some_and(|owner| {
            !is_owned
                && world.accounts[owner].home.is_some()
                && world.accounts[owner].home == world.accounts[account].home
        });
        let Some(access_token) = access_token(server, &token, is_owned, is_home, world.accounts[account].id)
        else {
            continue;
        };
        let facts = Facts { is_owned, is_home, https_required: false };
        all.push(resource(server, &access_token, facts, connections(&origin, prefix, is_owned)));
        if access_token != token {
            world.server_mut(place).tokens.insert(access_token, Access::Library);
        }
    }
    let fort = MediaServer::named("Fort", "sim-fort", None);
    let facts = Facts { is_owned: false, is_home: false, https_required: true };
    all.push(resource(
        &fort,
        "token-fort",
        facts,
        json!([connection(format!("{origin}/fort"), false, false)]),
    ));
    all.push(json!({
        "name": "Living room", "product": "Plex for Somebody", "productVersion": "9.1", "accessToken": null,
        "ownerId": null, "sourceTitle": null, "publicAddress": "203.0.113.7", "clientIdentifier": "player-1", "provides": "client,player",
        "createdAt": "2021-04-12T18:21:12Z", "lastSeenAt": "2021-04-12T18:21:12Z", "owned": true, "presence": false,
        "home": false, "synced": false, "relay": false, "httpsRequired": false, "publicAddressMatches": true,
        "dnsRebindingProtection": false, "natLoopbackSupported": false, "connections": [],
    }));
    Ok(Success(200, "resources", Value::Array(all)))
}

/// The token for a server. That of an owned one is the token that asked, also if that is a JWT.
fn access_token(
    server: &MediaServer,
    token: &str,
    is_owned: bool,
    is_home: bool,
    account: u64,
) -> Option<String> {
    if is_owned || is_home && !is_jwt(token) {
        Some(token.to_owned())
    } else if server.is_shared && account == 1 {
        Some("token-shared".into())
    } else if server.is_shared || is_home {
        Some(format!("token-shared-{account}"))
    } else {
        None
    }
}

/// For an owned server: the relay, an address where nothing listens, one where another server listens, and its own.
fn connections(origin: &str, prefix: &str, is_owned: bool) -> Value {
    let own = connection(format!("{origin}{prefix}"), false, false);
    let impostor = connection(format!("{origin}/impostor"), true, false);
    match (is_owned, prefix) {
        (true, "/plex") => json!([
            connection(format!("{origin}/relay"), false, true),
            connection(UNREACHABLE.into(), true, false),
            impostor,
            own,
        ]),
        (true, _) => json!([own]),
        (false, _) => json!([impostor, own]),
    }
}

fn connection(uri: String, local: bool, relay: bool) -> Value {
    let port: u16 =
        uri.rsplit(':').next().and_then(|end| end.split('/').next()?.parse().ok()).unwrap_or(32400);
    json!({ "protocol": "http", "address": "127.0.0.1", "port": port, "uri": uri, "local": local, "relay": relay,
        "IPv6": false })
}

#[derive(Clone, Copy)]
struct Facts {
    is_owned: bool,
    is_home: bool,
    https_required: bool,
}

fn resource(server: &MediaServer, token: &str, facts: Facts, connections: Value) -> Value {
    let Facts { is_owned, is_home, https_required } = facts;
    json!({
        "name": server.name, "product": "Plex Media Server", "productVersion": "1.41.0.8992", "platform": "Linux",
        "platformVersion": "6.1", "device": "PC", "clientIdentifier": server.machine_identifier,
        "createdAt": "2021-04-12T18:21:12Z", "lastSeenAt": "2026-01-01T00:00:00Z", "provides": "server",
        "ownerId": if is_owned { Value::Null } else { 2.into() },
        "sourceTitle": if is_owned { Value::Null } else { "bob".into() },
        "publicAddress": "203.0.113.7", "accessToken": token, "owned": is_owned, "home": is_home, "synced": false,
        "relay": true, "presence": true, "httpsRequired": https_required, "publicAddressMatches": is_owned,
        "dnsRebindingProtection": false, "natLoopbackSupported": false, "connections": connections,
    })
}
