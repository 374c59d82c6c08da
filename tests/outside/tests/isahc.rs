//! A transport over isahc: async, on curl and threads of its own rather than tokio.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use futures_util::AsyncReadExt;
use http::{Request, Response};
use isahc::config::{Configurable, RedirectPolicy, VersionNegotiation};
use isahc::error::ErrorKind;
use isahc::tls::{TlsConfig, TrustStore};
use isahc::{AsyncBody, HttpClient};
use plexauth_proto::{ClientInfo, Limits, Outgoing, Transport, TransportError, TransportErrorKind};
use plexauth_testing::conformance::{Setup, check};

struct Isahc {
    info: ClientInfo,
    limits: Limits,
    http: HttpClient,
}

impl Isahc {
    fn new(setup: &Setup) -> Self {
        let trust = match &setup.root_certificate {
            Some(root) => TrustStore::builder().certificate_from_der(root).build(),
            None => TrustStore::native(),
        };
        let http = HttpClient::builder()
            .redirect_policy(RedirectPolicy::None)
            .proxy(None)
            .automatic_decompression(false)
            .version_negotiation(VersionNegotiation::http11())
            .connect_timeout(setup.limits.connect_timeout)
            .tls_config(TlsConfig::builder().trust_store(trust).build())
            .build()
            .unwrap();
        Self { info: setup.info.clone(), limits: setup.limits, http }
    }
}

impl Transport for Isahc {
    fn info(&self) -> &ClientInfo {
        &self.info
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        outgoing.check(self.now())?;
        // isahc panics.
        if outgoing.request.headers().values().any(|value| value.to_str().is_err()) {
            return Err(TransportError::new(TransportErrorKind::Setup, "isahc sends headers in ASCII only"));
        }
        let timeout = self.limits.timeout_for(&outgoing);
        let exchange = async {
            let incoming = self.http.send_async(with_body(outgoing.request)).await.map_err(failed)?;
            let (head, mut body) = incoming.into_parts();
            let mut parts = Response::new(()).into_parts().0;
            (parts.status, parts.headers) = (head.status, head.headers);
            let mut response = self.limits.limited_response(parts);
            let mut buffer = [0; 8192];
            loop {
                let length = body
                    .read(&mut buffer)
                    .await
                    .map_err(|error| TransportError::new(TransportErrorKind::Broken, error))?;
                if length == 0 {
                    return Ok(response.finish());
                }
                response.push(&buffer[..length])?;
            }
        };
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or_else(|elapsed| Err(TransportError::new(TransportErrorKind::Timeout, elapsed)))
    }
}

/// curl would add a `Content-Type` to an empty body.
fn with_body(request: Request<Vec<u8>>) -> Request<AsyncBody> {
    request.map(|body| if body.is_empty() { AsyncBody::empty() } else { body.into() })
}

fn failed(error: isahc::Error) -> TransportError {
    let kind = match error.kind() {
        // So isahc also calls a failed handshake, which only curl's words tell apart.
        ErrorKind::ConnectionFailed
            if error.source().is_some_and(|curl| curl.to_string().contains("SSL")) =>
        {
            TransportErrorKind::Tls
        }
        ErrorKind::ConnectionFailed | ErrorKind::NameResolution => TransportErrorKind::Connect,
        ErrorKind::BadServerCertificate | ErrorKind::TlsEngine | ErrorKind::InvalidTlsConfiguration => {
            TransportErrorKind::Tls
        }
        ErrorKind::Timeout => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Broken,
    };
    TransportError::new(kind, error)
}

#[test]
fn isahc_conforms() {
    check(Isahc::new);
}
