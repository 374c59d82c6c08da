//! After the login: tokens, servers, Home users, sessions.

use std::time::Duration;

use crate::Scripted;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::model::{HomeUser, Resource};
use plexauth_proto::{
    ConnectionOutcome, ConnectionTier, FoundServer, InsecureConnections, LeftOut, Transport, TriedConnection,
};
use plexauth_proto::{
    Error, ErrorKind, FindServer, GetClaimToken, GetHomeUsers, GetResources, GetServerIdentity,
    GetTransientToken, GetUserDetails, Ping, RegisterDeviceKey, Renewal, Session, SignIn, SignOut,
    SwitchHomeUser, Token, TokenCheck, TransportErrorKind,
};

use super::stage::Stage;

const WEEK: Duration = Duration::from_secs(7 * 86_400);

fn resource(plex: &Stage<impl Transport>, name: &str) -> Resource {
    let resources = plex.send(&GetResources::new("token-alice")).unwrap();
    resources.into_iter().find(|resource| resource.name.as_deref() == Some(name)).expect(name)
}

fn find(plex: &Stage<impl Transport>, resource: &Resource) -> Result<FoundServer, Error> {
    plex.find_server(
        FindServer::new(resource, &plex.info()).insecure_connections(InsecureConnections::Always),
    )
}

pub(crate) fn signed_out_token_is_invalid(plex: &Stage<impl Transport>) {
    let token = plex.send(&SignIn::new("alice", "correct horse")).unwrap().token;
    plex.send(&Ping::new(&token)).unwrap();
    plex.send(&SignOut::new(&token)).unwrap();
    for error in [plex.send(&Ping::new(&token)).unwrap_err(), plex.send(&SignOut::new(&token)).unwrap_err()] {
        assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::TokenInvalid), true));
    }
}

/// Quirk: an application that takes an outage of plex.tv for an invalid token logs its users out.
pub(crate) fn token_check_has_three_outcomes(plex: &Stage<impl Transport>) {
    let check = |token: &str| plex.check_token(&Token::new(token));
    assert_eq!(check("token-alice").account().unwrap().id, 1);
    assert!(matches!(check("revoked"), TokenCheck::Invalid));
    assert!(
        matches!(check("token-expired"), TokenCheck::Unknown(error) if error.kind() == Some(ErrorKind::TokenExpired))
    );
    for status in [403, 404, 429, 500, 502, 503, 520] {
        plex.simulator.world().script_always("/user", Scripted::new(status, "<html>"));
        assert!(matches!(check("token-alice"), TokenCheck::Unknown(Error::Response(_))), "{status}");
    }
}

pub(crate) fn claim_token_errors_have_their_own_format(plex: &Stage<impl Transport>) {
    let claim = plex.send(&GetClaimToken::new("token-alice")).unwrap();
    assert_eq!(claim, Token::new("claim-00000001"));
    let Err(Error::Response(error)) = plex.send(&GetClaimToken::new("wrong")) else {
        panic!("expected an error")
    };
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::TokenInvalid, Some("Invalid authentication token."))
    );
}

pub(crate) fn server_is_found_without_sending_a_token(plex: &Stage<impl Transport>) {
    let resource = resource(plex, "Den");
    let before = plex.simulator.requests().len();
    let found = find(plex, &resource).unwrap();
    let server = plex.media_server();
    assert_eq!((&found.base_url, found.tier), (&server, ConnectionTier::Remote));
    assert_eq!(found.identity.machine_identifier, "sim-machine");
    assert_eq!(found.identity, plex.send(&GetServerIdentity::new(&server)).unwrap());
    for request in &plex.simulator.requests()[before..] {
        assert!(request.plex("x-plex-token").is_none(), "{request:?}");
        assert!(request.path.ends_with("/identity") && request.path != "/relay/identity", "{}", request.path);
    }
    plex.send(&GetTransientToken::new(found.base_url, found.token.unwrap())).unwrap();
}

pub(crate) fn relay_is_the_last_resort(plex: &Stage<impl Transport>) {
    let mut resource = resource(plex, "Den");
    resource.connections.retain(|connection| connection.local || connection.relay);
    let found = find(plex, &resource).unwrap();
    assert_eq!((found.tier, found.base_url.to_string().ends_with("/relay")), (ConnectionTier::Relay, true));
    plex.send(&GetTransientToken::new(found.base_url, found.token.unwrap())).unwrap();
}

/// A shared server refuses the account's own token.
pub(crate) fn shared_server_requires_its_own_token(plex: &Stage<impl Transport>) {
    let resource = resource(plex, "Bob's");
    assert_eq!(resource.connections_in_order().len(), 1, "bob's local connections are not local to alice");
    let found = find(plex, &resource).unwrap();
    let error = plex.send(&GetTransientToken::new(&found.base_url, "token-alice")).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::ServerTokenRefused));
    plex.send(&GetTransientToken::new(&found.base_url, found.token.unwrap())).unwrap();
}

pub(crate) fn server_not_found_lists_the_tried_connections(plex: &Stage<impl Transport>) {
    let fort = resource(plex, "Fort");
    assert!(fort.https_required && fort.connections_in_order().is_empty());
    let Err(Error::ServerNotFound(tried)) = find(plex, &fort) else { panic!("expected an error") };
    assert_eq!(tried[0].outcome, ConnectionOutcome::LeftOut(LeftOut::HttpsRequired), "{tried:?}");
    let mut den = resource(plex, "Den");
    den.connections.retain(|connection| connection.local);
    let Err(Error::ServerNotFound(tried)) = find(plex, &den) else { panic!("expected an error") };
    let [TriedConnection { outcome: unreachable, .. }, TriedConnection { outcome: impostor, .. }] =
        tried.as_slice()
    else {
        panic!("{tried:?}")
    };
    // In memory, every address has a server, which responds with 404.
    let expected = [
        ConnectionOutcome::NoResponse(TransportErrorKind::Connect),
        ConnectionOutcome::Refused(ErrorKind::NotFound),
    ];
    assert!(expected.contains(unreachable), "{unreachable:?}");
    assert_eq!(*impostor, ConnectionOutcome::AnotherServer("an-impostor".into()));
}

pub(crate) fn home_user_can_be_switched(plex: &Stage<impl Transport>) {
    let home = plex.send(&GetHomeUsers::new("token-alice")).unwrap();
    let user = |title: &str| -> HomeUser {
        home.users.iter().find(|user| user.title.as_deref() == Some(title)).expect(title).clone()
    };
    let (kid, carol) = (user("Kid"), user("carol"));
    assert!(kid.restricted && !kid.protected && carol.protected && user("alice").admin);
    let switched = plex.send(&SwitchHomeUser::new("token-alice", kid.uuid.unwrap())).unwrap();
    assert!(switched.account.unwrap().is_managed());
    assert_eq!(plex.send(&GetUserDetails::new(switched.token)).unwrap().display_name(), Some("Kid"));
    let switch = SwitchHomeUser::new("token-alice", carol.uuid.unwrap());
    assert_eq!(plex.send(&switch).unwrap_err().kind(), Some(ErrorKind::HomePinWanted));
    let wrong = plex.send(&switch.clone().pin("0000")).unwrap_err();
    assert_eq!((wrong.kind(), wrong.is_token_invalid()), (Some(ErrorKind::WrongHomePin), false));
    assert_eq!(plex.send(&switch.pin("1234")).unwrap().account.unwrap().id, 3);
    let unknown = plex.send(&SwitchHomeUser::new("token-alice", "nobody")).unwrap_err();
    assert_eq!(unknown.kind(), Some(ErrorKind::NotFound));
}

fn key() -> DeviceKey {
    DeviceKey::from_bytes([42; 32])
}

/// A session of alice's with a device key and a fresh token.
fn session(plex: &Stage<impl Transport>) -> Session {
    plex.send(&RegisterDeviceKey::new("token-alice", &key())).unwrap();
    let token = plex.run(Renewal::new(&key(), &plex.info())).unwrap();
    Session::with_key(&plex.info(), token, &key(), Scopes::none())
}

fn exchanges(plex: &Stage<impl Transport>) -> usize {
    plex.simulator.requests().iter().filter(|request| request.path.ends_with("/auth/token")).count()
}

pub(crate) fn session_renews_an_expired_token(plex: &Stage<impl Transport>) {
    let session = session(plex);
    let account = || plex.authenticated(&session, GetUserDetails::new);
    assert_eq!((account().unwrap().id, exchanges(plex)), (1, 1));
    plex.simulator.world().advance(WEEK);
    assert_eq!((account().unwrap().id, exchanges(plex), session.renewals()), (1, 2, 1));
    assert_eq!((account().unwrap().id, exchanges(plex)), (1, 2), "renewed only once");
}

/// If the server rejects even the renewed token with 498, there is one renewal and one retry.
pub(crate) fn session_does_not_loop_on_498(plex: &Stage<impl Transport>) {
    let session = session(plex);
    plex.simulator.world().script_always("/user", Scripted::new(498, ""));
    let before = plex.simulator.requests().len();
    let error = plex.authenticated(&session, GetUserDetails::new).unwrap_err();
    assert_eq!((error.kind(), exchanges(plex)), (Some(ErrorKind::TokenExpired), 2));
    assert_eq!(plex.simulator.requests().len() - before, 4);
}
