//! An operating system: tokio's timers, rustls, and reqwest's own client.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use plexauth_proto::{Limits, Proxy, TransportError, TransportErrorKind};
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
pub(crate) use tokio::time::{Instant, sleep, timeout};

use crate::builder::RootCertificateError;

pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// The random keys of a hasher are enough for jitter.
pub(crate) fn jitter_seed() -> u64 {
    RandomState::new().hash_one("jitter")
}

pub(crate) fn http_builder() -> reqwest::ClientBuilder {
    // Other crates may have enabled more of reqwest's features, which would change what is sent.
    reqwest::Client::builder()
        .no_proxy()
        .http1_only()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .no_hickory_dns()
}

pub(crate) fn build(
    mut http: reqwest::ClientBuilder,
    roots: Vec<CertificateDer<'static>>,
    proxy: Option<Proxy>,
    limits: Limits,
) -> Result<reqwest::Client, TransportError> {
    let setup = |error| TransportError::new(TransportErrorKind::Setup, error);
    if let Some(proxy) = proxy {
        let mut theirs = reqwest::Proxy::all(proxy.address().to_string()).map_err(setup)?;
        if let Some((user, password)) = proxy.expose_credentials() {
            theirs = theirs.basic_auth(user, password);
        }
        http = http.proxy(theirs);
    }
    http.tls_backend_preconfigured(tls(roots)?)
        .connect_timeout(limits.connect_timeout.min(Limits::LONGEST))
        .redirect(Policy::none())
        .build()
        .map_err(setup)
}

/// rustls with ring, TLS 1.2 and 1.3, Mozilla's roots and the additional ones.
fn tls(additional: Vec<CertificateDer<'static>>) -> Result<ClientConfig, TransportError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for root in additional {
        roots.add(root).map_err(|_| TransportError::new(TransportErrorKind::Setup, RootCertificateError))?;
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::new(TransportErrorKind::Setup, error))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

pub(crate) async fn exchange(
    http: &reqwest::Client,
    limits: Limits,
    request: Request<Vec<u8>>,
    timeout: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let mut request = reqwest::Request::try_from(request)
        .map_err(|error| failed(error).with_kind(TransportErrorKind::Connect))?;
    *request.timeout_mut() = Some(timeout);
    let url = request.url().clone();
    let mut incoming = http.execute(request).await.map_err(failed)?;
    if *incoming.url() != url {
        return Err(redirect_followed());
    }
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = incoming.status();
    parts.version = incoming.version();
    parts.headers = std::mem::take(incoming.headers_mut());
    let mut response = limits.limited_response(parts);
    while let Some(chunk) = incoming.chunk().await.map_err(failed)? {
        response.push(&chunk)?;
    }
    Ok(response.finish())
}

/// Omits reqwest's own error, which shows the whole URL that the other server chose.
fn redirect_followed() -> TransportError {
    TransportError::new(TransportErrorKind::RedirectFollowed, "set its redirect policy to `Policy::none()`")
}

fn failed(error: reqwest::Error) -> TransportError {
    if error.is_redirect() {
        return redirect_followed();
    }
    let (connecting, timed_out) = (error.is_connect(), error.is_timeout());
    let error = TransportError::new(TransportErrorKind::Broken, error.without_url());
    let kind = match (connecting, timed_out) {
        (true, false) if error.find_source::<rustls::Error>().is_some() => TransportErrorKind::Tls,
        (true, false) if error.is_lost_connection() => TransportErrorKind::Broken,
        (true, true) => TransportErrorKind::ConnectTimeout,
        (true, false) => TransportErrorKind::Connect,
        (false, true) => TransportErrorKind::Timeout,
        (false, false) => TransportErrorKind::Broken,
    };
    error.with_kind(kind)
}
