//! Transient tokens and sources.

use plexauth_proto::model::Device;
use plexauth_proto::{ErrorKind, GetSourceConnectionInformation, GetTransientToken, Source, Token};
use plexauth_tests::DeviceShape;

use super::driver::Plex;

fn source(text: &str) -> Source {
    text.parse().unwrap()
}

pub(crate) fn a_transient_token_opens_the_server(plex: &Plex) {
    let token = plex.send(&GetTransientToken::new(plex.media_server(), "token-alice")).unwrap();
    assert_eq!(token, Token::new("transient-00000001"));
    // It opens what its parent opens, also another transient token and what only an administrator may.
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

pub(crate) fn a_media_server_refuses_in_html(plex: &Plex) {
    let error =
        plex.send(&GetTransientToken::new(plex.media_server(), "token-of-another-server")).unwrap_err();
    assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::TokenInvalid), true));
    assert_eq!(
        error.to_string(),
        "the token is invalid (HTTP 401, \"Unauthorized\"); discard the token and log in again"
    );
}

pub(crate) fn a_source_is_found_in_either_shape(plex: &Plex) {
    let operation = |number: u32| {
        let source =
            source(if number == 1 { "server://sim-machine" } else { "provider://tv.plex.provider.sim" });
        GetSourceConnectionInformation::new(plex.media_server(), "token-alice", source)
    };
    assert_eq!(
        written(&plex.send(&operation(1).refresh(true)).unwrap()),
        ["Den sim-machine transient-00000001", "http 192.168.1.5 32400 http://192.168.1.5:32400 local"]
    );
    plex.simulator.world().media_server.device_shape = DeviceShape::List;
    assert_eq!(
        written(&plex.send(&operation(2).refresh(false)).unwrap()),
        [
            "Sim TV tv.plex.provider.sim transient-00000002",
            "http 192.168.1.5 32400 http://192.168.1.5:32400 local",
            "https relay.example 443 https://relay.example relay",
        ]
    );
}

/// Devices with all their fields, a line each and one for each of their connections.
fn written(devices: &[Device]) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut lines = Vec::new();
    for device in devices {
        let token = device.access_token.as_ref().map_or("", Token::expose);
        lines.push(format!("{} {} {token}", text(&device.name), text(&device.client_identifier)));
        for way in &device.connections {
            let (protocol, address, uri) = (text(&way.protocol), text(&way.address), text(&way.uri));
            let flags = [(way.local, " local"), (way.relay, " relay")];
            let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
            lines.push(format!("{protocol} {address} {} {uri}{flags}", way.port.unwrap_or_default()));
        }
    }
    lines
}

pub(crate) fn an_unknown_source_has_no_device(plex: &Plex) {
    let operation =
        GetSourceConnectionInformation::new(plex.media_server(), "token-alice", source("server://nobody"));
    assert_eq!(plex.send(&operation).unwrap(), Vec::<Device>::new());
}

pub(crate) fn a_guest_may_not_ask_for_sources(plex: &Plex) {
    let operation =
        GetSourceConnectionInformation::new(plex.media_server(), "token-kid", source("server://sim-machine"));
    let error = plex.send(&operation).unwrap_err();
    assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::Forbidden), false));
}
