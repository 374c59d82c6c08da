//! [`ClientBuilder`]: settings of a [`Client`].

use std::hash::{BuildHasher, RandomState};

use plexauth_proto::{ClientInfo, Error, Limits, Proxy, RetryPolicy, TransportError, TransportErrorKind};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, ProxyProtocol};

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

    /// Sets the limits on time and size. [`Limits::default`] by default. ureq times the DNS lookup on its own, so
    /// connecting can take twice as long as [`connect_timeout`](Limits::connect_timeout) says.
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

    /// Builds the client. It uses rustls with ring, whatever provider the process has installed, and installs none.
    ///
    /// If any crate enables ureq's feature `cookies`, which cannot be turned off at run time, the client opens a connection for
    /// each request, so that no user's cookies reach the requests of another.
    ///
    /// # Errors
    ///
    /// A [`TransportError`] of the kind [`Setup`](TransportErrorKind::Setup), with a [`RootCertificateError`] as its source.
    pub fn build(mut self) -> Result<Client, Error> {
        let roots = trusted(std::mem::take(&mut self.roots))?;
        let connect_timeout = Some(self.limits.connect_timeout.min(Limits::LONGEST));
        let agent = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build())
            .timeout_resolve(connect_timeout)
            .timeout_connect(connect_timeout)
            .proxy(self.proxy.as_ref().map(theirs).transpose()?)
            .user_agent("")
            .accept_encoding("")
            .build()
            .new_agent();
        let keeps_cookies = keeps_cookies(&agent);
        Ok(Client { is_agent_ours: true, keeps_cookies, ..self.build_with(agent) })
    }

    /// Builds the client over an `Agent` of your own. The time limit for a request and the size limit apply, and redirects
    /// are not followed; the time limit for connecting, the TLS settings, proxies and cookies are those of `agent`. With ureq's
    /// feature `cookies`, an agent sends the cookies of one user with the requests of the next.
    #[must_use]
    pub fn build_with(self, agent: Agent) -> Client {
        Client {
            info: self.info,
            agent,
            is_agent_ours: false,
            keeps_cookies: false,
            limits: self.limits,
            retry: self.retry,
        }
    }
}

fn theirs(proxy: &Proxy) -> Result<ureq::Proxy, TransportError> {
    let mut builder =
        ureq::Proxy::builder(ProxyProtocol::Http).host(proxy.address().host()).port(proxy.port());
    if let Some((user, password)) = proxy.expose_credentials() {
        builder = builder.username(user).password(password);
    }
    // ureq's own error may quote the address.
    builder
        .build()
        .map_err(|_| TransportError::new(TransportErrorKind::Setup, "ureq does not accept the proxy"))
}

/// Whether ureq was built with its feature `cookies`, which any crate in the tree may enable. Then each agent has a jar, which
/// only its `Debug` output reveals to a crate without that feature.
fn keeps_cookies(agent: &Agent) -> bool {
    format!("{agent:?}").contains("jar")
}

/// Mozilla's roots and the additional ones. ureq silently skips certificates it cannot read, so they are checked here.
fn trusted(additional: Vec<CertificateDer<'static>>) -> Result<Vec<Certificate<'static>>, TransportError> {
    for root in &additional {
        RootCertStore::empty()
            .add(root.clone())
            .map_err(|_| TransportError::new(TransportErrorKind::Setup, RootCertificateError))?;
    }
    let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().chain(&additional);
    Ok(all.map(|root| Certificate::from_der(root).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn agent_has_the_limits() {
        let client = Client::new(ClientInfo::new("id-1", "App").unwrap()).unwrap();
        let config = client.agent.config();
        assert_eq!(config.timeouts().resolve, Some(Duration::from_secs(10)));
        assert_eq!(config.timeouts().connect, Some(Duration::from_secs(10)));
        assert!(config.proxy().is_none());
    }
}
