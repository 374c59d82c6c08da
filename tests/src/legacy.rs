//! The older endpoints of plex.tv, in XML, that clients in the field still use.

use http::{Method, Response};
use serde_json::{Value, json};

use crate::home;
use crate::plex_tv::{NOT_FOUND, signed_in_account};
use crate::reply::{Format, Received, Refusal, Scripted, json_response, xml_response};
use crate::world::World;
use crate::{devices, plex_tv, xml};

/// Responds to a path outside the versioned API. Returns `None` if there is no such endpoint.
pub(crate) fn respond(world: &mut World, request: &Received) -> Option<Response<Vec<u8>>> {
    let path = request.path.as_str();
    let result = match (&request.method, path) {
        (&Method::GET, "/api/claim/token.json") => return Some(plex_tv::claim(world, request)),
        (&Method::GET, "/devices.json") => {
            return Some(match devices::list(world, request) {
                Ok(list) => json_response(200, &list.2),
                Err(refusal) => refusal.response(Format::Json),
            });
        }
        (&Method::GET, "/devices.xml") => {
            devices::list(world, request).map(|list| xml::element("devices", &list.2))
        }
        (&Method::DELETE, _) if path.starts_with("/devices/") => {
            devices::remove(world, request).map(|_| String::new())
        }
        (&Method::GET, "/api/users/" | "/api/users") => users(world, request),
        (&Method::GET, "/api/home/users") => home_users(world, request),
        (&Method::POST, _) if path.starts_with("/api/home/users/") && path.ends_with("/switch") => {
            switch(world, request)
        }
        (&Method::GET, _) if path.starts_with("/api/servers/") => shared_servers(world, request),
        _ => return None,
    };
    Some(match result {
        Ok(text) if text.is_empty() => Scripted::new(200, text).response(),
        Ok(text) => xml_response(200, &text),
        Err(refusal) => refusal.old_response(),
    })
}

/// Everybody with whom the account shares, and the other users of its Home.
fn users(world: &mut World, request: &Received) -> Result<String, Refusal> {
    let account = signed_in_account(world, request)?;
    let users: Vec<Value> = world
        .accounts
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != account)
        .map(|(_, user)| {
            json!({
                "id": user.id, "title": user.title, "username": user.username, "email": user.email, "thumb": "",
                "protected": user.home_pin.is_some(), "home": user.home.is_some() && user.home == world.accounts[account].home,
                "restricted": user.managed, "allowSync": true, "allowCameraUpload": false, "allowChannels": true,
                "filterAll": "", "filterMovies": "", "filterMusic": "", "filterPhotos": "", "filterTelevision": "",
                "Server": [],
            })
        })
        .collect();
    let container = json!({ "friendlyName": "myPlex", "identifier": "com.plexapp.plugins.myplex",
        "machineIdentifier": "sim-plex-tv", "totalSize": users.len(), "size": users.len(), "User": users });
    Ok(xml::element("MediaContainer", &container))
}

fn home_users(world: &mut World, request: &Received) -> Result<String, Refusal> {
    let account = signed_in_account(world, request)?;
    let users: Vec<Value> = home::users_of(world, account)?.into_iter().map(home::user).collect();
    let container = json!({ "size": users.len(), "User": users });
    Ok(xml::element("MediaContainer", &container))
}

fn switch(world: &mut World, request: &Received) -> Result<String, Refusal> {
    let (index, token) = home::switched(world, request)?;
    let user = &world.accounts[index];
    let content = json!({ "id": user.id, "uuid": user.uuid(), "title": user.title, "username": user.username,
        "email": user.email, "authenticationToken": token });
    Ok(xml::element("user", &content))
}

/// The users with whom a server of the account is shared.
fn shared_servers(world: &mut World, request: &Received) -> Result<String, Refusal> {
    let account = signed_in_account(world, request)?;
    let identifier = request.path.split('/').nth(3).unwrap_or_default();
    let is_own = |(_, server): &(&str, &crate::MediaServer)| {
        server.machine_identifier == identifier && server.owner == Some(account)
    };
    if !world.servers().iter().any(is_own) {
        return Err(NOT_FOUND);
    }
    let kid = json!({ "userID": 4, "accessToken": "token-kid", "allLibraries": true, "owned": false, "pending": false });
    Ok(xml::element("MediaContainer", &json!({ "size": 1, "SharedServer": [kid] })))
}
