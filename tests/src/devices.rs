//! The devices that may use an account.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::plex_tv::{NOT_FOUND, Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

/// A device that has logged in to an account.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    id: u64,
    account: usize,
    client: String,
    description: Description,
    /// Its current token.
    token: String,
    seen: SystemTime,
}

/// How a client describes itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Description {
    name: String,
    pub(crate) product: String,
    version: String,
    platform: String,
    platform_version: String,
    device: String,
    model: String,
    vendor: String,
    provides: String,
}

impl World {
    /// Records that a device received a token.
    pub(crate) fn note_device(&mut self, account: usize, client: &str, token: &str) {
        let seen = self.now();
        let known =
            self.devices.iter_mut().find(|device| device.account == account && device.client == client);
        if let Some(device) = known {
            token.clone_into(&mut device.token);
            device.seen = seen;
            return;
        }
        self.devices_made += 1;
        self.devices.push(Device {
            id: 467_330_770 + self.devices_made,
            account,
            client: client.into(),
            description: self.description.clone(),
            token: token.into(),
            seen,
        });
    }

    /// Remembers how the client of a request describes itself.
    pub(crate) fn note_client(&mut self, request: &Received) {
        let value = |name: &str| request.plex(name).unwrap_or_default();
        self.description = Description {
            name: value("X-Plex-Device-Name"),
            product: value("X-Plex-Product"),
            version: value("X-Plex-Version"),
            platform: value("X-Plex-Platform"),
            platform_version: value("X-Plex-Platform-Version"),
            device: value("X-Plex-Device"),
            model: value("X-Plex-Model"),
            vendor: value("X-Plex-Device-Vendor"),
            provides: value("X-Plex-Provides"),
        };
    }
}

/// `GET /devices`: the account's own devices and servers. Shared servers are not listed.
pub(crate) fn list(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = signed_in_account(world, request)?;
    let seconds = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs().to_string()
    };
    let mut all: Vec<Value> = world
        .devices
        .iter()
        .filter(|device| device.account == account)
        .map(|device| {
            let Description { name, product, version, platform, platform_version, .. } = &device.description;
            let Description { device: kind, model, vendor, provides, .. } = &device.description;
            json!({
                "id": device.id, "name": name, "product": product, "productVersion": version, "version": version,
                "platform": platform, "platformVersion": platform_version, "device": kind, "model": model,
                "vendor": vendor, "clientIdentifier": device.client, "token": device.token, "provides": provides,
                "publicAddress": "203.0.113.7", "screenResolution": "", "screenDensity": "",
                "createdAt": seconds(device.seen), "lastSeenAt": seconds(device.seen), "connections": [],
            })
        })
        .collect();
    for (number, (prefix, server)) in world.servers().into_iter().enumerate() {
        if server.owner == Some(account) {
            let uri = format!("{}{prefix}", world.media_server_origin);
            all.push(json!({
                "id": 1000 + number, "name": server.name, "product": "Plex Media Server", "productVersion": "1.41.0.8992",
                "version": "1.41.0.8992", "platform": "Linux", "platformVersion": "6.1", "device": "PC", "model": "x86_64",
                "vendor": "Debian", "clientIdentifier": server.machine_identifier, "token": server.own_token(),
                "provides": "server", "publicAddress": "203.0.113.7", "screenResolution": "", "screenDensity": "",
                "createdAt": "1618251672", "lastSeenAt": seconds(world.now()),
                "connections": [{ "uri": uri }],
            }));
        }
    }
    Ok(Success(200, "devices", Value::Array(all)))
}

/// `DELETE /devices/ID.xml`: ends the device's tokens and forgets its key.
pub(crate) fn remove(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = signed_in_account(world, request)?;
    let id = request.path.strip_prefix("/devices/").and_then(|rest| rest.strip_suffix(".xml"));
    let id: u64 = id.and_then(|id| id.parse().ok()).ok_or(NOT_FOUND)?;
    let place = world.devices.iter().position(|device| device.id == id && device.account == account);
    let device = world.devices.remove(place.ok_or(NOT_FOUND)?);
    world.end_tokens(account, &device.client, |_| true);
    world.device_keys.retain(|key| key.client != device.client || key.account != account);
    world.jwt_devices.remove(&(account, device.client));
    Ok(Success(204, "device", Value::Null))
}
