use std::collections::HashMap;

use http::{Method, Response};
use serde_json::{Map, Value, json};

use crate::reply::{Format, Received, as_element, html_response, json_response, xml_response};
use crate::world::World;

/// A Plex Media Server.
#[derive(Debug)]
pub struct MediaServer {
    /// The machine identifier.
    pub machine_identifier: String,
    /// The accepted tokens, each with its access.
    pub tokens: HashMap<String, Access>,
    /// The known sources, each with the name of its device.
    pub sources: HashMap<String, String>,
    /// The representation of devices in responses.
    pub device_shape: DeviceShape,
}

/// The access that a token grants on a Media Server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Admin,
    /// Only the library, as for a guest or a managed user.
    Library,
}

/// The observed representations of a repeatable element in the responses of Media Servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceShape {
    /// One object, with flags as booleans and the port as a number.
    Object,
    /// A list, with flags as numbers or strings and ports as strings.
    List,
}

impl Default for MediaServer {
    /// A Media Server that belongs to alice, with the machine identifier `sim-machine`.
    fn default() -> Self {
        let tokens = [("token-alice", Access::Admin), ("token-kid", Access::Library)];
        let sources = [("server://sim-machine", "Den"), ("provider://tv.plex.provider.sim", "Sim TV")];
        Self {
            machine_identifier: "sim-machine".into(),
            tokens: tokens.map(|(token, access)| (token.to_owned(), access)).into(),
            sources: sources.map(|(source, name)| (source.to_owned(), name.to_owned())).into(),
            device_shape: DeviceShape::Object,
        }
    }
}

impl MediaServer {
    /// A shared Media Server that belongs to another account.
    pub(crate) fn shared() -> Self {
        Self {
            machine_identifier: "sim-shared".into(),
            tokens: [("token-shared".to_owned(), Access::Library)].into(),
            sources: HashMap::new(),
            device_shape: DeviceShape::Object,
        }
    }
}

/// Splits a path into the machine that its prefix selects and the remaining path.
fn machine(path: &str) -> Option<(Machine, &str)> {
    let machines = [
        ("/plex", Machine::Own),
        // The same machine through Plex's relay.
        ("/relay", Machine::Own),
        ("/shared", Machine::Shared),
        ("/impostor", Machine::Impostor),
    ];
    machines.into_iter().find_map(|(prefix, machine)| Some((machine, path.strip_prefix(prefix)?)))
}

#[derive(Clone, Copy, PartialEq)]
enum Machine {
    Own,
    Shared,
    /// A different Media Server at an address where another is expected.
    Impostor,
}

/// Responds as the machine that the path selects. Errors are HTML pages.
pub(crate) fn respond(world: &mut World, request: &Received) -> Response<Vec<u8>> {
    match machine(&request.path) {
        Some((Machine::Shared, path)) => {
            // The endpoints read `world.media_server`.
            std::mem::swap(&mut world.media_server, &mut world.shared_server);
            let response = respond_as_own(world, path, request);
            std::mem::swap(&mut world.media_server, &mut world.shared_server);
            response
        }
        Some((Machine::Impostor, "/identity")) => {
            json_response(200, &json!({ "MediaContainer": { "machineIdentifier": "an-impostor" } }))
        }
        Some((Machine::Own, path)) => respond_as_own(world, path, request),
        Some((Machine::Impostor, _)) | None => html_response(404),
    }
}

fn respond_as_own(world: &mut World, path: &str, request: &Received) -> Response<Vec<u8>> {
    let result = match path {
        "/identity" => Ok(json!({ "size": 0, "machineIdentifier": world.media_server.machine_identifier,
            "version": "1.41.0.8992-8463ad060", "claimed": true })),
        "/security/token" => transient_token(world, request),
        "/security/resources" => source_connection_information(world, request),
        _ => Err(404),
    };
    match (result, request.format()) {
        (Ok(container), Format::Json) => json_response(200, &json!({ "MediaContainer": container })),
        (Ok(container), Format::Xml) => xml_response(200, &as_element("MediaContainer", &container)),
        (Ok(_), Format::Unsupported) => html_response(406),
        (Err(status), _) => html_response(status),
    }
}

/// Returns the access that the request's token grants.
fn access(world: &World, request: &Received) -> Result<Access, u16> {
    if request.plex("X-Plex-Client-Identifier").is_none() {
        return Err(400);
    }
    let token = request.plex("X-Plex-Token").ok_or(401_u16)?;
    world.media_server.tokens.get(&token).copied().ok_or(401)
}

/// `/security/token`, with any method.
fn transient_token(world: &mut World, request: &Received) -> Result<Value, u16> {
    let access = access(world, request)?;
    if request.parameter("type").as_deref() != Some("delegation")
        || request.parameter("scope").as_deref() != Some("all")
    {
        return Err(400);
    }
    let token = world.issue("transient");
    world.media_server.tokens.insert(token.clone(), access);
    Ok(json!({ "size": 0, "token": token }))
}

/// `GET /security/resources`
fn source_connection_information(world: &mut World, request: &Received) -> Result<Value, u16> {
    if request.method != Method::GET {
        return Err(405);
    }
    if access(world, request)? != Access::Admin {
        return Err(403);
    }
    let source = request.parameter("source").ok_or(400_u16)?;
    if !source.starts_with("server://") && !source.starts_with("provider://") {
        return Err(400);
    }
    if !matches!(request.parameter("refresh").as_deref(), None | Some("0" | "1")) {
        return Err(400);
    }
    let Some(name) = world.media_server.sources.get(&source).cloned() else {
        return Ok(json!({ "size": 0 }));
    };
    let token = world.issue("transient");
    world.media_server.tokens.insert(token.clone(), Access::Library);
    let identifier = source.split_once("://").map(|(_, identifier)| identifier);
    let mut container = Map::new();
    container.insert("size".into(), 1.into());
    let device = match world.media_server.device_shape {
        DeviceShape::Object => json!({
            "name": name, "clientIdentifier": identifier, "accessToken": token,
            "Connection": { "protocol": "http", "address": "192.168.1.5", "port": 32400,
                "uri": "http://192.168.1.5:32400", "local": true },
        }),
        DeviceShape::List => json!([{
            "name": name, "clientIdentifier": identifier, "accessToken": token,
            "Connection": [
                { "protocol": "http", "address": "192.168.1.5", "port": "32400",
                  "uri": "http://192.168.1.5:32400", "local": 1, "relay": "0" },
                { "protocol": "https", "address": "relay.example", "port": "443",
                  "uri": "https://relay.example", "local": "false", "relay": "1" },
            ],
        }]),
    };
    container.insert("Device".into(), device);
    Ok(Value::Object(container))
}
