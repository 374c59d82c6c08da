//! A tower stack of the caller's: hyper-util's client with a connector and layers of their own.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use plexauth_hyper::RetryPolicy;
use plexauth_proto::Transport;
use plexauth_testing::conformance::{Setup, check};
use rustls::{ClientConfig, RootCertStore};
use tower::ServiceBuilder;
use tower::limit::ConcurrencyLimitLayer;

fn stack(setup: &Setup) -> impl Transport + use<> {
    let mut roots = RootCertStore::empty();
    for root in &setup.root_certificate {
        roots.add(root.clone()).unwrap();
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    let http = Client::builder(TokioExecutor::new()).build::<_, Full<Bytes>>(connector);
    let service = ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(8)).service(http);
    plexauth_hyper::Client::builder(setup.info.clone())
        .limits(setup.limits)
        .retry(RetryPolicy::none())
        .build_with(service)
}

#[test]
fn tower_stack_conforms() {
    check(stack);
}
