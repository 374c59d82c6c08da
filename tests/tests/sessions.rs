//! Tasks or threads that share a session renew its token once.

use std::time::Duration;

use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{BaseUrl, ClientInfo, Error, GetUserDetails, RegisterDeviceKey, Renewal, Session};
use plexauth_tests::Simulator;

const MANY: usize = 8;

fn info(plex: &Simulator) -> ClientInfo {
    let base: BaseUrl = plex.plex_tv_url().parse().unwrap();
    ClientInfo::builder("id-1", "App").api_at(base).build().unwrap()
}

/// A session whose token has expired by Plex's clock but not by this machine's. Every request gets a 498.
fn expired_session(simulator: &Simulator) -> Session {
    let (info, key) = (info(simulator), DeviceKey::from_bytes([42; 32]));
    let plex = plexauth_ureq::Client::new(info.clone()).unwrap();
    plex.send(&RegisterDeviceKey::new("token-alice", &key)).unwrap();
    let token = plex.run(Renewal::new(&key, &info)).unwrap();
    simulator.world().advance(Duration::from_secs(7 * 86_400));
    Session::with_key(&info, token, &key, Scopes::none())
}

/// The number of renewals, without the one that [`expired_session`] makes.
fn renewals(simulator: &Simulator) -> usize {
    simulator.requests().iter().filter(|request| request.path.ends_with("/auth/token")).count() - 1
}

#[test]
fn threads_renew_once() {
    let simulator = Simulator::start();
    let session = expired_session(&simulator);
    let plex = plexauth_ureq::Client::new(session.info().clone()).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..MANY)
            .map(|_| scope.spawn(|| plex.authenticated(&session, |token| GetUserDetails::new(token))))
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().unwrap().id, 1);
        }
    });
    assert_eq!((renewals(&simulator), session.renewals()), (1, 1));
}

async fn ask_with_reqwest(session: Session) -> Result<u64, Error> {
    let plex = plexauth_reqwest::Client::new(session.info().clone())?;
    Ok(plex.authenticated(&session, |token| GetUserDetails::new(token)).await?.id)
}

async fn ask_with_hyper(session: Session) -> Result<u64, Error> {
    let plex = plexauth_hyper::Client::new(session.info().clone())?;
    Ok(plex.authenticated(&session, |token| GetUserDetails::new(token)).await?.id)
}

/// For tasks that are dropped during a renewal, see the tests of the flow.
#[test]
fn tasks_renew_once() {
    let simulator = Simulator::start();
    let session = expired_session(&simulator);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(all_at_once(&session));
    assert_eq!((renewals(&simulator), session.renewals()), (1, 1));
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
