//! A race for a server's address leaves nothing behind, `reachable` reports every connection, and plain http replaces https only
//! where nothing listens. It needs its own process, whose sockets and threads it counts, and one test at a time.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::process::sockets;
use common::{Adapter, Settings};
use plexauth_proto::model::Resource;
use plexauth_proto::{ConnectionOutcome, ConnectionTier, FindServer, LeftOut, TransportErrorKind};
use plexauth_testing::{Closed, Peer, Wire};
use serde_json::json;
use socket2::{Domain, Socket, Type};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn connection(address: std::net::SocketAddr, local: bool) -> serde_json::Value {
    json!({ "uri": format!("http://{address}"), "local": local })
}

fn probe_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "plexauth-probe").count()
}

fn resource(connections: &[serde_json::Value]) -> Resource {
    let resource = json!({ "clientIdentifier": "9f0b", "owned": true, "connections": connections });
    serde_json::from_value(resource).unwrap()
}

/// An address at which nobody answers, not even the operating system: the queue of its connections is full.
struct Unanswered {
    address: SocketAddr,
    listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Unanswered {
    fn bind() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
        let waiting = std::iter::from_fn(connect).take(10).collect::<Vec<_>>();
        assert!(waiting.len() < 10, "the queue is not full");
        Self { address, listener: socket.into(), _waiting: waiting }
    }

    /// Accepts connections, and answers the first request.
    fn answer(self) {
        for mut stream in self.listener.incoming().flatten() {
            // The connections that wait in the queue send nothing.
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            if matches!(stream.read(&mut [0; 1024]), Ok(1..)) {
                stream.write_all(answer().as_bytes()).unwrap();
                return;
            }
        }
    }
}

/// The identity of the server that is looked for.
fn answer() -> String {
    let body = r#"{"MediaContainer":{"machineIdentifier":"9f0b"}}"#;
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The system tries again to connect. ureq, whose attempts cannot be interrupted, ends each and begins another.
#[test]
fn server_that_is_slow_to_accept_is_found() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let is_found = |adapter: Adapter| {
        let slow = Unanswered::bind();
        let address = slow.address;
        let resource = resource(&[connection(address, true)]);
        let client = adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_secs(20)));
        let search = FindServer::new(&resource, client.info()).timeout(Duration::from_secs(20));
        let answering = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(1300));
            slow.answer();
        });
        let found = client.find_server(search).unwrap();
        answering.join().unwrap();
        assert_eq!(found.base_url.port(), Some(address.port()), "{adapter}");
    };
    std::thread::scope(|scope| {
        for adapter in Adapter::ALL {
            scope.spawn(move || is_found(adapter));
        }
    });
}

/// Otherwise somebody who can hold up or break the TLS handshake would get the token over plain http.
#[test]
fn plain_http_replaces_https_only_where_nothing_listens() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    /// Answers plain http, and treats TLS in some way.
    fn server(on_tls: fn(Peer)) -> Wire {
        Wire::start(move |mut peer| {
            let mut first = [0];
            match peer.read_exact(&mut first) {
                Ok(()) if first == *b"G" => {
                    peer.read_request();
                    peer.send(answer());
                }
                _ => on_tls(peer),
            }
        })
    }
    type Treatment = fn(Peer);
    let treatments: [(_, Treatment); 4] = [
        ("close", |peer| peer.close()),
        ("reset", |peer| peer.reset()),
        ("silence", |mut peer| peer.read_to_end()),
        ("plain text", |mut peer| {
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            peer.close();
        }),
    ];
    for adapter in Adapter::ALL {
        let client = adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_millis(900)));
        let find = |connection| {
            let resource = resource(&[connection]);
            let search = FindServer::new(&resource, client.info()).timeout(Duration::from_millis(700));
            client.find_server(search)
        };
        for (name, treatment) in treatments {
            let wire = server(treatment);
            let port = wire.address().port();
            let uri = format!("https://127.0.0.1:{port}");
            let found = find(json!({ "uri": uri, "address": "127.0.0.1", "port": port, "local": true }));
            found.expect_err(name);
            assert_eq!(wire.count("GET /identity"), 0, "{adapter}: {name}");
        }
        // The name leads to an address at which nothing listens, as where the DNS refuses the names of plex.direct.
        let (wire, closed) = (server(|peer| peer.close()), Closed::bind());
        let (uri, port) = (format!("https://{}", closed.address()), wire.address().port());
        let found = find(json!({ "uri": uri, "address": "127.0.0.1", "port": port, "local": true })).unwrap();
        assert_eq!(found.base_url.to_string(), format!("http://127.0.0.1:{port}"), "{adapter}");
    }
}

#[test]
fn race_leaves_nothing_behind() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let live = Wire::start(|mut peer| {
        while peer.read_request().is_some() {
            peer.send(answer());
        }
    });
    let silent = [(); 10].map(|()| Wire::start(|mut peer| peer.read_to_end()));
    let (other, closed) = (
        Wire::start(|mut peer| {
            peer.send("garbage");
        }),
        Closed::bind(),
    );
    let unanswered = Unanswered::bind();
    let mut connections: Vec<_> = silent.iter().map(|wire| connection(wire.address(), true)).collect();
    connections.extend([connection(unanswered.address, true), connection(live.address(), true)]);
    connections.push(connection(other.address(), false));
    connections.push(connection(closed.address(), false));
    connections.push(json!({ "uri": "http://203.0.113.7:1" }));
    let resource = resource(&connections);
    for adapter in Adapter::ALL {
        let client = || adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_secs(20)));
        // The first runtime of a process opens sockets that stay.
        drop(client());
        let before = sockets();
        let client = client();
        let found = client.find_server(FindServer::new(&resource, client.info())).unwrap();
        assert_eq!(found.base_url.port(), Some(live.address().port()));
        assert_eq!((found.tier, found.token), (ConnectionTier::Local, None));

        let search = FindServer::new(&resource, client.info()).timeout(Duration::from_millis(200));
        let outcomes = client.reachable(search).unwrap();
        let outcome_of = |address: String| {
            let tried = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
            tried.filter(|tried| tried.address.contains(&address)).map(|tried| &tried.outcome).next()
        };
        let lost = |kind| Some(ConnectionOutcome::NoResponse(kind));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(outcome_of(silent[0].address().to_string()).cloned(), lost(TransportErrorKind::Timeout));
        assert_eq!(outcome_of(unanswered.address.to_string()).cloned(), lost(TransportErrorKind::Timeout));
        assert_eq!(outcome_of(other.address().to_string()).cloned(), lost(TransportErrorKind::Broken));
        assert_eq!(outcome_of(closed.address().to_string()).cloned(), lost(TransportErrorKind::Connect));
        let left_out = Some(ConnectionOutcome::LeftOut(LeftOut::Insecure));
        assert_eq!(outcome_of("203.0.113.7".into()).cloned(), left_out);

        drop(client);
        // A second after the race is the promise. An attempt to connect would take five if it were not cut short.
        let deadline = Instant::now() + Duration::from_secs(4);
        while (sockets(), probe_threads()) != (before, 0) {
            assert!(
                Instant::now() < deadline,
                "{adapter}: {} sockets, {} threads",
                sockets(),
                probe_threads()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
