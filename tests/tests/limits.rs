//! Time limits: the defaults are enforced, and are the same in every adapter.

mod common;

use std::time::Duration;

use http::Request;
use plexauth_proto::{ClientInfo, Limits, Outgoing, RetryPolicy, TransportError, TransportErrorKind};
use plexauth_testing::{Closed, Wire};
use tokio::time::Instant;

use common::anybodys_reqwest;

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn get(uri: String) -> Request<Vec<u8>> {
    Request::get(uri).body(Vec::new()).unwrap()
}

/// A server that accepts connections and reads requests, but never responds.
fn silent() -> Wire {
    Wire::start(|mut peer| peer.read_to_end())
}

#[test]
fn all_adapters_have_the_same_defaults() {
    let expected = Limits::default()
        .with_timeout(Duration::from_secs(30))
        .with_connect_timeout(Duration::from_secs(10))
        .with_body(1_048_576);
    assert_eq!(plexauth_reqwest::Client::new(info()).unwrap().limits(), expected);
    assert_eq!(plexauth_ureq::Client::new(info()).unwrap().limits(), expected);
    assert_eq!(plexauth_hyper::Client::new(info()).unwrap().limits(), expected);
}

#[test]
fn builder_settings_can_be_read_back() {
    let policy = RetryPolicy::default().retries(7).seed(7);
    let limits = Limits::default()
        .with_timeout(Duration::from_secs(3))
        .with_connect_timeout(Duration::from_secs(2))
        .with_body(1000);
    let expected = (limits, format!("{policy:?}"));
    macro_rules! read_back {
        ($adapter:ident) => {{
            let client = $adapter::Client::builder(info()).retry(policy).limits(limits).build().unwrap();
            assert_eq!(client.info().identifier(), "id-1");
            (client.limits(), format!("{:?}", client.retry_policy()))
        }};
    }
    assert_eq!(read_back!(plexauth_reqwest), expected);
    assert_eq!(read_back!(plexauth_ureq), expected);
    assert_eq!(read_back!(plexauth_hyper), expected);
}

fn timeout_and_connect(error: &TransportError) -> (bool, bool) {
    (error.kind().is_timeout(), error.kind().is_connect())
}

/// tokio's paused clock jumps to the next timer when the runtime is idle, so this tests the defaults without waiting.
#[tokio::test(start_paused = true)]
async fn reqwest_enforces_the_default_timeouts() {
    let silent = silent();
    let plex = plexauth_reqwest::Client::new(info()).unwrap();
    let start = Instant::now();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, false), 30), "{error}");
    let start = Instant::now();
    let error = plex.exchange(get(format!("https://{}", silent.address()))).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, true), 10), "{error}");
}

#[tokio::test(start_paused = true)]
async fn hyper_enforces_the_default_timeouts() {
    let silent = silent();
    let plex = plexauth_hyper::Client::new(info()).unwrap();
    let start = Instant::now();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, false), 30), "{error}");
    let start = Instant::now();
    let error = plex.exchange(get(format!("https://{}", silent.address()))).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, true), 10), "{error}");
}

#[tokio::test(start_paused = true)]
async fn tower_service_times_out_after_30_seconds() {
    let never =
        tower::service_fn(|_| std::future::pending::<Result<http::Response<String>, std::io::Error>>());
    let plex = plexauth_hyper::Client::builder(info()).build_with(never);
    let start = Instant::now();
    let error = plex.exchange(get("http://h".into())).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, false), 30), "{error}");
}

/// ureq's clock cannot be paused, so this test sets short timeouts.
#[test]
fn ureq_enforces_its_timeouts() {
    let silent = silent();
    let short = Duration::from_millis(50);
    let plex =
        plexauth_ureq::Client::builder(info()).limits(Limits::default().with_timeout(short)).build().unwrap();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).unwrap_err();
    assert_eq!(timeout_and_connect(&error), (true, false), "{error}");
    let plex = plexauth_ureq::Client::builder(info())
        .limits(Limits::default().with_connect_timeout(short))
        .build()
        .unwrap();
    let error = plex.exchange(get(format!("https://{}", silent.address()))).unwrap_err();
    assert_eq!(timeout_and_connect(&error), (true, true), "{error}");
}

/// A request with a timeout of its own. Flows use one to try several connections, for example.
fn request_with_timeout(uri: String, time: Duration) -> Outgoing {
    Outgoing::from(get(uri)).with_timeout(time)
}

#[tokio::test(start_paused = true)]
async fn reqwest_and_hyper_enforce_a_request_timeout() {
    let silent = silent();
    let plex = plexauth_reqwest::Client::new(info()).unwrap();
    let start = Instant::now();
    let request = || request_with_timeout(format!("http://{}", silent.address()), Duration::from_secs(3));
    let error = plex.exchange(request()).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, false), 3), "{error}");
    let plex = plexauth_hyper::Client::new(info()).unwrap();
    let start = Instant::now();
    let error = plex.exchange(request()).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, false), 3), "{error}");
}

#[test]
fn ureq_enforces_a_request_timeout() {
    let silent = silent();
    let plex = plexauth_ureq::Client::new(info()).unwrap();
    let request = request_with_timeout(format!("http://{}", silent.address()), Duration::from_millis(50));
    let error = plex.exchange(request).unwrap_err();
    assert_eq!(timeout_and_connect(&error), (true, false), "{error}");
}

/// The timeout and the size limit also apply to an HTTP client that the caller provides.
#[tokio::test(start_paused = true)]
async fn limits_apply_to_custom_clients() {
    let silent = silent();
    let limits = Limits::default().with_timeout(Duration::from_secs(7)).with_body(3);
    let plex = plexauth_reqwest::Client::builder(info())
        .limits(limits)
        .build_with(anybodys_reqwest().build().unwrap());
    let start = Instant::now();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).await.unwrap_err();
    assert_eq!((timeout_and_connect(&error), start.elapsed().as_secs()), ((true, false), 7), "{error}");

    let echo =
        tower::service_fn(|_| async { Ok::<_, std::io::Error>(http::Response::new(String::from("four"))) });
    let plex = plexauth_hyper::Client::builder(info()).limits(limits).build_with(echo);
    let error = plex.exchange(get("http://h".into())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::BodyTooLarge);
}

#[tokio::test]
async fn closed_port_is_a_connect_error() {
    let expected = (false, true);
    let closed = Closed::bind();
    let uri = format!("http://{}", closed.address());
    let error = plexauth_reqwest::Client::new(info()).unwrap().exchange(get(uri.clone())).await.unwrap_err();
    assert_eq!(timeout_and_connect(&error), expected, "{error}");
    let error = plexauth_hyper::Client::new(info()).unwrap().exchange(get(uri.clone())).await.unwrap_err();
    assert_eq!(timeout_and_connect(&error), expected, "{error}");
    let shown = format!("{:#}", anyhow::Error::from(error));
    assert!(shown.contains("(Connect): tcp connect error: Connection refused"), "{shown}");
    let ureq = plexauth_ureq::Client::new(info()).unwrap();
    let error = tokio::task::spawn_blocking(move || ureq.exchange(get(uri))).await.unwrap().unwrap_err();
    assert_eq!(timeout_and_connect(&error), expected, "{error}");
}

#[test]
fn all_adapters_refuse_invalid_root_certificates() {
    fn check<E: std::error::Error + PartialEq + 'static>(error: &plexauth_proto::Error, expected: &E) {
        let error = error.transport().unwrap();
        assert_eq!((error.kind(), error.find_source()), (TransportErrorKind::Setup, Some(expected)));
        assert_eq!(expected.to_string(), "a root certificate is not X.509 in DER");
    }
    let invalid_der = || vec![1, 2, 3];
    let error =
        plexauth_reqwest::Client::builder(info()).root_certificate(invalid_der()).build().unwrap_err();
    check(&error, &plexauth_reqwest::RootCertificateError);
    let error = plexauth_ureq::Client::builder(info()).root_certificate(invalid_der()).build().unwrap_err();
    check(&error, &plexauth_ureq::RootCertificateError);
    let error = plexauth_hyper::Client::builder(info()).root_certificate(invalid_der()).build().unwrap_err();
    check(&error, &plexauth_hyper::RootCertificateError);
}
