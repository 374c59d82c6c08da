//! Device keys and JWTs.

use std::time::{Duration, SystemTime};

use plexauth_proto::jwt::{DeviceKey, Expected, JwtError, PlexJwt, Scope, Scopes};
use plexauth_proto::{
    CreatePin, Error, ErrorKind, GetPlexKeys, GetUserDetails, RegisterDeviceKey, Renewal, RetryPolicy,
    Session, Token, Transport,
};

use super::stage::Stage;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
const WEEK: Duration = Duration::from_secs(7 * 86_400);

fn key() -> DeviceKey {
    DeviceKey::from_bytes([42; 32])
}

/// Logs in with a device key. The login is approved by alice.
fn log_in(plex: &Stage<impl Transport>) -> Token {
    log_in_as(plex, ALICE)
}

fn log_in_as(plex: &Stage<impl Transport>, account: usize) -> Token {
    let pin = plex.send(&CreatePin::strong().device_key(&key())).unwrap();
    plex.simulator.world().approve_pin(pin.id, account);
    plex.run(pin.login(&plex.info()).device_key(&key(), Scopes::all())).unwrap()
}

fn renewal(plex: &Stage<impl Transport>) -> Renewal {
    Renewal::new(&key(), &plex.info()).retry(RetryPolicy::none())
}

fn paths(plex: &Stage<impl Transport>) -> Vec<String> {
    let requests = plex.simulator.requests();
    requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

pub(crate) fn login_with_device_key_returns_a_jwt(plex: &Stage<impl Transport>) {
    let token = log_in(plex);
    assert_eq!(
        paths(plex),
        ["POST /api/v2/pins", "GET /api/v2/pins/564964751"],
        "checking a PIN requires no nonce"
    );
    let jwt = PlexJwt::read(&token).unwrap().expect("a JWT");
    let keys = plex.send(&GetPlexKeys::new()).unwrap();
    let (info, key, now) = (plex.info(), key(), plex.simulator.world().now());
    jwt.verify(&keys, &Expected::new(&info, &key, now).leeway(Duration::from_secs(5))).unwrap();
    let claims = jwt.claims();
    assert_eq!(
        (claims.username.as_deref(), claims.email.as_deref(), claims.friendly_name.as_deref()),
        (Some("alice"), Some("alice@example.com"), Some("alice"))
    );
    assert_eq!((claims.restricted, claims.anonymous), (Some(false), Some(false)));
    assert_eq!(claims.expires_at, claims.issued_at.map(|issued_at| issued_at + WEEK));
    assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().id, 1);
}

/// Quirk: Plex checks the times in a device JWT by its own clock. Here the device's clock is a day off.
pub(crate) fn login_works_with_a_wrong_clock(plex: &Stage<impl Transport>) {
    let day = Duration::from_secs(86_400);
    for time in [SystemTime::now() + day, SystemTime::now() - day] {
        plex.simulator.world().hold_clock(time);
        log_in(plex);
        let token = plex.run(renewal(plex)).unwrap();
        assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().id, 1);
    }
}

pub(crate) fn expired_jwt_is_renewed(plex: &Stage<impl Transport>) {
    let token = log_in(plex);
    plex.simulator.world().advance(WEEK);
    let error = plex.send(&GetUserDetails::new(&token)).unwrap_err();
    assert_eq!((error.kind(), error.is_token_invalid()), (Some(ErrorKind::TokenExpired), false));
    let scopes: Scopes = [Scope::Email].into_iter().collect();
    let renewed = plex.run(renewal(plex).scopes(scopes)).unwrap();
    assert_ne!(renewed, token);
    assert_eq!(plex.send(&GetUserDetails::new(&renewed)).unwrap().id, 1);
    let claims = PlexJwt::read(&renewed).unwrap().unwrap().claims().clone();
    assert_eq!((claims.email.as_deref(), claims.username), (Some("alice@example.com"), None));
    let end: Vec<_> = paths(plex).into_iter().rev().take(3).collect();
    assert_eq!(end, ["GET /api/v2/user", "POST /api/v2/auth/token", "GET /api/v2/auth/nonce"]);
}

/// The key belongs to the account that logged in with it last, and so do the tokens that it obtains.
pub(crate) fn session_stays_with_its_account(plex: &Stage<impl Transport>) {
    let sessions = [ALICE, BOB, CAROL].map(|account| {
        let id = plex.simulator.world().accounts[account].id;
        let session = Session::with_key(&plex.info(), log_in_as(plex, account), &key(), Scopes::all());
        assert_eq!(session.account_id(), Some(id));
        (id, session)
    });
    plex.simulator.world().advance(WEEK + Duration::from_secs(86_400));
    let account_of = |session| plex.authenticated(session, GetUserDetails::new);
    let [alices, bobs, carols] = &sessions;
    for (_, session) in [alices, bobs] {
        let token = session.token();
        let error = account_of(session).unwrap_err();
        assert!(matches!(error, Error::AnotherAccount), "{error}");
        assert_eq!(session.token(), token);
    }
    assert_eq!(account_of(&carols.1).unwrap().id, carols.0);
}

pub(crate) fn legacy_token_can_register_a_key(plex: &Stage<impl Transport>) {
    assert_eq!(PlexJwt::read(&Token::new("token-alice")), Ok(None));
    plex.send(&RegisterDeviceKey::new("token-alice", &key())).unwrap();
    let token = plex.run(renewal(plex)).unwrap();
    assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().id, 1);
}

pub(crate) fn key_of_another_device_is_refused(plex: &Stage<impl Transport>) {
    let other = plex.another_device();
    plex.send_as(&other, &RegisterDeviceKey::new("token-alice", &key())).unwrap();
    let error = plex.send(&RegisterDeviceKey::new("token-kid", &key())).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::KeyTaken));
    let error = plex.send(&CreatePin::strong().device_key(&key())).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::KeyTaken));
}

pub(crate) fn unknown_key_is_refused(plex: &Stage<impl Transport>) {
    let error = plex.run(renewal(plex)).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::KeyUnknown));
    assert_eq!(paths(plex).len(), 2, "another nonce would not help");
}

pub(crate) fn key_rotation_keeps_old_tokens_verifiable(plex: &Stage<impl Transport>) {
    let old_token = log_in(plex);
    let old_keys = plex.send(&GetPlexKeys::new()).unwrap();
    plex.simulator.world().rotate_keys();
    let new_token = plex.run(renewal(plex)).unwrap();
    let new_keys = plex.send(&GetPlexKeys::new()).unwrap();
    let (info, key, now) = (plex.info(), key(), plex.simulator.world().now());
    let expected = Expected::new(&info, &key, now).leeway(Duration::from_secs(5));
    for (token, keys, result) in [
        (&old_token, &old_keys, Ok(())),
        (&old_token, &new_keys, Ok(())),
        (&new_token, &new_keys, Ok(())),
        (&new_token, &old_keys, Err(JwtError::Signature)),
    ] {
        assert_eq!(PlexJwt::read(token).unwrap().unwrap().verify(keys, &expected), result);
    }
}
