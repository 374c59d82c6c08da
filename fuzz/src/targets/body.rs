//! Bodies of successful responses, read by every operation that returns data.

use plexauth_proto::{
    CheckPin, CreatePin, GetClaimToken, GetDevices, GetHomeUsers, GetResources, GetServerIdentity,
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, SignIn, SignOut, SwitchHomeUser,
};

use crate::{SECRET, info, read, server, source};

/// Runs the target.
pub fn run(body: &[u8]) {
    account(body);
    pin(body);
    resources(body);
    media_server(body);
    read(&GetHomeUsers::new(SECRET), body);
    read(&GetDevices::new(SECRET), body);
    read(&SignOut::new(SECRET), body);
    if let Some(claim) = read(&GetClaimToken::new(SECRET), body) {
        assert!(!claim.expose().is_empty());
    }
}

fn account(body: &[u8]) {
    let account = read(&GetUserDetails::new(SECRET), body);
    if let Some(account) = &account {
        assert!(!account.uuid.is_empty());
        assert!(!format!("{account:?}").contains("Token(\""), "a token is redacted");
    }
    let switched = read(&SwitchHomeUser::new(SECRET, "9f0b"), body);
    if let Some(switched) = &switched {
        assert_eq!(switched.account, account);
    }
    if let Some(signed_in) = read(&SignIn::new("me", SECRET), body) {
        assert!(!signed_in.token.expose().is_empty());
        assert!(switched.is_some(), "both operations read the same responses");
    }
}

fn pin(body: &[u8]) {
    if let Some(pin) = read(&CreatePin::strong(), body) {
        assert!(!pin.code.is_empty());
        assert_ne!(pin.link_url().is_ok(), pin.is_strong());
        let Ok(url) = pin.auth_url_forwarding(&info(), "https://app.example/") else { return };
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
        assert_eq!((url.matches('#').count(), url.matches('&').count()), (1, 3), "{url}");
    }
    if let Some(status) = read(&CheckPin::new(7), body) {
        assert!(status.auth_token.is_none_or(|token| !token.expose().is_empty()));
    }
}

fn resources(body: &[u8]) {
    for resource in read(&GetResources::new(SECRET), body).unwrap_or_default() {
        let connections = resource.connections_in_order();
        assert!(connections.len() <= resource.connections.len());
        assert!(connections.is_sorted_by_key(|connection| (connection.relay, !connection.local)));
        for connection in connections {
            let base = connection.base_url().expect("connections without an address are left out");
            assert!(base.is_https() || !resource.https_required);
            assert!(!connection.local || resource.owned || resource.public_address_matches);
        }
    }
}

fn media_server(body: &[u8]) {
    read(&GetSourceConnectionInformation::new(server(), SECRET, source()), body);
    if let Some(token) = read(&GetTransientToken::new(server(), SECRET), body) {
        assert!(!token.expose().is_empty());
    }
    if let Some(identity) = read(&GetServerIdentity::new(server()), body) {
        assert!(!identity.machine_identifier.is_empty());
    }
}
