//! [`ClientBuilder`]: settings of a [`Client`].

use plexauth_proto::{ClientInfo, Error, Limits, Proxy, RetryPolicy};
#[cfg(doc)]
use plexauth_proto::{TransportError, TransportErrorKind};
use rustls_pki_types::CertificateDer;

use crate::{Client, platform};

/// A root certificate that is not X.509 in DER. It is the source of the [`TransportError`] from
/// [`build`](ClientBuilder::build).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a root certificate is not X.509 in DER")]
pub struct RootCertificateError;

/// Settings of a [`Client`].
///
/// # In a browser
///
/// The browser decides about connections, and `fetch` tells little about them. What differs on `wasm32-unknown-unknown`:
///
/// | | on an operating system | in a browser |
/// |---|---|---|
/// | time limit of a request, limit of a body, [`retry`](Self::retry) | hold | hold |
/// | [`Limits::connect_timeout`] | holds | is ignored: the time limit of the request includes it |
/// | [`proxy`](Self::proxy) | none by default | is refused by [`build`](Self::build): the browser uses its own |
/// | [`root_certificate`](Self::root_certificate) | is trusted besides Mozilla's | is refused by [`build`](Self::build): the browser trusts its own |
/// | redirects | are not followed | are followed, with the token; the response is not read, and becomes [`RedirectFollowed`] |
/// | cookies, caches | are not used | are not used (credentials are omitted) |
/// | no connection, a failed TLS handshake, a refusal by CORS | are told apart | are all [`Broken`] |
/// | headers of a response | are all read | are read if the server exposes them: hardly `Retry-After` and `Date`, so that a clock that is wrong by minutes makes logins with a key fail |
/// | [`find_server`](Client::find_server) | uses plain http where it may | never replaces https, and a page over https cannot use plain http |
///
/// A future of the client stays on the thread that first polled it, that of a page or of a worker, and panics on another.
///
/// [`RedirectFollowed`]: crate::TransportErrorKind::RedirectFollowed
/// [`Broken`]: crate::TransportErrorKind::Broken
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
        // The core draws no random numbers.
        let retry = RetryPolicy::default().seed(platform::jitter_seed());
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
        self.build_with_builder(platform::http_builder())
    }

    /// Builds the client with further settings of reqwest's. The limits, the TLS settings, the [`proxy`](Self::proxy) and
    /// [`root_certificate`](Self::root_certificate) of this builder apply, and redirects are not followed, whatever `http` says.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn build_with_builder(mut self, http: reqwest::ClientBuilder) -> Result<Client, Error> {
        let (roots, proxy) = (std::mem::take(&mut self.roots), self.proxy.take());
        let http = platform::build(http, roots, proxy, self.limits)?;
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
