//! Limits on time: that the defaults hold, and that they are the same everywhere.

mod common;

use std::time::Duration;

use http::Request;
use plexauth_proto::{ClientInfo, Limits, Outgoing, RetryPolicy, TransportError, TransportErrorKind};
use plexauth_tests::{Closed, Wire};
use tokio::time::Instant;

use common::anybodys_reqwest;

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn get(uri: String) -> Request<Vec<u8>> {
    Request::get(uri).body(Vec::new()).unwrap()
}

/// A server that takes connections, reads what comes and never says a word.
fn silent() -> Wire {
    Wire::start(|mut peer| peer.read_to_end())
}

#[test]
fn the_defaults_are_the_same_everywhere() {
    let expected = Limits::default()
        .with_timeout(Duration::from_secs(30))
        .with_connect_timeout(Duration::from_secs(10))
        .with_body(1_048_576);
    assert_eq!(plexauth_reqwest::Client::new(info()).unwrap().limits(), expected);
    assert_eq!(plexauth_ureq::Client::new(info()).unwrap().limits(), expected);
    assert_eq!(plexauth_hyper::Client::new(info()).unwrap().limits(), expected);
}

#[test]
fn what_is_set_can_be_read_back() {
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

fn is_about_time(error: &TransportError) -> (bool, bool) {
    (error.kind().is_timeout(), error.kind().is_connect())
}

/// With a paused clock tokio goes on to the next timer as soon as there is nothing else to do, so the seconds are
/// those of the default, and the test does not take them.
#[tokio::test(start_paused = true)]
async fn reqwest_gives_a_request_30_seconds_and_a_connection_10() {
    let silent = silent();
    let plex = plexauth_reqwest::Client::new(info()).unwrap();
    let start = Instant::now();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, false), 30), "{error}");
    let start = Instant::now();
    let error = plex.exchange(get(format!("https://{}", silent.address()))).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, true), 10), "{error}");
}

#[tokio::test(start_paused = true)]
async fn hyper_gives_a_request_30_seconds_and_a_connection_10() {
    let silent = silent();
    let plex = plexauth_hyper::Client::new(info()).unwrap();
    let start = Instant::now();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, false), 30), "{error}");
    let start = Instant::now();
    let error = plex.exchange(get(format!("https://{}", silent.address()))).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, true), 10), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_tower_service_has_30_seconds() {
    let never =
        tower::service_fn(|_| std::future::pending::<Result<http::Response<String>, std::io::Error>>());
    let plex = plexauth_hyper::Client::builder(info()).build_with(never);
    let start = Instant::now();
    let error = plex.exchange(get("http://h".into())).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, false), 30), "{error}");
}

/// ureq has no clock to pause: its defaults are compared in its own crate, and here is that they are applied.
#[test]
fn ureq_holds_to_the_times_it_is_given() {
    let silent = silent();
    let short = Duration::from_millis(50);
    let plex =
        plexauth_ureq::Client::builder(info()).limits(Limits::default().with_timeout(short)).build().unwrap();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).unwrap_err();
    assert_eq!(is_about_time(&error), (true, false), "{error}");
    let plex = plexauth_ureq::Client::builder(info())
        .limits(Limits::default().with_connect_timeout(short))
        .build()
        .unwrap();
    let error = plex.exchange(get(format!("https://{}", silent.address()))).unwrap_err();
    assert_eq!(is_about_time(&error), (true, true), "{error}");
}

/// A request of a flow may have less time than usual, such as for one of several connections.
fn hurried(uri: String, time: Duration) -> Outgoing {
    Outgoing::from(get(uri)).with_timeout(time)
}

#[tokio::test(start_paused = true)]
async fn a_request_that_has_less_time_gets_less_over_reqwest_and_hyper() {
    let silent = silent();
    let plex = plexauth_reqwest::Client::new(info()).unwrap();
    let start = Instant::now();
    let hurried = || hurried(format!("http://{}", silent.address()), Duration::from_secs(3));
    let error = plex.exchange(hurried()).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, false), 3), "{error}");
    let plex = plexauth_hyper::Client::new(info()).unwrap();
    let start = Instant::now();
    let error = plex.exchange(hurried()).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, false), 3), "{error}");
}

#[test]
fn a_request_that_has_less_time_gets_less_over_ureq() {
    let silent = silent();
    let plex = plexauth_ureq::Client::new(info()).unwrap();
    let request = hurried(format!("http://{}", silent.address()), Duration::from_millis(50));
    let error = plex.exchange(request).unwrap_err();
    assert_eq!(is_about_time(&error), (true, false), "{error}");
}

/// Also a client that the caller brought is held to the time for a request and to the length of a body.
#[tokio::test(start_paused = true)]
async fn a_client_of_ones_own_is_held_to_the_limits_too() {
    let silent = silent();
    let limits = Limits::default().with_timeout(Duration::from_secs(7)).with_body(3);
    let plex = plexauth_reqwest::Client::builder(info())
        .limits(limits)
        .build_with(anybodys_reqwest().build().unwrap());
    let start = Instant::now();
    let error = plex.exchange(get(format!("http://{}", silent.address()))).await.unwrap_err();
    assert_eq!((is_about_time(&error), start.elapsed().as_secs()), ((true, false), 7), "{error}");

    let echo =
        tower::service_fn(|_| async { Ok::<_, std::io::Error>(http::Response::new(String::from("four"))) });
    let plex = plexauth_hyper::Client::builder(info()).limits(limits).build_with(echo);
    let error = plex.exchange(get("http://h".into())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::BodyTooLarge);
}

#[tokio::test]
async fn where_nobody_listens_there_is_no_connection() {
    let expected = (false, true);
    let closed = Closed::bind();
    let uri = format!("http://{}", closed.address());
    let error = plexauth_reqwest::Client::new(info()).unwrap().exchange(get(uri.clone())).await.unwrap_err();
    assert_eq!(is_about_time(&error), expected, "{error}");
    let error = plexauth_hyper::Client::new(info()).unwrap().exchange(get(uri.clone())).await.unwrap_err();
    assert_eq!(is_about_time(&error), expected, "{error}");
    let shown = format!("{:#}", anyhow::Error::from(error));
    assert!(shown.contains("(Connect): tcp connect error: Connection refused"), "{shown}");
    let ureq = plexauth_ureq::Client::new(info()).unwrap();
    let error = tokio::task::spawn_blocking(move || ureq.exchange(get(uri))).await.unwrap().unwrap_err();
    assert_eq!(is_about_time(&error), expected, "{error}");
}

#[test]
fn invalid_root_certificate_is_refused_everywhere() {
    fn check<E: std::error::Error + PartialEq + 'static>(error: &plexauth_proto::Error, expected: &E) {
        let error = error.transport().unwrap();
        assert_eq!((error.kind(), error.find_source()), (TransportErrorKind::Setup, Some(expected)));
        assert_eq!(expected.to_string(), "a root certificate is not X.509 in DER");
    }
    let nonsense = || vec![1, 2, 3];
    let error = plexauth_reqwest::Client::builder(info()).root_certificate(nonsense()).build().unwrap_err();
    check(&error, &plexauth_reqwest::RootCertificateError);
    let error = plexauth_ureq::Client::builder(info()).root_certificate(nonsense()).build().unwrap_err();
    check(&error, &plexauth_ureq::RootCertificateError);
    let error = plexauth_hyper::Client::builder(info()).root_certificate(nonsense()).build().unwrap_err();
    check(&error, &plexauth_hyper::RootCertificateError);
}
