//! Successful responses, compared with `serde_json` and a strict struct with the same fields.

use http::Response;
use plexauth_proto::{
    CheckPin, CreatePin, GetResources, GetSourceConnectionInformation, GetTransientToken, GetUserDetails,
    Operation, SignIn, Source,
};
use serde::de::DeserializeOwned;

use super::TOKEN;
use super::strict::{self, Contained};
use crate::harness::case::{Case, Limit, Work};

const SERVER: &str = "http://192.168.1.5:32400";
const ACCOUNT_6K: &str = include_str!("../bodies/account_6k.json");
const ACCOUNT_1K: &str = include_str!("../bodies/account_1k.json");
const PIN: &str = r#"{"id":1234567890,"code":"AB12","product":"My Cool App","trusted":false,
"qr":"https://plex.tv/api/v2/pins/qr/AB12","clientIdentifier":"3381b62b-9ab7-4e37-827b-203e9809eb58",
"location":{"code":"AT","european_union_member":true,"continent_code":"EU","country":"Austria","city":"Vienna",
"time_zone":"Europe/Vienna","postal_code":"1010","in_privacy_restricted_country":true,
"in_privacy_restricted_region":false,"subdivisions":"Vienna","coordinates":"48.2, 16.37"},"expiresIn":1800,
"createdAt":"2026-11-24T10:00:00Z","expiresAt":"2026-11-24T10:30:00Z","authToken":null,"newRegistration":null}"#;
const TRANSIENT_TOKEN: &str =
    r#"{"MediaContainer":{"size":0,"token":"transient-90904684-f91a-4391-8bf7-e0dfa7240285"}}"#;

pub fn cases() -> Vec<Case> {
    let server = || SERVER.parse::<plexauth_proto::BaseUrl>().unwrap();
    let source = Source::server("9f0b6d1c5d3d4b5c8e1f2a3b4c5d6e7f").unwrap();
    let connections = connections(0);
    let devices = format!(
        r#"{{"MediaContainer":{{"size":1,"Device":[{{"name":"Den","clientIdentifier":"9f0b6d1c","accessToken":"transient-1",
        "Connection":[{connections}]}}]}}}}"#
    );
    vec![
        case::<_, strict::Account>("account (6 KB)", GetUserDetails::new(TOKEN), ACCOUNT_6K.to_owned()),
        case::<_, strict::Account>("account (1 KB)", GetUserDetails::new(TOKEN), ACCOUNT_1K.to_owned()),
        case::<_, strict::Account>("sign-in (6 KB)", SignIn::new("alice", "p"), ACCOUNT_6K.to_owned()),
        case::<_, Vec<strict::Resource>>("100 resources", GetResources::new(TOKEN), resources()),
        case::<_, strict::Pin>("PIN", CreatePin::short(), PIN.to_owned()),
        case::<_, strict::PinStatus>("PIN check", CheckPin::new(1_234_567_890), PIN.to_owned()),
        case::<_, Contained<strict::TransientToken>>(
            "transient token",
            GetTransientToken::new(server(), TOKEN),
            TRANSIENT_TOKEN.to_owned(),
        ),
        case::<_, Contained<strict::Devices>>(
            "source connection information",
            GetSourceConnectionInformation::new(server(), TOKEN, source),
            devices,
        ),
    ]
}

fn case<O: Operation + 'static, Strict: DeserializeOwned>(name: &str, operation: O, body: String) -> Case {
    let response = Response::new(body.clone());
    operation.parse(&response).unwrap();
    // Whether a body is an error in disguise, and an object, is checked at a cost that only matters in short ones.
    let instructions = if body.len() < 200 { 1.4 } else { 1.15 };
    Case {
        name: format!("response: {name}"),
        ours: Work::new(move || operation.parse(&response).unwrap()),
        limit: Limit::Relative {
            baseline: Work::new(move || serde_json::from_slice::<Strict>(body.as_bytes()).unwrap()),
            instructions,
            more_allocations: Some(3),
        },
    }
}

/// 100 servers with six connections each.
fn resources() -> String {
    let resources: Vec<_> = (0..100)
        .map(|number| {
            format!(
                r#"{{"name":"Server {number}","product":"Plex Media Server","productVersion":"1.41.3.9314-a0bfb8370",
"platform":"Linux","platformVersion":"6.1.0","device":"PC","clientIdentifier":"9f0b6d1c5d3d4b5c8e1f2a3b4c5d{number:04}",
"createdAt":"2021-04-12T18:21:12Z","lastSeenAt":"2026-11-24T10:00:00Z","provides":"server","ownerId":null,
"sourceTitle":null,"publicAddress":"203.0.113.7","accessToken":"server-token-{number:08}","owned":true,"home":false,
"synced":false,"relay":true,"presence":true,"httpsRequired":false,"publicAddressMatches":true,
"dnsRebindingProtection":false,"natLoopbackSupported":false,"connections":[{}]}}"#,
                connections(number)
            )
        })
        .collect();
    format!("[{}]", resources.join(","))
}

fn connections(number: u32) -> String {
    let connection = |address: &str, local, relay, ipv6| {
        let name = address.replace(['.', ':'], "-");
        format!(
            r#"{{"protocol":"https","address":"{address}","port":32400,
"uri":"https://{name}.0123456789abcdef0123456789abcdef.plex.direct:32400","local":{local},"relay":{relay},"IPv6":{ipv6}}}"#
        )
    };
    [
        connection(&format!("192.168.1.{number}"), true, false, false),
        connection(&format!("10.0.0.{number}"), true, false, false),
        connection(&format!("172.17.0.{number}"), true, false, false),
        connection(&format!("2001:db8::{number}"), false, false, true),
        connection("203.0.113.7", false, false, false),
        connection("198.51.100.9", false, true, false),
    ]
    .join(",")
}
