//! Layers of tower around the client of plexauth-hyper.

mod common;

use std::future::{Ready, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::info;
use http::{Request, Response};
use plexauth_hyper::{Client, ClientBuilder, GetUserDetails, RetryPolicy, SignIn, TransportErrorKind};
use plexauth_testing::{Plex, Scripted, Wire};
use tower::buffer::BufferLayer;
use tower::limit::{ConcurrencyLimitLayer, RateLimitLayer};
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;

fn simulator() -> (Plex, ClientBuilder) {
    let simulator = Plex::start();
    let builder = Client::builder(info(&simulator.plex_tv_url().replace("/api/v2", "")));
    (simulator, builder.retry(RetryPolicy::none()))
}

fn get() -> GetUserDetails {
    GetUserDetails::new("token-alice")
}

/// Repeats a request with a safe method once after a 503.
#[derive(Debug, Clone)]
struct OnceAfter503(bool);

impl<Q: Clone, B, E> Policy<Request<Q>, Response<B>, E> for OnceAfter503 {
    type Future = Ready<()>;

    fn retry(&mut self, request: &mut Request<Q>, result: &mut Result<Response<B>, E>) -> Option<Ready<()>> {
        let is_unavailable = result.as_ref().is_ok_and(|response| response.status() == 503);
        (request.method().is_safe() && is_unavailable && std::mem::take(&mut self.0)).then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request<Q>) -> Option<Request<Q>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn retry_layer_repeats_a_request() {
    let (simulator, builder) = simulator();
    let plex = builder.layer(RetryLayer::new(OnceAfter503(true))).build().unwrap();
    simulator.world().script("/user", Scripted::new(503, ""));
    assert_eq!(plex.send(&get()).await.unwrap().id, 1);
    simulator.world().script("/users/signin", Scripted::new(503, ""));
    plex.send(&SignIn::new("alice", "correct horse")).await.unwrap_err();
    assert_eq!(simulator.requests().len(), 3);
}

#[tokio::test]
async fn timeout_layer_is_a_timeout() {
    let silent = Wire::start(|mut peer| peer.read_to_end());
    let info = info(&format!("http://{}", silent.address()));
    let builder = Client::builder(info).retry(RetryPolicy::none());
    let plex = builder.layer(TimeoutLayer::new(Duration::from_millis(20))).build().unwrap();
    let error = plex.send(&get()).await.unwrap_err();
    assert_eq!(error.transport().unwrap().kind(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn concurrency_limit_lets_few_pass() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let slow = Wire::start(|mut peer| {
        while peer.read_request().is_some() {
            MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            NOW.fetch_sub(1, Ordering::SeqCst);
            let body = r#"{"id":1,"uuid":"a"}"#;
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    });
    let builder = Client::builder(info(&format!("http://{}", slow.address())));
    let plex = builder.layer(ConcurrencyLimitLayer::new(2)).build().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let plex = plex.clone();
        tasks.spawn(async move { plex.send(&get()).await.unwrap().id });
    }
    assert_eq!(tasks.join_all().await, [1; 8]);
    assert_eq!(MOST.load(Ordering::SeqCst), 2);
}

/// A rate limit cannot be cloned, so it is behind a buffer.
#[tokio::test]
async fn rate_limit_delays_requests() {
    let (simulator, builder) = simulator();
    let limit = RateLimitLayer::new(2, Duration::from_millis(200));
    let plex = builder.layer(BufferLayer::new(8)).layer(limit).build().unwrap();
    let start = Instant::now();
    for _ in 0..3 {
        assert_eq!(plex.send(&get()).await.unwrap().id, 1);
    }
    assert!(start.elapsed() >= Duration::from_millis(200), "{:?}", start.elapsed());
    assert_eq!(simulator.requests().len(), 3);
}
