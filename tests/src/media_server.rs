use std::collections::HashMap;

use http::{Method, Response};
use serde_json::{Map, Value, json};

use crate::reply::{Format, Received, html_response, json_response, xml_response};
use crate::tokens::{Credential, is_jwt};
use crate::world::World;
use crate::xml;

const VERSION: &str = "1.41.0.8992-8463ad060";

/// A Plex Media Server.
#[derive(Debug, Clone)]
pub struct MediaServer {
    /// The name.
    pub name: String,
    /// The machine identifier.
    pub machine_identifier: String,
    /// The index of the account that owns it. `None` for a new server, which can be claimed.
    pub owner: Option<usize>,
    /// Whether it is shared with everybody.
    pub is_shared: bool,
    /// Whether it accepts JWTs. Most servers do not.
    pub accepts_jwts: bool,
    /// Further accepted tokens, each with its access. The owner's legacy tokens and those of its Home are accepted, too.
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

impl MediaServer {
    pub(crate) fn named(name: &str, machine_identifier: &str, owner: Option<usize>) -> Self {
        Self {
            name: name.into(),
            machine_identifier: machine_identifier.into(),
            owner,
            is_shared: false,
            accepts_jwts: false,
            tokens: HashMap::new(),
            sources: HashMap::new(),
            device_shape: DeviceShape::Object,
        }
    }

    /// Alice's server, with two sources.
    pub(crate) fn den() -> Self {
        let sources = [("server://sim-machine", "Den"), ("provider://tv.plex.provider.sim", "Sim TV")];
        let sources = sources.map(|(source, name)| (source.to_owned(), name.to_owned())).into();
        Self { sources, ..Self::named("Den", "sim-machine", Some(0)) }
    }

    /// Bob's server, which he shares.
    pub(crate) fn shared() -> Self {
        let tokens = [("token-shared".to_owned(), Access::Library)].into();
        Self { is_shared: true, tokens, ..Self::named("Bob's", "sim-shared", Some(1)) }
    }

    /// The token of the server itself, which opens it with everything.
    pub(crate) fn own_token(&self) -> String {
        format!("token-of-{}", self.machine_identifier)
    }
}

/// Responds as the machine that the prefix of the path selects. Errors are HTML pages.
pub(crate) fn respond(world: &mut World, request: &Received) -> Response<Vec<u8>> {
    if request.path == "/impostor/identity" {
        // A different Media Server at an address where another is expected.
        return json_response(200, &json!({ "MediaContainer": { "machineIdentifier": "an-impostor" } }));
    }
    // The same machine through Plex's relay.
    let path = request.path.strip_prefix("/relay").map(|path| format!("/plex{path}"));
    let path = path.as_deref().unwrap_or(&request.path);
    let prefixes = world.servers().map(|(prefix, _)| prefix);
    let found =
        prefixes.iter().enumerate().find_map(|(place, prefix)| Some((place, path.strip_prefix(prefix)?)));
    match found {
        Some((place, path)) => respond_as(world, place, path, request),
        None => html_response(404),
    }
}

fn respond_as(world: &mut World, place: usize, path: &str, request: &Received) -> Response<Vec<u8>> {
    let result = match path {
        "/identity" => {
            let (_, server) = world.servers()[place];
            Ok(json!({ "size": 0, "machineIdentifier": server.machine_identifier, "version": VERSION,
                "claimed": server.owner.is_some() }))
        }
        "/" => root(world, place, request),
        "/security/token" => transient_token(world, place, request),
        "/security/resources" => source_connection_information(world, place, request),
        "/myplex/claim" => claim(world, place, request),
        _ => Err(404),
    };
    match (result, request.format()) {
        (Ok(container), Format::Json) => json_response(200, &json!({ "MediaContainer": container })),
        (Ok(container), Format::Xml) => xml_response(200, &xml::element("MediaContainer", &container)),
        (Ok(_), Format::Unsupported) => html_response(406),
        (Err(status), _) => html_response(status),
    }
}

/// Returns the access that the request's token grants.
fn access(world: &World, place: usize, request: &Received) -> Result<Access, u16> {
    let (_, server) = world.servers()[place];
    if server.owner.is_none() {
        // An unclaimed server is open to its own network.
        return Ok(Access::Admin);
    }
    let token = request.plex("X-Plex-Token").ok_or(401_u16)?;
    if let Some(access) = server.tokens.get(&token) {
        return Ok(*access);
    }
    if token == server.own_token() {
        return Ok(Access::Admin);
    }
    if is_jwt(&token) && !server.accepts_jwts {
        return Err(401);
    }
    let (Credential::Valid(account), Some(owner)) = (world.credential(&token), server.owner) else {
        return Err(401);
    };
    let home = world.accounts[owner].home;
    if account == owner {
        Ok(Access::Admin)
    } else if home.is_some() && world.accounts[account].home == home {
        Ok(Access::Library)
    } else {
        Err(401)
    }
}

/// `GET /`
fn root(world: &World, place: usize, request: &Received) -> Result<Value, u16> {
    access(world, place, request)?;
    let (_, server) = world.servers()[place];
    let owner = server.owner.map(|owner| world.accounts[owner].username.as_str());
    Ok(json!({ "size": 0, "friendlyName": server.name, "machineIdentifier": server.machine_identifier,
        "version": VERSION, "platform": "Linux", "platformVersion": "6.1", "myPlex": true,
        "myPlexUsername": owner, "transcoderActiveVideoSessions": 0 }))
}

/// `POST /myplex/claim`, on a server without an owner.
fn claim(world: &mut World, place: usize, request: &Received) -> Result<Value, u16> {
    if request.method != Method::POST {
        return Err(405);
    }
    if world.servers()[place].1.owner.is_some() {
        return Err(401);
    }
    let token = request.parameter("token").ok_or(400_u16)?;
    let account = world.use_claim(&token).ok_or(401_u16)?;
    world.server_mut(place).owner = Some(account);
    Ok(json!({ "size": 0 }))
}

/// `/security/token`, with any method.
fn transient_token(world: &mut World, place: usize, request: &Received) -> Result<Value, u16> {
    let access = access(world, place, request)?;
    if request.parameter("type").as_deref() != Some("delegation")
        || request.parameter("scope").as_deref() != Some("all")
    {
        return Err(400);
    }
    let token = world.issue("transient");
    world.server_mut(place).tokens.insert(token.clone(), access);
    Ok(json!({ "size": 0, "token": token }))
}

/// `GET /security/resources`
fn source_connection_information(world: &mut World, place: usize, request: &Received) -> Result<Value, u16> {
    if request.method != Method::GET {
        return Err(405);
    }
    let is_jwt = request.plex("X-Plex-Token").is_some_and(|token| is_jwt(&token));
    // To this request, servers have been seen to respond so.
    let access = access(world, place, request).map_err(|status| if is_jwt { 400 } else { status })?;
    if access != Access::Admin {
        return Err(403);
    }
    let source = request.parameter("source").ok_or(400_u16)?;
    if !source.starts_with("server://") && !source.starts_with("provider://") {
        return Err(400);
    }
    if !matches!(request.parameter("refresh").as_deref(), None | Some("0" | "1")) {
        return Err(400);
    }
    let Some(name) = world.servers()[place].1.sources.get(&source).cloned() else {
        return Ok(json!({ "size": 0 }));
    };
    let token = world.issue("transient");
    world.server_mut(place).tokens.insert(token.clone(), Access::Library);
    let identifier = source.split_once("://").map(|(_, identifier)| identifier);
    let mut container = Map::new();
    container.insert("size".into(), 1.into());
    let device = match world.servers()[place].1.device_shape {
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
