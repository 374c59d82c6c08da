//! Tasks or threads that share a session renew its token once.

use std::time::Duration;

use base64::Engine;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{BaseUrl, ClientInfo, Error, GetUserDetails, RegisterDeviceKey, Renewal, Session};
use plexauth_testing::Plex;

const MANY: usize = 8;

fn info(plex: &Plex) -> ClientInfo {
    let base: BaseUrl = plex.plex_tv_url().parse().unwrap();
    ClientInfo::builder("id-1", "App").api_at(base).build().unwrap()
}

/// A session whose token has expired by Plex's clock but not by this machine's. Every request gets a 498.
fn expired_session(simulator: &Plex) -> Session {
    let (info, key) = (info(simulator), DeviceKey::from_bytes([42; 32]));
    let plex = plexauth_ureq::Client::new(info.clone()).unwrap();
    plex.send(&RegisterDeviceKey::new("token-alice", &key)).unwrap();
    let token = plex.run(Renewal::new(&key, &info)).unwrap();
    simulator.world().advance(Duration::from_secs(7 * 86_400));
    Session::with_key(&info, token, &key, Scopes::none())
}

/// A token of alice's that expired in 2001.
fn expired_jwt() -> String {
    let encoded = |json: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(json);
    let claims = encoded(r#"{"iat":999396400,"exp":1000000000,"user":{"id":1}}"#);
    format!("{}.{claims}.c2ln", encoded(r#"{"alg":"EdDSA"}"#))
}

/// The number of renewals, without the one that [`expired_session`] makes.
fn renewals(simulator: &Plex) -> usize {
    simulator.requests().iter().filter(|request| request.path.ends_with("/auth/token")).count() - 1
}

#[test]
fn threads_renew_once() {
    let simulator = Plex::start();
    let session = expired_session(&simulator);
    let plex = plexauth_ureq::Client::new(session.info().clone()).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..MANY).map(|_| scope.spawn(|| plex.authenticated(&session, GetUserDetails::new))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().unwrap().id, 1);
        }
    });
    assert_eq!((renewals(&simulator), session.renewals()), (1, 1));
}

async fn ask_with_reqwest(session: Session) -> Result<u64, Error> {
    let plex = plexauth_reqwest::Client::new(session.info().clone())?;
    Ok(plex.authenticated(&session, GetUserDetails::new).await?.id)
}

async fn ask_with_hyper(session: Session) -> Result<u64, Error> {
    let plex = plexauth_hyper::Client::new(session.info().clone())?;
    Ok(plex.authenticated(&session, GetUserDetails::new).await?.id)
}

/// For tasks that are dropped during a renewal, see the tests of the flow.
#[test]
fn tasks_renew_once() {
    let simulator = Plex::start();
    let session = expired_session(&simulator);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(all_at_once(&session));
    assert_eq!((renewals(&simulator), session.renewals()), (1, 1));
}

/// Eight threads want a token for another library.
#[test]
fn fresh_tokens_are_renewed_once() {
    let simulator = Plex::start();
    let expired = expired_session(&simulator);
    // Ahead by the time that the simulated Plex is: only now does this machine know that the token has expired.
    let mut saved = serde_json::to_value(expired.to_saved()).unwrap();
    saved["token"] = expired_jwt().into();
    let session = Session::from_saved(&serde_json::from_value(saved).unwrap(), expired.info()).unwrap();
    let plex = plexauth_ureq::Client::new(session.info().clone()).unwrap();
    let tokens: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..MANY).map(|_| scope.spawn(|| plex.token(&session).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|token| *token == session.token()), "one token for all");
    assert_eq!((renewals(&simulator), session.renewals()), (1, 1));
    assert_eq!((session.take_changed().is_some(), session.take_changed().is_some()), (true, false));
}

/// Each process renews its own copy, and neither ends the other's.
#[test]
fn processes_with_one_file_do_no_harm() {
    let simulator = Plex::start();
    let stored = expired_session(&simulator).to_saved();
    let restored = || Session::from_saved(&stored, &info(&simulator)).unwrap();
    let plex = plexauth_ureq::Client::new(info(&simulator)).unwrap();
    let account_of = |session: &Session| plex.authenticated(session, GetUserDetails::new).unwrap().id;
    let processes = [restored(), restored()];
    for session in processes.iter().chain(&processes) {
        assert_eq!(account_of(session), 1);
    }
    assert_eq!(renewals(&simulator), 2);
    // The older copy was stored last.
    for session in [&processes[1], &processes[0]] {
        let next = Session::from_saved(&session.take_changed().unwrap(), session.info()).unwrap();
        assert_eq!(account_of(&next), 1);
    }
    assert_eq!(renewals(&simulator), 2);
}

async fn all_at_once(session: &Session) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..MANY {
        tasks.spawn(ask_with_reqwest(session.clone()));
        tasks.spawn(ask_with_hyper(session.clone()));
    }
    while let Some(result) = tasks.join_next().await {
        assert_eq!(result.unwrap().unwrap(), 1);
    }
}
