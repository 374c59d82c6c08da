//! A browser: its clock, its timers, and `fetch`.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use http::{Request, Response};
use plexauth_proto::{Limits, Proxy, TransportError, TransportErrorKind};
use rustls_pki_types::CertificateDer;
use send_wrapper::SendWrapper;
pub(crate) use web_time::Instant;
use web_time::web::SystemTimeExt;

pub(crate) fn now() -> SystemTime {
    web_time::SystemTime::now().to_std()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 2^53")]
pub(crate) fn jitter_seed() -> u64 {
    (js_sys::Math::random() * (1_u64 << 53) as f64) as u64
}

/// Waits, or a little less than 25 days if that is shorter: a browser's timers cannot wait longer.
///
/// A browser has one thread, so what it gives is not `Send`. The wrapper makes it so, and panics on another thread, such as a
/// worker's.
pub(crate) fn sleep(time: Duration) -> impl Future<Output = ()> + Send {
    let millis = u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
    SendWrapper::new(TimeoutFuture::new(millis.min(i32::MAX as u32)))
}

pub(crate) async fn timeout<F: Future>(time: Duration, future: F) -> Result<F::Output, ()> {
    match select(pin!(future), pin!(sleep(time))).await {
        Either::Left((output, _)) => Ok(output),
        Either::Right(_) => Err(()),
    }
}

pub(crate) fn http_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
}

pub(crate) fn build(
    http: reqwest::ClientBuilder,
    roots: Vec<CertificateDer<'static>>,
    proxy: Option<Proxy>,
    _: Limits,
) -> Result<reqwest::Client, TransportError> {
    let refused = |problem: &str| Err(TransportError::new(TransportErrorKind::Setup, problem));
    if proxy.is_some() {
        return refused("a proxy cannot be set in a browser, which uses its own");
    }
    if !roots.is_empty() {
        return refused("a root certificate cannot be added in a browser, which trusts its own");
    }
    http.build().map_err(|error| TransportError::new(TransportErrorKind::Setup, error))
}

pub(crate) async fn exchange(
    http: &reqwest::Client,
    limits: Limits,
    request: Request<Vec<u8>>,
    time: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    // Dropping `fetch` aborts it.
    timeout(time, SendWrapper::new(fetch(http, limits, request))).await.unwrap_or_else(|()| {
        Err(TransportError::new(TransportErrorKind::Timeout, "the time limit was reached"))
    })
}

async fn fetch(
    http: &reqwest::Client,
    limits: Limits,
    request: Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, TransportError> {
    let setup = |error: reqwest::Error| TransportError::new(TransportErrorKind::Setup, error.without_url());
    let request = reqwest::Request::try_from(request).map_err(setup)?;
    let url = request.url().clone();
    let request = reqwest::RequestBuilder::from_parts(http.clone(), request)
        .fetch_credentials_omit()
        .fetch_cache_no_store()
        .build()
        .map_err(setup)?;
    let mut incoming = http.execute(request).await.map_err(|error| match error.is_builder() {
        // Such as a header in letters that `fetch` does not take.
        true => setup(error),
        false => failed(error),
    })?;
    if *incoming.url() != url {
        let source = "the browser followed it, which cannot be turned off";
        return Err(TransportError::new(TransportErrorKind::RedirectFollowed, source));
    }
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = incoming.status();
    parts.headers = std::mem::take(incoming.headers_mut());
    let mut response = limits.limited_response(parts);
    let mut body = incoming.bytes_stream();
    while let Some(chunk) = body.next().await {
        response.push(&chunk.map_err(failed)?)?;
    }
    Ok(response.finish())
}

/// A browser does not say what went wrong.
fn failed(error: reqwest::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Broken, error.without_url())
}
