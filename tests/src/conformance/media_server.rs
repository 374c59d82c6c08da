//! Transient tokens and sources.

use crate::DeviceShape;
use plexauth_proto::model::Device;
use plexauth_proto::{
    ErrorKind, GetSourceConnectionInformation, GetTransientToken, Source, Token, Transport,
};

use super::stage::Stage;

fn source(text: &str) -> Source {
    text.parse().unwrap()
}

pub(crate) fn transient_token_grants_access(plex: &Stage<impl Transport>) {
    let token = plex.send(&GetTransientToken::new(plex.media_server(), "token-alice")).unwrap();
    assert_eq!(token, Token::new("transient-00000001"));
    // It has the rights of its parent: it can get another transient token, and use endpoints for administrators.
    plex.send(&GetTransientToken::new(plex.media_server(), &token)).unwrap();
    let operation =
        GetSourceConnectionInformation::new(plex.media_server(), &token, source("server://sim-machine"));
    plex.send(&operation).unwrap();
    let sent: Vec<_> = plex
        .simulator
        .requests()
        .iter()
        .map(|request| format!("{}?{}", request.path, request.query))
        .collect();
    assert_eq!(
        sent,
        [
            "/plex/security/token?type=delegation&scope=all",
            "/plex/security/token?type=delegation&scope=all",
            "/plex/security/resources?source=server%3A%2F%2Fsim-machine",
        ]
    );
}

pub(crate) fn html_error_of_a_media_server_is_parsed(plex: &Stage<impl Transport>) {
    let error =
        plex.send(&GetTransientToken::new(plex.media_server(), "token-of-another-server")).unwrap_err();
    assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::ServerTokenRefused), false));
    assert_eq!(
        error.to_string(),
        "the Media Server does not accept this token (HTTP 401, \"Unauthorized\"); \
         keep the login, and get the token of this server again, or use its owner's"
    );
}

pub(crate) fn source_is_parsed_in_either_shape(plex: &Stage<impl Transport>) {
    let operation = |number: u32| {
        let source =
            source(if number == 1 { "server://sim-machine" } else { "provider://tv.plex.provider.sim" });
        GetSourceConnectionInformation::new(plex.media_server(), "token-alice", source)
    };
    assert_eq!(
        formatted(&plex.send(&operation(1).refresh(true)).unwrap()),
        ["Den sim-machine transient-00000001", "http 192.168.1.5 32400 http://192.168.1.5:32400 local"]
    );
    plex.simulator.world().media_server.device_shape = DeviceShape::List;
    assert_eq!(
        formatted(&plex.send(&operation(2).refresh(false)).unwrap()),
        [
            "Sim TV tv.plex.provider.sim transient-00000002",
            "http 192.168.1.5 32400 http://192.168.1.5:32400 local",
            "https relay.example 443 https://relay.example relay",
        ]
    );
}

/// Formats devices with all their fields: a line for each device, and one for each of its connections.
fn formatted(devices: &[Device]) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut lines = Vec::new();
    for device in devices {
        let token = device.access_token.as_ref().map_or("", Token::expose);
        lines.push(format!("{} {} {token}", text(&device.name), text(&device.client_identifier)));
        for connection in &device.connections {
            let (protocol, address, uri) =
                (text(&connection.protocol), text(&connection.address), text(&connection.uri));
            let flags = [(connection.local, " local"), (connection.relay, " relay")];
            let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
            lines.push(format!("{protocol} {address} {} {uri}{flags}", connection.port.unwrap_or_default()));
        }
    }
    lines
}

pub(crate) fn unknown_source_has_no_devices(plex: &Stage<impl Transport>) {
    let operation =
        GetSourceConnectionInformation::new(plex.media_server(), "token-alice", source("server://nobody"));
    assert_eq!(plex.send(&operation).unwrap(), Vec::<Device>::new());
}

pub(crate) fn guest_cannot_query_sources(plex: &Stage<impl Transport>) {
    let operation =
        GetSourceConnectionInformation::new(plex.media_server(), "token-kid", source("server://sim-machine"));
    let error = plex.send(&operation).unwrap_err();
    assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::ServerTokenRefused), false));
}
