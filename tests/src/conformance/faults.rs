//! Faults on raw sockets. HTTP libraries differ in how they report them, so each fault permits some kinds of errors.

use std::error::Error as StdError;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plexauth_proto::TransportErrorKind::{BodyTooLarge, Broken, Connect, RedirectFollowed, Timeout, Tls};
use plexauth_proto::{
    Attempt, BaseUrl, ClientInfo, CreatePin, Error, FindServer, GetUserDetails, Limits, Operation,
    RetryPolicy, SignIn, Transport, TransportErrorKind,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::Setup;
use crate::{Closed, Peer, Plex, Wire};

const TOKEN: &str = "s3cret-token";
const PASSWORD: &str = "s3cret-password";
const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b"}"#;
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The time limit of the faults that reach it.
const SHORT: Duration = Duration::from_millis(500);
/// How long a fault may take beyond its limit. Generous, for busy machines.
const SLACK: Duration = Duration::from_secs(10);

/// A server that misbehaves, and what may come of a request to it.
pub(super) struct Fault {
    pub(super) name: &'static str,
    serve: fn(Peer),
    outcome: Outcome,
}

enum Outcome {
    Account,
    /// The account, or an error that says nothing about the token.
    AccountOrError,
    /// One of these errors.
    NoResponse(&'static [TransportErrorKind]),
    /// An error after the time limit, and not much later.
    TimedOut,
}

use Outcome::{Account, AccountOrError, NoResponse, TimedOut};

const fn fault(name: &'static str, outcome: Outcome, serve: fn(Peer)) -> Fault {
    Fault { name, serve, outcome }
}

pub(super) const FAULTS: &[Fault] = &[
    fault("closed_connection_is_an_error", NoResponse(&[Broken]), |mut peer| {
        peer.read_request();
        peer.close();
    }),
    fault("reset_connection_is_an_error", NoResponse(&[Broken]), |mut peer| {
        peer.read_request();
        peer.reset();
    }),
    fault("truncated_head_is_no_success", AccountOrError, |peer| {
        respond(peer, "HTTP/1.1 200 OK\r\nX-Echo: a")
    }),
    fault("truncated_body_is_an_error", NoResponse(&[Broken]), |peer| {
        respond(peer, &format!("HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{ACCOUNT}"));
    }),
    fault("truncated_chunk_is_an_error", NoResponse(&[Broken]), |peer| {
        respond(peer, &format!("{CHUNKED}17\r\n{ACCOUNT}"));
    }),
    fault("missing_last_chunk_is_an_error", NoResponse(&[Broken]), |peer| {
        respond(peer, &format!("{CHUNKED}16\r\n{ACCOUNT}\r\n"));
    }),
    fault("garbage_is_an_error", NoResponse(&[Broken]), |peer| respond(peer, "SSH-2.0-s3cret-token\r\n")),
    fault("silence_times_out", TimedOut, |mut peer| peer.read_to_end()),
    fault("trickled_head_times_out", TimedOut, |mut peer| {
        peer.read_request();
        peer.trickle(ok(ACCOUNT), Duration::from_millis(100));
    }),
    fault("trickled_body_times_out", TimedOut, |mut peer| {
        peer.read_request();
        peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", ACCOUNT.len()));
        peer.trickle(ACCOUNT, Duration::from_millis(100));
    }),
    fault("endless_body_is_too_large", NoResponse(&[BodyTooLarge]), |mut peer| {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        peer.send_forever("a".repeat(1 << 14));
    }),
    fault("endless_chunks_are_too_large", NoResponse(&[BodyTooLarge]), |mut peer| {
        peer.read_request();
        peer.send(CHUNKED);
        peer.send_forever(format!("4000\r\n{}\r\n", "a".repeat(1 << 14)));
    }),
    fault("endless_headers_are_an_error", NoResponse(&[Broken, BodyTooLarge]), |mut peer| {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n");
        peer.send_forever("X-Echo: s3cret-token\r\n".repeat(99));
    }),
    fault("interim_responses_end_no_login", AccountOrError, |peer| {
        respond(
            peer,
            &format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n{}", ok(ACCOUNT)),
        );
    }),
    fault("body_of_http_1_0_ends_with_the_connection", Account, |peer| {
        respond(peer, &format!("HTTP/1.0 200 OK\r\n\r\n{ACCOUNT}"));
    }),
];

/// A 200 response, as sent on the wire.
fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn respond(mut peer: Peer, response: &str) {
    peer.read_request();
    peer.send(response);
    peer.close();
}

/// A transport that asks a server of these faults.
struct Asker<T> {
    transport: T,
    runtime: Runtime,
}

impl<T: Transport> Asker<T> {
    fn new(connect: &impl Fn(&Setup) -> T, origin: &str) -> Self {
        Self::with(connect, origin, Limits::default().with_timeout(2 * SLACK), None)
    }

    fn with(
        connect: &impl Fn(&Setup) -> T,
        origin: &str,
        limits: Limits,
        root_certificate: Option<CertificateDer<'static>>,
    ) -> Self {
        let base: BaseUrl = format!("{origin}/api/v2").parse().expect("a valid URL");
        let info = ClientInfo::builder("id-1", "Conformance").api_at(base).build().expect("valid values");
        let setup = Setup { info, limits, root_certificate, plex: Arc::new(Plex::in_memory()) };
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
        Self { transport: connect(&setup), runtime }
    }

    /// Sends an operation once. The error must not show a secret.
    fn ask<O>(&self, operation: &O) -> Result<O::Output, Error>
    where
        O: Operation + Sync,
        O::Output: Send,
    {
        let attempt = Attempt::new(operation, self.transport.info(), RetryPolicy::none());
        self.runtime.block_on(self.transport.run(attempt)).inspect_err(|error| {
            let mut shown = format!("{error:?}\n{error}\n");
            let mut next: Option<&dyn StdError> = error.source();
            while let Some(source) = next {
                shown += &format!("{source:?}\n{source}\n");
                next = source.source();
            }
            assert!(!shown.contains("s3cret"), "a secret is shown in {shown}");
        })
    }

    fn get(&self) -> Result<u64, Error> {
        self.ask(&GetUserDetails::new(TOKEN)).map(|account| account.id)
    }
}

fn plain(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn kind(result: Result<u64, Error>) -> TransportErrorKind {
    match result {
        Err(Error::Transport(error)) => error.kind(),
        other => panic!("expected a transport error, got {other:?}"),
    }
}

impl Fault {
    pub(super) fn check<T: Transport>(&self, connect: &impl Fn(&Setup) -> T) {
        let wire = Wire::start(self.serve);
        let limit = if let TimedOut = self.outcome { SHORT } else { SLACK };
        let limits = Limits::default().with_timeout(limit);
        let asker = Asker::with(connect, &plain(wire.address()), limits, None);
        let start = Instant::now();
        let result = asker.get();
        let elapsed = start.elapsed();
        match self.outcome {
            Account => assert_eq!(result.expect("a response"), 7),
            AccountOrError => match result {
                Ok(id) => assert_eq!(id, 7),
                Err(error) => assert!(!error.is_token_invalid(), "{error}"),
            },
            NoResponse(kinds) => {
                let kind = kind(result);
                assert!(kinds.contains(&kind), "{kind:?}, expected {kinds:?}");
            }
            TimedOut => {
                assert_eq!(kind(result), Timeout);
                assert!(elapsed >= limit, "gave up after {elapsed:?}");
            }
        }
        assert!(elapsed < limit + SLACK, "took {elapsed:?}");
    }
}

/// Nothing was sent, so the operation may be repeated, even a sign-in.
pub(super) fn refused_connection_is_a_connect_error<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let closed = Closed::bind();
    assert_eq!(kind(Asker::new(connect, &plain(closed.address())).get()), Connect);
}

/// The search for a server finds it among connections with every fault, and without it reports each of them.
pub(super) fn search_survives_every_fault<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let faults: Vec<Wire> = FAULTS.iter().map(|fault| Wire::start(fault.serve)).collect();
    let server = Wire::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.send(ok(r#"{"MediaContainer":{"machineIdentifier":"9f0b"}}"#));
        }
    });
    let closed = Closed::bind();
    let mut addresses: Vec<SocketAddr> = faults.iter().map(Wire::address).collect();
    addresses.extend([closed.address(), server.address()]);
    let asker = Asker::new(connect, "http://127.0.0.1:1");
    let search = |addresses: &[SocketAddr]| {
        let connections: Vec<Value> =
            addresses.iter().map(|address| json!({ "uri": plain(*address), "local": true })).collect();
        let resource = json!({
            "clientIdentifier": "9f0b", "owned": true, "accessToken": TOKEN, "connections": connections,
        });
        let resource = serde_json::from_value(resource).expect("a valid resource");
        let search = FindServer::new(&resource, asker.transport.info()).probe_timeout(SHORT).timeout(SLACK);
        asker.runtime.block_on(asker.transport.find_server(search))
    };
    let found = search(&addresses).expect("the server is among them");
    assert_eq!(found.base_url.to_string(), plain(server.address()));
    let Err(Error::ServerNotFound(tried)) = search(&addresses[..addresses.len() - 1]) else {
        panic!("none of these is the server");
    };
    let tried: Vec<String> = tried.into_iter().map(|tried| tried.address).collect();
    assert!(
        addresses[..addresses.len() - 1].iter().all(|address| tried.contains(&plain(*address))),
        "{tried:?}"
    );
    assert!(faults.iter().all(|wire| wire.count(TOKEN) == 0), "a probe carries the token");
}

pub(super) fn limits_of_the_caller_hold<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let wire = Wire::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.send(ok(&format!("{ACCOUNT:<1024}")));
        }
    });
    for (most, fits) in [(1024, true), (1023, false)] {
        let limits = Limits::default().with_timeout(SLACK).with_body(most);
        let result = Asker::with(connect, &plain(wire.address()), limits, None).get();
        if fits {
            assert_eq!(result.expect("it is within the limit"), 7);
        } else {
            assert_eq!(kind(result), BodyTooLarge);
        }
    }
}

pub(super) fn redirect_takes_no_token_along<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let elsewhere = Wire::start(|peer| respond(peer, &ok(ACCOUNT)));
    let target = elsewhere.address();
    let wire = Wire::start(move |mut peer| {
        peer.read_request();
        peer.send(format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{target}/\r\nContent-Length: 0\r\n\r\n"
        ));
        peer.close();
    });
    let asker = Asker::new(connect, &plain(wire.address()));
    let error = asker.ask(&SignIn::new("me", PASSWORD)).map(drop).expect_err("a redirect is an error");
    assert!(error.transport().is_none_or(|error| error.kind() != RedirectFollowed), "{error}");
    asker.get().expect_err("a redirect is an error");
    assert_eq!(elsewhere.connections(), 0, "the redirect was followed");
}

pub(super) fn post_without_a_body_has_a_length<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let wire = Wire::start(|peer| respond(peer, &ok(r#"{"id":7,"code":"AB12"}"#)));
    let pin = Asker::new(connect, &plain(wire.address())).ask(&CreatePin::short()).expect("a response");
    assert_eq!((pin.id, pin.code.as_str()), (7, "AB12"));
    let received = wire.received().concat().to_ascii_lowercase();
    let received = String::from_utf8(received).expect("a request in ASCII");
    assert_eq!(received.matches("content-length: 0\r\n").count(), 1, "{received}");
    assert!(!received.contains("transfer-encoding"), "{received}");
}

pub(super) fn cookies_are_not_kept<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let wire = Wire::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.send(ok(ACCOUNT).replace("\r\n\r\n", "\r\nSet-Cookie: who=alice; Path=/\r\n\r\n"));
        }
    });
    let asker = Asker::new(connect, &plain(wire.address()));
    for _ in 0..2 {
        assert_eq!(asker.get().expect("a response"), 7);
    }
    assert_eq!(wire.count("who=alice"), 0, "a cookie of one user is sent with the requests of the next");
}

/// The second response must not be taken for the response to the next request.
pub(super) fn responses_are_kept_apart<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let wire = Wire::start(|mut peer| {
        if peer.connection() == 0 {
            peer.read_request();
            peer.send(ok(ACCOUNT) + &ok(r#"{"id":666,"uuid":"evil"}"#));
        }
        while peer.read_request().is_some() {
            peer.send(ok(ACCOUNT));
        }
    });
    let asker = Asker::new(connect, &plain(wire.address()));
    for _ in 0..3 {
        // An error is as good as a new connection.
        assert!(asker.get().is_ok_and(|id| id == 7) || asker.get().expect("a new connection") == 7);
    }
}

/// A password must not be sent twice because a connection broke.
pub(super) fn broken_sign_in_is_sent_once<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let wire = Wire::start(|mut peer| {
        peer.read_request();
        peer.reset();
    });
    let asker = Asker::new(connect, &plain(wire.address()));
    let result = asker.ask(&SignIn::new("me", PASSWORD)).map(|_| 0);
    assert_eq!((kind(result), wire.count(PASSWORD)), (Broken, 1));
}

pub(super) fn tls_to_a_trusted_server_works<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let (wire, certificate) = tls_server();
    let limits = Limits::default().with_timeout(SLACK);
    let origin = format!("https://{}", wire.address());
    assert_eq!(Asker::with(connect, &origin, limits, Some(certificate)).get().expect("a response"), 7);
}

pub(super) fn untrusted_certificate_is_an_error<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let (wire, _) = tls_server();
    let kind = kind(Asker::new(connect, &format!("https://{}", wire.address())).get());
    assert!([Tls, Broken].contains(&kind), "{kind:?}");
}

pub(super) fn https_is_never_plain<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    let wire = Wire::start(|mut peer| {
        let _ = peer.read(&mut [0; 64]);
        peer.send(ok(ACCOUNT));
        peer.close();
    });
    let kind = kind(Asker::new(connect, &format!("https://{}", wire.address())).get());
    assert!([Tls, Broken].contains(&kind), "{kind:?}");
    assert_eq!(wire.count(TOKEN), 0, "the token was sent");
}

/// After `Connect`, the search for a server uses plain http at the same address.
pub(super) fn handshake_is_no_failure_to_connect<T: Transport>(connect: &impl Fn(&Setup) -> T) {
    type Serve = fn(Peer);
    let peers: [(_, Serve); 4] = [
        ("closed", |mut peer| {
            let _ = peer.read(&mut [0; 64]);
            peer.close();
        }),
        ("closed at once", |peer| peer.close()),
        ("reset", |mut peer| {
            let _ = peer.read(&mut [0; 64]);
            peer.reset();
        }),
        ("silent", |mut peer| peer.read_to_end()),
    ];
    for (name, peer) in peers {
        let wire = Wire::start(peer);
        let limits = Limits::default().with_timeout(SHORT);
        let kind = kind(Asker::with(connect, &format!("https://{}", wire.address()), limits, None).get());
        assert_ne!(kind, Connect, "{name}");
        assert_eq!(wire.count(TOKEN), 0, "the token was sent");
    }
}

/// A server with a certificate of its own.
fn tls_server() -> (Wire, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate can be made");
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
        .expect("a valid configuration");
    let config = Arc::new(config);
    let wire = Wire::start(move |peer| {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("a valid configuration");
        let mut tls = StreamOwned::new(connection, peer);
        if tls.read(&mut [0; 4096]).is_ok_and(|length| length > 0)
            && tls.write_all(ok(ACCOUNT).as_bytes()).is_ok()
        {
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    (wire, cert.der().clone())
}
