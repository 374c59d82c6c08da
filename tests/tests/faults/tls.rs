//! TLS servers with invalid certificates, and servers that do not speak TLS.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use plexauth_proto::{Error, GetUserDetails, TransportErrorKind};
use plexauth_testing::{Peer, Wire};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::ask::{ACCOUNT, TOKEN, ask, ask_with, ok_response, plain};
use super::matrix::{BROKEN, Fault, Outcome, Success};
use crate::common::{Adapter, Settings};

const GROUP: &str = "tls";
const NO_TLS: Outcome = Outcome::Transport(TransportErrorKind::Tls);

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        served("valid certificate", Success, |authority| authority.server()),
        served("valid certificate, TLS 1.2", Success, |authority| {
            authority.server_with(authority.valid_certificate(), &[&rustls::version::TLS12])
        }),
        served("unknown authority", NO_TLS, |_| Authority::new().server()),
        served("self-signed certificate", NO_TLS, |_| {
            let key = KeyPair::generate().unwrap();
            let certificate = names(&["127.0.0.1"]).self_signed(&key).unwrap();
            Authority::new().server_with((certificate.der().clone(), key.into()), rustls::ALL_VERSIONS)
        }),
        served("certificate for another name", NO_TLS, |authority| {
            authority.server_for(names(&["plex.example"]))
        }),
        served("certificate for another address", NO_TLS, |authority| {
            authority.server_for(names(&["127.0.0.2"]))
        }),
        served("expired certificate", NO_TLS, |authority| {
            let mut expired = names(&["127.0.0.1"]);
            (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
            authority.server_for(expired)
        }),
        served("certificate not yet valid", NO_TLS, |authority| {
            let mut early = names(&["127.0.0.1"]);
            (early.not_before, early.not_after) = (date_time_ymd(4000, 1, 1), date_time_ymd(4001, 1, 1));
            authority.server_for(early)
        }),
        Fault::new(GROUP, "https request to a plaintext server", NO_TLS, |adapter, time| {
            let wire = Wire::start(|mut peer| {
                peer.send(ok_response(ACCOUNT));
                peer.close();
            });
            tls_error(adapter, &wire, time)
        }),
        Fault::new(GROUP, "http request to a TLS server", BROKEN, |adapter, time| {
            let authority = Authority::new();
            let (wire, _) = authority.serve(authority.server(), ok_response(ACCOUNT));
            ask(adapter, &plain(wire.address()), time)
        }),
        Fault::new(GROUP, "server limited to TLS 1.1", NO_TLS, |adapter, time| {
            tls_error(adapter, &Wire::start(tls_1_1_only), time)
        }),
        Fault::new(GROUP, "protocol_version alert", NO_TLS, |adapter, time| {
            tls_error(adapter, &Wire::start(rejects_version), time)
        }),
        // Not `Connect`, after which the search for a server tries plain http.
        Fault::new(GROUP, "connection closed in the handshake", BROKEN, |adapter, time| {
            let wire = Wire::start(|mut peer| {
                let _ = peer.read(&mut [0; 64]);
                peer.close();
            });
            ask(adapter, &format!("https://{}", wire.address()), time)
        }),
        Fault::new(GROUP, "connection reset in the handshake", BROKEN, |adapter, time| {
            let wire = Wire::start(|mut peer| {
                let _ = peer.read(&mut [0; 64]);
                peer.reset();
            });
            ask(adapter, &format!("https://{}", wire.address()), time)
        }),
        // ureq takes this for the end of the body. Truncated JSON does not parse, so no success is misread.
        Fault::new(GROUP, "body without length or close_notify", BROKEN, no_close_notify)
            .but(Adapter::Ureq, Success),
    ]
}

/// A certificate authority made for one test.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

type Certified = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Returns the root certificate, for clients to trust.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Returns a server with a valid certificate.
    pub(crate) fn server(&self) -> ServerConfig {
        self.server_with(self.valid_certificate(), rustls::ALL_VERSIONS)
    }

    fn valid_certificate(&self) -> Certified {
        self.sign(names(&["127.0.0.1"]))
    }

    fn sign(&self, params: CertificateParams) -> Certified {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key.into())
    }

    fn server_for(&self, params: CertificateParams) -> ServerConfig {
        self.server_with(self.sign(params), rustls::ALL_VERSIONS)
    }

    fn server_with(
        &self,
        (certificate, key): Certified,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap()
    }

    /// Sends this response over TLS once on each connection, followed by `close_notify`.
    pub(crate) fn serve(&self, server: ServerConfig, response: String) -> (Wire, String) {
        self.serve_and_count(server, response, Arc::default())
    }

    /// Like `serve`, and counts the bytes received through TLS.
    fn serve_and_count(
        &self,
        server: ServerConfig,
        response: String,
        received: Arc<AtomicUsize>,
    ) -> (Wire, String) {
        let server = Arc::new(server);
        let wire = Wire::start(move |peer| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&server)).unwrap(), peer);
            if read_head(&mut stream, &received) && stream.write_all(response.as_bytes()).is_ok() {
                stream.conn.send_close_notify();
                let _ = stream.flush();
                stream.sock.close();
            }
        });
        let origin = format!("https://{}", wire.address());
        (wire, origin)
    }
}

fn names(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
}

/// Reads up to the end of the headers, if the handshake succeeds.
fn read_head(stream: &mut StreamOwned<ServerConnection, Peer>, received: &AtomicUsize) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_exact(&mut byte).is_err() {
            // Sends the pending alert. The client's own alert does not matter.
            let _ = stream.flush();
            return false;
        }
        head.extend(byte);
        received.fetch_add(1, Ordering::Relaxed);
    }
    true
}

/// A client that trusts one authority, and a server whose certificate may come from another.
fn served(name: &'static str, expected: Outcome, server: fn(&Authority) -> ServerConfig) -> Fault {
    Fault::new(GROUP, name, expected, move |adapter, time| {
        let authority = Authority::new();
        let received = Arc::new(AtomicUsize::new(0));
        let (wire, origin) =
            authority.serve_and_count(server(&authority), ok_response(ACCOUNT), Arc::clone(&received));
        let settings = Settings { root: Some(authority.certificate()), ..Settings::new(time) };
        let result = adapter.client(&origin, &settings).send(&GetUserDetails::new(TOKEN));
        if let Err(error) = &result {
            assert_is_about_tls(error);
            assert_eq!((received.load(Ordering::Relaxed), wire.count(TOKEN)), (0, 0), "the request was sent");
        }
        Outcome::of(result)
    })
    // Includes the generation of the certificates.
    .memory(2 << 20)
}

/// Requests the account over TLS. Panics if the error is not about TLS.
fn tls_error(adapter: Adapter, wire: &Wire, time: Duration) -> Outcome {
    let client = adapter.client(&format!("https://{}", wire.address()), &Settings::new(time));
    let result = client.send(&GetUserDetails::new(TOKEN));
    assert_is_about_tls(result.as_ref().unwrap_err());
    assert_eq!(wire.count(TOKEN), 0, "the request was sent");
    Outcome::of(result)
}

fn assert_is_about_tls(error: &Error) {
    let Error::Transport(transport) = error else { panic!("{error}") };
    assert!(transport.find_source::<rustls::Error>().is_some(), "{error:?}");
    assert!(error.is_connect() && error.to_string().contains("TLS"), "{error}");
}

fn record(kind: u8, version: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], &version[..], &length, payload].concat()
}

/// Responds to a ClientHello like a server that supports at most TLS 1.1: RFC 4346, section 7.4.1.3.
fn tls_1_1_only(mut peer: Peer) {
    let _ = peer.read(&mut [0; 1024]);
    // Version, random bytes, no session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    let hello = [&[3, 2], &[7; 32][..], &[0, 0xc0, 0x13, 0]].concat();
    let length = u8::try_from(hello.len()).unwrap();
    peer.send(record(22, [3, 2], &[&[2, 0, 0, length], &hello[..]].concat()));
    peer.close();
}

/// Responds to a ClientHello with the alert `protocol_version`.
fn rejects_version(mut peer: Peer) {
    let _ = peer.read(&mut [0; 1024]);
    peer.send(record(21, [3, 1], &[2, 70]));
    peer.close();
}

/// Without `close_notify`, an attacker may have closed the connection, and the body may be incomplete.
fn no_close_notify(adapter: Adapter, time: Duration) -> Outcome {
    let authority = Authority::new();
    let server = Arc::new(authority.server());
    let wire = Wire::start(move |peer| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&server)).unwrap(), peer);
        if read_head(&mut stream, &AtomicUsize::new(0)) {
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n\r\n{ACCOUNT}").as_bytes());
            let _ = stream.flush();
            stream.sock.close();
        }
    });
    let settings = Settings { root: Some(authority.certificate()), ..Settings::new(time) };
    ask_with(&adapter.client(&format!("https://{}", wire.address()), &settings))
}
