//! Connections that are refused, closed, reset or silent.

use std::io::Read;
use std::sync::mpsc::channel;
use std::time::Duration;

use plexauth_proto::{SignIn, TransportErrorKind};
use plexauth_testing::{Closed, Peer, Wire};

use super::ask::{ACCOUNT, PASSWORD, TOKEN, ask, ask_with, ok_response, plain};
use super::matrix::{BROKEN, Custom, Fault, Outcome, Success, TIMEOUT};
use crate::common::{Adapter, Settings};

const GROUP: &str = "connection";
const NO_CONNECTION: Outcome = Outcome::Transport(TransportErrorKind::Connect);

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        Fault::new(GROUP, "refused connection", NO_CONNECTION, |adapter, time| {
            let closed = Closed::bind();
            ask(adapter, &plain(closed.address()), time)
        }),
        Fault::new(GROUP, "unresolvable host name", NO_CONNECTION, |adapter, time| {
            // A name that no resolver may know (RFC 6761, section 6.4).
            ask(adapter, "https://nowhere.invalid", time)
        }),
        served("connection closed at once", BROKEN, drop),
        served("connection closed before the response", BROKEN, |mut peer| {
            peer.read_request();
            peer.close();
        }),
        served("connection reset during the request", BROKEN, |mut peer| {
            let _ = peer.read(&mut [0]);
            peer.reset();
        }),
        served("connection reset before the response", BROKEN, |mut peer| {
            peer.read_request();
            peer.reset();
        }),
        served("silent server", TIMEOUT, |mut peer| peer.read_to_end()).time(Duration::from_millis(500)),
        Fault::new(
            GROUP,
            "pooled connection closed while idle",
            Custom("sent once, success"),
            closed_while_idle,
        ),
        Fault::new(GROUP, "GET on a reset pooled connection", Custom("retried, success"), reset_get)
            .of_pooled_connections(),
        Fault::new(
            GROUP,
            "sign-in on a reset pooled connection",
            Custom("not retried, Broken"),
            reset_sign_in,
        )
        .of_pooled_connections(),
        Fault::new(
            GROUP,
            "sign-in on a reset new connection",
            Custom("not retried, Broken"),
            reset_first_sign_in,
        ),
    ]
}

fn served(name: &'static str, expected: Outcome, serve: fn(Peer)) -> Fault {
    Fault::new(GROUP, name, expected, move |adapter, time| {
        let wire = Wire::start(serve);
        ask(adapter, &plain(wire.address()), time)
    })
}

fn signed_in() -> String {
    let body = format!(r#"{{"id":7,"uuid":"9f0b","authToken":"{TOKEN}"}}"#);
    format!("HTTP/1.1 201 Created\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn respond(peer: &mut Peer) -> bool {
    let Some(request) = peer.read_request() else { return false };
    peer.send(if request.starts_with(b"POST") { signed_in() } else { ok_response(ACCOUNT) })
}

fn sign_in() -> SignIn {
    SignIn::new("me", PASSWORD)
}

/// The server closes the idle connection. The next request must be sent once, over a new connection.
fn closed_while_idle(adapter: Adapter, time: Duration) -> Outcome {
    let (closed, is_closed) = channel();
    let wire = Wire::start(move |mut peer| {
        if peer.connection() == 0 {
            respond(&mut peer);
            drop(peer);
            closed.send(()).unwrap();
        } else {
            while respond(&mut peer) {}
        }
    });
    let client = adapter.client(&plain(wire.address()), &Settings::new(time));
    assert_eq!(ask_with(&client), Success);
    is_closed.recv().unwrap();
    client.settle();
    assert_eq!(Outcome::of(client.send(&sign_in())), Success);
    assert_eq!((wire.count("POST "), wire.count(PASSWORD)), (1, 1));
    Custom("sent once, success")
}

/// A server that resets the first connection on its second request.
fn resets_second_request() -> Wire {
    Wire::start(|mut peer| {
        if !respond(&mut peer) {
            return;
        }
        if peer.connection() == 0 {
            peer.read_request();
            peer.reset();
        } else {
            while respond(&mut peer) {}
        }
    })
}

fn reset_get(adapter: Adapter, time: Duration) -> Outcome {
    let wire = resets_second_request();
    let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
    assert_eq!((ask_with(&client), ask_with(&client)), (Success, Success));
    assert_eq!(wire.received().iter().map(|bytes| requests(bytes)).collect::<Vec<_>>(), [2, 1]);
    Custom("retried, success")
}

fn reset_sign_in(adapter: Adapter, time: Duration) -> Outcome {
    let wire = resets_second_request();
    let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
    assert_eq!(ask_with(&client), Success);
    assert_eq!(Outcome::of(client.send(&sign_in())), BROKEN);
    assert_eq!((wire.count("POST "), wire.count(PASSWORD)), (1, 1));
    Custom("not retried, Broken")
}

fn reset_first_sign_in(adapter: Adapter, time: Duration) -> Outcome {
    let wire = Wire::start(|mut peer| {
        peer.read_request();
        peer.reset();
    });
    let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
    assert_eq!(Outcome::of(client.send(&sign_in())), BROKEN);
    assert_eq!((wire.count("POST "), wire.count(PASSWORD)), (1, 1));
    Custom("not retried, Broken")
}

fn requests(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches(" HTTP/1.1\r\n").count()
}
