//! Devices that may use an account.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Connection;
use crate::client::Token;
use crate::lenient;
use crate::lenient::Words;

/// A device that may use an account: a player, a server, an application. Source: clients in production.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthorizedDevice {
    /// The numeric ID, for [`RemoveDevice`](crate::RemoveDevice).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub id: Option<u64>,
    /// The name.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub name: Option<String>,
    /// The software, such as `Plex Web`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub product: Option<String>,
    /// The version of the software.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub product_version: Option<String>,
    /// Another version, as the software reports it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub version: Option<String>,
    /// The operating system or other platform.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub platform: Option<String>,
    /// The version of the platform.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub platform_version: Option<String>,
    /// The type of device.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub device: Option<String>,
    /// The model.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub model: Option<String>,
    /// The manufacturer.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub vendor: Option<String>,
    /// The client identifier. For a server, this is its machine identifier.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub client_identifier: Option<String>,
    /// The device's own token, if Plex reveals it. That of a server grants full access to the server.
    #[serde(default, deserialize_with = "lenient::optional", skip_serializing)]
    pub token: Option<Token>,
    /// The roles of the device, such as `server` or `player`.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub provides: Words,
    /// The public IP address.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub public_address: Option<String>,
    /// The resolution of the screen, such as `1920x1080`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub screen_resolution: Option<String>,
    /// The density of the screen.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub screen_density: Option<String>,
    /// When the device was first used.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub created_at: Option<SystemTime>,
    /// When the device was last used.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub last_seen_at: Option<SystemTime>,
    /// The ways to reach the device.
    /// At most 64 are kept.
    #[serde(default, deserialize_with = "lenient::bounded_list::<64, _, _>")]
    pub connections: Vec<Connection>,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_field_is_read() {
        let json = r#"{"id":"467330771","name":"Den","product":"Plex Media Server","productVersion":"1.41","version":"2",
            "platform":"Linux","platformVersion":"6","device":"PC","model":"x86_64","vendor":"Debian",
            "clientIdentifier":"9f0b","token":"hushhush","provides":"server,player","publicAddress":"203.0.113.7",
            "screenResolution":"1920x1080","screenDensity":"","createdAt":"7","lastSeenAt":"1970-01-01T00:00:08Z","new":{},
            "connections":[{"uri":"http://192.168.1.5:32400"}]}"#;
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let device: AuthorizedDevice = serde_json::from_str(json).unwrap();
        assert_eq!(
            device,
            AuthorizedDevice {
                id: Some(467_330_771),
                name: Some("Den".into()),
                product: Some("Plex Media Server".into()),
                product_version: Some("1.41".into()),
                version: Some("2".into()),
                platform: Some("Linux".into()),
                platform_version: Some("6".into()),
                device: Some("PC".into()),
                model: Some("x86_64".into()),
                vendor: Some("Debian".into()),
                client_identifier: Some("9f0b".into()),
                token: Some("hushhush".into()),
                provides: ["server", "player"].into_iter().collect(),
                public_address: Some("203.0.113.7".into()),
                screen_resolution: Some("1920x1080".into()),
                screen_density: None,
                created_at: at(7),
                last_seen_at: at(8),
                connections: device.connections.clone(),
            }
        );
        assert_eq!(device.connections[0].uri.as_deref(), Some("http://192.168.1.5:32400"));
        assert!(!format!("{device:?}").contains("hushhush"));
    }

    #[test]
    fn no_field_is_required() {
        let device: AuthorizedDevice = serde_json::from_str(r#"{"token":"","id":null}"#).unwrap();
        assert_eq!((device.id, device.token, device.connections.len()), (None, None, 0));
    }
}
