//! A device with its connections, as a Media Server describes one.

use std::net::Ipv6Addr;

use serde::Deserialize;

use crate::client::{BaseUrl, Token};
use crate::lenient;

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
    /// Whether the address is one of IPv6.
    #[serde(default, rename = "IPv6", deserialize_with = "lenient::flag")]
    pub ipv6: bool,
}

impl Connection {
    /// The address to use: [`uri`](Connection::uri), or else what `protocol`, `address` and `port` make. Nothing if
    /// neither is an address.
    #[must_use]
    pub fn base_url(&self) -> Option<BaseUrl> {
        self.uri.as_deref().and_then(|uri| uri.parse().ok()).or_else(|| self.base_url_of_parts())
    }

    fn base_url_of_parts(&self) -> Option<BaseUrl> {
        let (protocol, address, port) = (self.protocol.as_deref()?, self.address.as_deref()?, self.port?);
        match address.parse::<Ipv6Addr>() {
            Ok(address) => format!("{protocol}://[{address}]:{port}"),
            Err(_) => format!("{protocol}://{address}:{port}"),
        }
        .parse()
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_uri_or_made_of_its_parts() {
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
