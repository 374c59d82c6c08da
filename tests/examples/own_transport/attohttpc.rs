//! [`Attohttpc`]: a [`Transport`] over attohttpc, a small blocking HTTP client.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use attohttpc::{ErrorKind, ProxySettings, RequestBuilder};
use http::Response;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use plexauth_proto::{ClientInfo, Limits, Outgoing, Transport, TransportError, TransportErrorKind};
use rustls::pki_types::CertificateDer;

pub(crate) struct Attohttpc {
    pub(crate) info: ClientInfo,
    pub(crate) limits: Limits,
    /// Trusted in addition to Mozilla's.
    pub(crate) root_certificate: Option<CertificateDer<'static>>,
}

impl Transport for Attohttpc {
    fn info(&self) -> &ClientInfo {
        &self.info
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// Sends one request without following redirects, which would leak the token, and enforces the limits on time and size.
    async fn exchange(&self, outgoing: Outgoing) -> Result<Response<Vec<u8>>, TransportError> {
        outgoing.check(self.now())?;
        let timeout = self.limits.timeout_for(&outgoing);
        let (parts, body) = outgoing.request.into_parts();
        let mut builder = RequestBuilder::try_new(parts.method, parts.uri.to_string())
            .map_err(failed)?
            .follow_redirects(false)
            .proxy_settings(ProxySettings::builder().build())
            .connect_timeout(self.limits.connect_timeout)
            .timeout(timeout);
        // With ring as its provider, attohttpc trusts nobody by itself.
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().chain(&self.root_certificate) {
            builder = builder.add_root_certificate(root.clone());
        }
        for (name, value) in &parts.headers {
            builder = builder.header(name, value);
        }
        // attohttpc would add a `Content-Type` to an empty body.
        let sent = if body.is_empty() { builder.send() } else { builder.bytes(body).send() };
        let (status, headers, mut body) = sent.map_err(failed)?.split();
        // It takes the end of the connection for the end of the body, wherever that is.
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let mut missing: Option<usize> = length.filter(|_| !headers.contains_key(TRANSFER_ENCODING));
        let mut parts = Response::new(()).into_parts().0;
        (parts.status, parts.headers) = (status, headers);
        let mut response = self.limits.limited_response(parts);
        let mut buffer = [0; 8192];
        loop {
            let length =
                body.read(&mut buffer).map_err(|error| TransportError::new(kind_of(&error), error))?;
            match buffer.get(..length) {
                None | Some([]) if missing.is_none_or(|missing| missing == 0) => return Ok(response.finish()),
                None | Some([]) => {
                    return Err(TransportError::new(TransportErrorKind::Broken, "the body is incomplete"));
                }
                Some(chunk) => {
                    missing = missing.map(|missing| missing.saturating_sub(chunk.len()));
                    response.push(chunk)?;
                }
            }
        }
    }
}

/// The kind determines whether the request is retried.
fn failed(error: attohttpc::Error) -> TransportError {
    let kind = match error.kind() {
        ErrorKind::Io(error) => kind_of(error),
        ErrorKind::Tls(_) => TransportErrorKind::Tls,
        _ => TransportErrorKind::Broken,
    };
    TransportError::new(kind, error)
}

fn kind_of(error: &io::Error) -> TransportErrorKind {
    match error.kind() {
        _ if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => TransportErrorKind::Tls,
        io::ErrorKind::ConnectionRefused => TransportErrorKind::Connect,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Broken,
    }
}
