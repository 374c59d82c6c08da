//! A default provider of cryptography, other than the one that the clients use, makes no difference.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Duration;

use common::{Adapter, Settings};
use http::Request;
use plexauth_proto::TransportErrorKind;
use plexauth_testing::Wire;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

#[test]
fn other_default_provider_is_not_used() {
    let wire = Wire::start(|mut peer| {
        peer.send("no TLS");
        peer.close();
    });
    let attempt = |client: &common::Client| {
        let request = Request::get(format!("https://{}", wire.address())).body(Vec::new()).unwrap();
        client.exchange(request).unwrap_err().kind()
    };
    let clients = Adapter::ALL.map(|adapter| adapter.client("http://127.0.0.1:1", &settings()));
    for client in &clients {
        assert_eq!(attempt(client), TransportErrorKind::Tls);
    }
    assert!(CryptoProvider::get_default().is_none());
    aws_lc_rs::default_provider().install_default().unwrap();
    let later = Adapter::ALL.map(|adapter| adapter.client("http://127.0.0.1:1", &settings()));
    for client in clients.iter().chain(&later) {
        assert_eq!(attempt(client), TransportErrorKind::Tls);
    }
}

fn settings() -> Settings {
    Settings::new(Duration::from_secs(20))
}
