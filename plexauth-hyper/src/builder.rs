//! [`ClientBuilder`]: settings of a [`Client`].

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use plexauth_proto::{ClientInfo, Error, Limits, Proxy, RetryPolicy, TransportError, TransportErrorKind};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use tower::Layer;
use tower::layer::util::{Identity, Stack};

use crate::{Client, DefaultService};

/// A root certificate that is not X.509 in DER. It is the source of the [`TransportError`] from
/// [`build`](ClientBuilder::build).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a root certificate is not X.509 in DER")]
pub struct RootCertificateError;

/// Settings of a [`Client`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder<L = Identity> {
    info: ClientInfo,
    limits: Limits,
    retry: RetryPolicy,
    roots: Vec<CertificateDer<'static>>,
    proxy: Option<Proxy>,
    layers: L,
}

impl ClientBuilder {
    pub(crate) fn new(info: ClientInfo) -> Self {
        // The core draws no random numbers. The random keys of a hasher are enough for jitter.
        let retry = RetryPolicy::default().seed(RandomState::new().hash_one("jitter"));
        Self {
            info,
            limits: Limits::default(),
            retry,
            roots: Vec::new(),
            proxy: None,
            layers: Identity::new(),
        }
    }
}

impl<L> ClientBuilder<L> {
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
    /// It tunnels all connections through the proxy, which learns only the host of those that use https.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Adds a tower layer, such as a concurrency limit, a rate limit or metrics. The layer that is added first receives the requests
    /// first. Each attempt of an operation, and each request of a flow, passes the layers once.
    ///
    /// A layer that retries must not repeat requests that are not idempotent: signing in again and again locks the address out.
    ///
    /// ```
    /// use plexauth_hyper::{Client, ClientInfo};
    /// use tower::limit::ConcurrencyLimitLayer;
    ///
    /// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
    /// let plex = Client::builder(info).layer(ConcurrencyLimitLayer::new(4)).build()?;
    /// # Ok::<(), plexauth_hyper::Error>(())
    /// ```
    pub fn layer<T>(self, layer: T) -> ClientBuilder<Stack<T, L>> {
        let Self { info, limits, retry, roots, proxy, layers } = self;
        ClientBuilder { info, limits, retry, roots, proxy, layers: Stack::new(layer, layers) }
    }

    /// Builds the client over hyper. It uses rustls with ring, whatever provider the process has installed, and installs
    /// none.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] of the kind [`Setup`](TransportErrorKind::Setup), with a [`RootCertificateError`] as its source.
    pub fn build(mut self) -> Result<Client<L::Service>, Error>
    where
        L: Layer<DefaultService>,
    {
        let tls = tls(std::mem::take(&mut self.roots))?;
        let timeout = self.limits.connect_timeout.min(Limits::LONGEST);
        let http = DefaultService::new(tls, timeout, self.proxy.as_ref())?;
        Ok(self.build_with(http))
    }

    /// Builds the client over a service of your own: hyper-util's client with another connector, a stack of tower layers,
    /// or a router in memory. The time limit for a request and the size limit apply; the time limit for connecting and the
    /// TLS settings are those of the service.
    ///
    /// **It must not follow redirects.** hyper-util's client does not. tower-http's `FollowRedirect` does, forwards
    /// `X-Plex-Token` to other hosts, and goes unnoticed here.
    #[must_use]
    pub fn build_with<S>(self, http: S) -> Client<L::Service>
    where
        L: Layer<S>,
    {
        Client { info: self.info, http: self.layers.layer(http), limits: self.limits, retry: self.retry }
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
