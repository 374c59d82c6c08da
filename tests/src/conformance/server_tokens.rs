//! Which token opens which server, after each kind of login.

use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::model::Resource;
use plexauth_proto::{
    BaseUrl, ClaimServer, CreatePin, Error, ErrorKind, GetClaimToken, GetDevices, GetHomeUsers, GetResources,
    GetServerIdentity, GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkDevice,
    RegisterDeviceKey, RemoveDevice, Renewal, ServerToken, SignIn, Source, SwitchHomeUser, Token, Transport,
};

use super::stage::Stage;

const ALICE: usize = 0;
const BOB: usize = 1;
const DORA: usize = 4;

fn key() -> DeviceKey {
    DeviceKey::from_bytes([11; 32])
}

/// Logs an account in with a device key.
fn jwt_of(plex: &Stage<impl Transport>, account: usize) -> Token {
    let pin = plex.send(&CreatePin::strong().device_key(&key())).unwrap();
    plex.simulator.world().approve_pin(pin.id, account);
    plex.run(pin.login(&plex.info()).device_key(&key(), Scopes::all())).unwrap()
}

fn resource(plex: &Stage<impl Transport>, token: &Token, name: &str) -> Resource {
    let resources = plex.send(&GetResources::new(token)).unwrap();
    resources.into_iter().find(|resource| resource.name.as_deref() == Some(name)).expect(name)
}

fn server(plex: &Stage<impl Transport>, prefix: &str) -> BaseUrl {
    plex.simulator.media_server_url().replace("/plex", prefix).parse().unwrap()
}

/// Uses the two operations of a Media Server.
fn use_server(plex: &Stage<impl Transport>, server: &BaseUrl, token: &Token) {
    let transient = plex.send(&GetTransientToken::new(server, token)).unwrap();
    let source = Source::server("sim-machine").unwrap();
    plex.send(&GetSourceConnectionInformation::new(server, transient, source)).unwrap();
}

pub(crate) fn server_refuses_a_jwt_and_takes_the_home_users_token(plex: &Stage<impl Transport>) {
    let jwt = jwt_of(plex, ALICE);
    let den = resource(plex, &jwt, "Den");
    assert_eq!((den.access_token.as_ref(), den.server_token()), (Some(&jwt), None));
    let server = plex.media_server();
    let source = || Source::server("sim-machine").unwrap();
    for error in [
        plex.send(&GetTransientToken::new(&server, &jwt)).unwrap_err(),
        plex.send(&GetSourceConnectionInformation::new(&server, &jwt, source())).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::ServerTokenRefused), false));
    }
    let token = plex.run(ServerToken::new(&den, &jwt, &plex.info())).unwrap();
    assert!(!token.is_jwt());
    use_server(plex, &server, &token);
    plex.send(&GetUserDetails::new(&jwt)).expect("the JWT is still valid");
    plex.run(Renewal::new(&key(), &plex.info())).unwrap();
    use_server(plex, &server, &token);
}

pub(crate) fn legacy_login_needs_no_other_token(plex: &Stage<impl Transport>) {
    let token = plex.send(&SignIn::new("alice", "correct horse")).unwrap().token;
    let den = resource(plex, &token, "Den");
    let before = plex.simulator.requests().len();
    let token = plex.run(ServerToken::new(&den, &token, &plex.info())).unwrap();
    assert_eq!(plex.simulator.requests().len(), before);
    use_server(plex, &plex.media_server(), &token);
}

pub(crate) fn newer_server_takes_jwts(plex: &Stage<impl Transport>) {
    let jwt = jwt_of(plex, ALICE);
    plex.send(&GetTransientToken::new(server(plex, "/loft"), &jwt)).unwrap();
}

pub(crate) fn shared_server_has_a_token_of_its_own(plex: &Stage<impl Transport>) {
    let jwt = jwt_of(plex, ALICE);
    let shared = resource(plex, &jwt, "Bob's");
    let token = plex.run(ServerToken::new(&shared, &jwt, &plex.info())).unwrap();
    plex.send(&GetTransientToken::new(server(plex, "/shared"), &token)).unwrap();
}

/// Without its PIN, Plex would let dora's user in: the flow asks for it.
pub(crate) fn lock_of_the_own_home_user_holds(plex: &Stage<impl Transport>) {
    let jwt = jwt_of(plex, DORA);
    let own = resource(plex, &jwt, "Dora's");
    let mut flow = ServerToken::new(&own, &jwt, &plex.info());
    assert_eq!(plex.run(&mut flow).unwrap_err().kind(), Some(ErrorKind::HomePinWanted));
    flow.set_home_pin("0000");
    assert_eq!(plex.run(&mut flow).unwrap_err().kind(), Some(ErrorKind::WrongHomePin));
    flow.set_home_pin("4321");
    let token = plex.run(&mut flow).unwrap();
    plex.send(&GetTransientToken::new(server(plex, "/dora"), token)).unwrap();

    let home = plex.send(&GetHomeUsers::new(&jwt)).unwrap();
    assert!(home.users[0].protected);
    plex.send(&SwitchHomeUser::new(&jwt, home.users[0].uuid.clone().unwrap())).expect("no PIN, no lock");
}

/// Bob has no Home.
pub(crate) fn account_without_a_home_uses_the_servers_device(plex: &Stage<impl Transport>) {
    let jwt = jwt_of(plex, BOB);
    let error = plex.send(&GetHomeUsers::new(&jwt)).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::NoHome));
    let own = resource(plex, &jwt, "Bob's");
    let token = plex.run(ServerToken::new(&own, &jwt, &plex.info())).unwrap();
    plex.send(&GetTransientToken::new(server(plex, "/shared"), token)).unwrap();
    let Err(Error::NoServerToken(tried)) =
        plex.run(ServerToken::new(&own, &jwt, &plex.info()).without_device_token())
    else {
        panic!("expected an error")
    };
    assert_eq!(tried.len(), 3, "{tried:?}");
}

pub(crate) fn linked_device_leaves_the_legacy_token(plex: &Stage<impl Transport>) {
    let legacy = plex.send(&SignIn::new("alice", "correct horse")).unwrap().token;
    let second = plex.another_device();
    let jwt = plex.run(LinkDevice::new(&legacy, &plex.info(), &second, &key())).unwrap();
    assert!(jwt.is_jwt());
    for token in [&legacy, &jwt] {
        assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().id, 1);
    }
    plex.run(Renewal::new(&key(), &second)).unwrap();
}

pub(crate) fn first_jwt_ends_the_legacy_token(plex: &Stage<impl Transport>) {
    let legacy = plex.send(&SignIn::new("alice", "correct horse")).unwrap().token;
    plex.send(&RegisterDeviceKey::new(&legacy, &key())).unwrap();
    plex.send(&GetUserDetails::new(&legacy)).expect("the registration does not end it");
    plex.run(Renewal::new(&key(), &plex.info())).unwrap();
    let error = plex.send(&GetUserDetails::new(&legacy)).unwrap_err();
    assert!(error.is_token_invalid());
}

pub(crate) fn removed_device_must_log_in_anew(plex: &Stage<impl Transport>) {
    let jwt = jwt_of(plex, ALICE);
    let info = plex.info();
    let devices = plex.send(&GetDevices::new(&jwt)).unwrap();
    let own =
        devices.iter().find(|device| device.client_identifier.as_deref() == Some(info.identifier())).unwrap();
    assert_eq!(own.token.as_ref(), Some(&jwt));
    plex.send(&RemoveDevice::new("token-alice", own.id.unwrap())).unwrap();
    assert!(plex.send(&GetUserDetails::new(&jwt)).unwrap_err().is_token_invalid());
    assert_eq!(plex.run(Renewal::new(&key(), &info)).unwrap_err().kind(), Some(ErrorKind::KeyUnknown));
    let again = plex.send(&RemoveDevice::new("token-alice", own.id.unwrap())).unwrap_err();
    assert_eq!(again.kind(), Some(ErrorKind::NotFound));
}

pub(crate) fn new_server_is_claimed(plex: &Stage<impl Transport>) {
    let new = server(plex, "/new");
    assert_eq!(plex.send(&GetServerIdentity::new(&new)).unwrap().claimed, Some(false));
    let error = plex.send(&ClaimServer::new(&new, "claim-made-up")).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Forbidden));
    let claim = plex.send(&GetClaimToken::new("token-alice")).unwrap();
    plex.send(&ClaimServer::new(&new, &claim)).unwrap();
    assert_eq!(plex.send(&GetServerIdentity::new(&new)).unwrap().claimed, Some(true));
    resource(plex, &Token::new("token-alice"), "New");
    let again = plex.send(&ClaimServer::new(&new, claim)).unwrap_err();
    assert_eq!(again.kind(), Some(ErrorKind::Forbidden), "it belongs to somebody");
}

/// A browser that makes up an identifier never sees its PIN approved.
pub(crate) fn pin_of_another_identifier_is_not_found(plex: &Stage<impl Transport>) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().approve_pin(pin.id, ALICE);
    let error = plex.run(pin.login(&plex.another_device())).unwrap_err();
    assert!(matches!(error, Error::PinNotFound), "{error:?}");
    plex.run(pin.login(&plex.info())).unwrap();
}
