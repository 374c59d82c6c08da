//! A device with its connections, as a Media Server describes one.

use serde::Deserialize;

use crate::{Token, lenient};

/// A device that offers a source. Source: the API description of the Plex Media Server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Device {
    /// What the owner calls it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub name: Option<String>,
    /// Its identifier: for a server, the machine identifier.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub client_identifier: Option<String>,
    /// A transient token for it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub access_token: Option<Token>,
    /// How to reach it.
    #[serde(default, rename = "Connection", deserialize_with = "lenient::list")]
    pub connections: Vec<Connection>,
}

/// One way to reach a device. Source: the API description of the Plex Media Server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Connection {
    /// `http` or `https`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub protocol: Option<String>,
    /// The host.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub address: Option<String>,
    /// The port.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub port: Option<u16>,
    /// The whole address.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub uri: Option<String>,
    /// Whether it is on the same network as the device.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub local: bool,
    /// Whether it goes through Plex's relay, which is slow.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub relay: bool,
}
