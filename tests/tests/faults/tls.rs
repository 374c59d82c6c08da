//! TLS with whoever has no right to it, and with whoever does not speak it.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use plexauth_proto::{Error, GetUserDetails, TransportErrorKind};
use plexauth_tests::{Peer, Wire};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::ask::{ACCOUNT, TOKEN, ask, ask_with, fine, plain};
use super::matrix::{BROKEN, Fault, Fine, Outcome};
use crate::common::{Adapter, Settings};

const GROUP: &str = "tls";
const NO_TLS: Outcome = Outcome::Transport(TransportErrorKind::Tls);

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        served("a good certificate", Fine, |authority| authority.server()),
        served("a good certificate, TLS 1.2", Fine, |authority| {
            authority.server_that(authority.good(), &[&rustls::version::TLS12])
        }),
        served("an unknown authority", NO_TLS, |_| Authority::new().server()),
        served("a certificate that signed itself", NO_TLS, |_| {
            let key = KeyPair::generate().unwrap();
            let certificate = names(&["127.0.0.1"]).self_signed(&key).unwrap();
            Authority::new().server_that((certificate.der().clone(), key.into()), rustls::ALL_VERSIONS)
        }),
        served("another name", NO_TLS, |authority| authority.server_for(names(&["plex.example"]))),
        served("another address", NO_TLS, |authority| authority.server_for(names(&["127.0.0.2"]))),
        served("expired", NO_TLS, |authority| {
            let mut expired = names(&["127.0.0.1"]);
            (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
            authority.server_for(expired)
        }),
        served("not valid yet", NO_TLS, |authority| {
            let mut early = names(&["127.0.0.1"]);
            (early.not_before, early.not_after) = (date_time_ymd(4000, 1, 1), date_time_ymd(4001, 1, 1));
            authority.server_for(early)
        }),
        Fault::new(GROUP, "plaintext on the port for TLS", NO_TLS, |adapter, time| {
            let wire = Wire::start(|mut peer| {
                peer.send(fine(ACCOUNT));
                peer.close();
            });
            says_tls(adapter, &wire, time)
        }),
        Fault::new(GROUP, "TLS on the port for plaintext", BROKEN, |adapter, time| {
            let authority = Authority::new();
            let (wire, _) = authority.serve(authority.server(), fine(ACCOUNT));
            ask(adapter, &plain(wire.address()), time)
        }),
        Fault::new(GROUP, "TLS 1.1 only", NO_TLS, |adapter, time| {
            says_tls(adapter, &Wire::start(tls_1_1_only), time)
        }),
        Fault::new(GROUP, "a refusal of the version", NO_TLS, |adapter, time| {
            says_tls(adapter, &Wire::start(refuses_the_version), time)
        }),
        Fault::new(
            GROUP,
            "cut off in the handshake",
            Outcome::Transport(TransportErrorKind::Connect),
            |adapter, time| {
                let wire = Wire::start(|mut peer| {
                    let _ = peer.read(&mut [0; 64]);
                    peer.close();
                });
                ask(adapter, &format!("https://{}", wire.address()), time)
            },
        )
        // It does not say when a connection was lost.
        .but(Adapter::Ureq, BROKEN),
        // ureq takes it for the end of the body. Half of any JSON is none, so nothing comes of it.
        Fault::new(GROUP, "cut off behind a body without a length", BROKEN, cut_off_without_a_word)
            .but(Adapter::Ureq, Fine),
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

    /// To be trusted by a client.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A server as it should be.
    pub(crate) fn server(&self) -> ServerConfig {
        self.server_that(self.good(), rustls::ALL_VERSIONS)
    }

    fn good(&self) -> Certified {
        self.sign(names(&["127.0.0.1"]))
    }

    fn sign(&self, params: CertificateParams) -> Certified {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key.into())
    }

    fn server_for(&self, params: CertificateParams) -> ServerConfig {
        self.server_that(self.sign(params), rustls::ALL_VERSIONS)
    }

    fn server_that(
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

    /// Answers every request over TLS, and says goodbye as one should.
    pub(crate) fn serve(&self, server: ServerConfig, answer: String) -> (Wire, String) {
        self.serve_and_count(server, answer, Arc::default())
    }

    /// The same, and counts what came through TLS, in bytes.
    fn serve_and_count(
        &self,
        server: ServerConfig,
        answer: String,
        came: Arc<AtomicUsize>,
    ) -> (Wire, String) {
        let server = Arc::new(server);
        let wire = Wire::start(move |peer| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&server)).unwrap(), peer);
            if read_head(&mut stream, &came) && stream.write_all(answer.as_bytes()).is_ok() {
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
fn read_head(stream: &mut StreamOwned<ServerConnection, Peer>, came: &AtomicUsize) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_exact(&mut byte).is_err() {
            // The alert of the client is of no interest, and this one has to get away.
            let _ = stream.flush();
            return false;
        }
        head.extend(byte);
        came.fetch_add(1, Ordering::Relaxed);
    }
    true
}

/// A client that trusts one authority, and a server that this one or another set up.
fn served(name: &'static str, expected: Outcome, server: fn(&Authority) -> ServerConfig) -> Fault {
    Fault::new(GROUP, name, expected, move |adapter, time| {
        let authority = Authority::new();
        let came = Arc::new(AtomicUsize::new(0));
        let (wire, origin) = authority.serve_and_count(server(&authority), fine(ACCOUNT), Arc::clone(&came));
        let settings = Settings { root: Some(authority.certificate()), ..Settings::new(time) };
        let result = adapter.client(&origin, &settings).send(&GetUserDetails::new(TOKEN));
        if let Err(error) = &result {
            is_said_to_be_tls(error);
            assert_eq!((came.load(Ordering::Relaxed), wire.count(TOKEN)), (0, 0), "nothing was sent");
        }
        Outcome::of(result)
    })
    // Making certificates is part of the test.
    .memory(2 << 20)
}

/// Asks over TLS, and the error has to say that.
fn says_tls(adapter: Adapter, wire: &Wire, time: Duration) -> Outcome {
    let client = adapter.client(&format!("https://{}", wire.address()), &Settings::new(time));
    let result = client.send(&GetUserDetails::new(TOKEN));
    is_said_to_be_tls(result.as_ref().unwrap_err());
    assert_eq!(wire.count(TOKEN), 0, "nothing was sent");
    Outcome::of(result)
}

fn is_said_to_be_tls(error: &Error) {
    let Error::Transport(transport) = error else { panic!("{error}") };
    assert!(transport.find_source::<rustls::Error>().is_some(), "{error:?}");
    assert!(error.is_connect() && error.to_string().contains("TLS"), "{error}");
}

fn record(kind: u8, version: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], &version[..], &length, payload].concat()
}

/// Answers a greeting as a server does that knows TLS 1.1 and nothing later: RFC 4346, section 7.4.1.3.
fn tls_1_1_only(mut peer: Peer) {
    let _ = peer.read(&mut [0; 1024]);
    // Version, random bytes, no session, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    let hello = [&[3, 2], &[7; 32][..], &[0, 0xc0, 0x13, 0]].concat();
    let length = u8::try_from(hello.len()).unwrap();
    peer.send(record(22, [3, 2], &[&[2, 0, 0, length], &hello[..]].concat()));
    peer.close();
}

/// Refuses a greeting with the alert `protocol_version`.
fn refuses_the_version(mut peer: Peer) {
    let _ = peer.read(&mut [0; 1024]);
    peer.send(record(21, [3, 1], &[2, 70]));
    peer.close();
}

/// A connection that ends without TLS's own goodbye may have been cut by anybody, so what came may not be all.
fn cut_off_without_a_word(adapter: Adapter, time: Duration) -> Outcome {
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
