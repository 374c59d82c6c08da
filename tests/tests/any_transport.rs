//! A library that is generic over [`Transport`] works with each adapter, and with a transport of anybody's.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use common::info;
use http::Response;
use plexauth_proto::{
    ClientInfo, CreatePin, Error, FindServer, FoundServer, GetResources, GetUserDetails, Outgoing,
    RetryPolicy, Session, TokenCheck, Transport, TransportError,
};
use plexauth_testing::Plex;

/// The library: it knows no adapter, and can be spawned.
async fn log_in_and_find(
    plex: Arc<impl Transport + Send>,
    simulator: Arc<Plex>,
) -> Result<FoundServer, Error> {
    let pin = plex.send(&CreatePin::short()).await?;
    simulator.world().approve_pin(pin.id, 0);
    let token = plex.run(pin.login(plex.info())).await?;
    let session = Session::new(plex.info(), token);
    assert_eq!(plex.authenticated(&session, GetUserDetails::new).await?.id, 1);
    assert!(matches!(plex.check_token(&plex.token(&session).await?).await, TokenCheck::Valid(_)));
    let servers = plex.authenticated(&session, GetResources::new).await?;
    let reachable = plex.reachable(FindServer::new(&servers[0], plex.info())).await?;
    let found = plex.find_server(FindServer::new(&servers[0], plex.info())).await?;
    let best = reachable.iter().find_map(|outcome| outcome.as_ref().ok());
    assert_eq!(best.map(|best| &best.base_url), Some(&found.base_url));
    Ok(found)
}

/// What a library needs for a flow of its own: the wait of the transport, and the application's choice of retries.
async fn sleeps_and_retries_as_told(plex: &impl Transport, retry: RetryPolicy) {
    let start = Instant::now();
    plex.sleep(Duration::from_millis(20)).await;
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(plex.retry_policy(), retry);
}

/// Otherwise clients that fail together would also retry together.
#[test]
fn each_client_has_jitter_of_its_own() {
    let info = info("http://127.0.0.1:1");
    let reqwest = || plexauth_reqwest::Client::new(info.clone()).unwrap().retry_policy();
    let ureq = || plexauth_ureq::Client::new(info.clone()).unwrap().retry_policy();
    let hyper = || plexauth_hyper::Client::new(info.clone()).unwrap().retry_policy();
    assert_ne!(reqwest(), reqwest());
    assert_ne!(ureq(), ureq());
    assert_ne!(hyper(), hyper());
}

#[tokio::test]
async fn adapters_sleep_and_retry_as_told() {
    let (info, retry) = (info("http://127.0.0.1:1"), RetryPolicy::none());
    let reqwest = plexauth_reqwest::Client::builder(info.clone()).retry(retry).build().unwrap();
    sleeps_and_retries_as_told(&reqwest, retry).await;
    let hyper = plexauth_hyper::Client::builder(info.clone()).retry(retry).build().unwrap();
    sleeps_and_retries_as_told(&hyper, retry).await;
    let ureq = plexauth_ureq::Client::builder(info).retry(retry).build().unwrap();
    sleeps_and_retries_as_told(&ureq, retry).await;
}

/// A transport of one's own, without sockets: the simulator answers in memory.
struct InMemory(ClientInfo, Arc<Plex>);

impl Transport for InMemory {
    fn info(&self) -> &ClientInfo {
        &self.0
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.1.answer(outgoing.request))
    }
}

fn simulator() -> (Arc<Plex>, ClientInfo) {
    let simulator = Plex::start();
    let info = info(&simulator.plex_tv_url().replace("/api/v2", ""));
    (Arc::new(simulator), info)
}

async fn spawned(plex: impl Transport + Send + 'static, simulator: Arc<Plex>) -> String {
    let found = tokio::spawn(log_in_and_find(Arc::new(plex), simulator)).await.unwrap().unwrap();
    found.identity.machine_identifier
}

#[tokio::test(flavor = "multi_thread")]
async fn library_works_with_async_transports() {
    let (simulator, info) = simulator();
    let reqwest = plexauth_reqwest::Client::new(info.clone()).unwrap();
    assert_eq!(spawned(reqwest, Arc::clone(&simulator)).await, "sim-machine");
    let hyper = plexauth_hyper::Client::new(info.clone()).unwrap();
    assert_eq!(spawned(hyper, Arc::clone(&simulator)).await, "sim-machine");
    let own = InMemory(info, Arc::clone(&simulator));
    assert_eq!(spawned(own, simulator).await, "sim-machine");
}

#[test]
fn library_works_with_a_blocking_transport() {
    let (simulator, info) = simulator();
    let plex = Arc::new(plexauth_ureq::Client::new(info).unwrap());
    let found = plexauth_ureq::block_on(log_in_and_find(plex, simulator)).unwrap();
    assert_eq!(found.identity.machine_identifier, "sim-machine");
}
