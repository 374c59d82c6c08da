//! [`ClientBuilder`]: settings of a [`Client`].

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use plexauth_proto::{ClientInfo, Error, Limits, Proxy, RetryPolicy, TransportError, TransportErrorKind};
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::Client;

/// A root certificate that is not X.509 in DER. It is the source of the [`TransportError`] from
/// [`build`](ClientBuilder::build).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a root certificate is not X.509 in DER")]
pub struct RootCertificateError;

/// Settings of a [`Client`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    info: ClientInfo,
    limits: Limits,
    retry: RetryPolicy,
    roots: Vec<CertificateDer<'static>>,
    proxy: Option<Proxy>,
}

impl ClientBuilder {
    pub(crate) fn new(info: ClientInfo) -> Self {
        // The core draws no random numbers. The random keys of a hasher are enough for jitter.
        let retry = RetryPolicy::default().seed(RandomState::new().hash_one("jitter"));
        Self { info, limits: Limits::default(), retry, roots: Vec::new(), proxy: None }
    }

    /// Sets the limits on time and size. [`Limits::default`] by default.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets when [`send`](Client::send) retries. [`RetryPolicy::default`] by default; [`RetryPolicy::none`] turns retries
    /// off.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Trusts a certificate authority in addition to Mozilla's, such as that of a test or a home network. The certificate
    /// is X.509 in DER.
    pub fn root_certificate(mut self, certificate: impl Into<CertificateDer<'static>>) -> Self {
        self.roots.push(certificate.into());
        self
    }

    /// Sends everything through a proxy, also the probes of [`find_server`](Client::find_server). None is used by default.
    ///
    /// It tunnels https through the proxy, which learns only the host. The proxy sees plain http as a whole, with its token.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Builds the client. It uses rustls with ring, whatever provider the process has installed, and installs none.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] of the kind [`Setup`](TransportErrorKind::Setup), with a [`RootCertificateError`] or reqwest's
    /// own error as its source.
    pub fn build(self) -> Result<Client, Error> {
        // Other crates may have enabled more of reqwest's features, which would change what is sent.
        let http = reqwest::Client::builder()
            .no_proxy()
            .http1_only()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_hickory_dns();
        self.build_with_builder(http)
    }

    /// Builds the client with further settings of reqwest's. The limits, the TLS settings, the
    /// [`proxy`](Self::proxy) and [`root_certificate`](Self::root_certificate) of this builder apply, and redirects are not followed, whatever `http`
    /// says.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn build_with_builder(mut self, mut http: reqwest::ClientBuilder) -> Result<Client, Error> {
        let setup = |error| TransportError::new(TransportErrorKind::Setup, error);
        if let Some(proxy) = &self.proxy {
            let mut theirs = reqwest::Proxy::all(proxy.address().to_string()).map_err(setup)?;
            if let Some((user, password)) = proxy.expose_credentials() {
                theirs = theirs.basic_auth(user, password);
            }
            http = http.proxy(theirs);
        }
        let http = http
            .tls_backend_preconfigured(tls(std::mem::take(&mut self.roots))?)
            .connect_timeout(self.limits.connect_timeout.min(Limits::LONGEST))
            .redirect(Policy::none())
            .build()
            .map_err(setup)?;
        Ok(self.build_with(http))
    }

    /// Builds the client over a `reqwest::Client` of your own and shares its connections. The time limit for a request and
    /// the size limit apply; the time limit for connecting, the TLS settings, proxies and redirects are those of `http`.
    ///
    /// **Set its redirect policy to `Policy::none()`**, or use [`build_with_builder`](Self::build_with_builder). By default
    /// reqwest follows redirects and forwards `X-Plex-Token` to other hosts, and that cannot be changed once a client is
    /// built. A response from another address is not read and becomes
    /// [`RedirectFollowed`](TransportErrorKind::RedirectFollowed), but by then the other host knows the token. A redirect to a
    /// host that does not respond, or back to the original address, goes unnoticed.
    #[must_use]
    pub fn build_with(self, http: reqwest::Client) -> Client {
        Client { info: self.info, http, limits: self.limits, retry: self.retry }
    }
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
