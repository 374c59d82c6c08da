//! [`ClientBuilder`]: other limits, other roots, or an HTTP client of your own.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use plexauth_proto::{ClientInfo, Error, Failure, Limits, RequestError, RetryPolicy, TransportError};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::{Client, DefaultService};

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

    /// Makes the client over hyper.
    ///
    /// # Errors
    ///
    /// [`RequestError::RootCertificate`].
    pub fn build(mut self) -> Result<Client, Error> {
        let tls = tls(std::mem::take(&mut self.roots))?;
        let http = DefaultService::new(tls, self.limits.connect_timeout);
        Ok(self.with_http(http))
    }

    /// Makes the client over a service of your own: hyper-util's client with another connector, a stack of tower
    /// layers, or a router in memory. The time for a request and the body limit hold; the time for a connection and the
    /// roots are matters of the service.
    ///
    /// **It must not follow redirects**. hyper-util's client does not; tower-http's `FollowRedirect` does, and carries
    /// `X-Plex-Token` along to other hosts, and nothing here notices.
    #[must_use]
    pub fn with_http<S>(self, http: S) -> Client<S> {
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
