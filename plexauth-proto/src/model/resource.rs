//! Servers and other devices that an account can access.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Connection;
use crate::client::Token;
use crate::lenient;
use crate::lenient::Words;

/// A server or other device that an account can access. Source: the API description of plex.tv, and recorded resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Resource {
    /// The name that the owner gave it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub name: Option<String>,
    /// The software, such as `Plex Media Server`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub product: Option<String>,
    /// The version of the software.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub product_version: Option<String>,
    /// The operating system or other platform.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub platform: Option<String>,
    /// The version of the platform.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub platform_version: Option<String>,
    /// The type of device.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub device: Option<String>,
    /// The client identifier. For a server, this is its machine identifier.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub client_identifier: Option<String>,
    /// When it was first seen.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub created_at: Option<SystemTime>,
    /// When it was last seen.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub last_seen_at: Option<SystemTime>,
    /// The roles that it provides, such as `server`, `info` or `player`.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub provides: Words,
    /// The numeric ID of its owner, if that is another account.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub owner_id: Option<u64>,
    /// The name of the account that shared it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub source_title: Option<String>,
    /// Its public IP address.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub public_address: Option<String>,
    /// The token **for this server**, which the server may not accept: see [`server_token`](Resource::server_token). Only
    /// servers are certain to have one.
    #[serde(default, deserialize_with = "lenient::optional", skip_serializing)]
    pub access_token: Option<Token>,
    /// Whether it belongs to this account.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub owned: bool,
    /// Whether it belongs to the same Home.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub home: bool,
    /// Whether it holds synced content.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub synced: bool,
    /// Whether it can be reached through Plex's relay.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub relay: bool,
    /// Whether Plex considers it online.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub presence: bool,
    /// Whether it rejects plain HTTP.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub https_required: bool,
    /// Whether it has the same public address as the client that sent the request.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub public_address_matches: bool,
    /// Whether its network blocks host names that resolve to private addresses, such as those of `plex.direct`.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub dns_rebinding_protection: bool,
    /// Whether its router lets local devices use the public address.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub nat_loopback_supported: bool,
    /// The ways to reach it, unsorted. See [`connections_in_order`](Resource::connections_in_order).
    /// At most 64 are kept.
    #[serde(default, deserialize_with = "lenient::bounded_list::<64, _, _>")]
    pub connections: Vec<Connection>,
}

impl Resource {
    /// Returns whether this is a Media Server.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.provides.contains("server")
    }

    /// Returns the access token, if the server is likely to accept it: unless it is a JWT, which most Media Servers refuse.
    ///
    /// If a JWT requested the list, the access token of an owned server is a JWT. [`ServerToken`](crate::ServerToken) obtains
    /// one that the server accepts.
    #[must_use]
    pub fn server_token(&self) -> Option<&Token> {
        self.access_token.as_ref().filter(|token| !token.is_jwt())
    }

    /// Returns the connections to try, best first: local, then remote, then relay, whose bandwidth Plex limits. Within
    /// each group, HTTPS comes before HTTP.
    ///
    /// Connections without a valid URL are omitted, and so is plain HTTP if the server rejects it. Local connections
    /// are omitted if the server is neither the account's own nor of its Home, and the public addresses differ: the address could
    /// belong to another device on your network.
    #[must_use]
    pub fn connections_in_order(&self) -> Vec<&Connection> {
        let may_be_local = self.may_be_on_this_network();
        let mut candidates: Vec<_> = self
            .connections
            .iter()
            .filter(|connection| may_be_local || !connection.local)
            .filter_map(|connection| Some((connection, connection.base_url()?)))
            .filter(|(_, base_url)| base_url.is_https() || !self.https_required)
            .collect();
        candidates.sort_by_key(|(connection, base_url)| {
            (connection.relay, !connection.local, !base_url.is_https())
        });
        candidates.into_iter().map(|(connection, _)| connection).collect()
    }

    /// Whether the server may be on the network of this device: it is the account's own or of the same Home, or has the
    /// same public address.
    pub(crate) fn may_be_on_this_network(&self) -> bool {
        self.owned || self.home || self.public_address_matches
    }
}

/// How an account may use a server. Web applications that belong to a server use it to decide who may sign in.
///
/// ```
/// use plexauth_proto::model::{Resource, ServerAccess};
///
/// /// With the resources of the person's own token, from [`GetResources`](plexauth_proto::GetResources).
/// fn may_sign_in(resources: &[Resource], machine_identifier: &str) -> bool {
///     ServerAccess::of(resources, machine_identifier).is_some()
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerAccess {
    /// The server is the account's own.
    Owner,
    /// The server belongs to the account's Home.
    Home,
    /// The server's owner shares it with the account.
    Shared,
}

impl ServerAccess {
    /// How the account with these resources may use the server with this machine identifier. `None` if it may not. Without a
    /// machine identifier, nobody may.
    #[must_use]
    pub fn of(resources: &[Resource], machine_identifier: &str) -> Option<Self> {
        let is_it = |resource: &&Resource| resource.client_identifier.as_deref() == Some(machine_identifier);
        let server = resources.iter().filter(|resource| resource.is_server()).find(is_it)?;
        Some(match (server.owned, server.home) {
            (true, _) => Self::Owner,
            (false, true) => Self::Home,
            (false, false) => Self::Shared,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FULL: &str = r#"{"name":"Den","product":"Plex Media Server","productVersion":"1.41","platform":"Linux",
        "platformVersion":"6","device":"PC","clientIdentifier":"9f0b","createdAt":"2021-04-12T18:21:12Z",
        "lastSeenAt":"2021-04-12T18:21:12Z","provides":"server,player","ownerId":null,"sourceTitle":"bob",
        "publicAddress":"203.0.113.7","accessToken":"hushhush","owned":true,"home":false,"synced":false,"relay":true,
        "presence":true,"httpsRequired":false,"publicAddressMatches":"1","dnsRebindingProtection":0,
        "natLoopbackSupported":1,"new":[1],"connections":[{"protocol":"https","address":"192.168.1.5","port":32400,
        "uri":"https://192-168-1-5.0123.plex.direct:32400","local":true,"relay":false,"IPv6":true}]}"#;

    fn read(json: &str) -> Resource {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{json}"))
    }

    #[test]
    fn every_field_is_read() {
        let seen = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_618_251_672));
        let resource = Resource {
            name: Some("Den".into()),
            product: Some("Plex Media Server".into()),
            product_version: Some("1.41".into()),
            platform: Some("Linux".into()),
            platform_version: Some("6".into()),
            device: Some("PC".into()),
            client_identifier: Some("9f0b".into()),
            created_at: seen,
            last_seen_at: seen,
            provides: ["server", "player"].into_iter().collect(),
            owner_id: None,
            source_title: Some("bob".into()),
            public_address: Some("203.0.113.7".into()),
            access_token: Some("hushhush".into()),
            owned: true,
            home: false,
            synced: false,
            relay: true,
            presence: true,
            https_required: false,
            public_address_matches: true,
            dns_rebinding_protection: false,
            nat_loopback_supported: true,
            connections: vec![Connection {
                protocol: Some("https".into()),
                address: Some("192.168.1.5".into()),
                port: Some(32400),
                uri: Some("https://192-168-1-5.0123.plex.direct:32400".into()),
                local: true,
                relay: false,
                ipv6: true,
            }],
        };
        assert_eq!(read(FULL), resource);
        assert!(resource.is_server());
        assert!(!format!("{resource:?}").contains("hushhush"));
    }

    #[test]
    fn access_is_that_of_the_server_with_this_identifier() {
        let list = r#"[{"clientIdentifier":"a","provides":"player","owned":true},
            {"clientIdentifier":"a","provides":"server"}, {"clientIdentifier":"b","provides":"server","home":1},
            {"clientIdentifier":"c","provides":"server","owned":true,"home":true}, {"provides":"server"},
            {"clientIdentifier":"","provides":"server"}]"#;
        let resources: Vec<Resource> = serde_json::from_str(list).unwrap();
        let access = ["a", "b", "c", "d", ""].map(|identifier| ServerAccess::of(&resources, identifier));
        use ServerAccess::{Home, Owner, Shared};
        assert_eq!(access, [Some(Shared), Some(Home), Some(Owner), None, None]);
    }

    #[test]
    fn jwt_is_no_server_token() {
        let token = |json: &str| read(json).server_token().map(|token| token.expose().to_owned());
        assert_eq!(token(r#"{"accessToken":"hushhush","owned":true}"#).as_deref(), Some("hushhush"));
        assert_eq!(token(r#"{"accessToken":"eyJhbGciOiJFZERTQSJ9.e30.c2ln","owned":true}"#), None);
        assert_eq!(token("{}"), None);
    }

    #[test]
    fn no_field_is_required() {
        let resource = read("{}");
        assert!(!resource.is_server() && resource.connections_in_order().is_empty());
        assert!(!read(r#"{"provides":"info,player"}"#).is_server());
    }

    /// The connections as listed and as sorted. l is local, p is public, y is relay, and s is HTTPS.
    #[test]
    fn connections_are_filtered_and_sorted() {
        for (resource, listed, ordered) in [
            ("", "", ""),
            (r#""owned":true"#, "y ys p ps l ls", "ls l ps p ys y"),
            (r#""publicAddressMatches":true"#, "y ys p ps l ls", "ls l ps p ys y"),
            (r#""owned":false"#, "y ys p ps l ls", "ps p ys y"),
            (r#""owned":true,"httpsRequired":true"#, "y ys p ps l ls", "ls ps ys"),
            (r#""httpsRequired":"1""#, "y p l ls", ""),
            (r#""owned":true"#, "p ls", "ls p"),
        ] {
            let connections: Vec<_> = listed
                .split_whitespace()
                .map(|word| {
                    let scheme = if word.ends_with('s') { "https" } else { "http" };
                    format!(
                        r#"{{"uri":"{scheme}://{word}.example","local":{},"relay":{}}}"#,
                        word.starts_with('l'),
                        word.starts_with('y')
                    )
                })
                .collect();
            let separator = if resource.is_empty() { "" } else { "," };
            let json = format!(r#"{{{resource}{separator}"connections":[{}]}}"#, connections.join(","));
            let resource = read(&json);
            let names: Vec<_> = resource
                .connections_in_order()
                .iter()
                .map(|connection| {
                    connection.base_url().unwrap().host().trim_end_matches(".example").to_owned()
                })
                .collect();
            assert_eq!(names.join(" "), ordered, "{json}");
        }
    }

    #[test]
    fn sort_is_stable_and_drops_unusable_connections() {
        let resource = read(
            r#"{"connections":[{"uri":"https://b.example"},{"uri":"nonsense"},{},{"uri":"ftp://x"},
                {"protocol":"http","address":"203.0.113.7","port":"32400"},{"uri":"https://a.example"}]}"#,
        );
        let bases: Vec<_> = resource
            .connections_in_order()
            .iter()
            .map(|connection| connection.base_url().unwrap().to_string())
            .collect();
        assert_eq!(bases, ["https://b.example", "https://a.example", "http://203.0.113.7:32400"]);
    }
}
