//! [`ClientBuilder`]: other limits, other roots, or an HTTP client of your own.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use plexauth_proto::{ClientInfo, Error, Limits, RequestError, RetryPolicy};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

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

    /// The time for making a connection with its TLS handshake, and as much again for its name look-up, which ureq
    /// times on its own. 10 seconds unless set.
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
    /// [`RequestError::RootCertificate`].
    pub fn build(mut self) -> Result<Client, Error> {
        let roots = trusted(std::mem::take(&mut self.roots))?;
        let agent = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
            .timeout_resolve(Some(self.limits.connect_timeout))
            .timeout_connect(Some(self.limits.connect_timeout))
            .proxy(None)
            .user_agent("")
            .build()
            .new_agent();
        Ok(self.with_http(agent))
    }

    /// Makes the client over an `Agent` of your own. The time for a request and the body limit hold, and redirects are
    /// not followed; the time for a connection, the roots and proxies are those of `agent`.
    #[must_use]
    pub fn with_http(self, agent: Agent) -> Client {
        Client { info: self.info, agent, limits: self.limits, retry: self.retry }
    }
}

/// Mozilla's roots and the extra ones. ureq would leave out without a word what it cannot read, so they are tried here.
fn trusted(extra: Vec<CertificateDer<'static>>) -> Result<Vec<Certificate<'static>>, Error> {
    for root in &extra {
        RootCertStore::empty().add(root.clone()).map_err(|_| RequestError::RootCertificate)?;
    }
    let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().chain(&extra);
    Ok(all.map(|root| Certificate::from_der(root).to_owned()).collect())
}
