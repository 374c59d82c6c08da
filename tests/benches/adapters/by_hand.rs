//! The baseline: the same HTTP crates used directly for a single kind of request, with the settings of the adapters,
//! prepared headers and a strict struct for the response.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use plexauth_proto::{ClientInfo, X_PLEX_TOKEN};

use crate::TOKEN;
use crate::strict::Account;

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_LIMIT: usize = 1 << 20;

/// Adds the token to the prepared headers.
fn headers(prepared: &HeaderMap) -> HeaderMap {
    let mut headers = prepared.clone();
    let mut token = HeaderValue::from_static(TOKEN);
    token.set_sensitive(true);
    headers.insert(X_PLEX_TOKEN, token);
    headers
}

fn url(info: &ClientInfo) -> String {
    format!("{}/user", info.plex_tv())
}

fn account(body: &[u8]) -> Account {
    serde_json::from_slice(body).expect("valid account")
}

pub(crate) struct Reqwest {
    http: reqwest::Client,
    url: reqwest::Url,
    prepared: HeaderMap,
}

impl Reqwest {
    pub(crate) fn new(info: &ClientInfo) -> Self {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(no_tls())
            .no_proxy()
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("client");
        Self { http, url: url(info).parse().expect("valid URL"), prepared: info.headers().clone() }
    }

    pub(crate) async fn account(&self) -> Account {
        let mut request = reqwest::Request::new(Method::GET, self.url.clone());
        *request.headers_mut() = headers(&self.prepared);
        *request.timeout_mut() = Some(TIMEOUT);
        let response = self.http.execute(request).await.expect("response");
        assert!(response.status().is_success(), "unexpected status");
        account(&response.bytes().await.expect("body"))
    }
}

pub(crate) struct Hyper {
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    prepared: HeaderMap,
}

impl Hyper {
    pub(crate) fn new(info: &ClientInfo) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(no_tls())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(32 * 1024)
            .build(https);
        Self { http, uri: url(info).parse().expect("valid URI"), prepared: info.headers().clone() }
    }

    pub(crate) async fn account(&self) -> Account {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.method_mut() = Method::GET;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers(&self.prepared);
        let body = tokio::time::timeout(TIMEOUT, async {
            let response = self.http.request(request).await.expect("response");
            assert!(response.status().is_success(), "unexpected status");
            Limited::new(response.into_body(), BODY_LIMIT).collect().await.expect("body").to_bytes()
        });
        account(&body.await.expect("response in time"))
    }
}

pub(crate) struct Ureq {
    agent: ureq::Agent,
    uri: Uri,
    prepared: HeaderMap,
}

impl Ureq {
    pub(crate) fn new(info: &ClientInfo) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("")
            .build()
            .new_agent();
        Self { agent, uri: url(info).parse().expect("valid URI"), prepared: info.headers().clone() }
    }

    pub(crate) fn account(&self) -> Account {
        let mut request = Request::new(());
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers(&self.prepared);
        let mut response = self.agent.run(request).expect("response");
        assert!(response.status().is_success(), "unexpected status");
        let body = response.body_mut().with_config().limit(BODY_LIMIT as u64).read_to_vec();
        account(&body.expect("body"))
    }
}

/// Returns a TLS configuration without root certificates, because all connections are plain HTTP.
fn no_tls() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}
