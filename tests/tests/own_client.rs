//! Building a client installs no process-wide crypto provider. The test needs its own process, because a provider can
//! only be installed once.

use plexauth_proto::ClientInfo;
use rustls::crypto::{CryptoProvider, ring};

#[test]
fn clients_install_no_crypto_provider() {
    let info = || ClientInfo::new("id-1", "App").unwrap();
    plexauth_reqwest::Client::new(info()).unwrap();
    plexauth_reqwest::Client::builder(info()).build_with_builder(reqwest::Client::builder()).unwrap();
    plexauth_ureq::Client::new(info()).unwrap();
    plexauth_hyper::Client::new(info()).unwrap();
    assert!(CryptoProvider::get_default().is_none());
    // The application can still install its own provider, which fails if there already is one.
    ring::default_provider().install_default().unwrap();
    plexauth_reqwest::Client::new(info()).unwrap();
    plexauth_ureq::Client::new(info()).unwrap();
    plexauth_hyper::Client::new(info()).unwrap();
}
