//! [`DefaultService`]: the HTTP client, and its connector.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{Client, Error, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use plexauth_proto::{Proxy, TransportError, TransportErrorKind};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower::timeout::error::Elapsed;
use tower::{BoxError, ServiceExt};
use tower_service::Service;

/// The size of hyper's read buffer, in bytes, which limits the headers of a response. Its default is 408 KiB.
const READ_BUFFER: usize = 1 << 15;

/// The service behind [`Client::new`](crate::Client::new): hyper-util's client with pooled connections, with and without TLS.
///
/// A service is cloned for every request, so this one only holds a reference to the client.
#[derive(Debug, Clone)]
pub struct DefaultService(Arc<Client<Connector, Full<Bytes>>>);

impl DefaultService {
    pub(crate) fn new(
        tls: ClientConfig,
        connect_timeout: Duration,
        proxy: Option<&Proxy>,
    ) -> Result<Self, TransportError> {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(READ_BUFFER)
            .build(Connector::new(tls, connect_timeout, proxy)?);
        Ok(Self(Arc::new(client)))
    }
}

impl Service<Request<Full<Bytes>>> for DefaultService {
    type Response = Response<Incoming>;
    type Error = Error;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> ResponseFuture {
        self.0.request(request)
    }
}

/// Connects within a time limit. hyper-util's client clones and moves it for every request, so it only holds a reference.
#[derive(Debug, Clone)]
struct Connector {
    https: Arc<Https>,
    timeout: Duration,
}

#[derive(Debug)]
enum Https {
    Direct(HttpsConnector<HttpConnector>),
    Tunneled(HttpsConnector<Tunnel<HttpConnector>>),
}

impl Connector {
    fn new(tls: ClientConfig, timeout: Duration, proxy: Option<&Proxy>) -> Result<Self, TransportError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let https = match proxy {
            None => Https::Direct(https.wrap_connector(tcp)),
            Some(proxy) => Https::Tunneled(https.wrap_connector(tunnel(proxy, tcp)?)),
        };
        Ok(Self { https: Arc::new(https), timeout })
    }
}

fn tunnel(proxy: &Proxy, tcp: HttpConnector) -> Result<Tunnel<HttpConnector>, TransportError> {
    let setup = |error: BoxError| TransportError::new(TransportErrorKind::Setup, error);
    let address = proxy.address().join("").map_err(|error| setup(error.into()))?;
    let tunnel = Tunnel::new(address, tcp);
    let Some((user, password)) = proxy.expose_credentials() else { return Ok(tunnel) };
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
    Ok(tunnel.with_auth(HeaderValue::try_from(basic).map_err(|error| setup(error.into()))?))
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { https, timeout } = self.clone();
        Box::pin(async move {
            let connecting = async {
                match &*https {
                    Https::Direct(https) => https.clone().oneshot(uri).await,
                    Https::Tunneled(https) => https.clone().oneshot(uri).await,
                }
            };
            let connection = tokio::time::timeout(timeout, connecting).await;
            connection.unwrap_or_else(|_| Err(Elapsed::new().into()))
        })
    }
}
