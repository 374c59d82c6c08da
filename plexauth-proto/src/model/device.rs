//! Devices and their connections, as a Media Server describes them.

use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

use crate::client::{BaseUrl, Token};
use crate::lenient;

/// A device that provides a source. Source: the API description of the Plex Media Server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Device {
    /// The name that the owner gave it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub name: Option<String>,
    /// The client identifier. For a server, this is its machine identifier.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub client_identifier: Option<String>,
    /// A transient token for the device.
    #[serde(default, deserialize_with = "lenient::optional", skip_serializing)]
    pub access_token: Option<Token>,
    /// The ways to reach the device.
    /// At most 64 are kept.
    #[serde(default, rename = "Connection", deserialize_with = "lenient::bounded_list::<64, _, _>")]
    pub connections: Vec<Connection>,
}

/// One way to reach a device. Source: the API description of the Plex Media Server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Connection {
    /// `http` or `https`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub protocol: Option<String>,
    /// The host name or IP address.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub address: Option<String>,
    /// The port.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub port: Option<u16>,
    /// The complete URL.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub uri: Option<String>,
    /// Whether the address is on the device's local network.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub local: bool,
    /// Whether the connection goes through Plex's relay, which is slow.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub relay: bool,
    /// Whether the address is an IPv6 address.
    #[serde(default, rename = "IPv6", deserialize_with = "lenient::flag")]
    pub ipv6: bool,
}

impl Connection {
    /// Returns the base URL: [`uri`](Connection::uri), or a URL built from `protocol`, `address` and `port`. `None` if
    /// neither is valid.
    #[must_use]
    pub fn base_url(&self) -> Option<BaseUrl> {
        self.uri.as_deref().and_then(|uri| uri.parse().ok()).or_else(|| self.base_url_from_parts())
    }

    fn base_url_from_parts(&self) -> Option<BaseUrl> {
        self.base_url_with(self.protocol.as_deref()?)
    }

    /// The base URL of `address` and `port` with another protocol.
    pub(crate) fn base_url_with(&self, protocol: &str) -> Option<BaseUrl> {
        let (address, port) = (self.address.as_deref()?, self.port?);
        // `h/x` would become `http://h/x:1`, another host and port.
        let base_url: BaseUrl = match address.parse::<Ipv6Addr>() {
            Ok(address) => format!("{protocol}://[{address}]:{port}"),
            Err(_) => format!("{protocol}://{address}:{port}"),
        }
        .parse()
        .ok()?;
        (!base_url.has_path()).then_some(base_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_is_the_uri_or_built_from_parts() {
        for (json, expected) in [
            (
                r#"{"uri":"https://a.example:1","protocol":"http","address":"b","port":2}"#,
                Some("https://a.example:1"),
            ),
            (
                r#"{"protocol":"http","address":"192.168.1.5","port":"32400"}"#,
                Some("http://192.168.1.5:32400"),
            ),
            (
                r#"{"protocol":"https","address":"2001:db8::1","port":32400}"#,
                Some("https://[2001:db8::1]:32400"),
            ),
            (r#"{"uri":"me:pw@x","protocol":"http","address":"b","port":2}"#, Some("http://b:2")),
            (r#"{"protocol":"http","address":"b"}"#, None),
            (r#"{"protocol":"ftp","address":"b","port":2}"#, None),
            ("{}", None),
        ] {
            let connection: Connection = serde_json::from_str(json).unwrap();
            assert_eq!(connection.base_url().map(|base| base.to_string()).as_deref(), expected, "{json}");
        }
    }
}
