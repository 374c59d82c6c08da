//! [`ClientBuilder`]: other limits, other roots, or an HTTP client of your own.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use plexauth_proto::{ClientInfo, Error, Failure, Limits, RequestError, RetryPolicy, TransportError};
use reqwest::redirect::Policy;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::Client;

/// Sets up a [`Client`]. What is not set is that of [`Limits::default`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    info: ClientInfo,
    limits: Limits,
    retry: RetryPolicy,
    roots: Vec<CertificateDer<'static>>,
}

impl ClientBuilder {
    pub(crate) fn new(info: ClientInfo) -> Self {
        // The core draws no random numbers, and a hasher of its own is all the chance that jitter needs.
        let retry = RetryPolicy::default().seed(RandomState::new().hash_one("jitter"));
        Self { info, limits: Limits::default(), retry, roots: Vec::new() }
    }

    /// The time for a request, from its beginning to the last byte of the response. 30 seconds unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// The time for making a connection, with its name look-up and its TLS handshake. 10 seconds unless set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = timeout;
        self
    }

    /// The longest response body, in bytes. 1 MiB unless set.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// When `send` tries again by itself. [`RetryPolicy::default`] unless set; [`RetryPolicy::none`] turns it off.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Trusts a certificate authority beside Mozilla's, such as that of a test or of a home network.
    pub fn root_certificate(mut self, certificate: impl Into<CertificateDer<'static>>) -> Self {
        self.roots.push(certificate.into());
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// [`RequestError::RootCertificate`], or what reqwest says if it cannot be set up.
    pub fn build(mut self) -> Result<Client, Error> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(std::mem::take(&mut self.roots))?)
            .no_proxy()
            .http1_only();
        self.with_http_builder(http)
    }

    /// Makes the client with settings of your own, such as a proxy. The limits hold, and redirects are not followed,
    /// whatever `http` says; the roots, proxies and cookies are those of `http`, whatever
    /// [`root_certificate`](Self::root_certificate) says. If no provider of cryptography is [installed](CryptoProvider), ring
    /// is from then on.
    ///
    /// # Errors
    ///
    /// What reqwest says if it cannot be set up.
    pub fn with_http_builder(self, http: reqwest::ClientBuilder) -> Result<Client, Error> {
        // Without one reqwest may panic, by the features that it is built with.
        if CryptoProvider::get_default().is_none() {
            // Whoever was faster has installed one too.
            drop(ring::default_provider().install_default());
        }
        let http = http
            .connect_timeout(self.limits.connect_timeout)
            .redirect(Policy::none())
            .build()
            .map_err(|error| TransportError::new(Failure::Connect, error))?;
        Ok(self.with_http(http))
    }

    /// Makes the client over a `reqwest::Client` of your own, with which it shares the connections. The time for a
    /// request and the body limit hold; the time for a connection, the roots, proxies and redirects are those of `http`.
    ///
    /// **Set its redirect policy to `Policy::none()`**, or take [`with_http_builder`](Self::with_http_builder). By default
    /// reqwest follows redirects and carries `X-Plex-Token` along to other hosts, and with a client that is made there is
    /// no way to stop it. What was found elsewhere is not read, and the error says
    /// [`RedirectFollowed`](plexauth_proto::Failure::RedirectFollowed), unless the other host did not answer, or the way led
    /// back to the address that it began with. By then the other host knows the token.
    ///
    /// reqwest comes here without a provider of cryptography: install one (`rustls::crypto::CryptoProvider::install_default`),
    /// or `reqwest::Client::new` panics, unless a feature of reqwest's own brings one.
    #[must_use]
    pub fn with_http(self, http: reqwest::Client) -> Client {
        Client { info: self.info, http, limits: self.limits, retry: self.retry }
    }
}

/// rustls with ring, TLS 1.2 and 1.3, Mozilla's roots and the extra ones.
fn tls(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for root in extra {
        roots.add(root).map_err(|_| RequestError::RootCertificate)?;
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::new(Failure::Connect, error))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
