//! No connection, or one that goes away.

use std::io::Read;
use std::sync::mpsc::channel;
use std::time::Duration;

use plexauth_proto::{SignIn, TransportErrorKind};
use plexauth_tests::{Closed, Peer, Wire};

use super::ask::{ACCOUNT, PASSWORD, TOKEN, ask, ask_with, fine, plain};
use super::matrix::{BROKEN, Fault, Fine, Held, Outcome, TIMEOUT};
use crate::common::{Adapter, Settings};

const GROUP: &str = "connection";
const NO_CONNECTION: Outcome = Outcome::Transport(TransportErrorKind::Connect);

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        Fault::new(GROUP, "refused", NO_CONNECTION, |adapter, time| {
            let closed = Closed::bind();
            ask(adapter, &plain(closed.address()), time)
        }),
        Fault::new(GROUP, "the name does not resolve", NO_CONNECTION, |adapter, time| {
            // A label of a name has at most 63 characters, so nobody needs to be asked.
            ask(adapter, &format!("http://{}.localhost", "a".repeat(64)), time)
        }),
        served("closed at once", BROKEN, drop),
        served("closed instead of an answer", BROKEN, |mut peer| {
            peer.read_request();
            peer.close();
        }),
        served("reset in the middle of the request", BROKEN, |mut peer| {
            let _ = peer.read(&mut [0]);
            peer.reset();
        }),
        served("reset instead of an answer", BROKEN, |mut peer| {
            peer.read_request();
            peer.reset();
        }),
        served("silence", TIMEOUT, |mut peer| peer.read_to_end()).time(Duration::from_millis(500)),
        Fault::new(GROUP, "pooled, closed while idle", Held("sent once, fine"), closed_while_idle),
        Fault::new(GROUP, "pooled, lost in use, may be repeated", Held("repeated, fine"), lost_and_repeated),
        Fault::new(GROUP, "pooled, lost in use, a sign-in", Held("not repeated, Broken"), lost_sign_in),
        Fault::new(GROUP, "lost, a sign-in, with retries", Held("not repeated, Broken"), lost_first_sign_in),
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

fn answer(peer: &mut Peer) -> bool {
    let Some(request) = peer.read_request() else { return false };
    peer.send(if request.starts_with(b"POST") { signed_in() } else { fine(ACCOUNT) })
}

fn sign_in() -> SignIn {
    SignIn::new("me", PASSWORD)
}

/// The server has closed the connection before the next request: that is sent over a new one, and once.
fn closed_while_idle(adapter: Adapter, time: Duration) -> Outcome {
    let (closed, is_closed) = channel();
    let wire = Wire::start(move |mut peer| {
        if peer.connection() == 0 {
            answer(&mut peer);
            drop(peer);
            closed.send(()).unwrap();
        } else {
            while answer(&mut peer) {}
        }
    });
    let client = adapter.client(&plain(wire.address()), &Settings::new(time));
    assert_eq!(ask_with(&client), Fine);
    is_closed.recv().unwrap();
    client.settle();
    assert_eq!(Outcome::of(client.send(&sign_in())), Fine);
    assert_eq!((wire.count("POST "), wire.count(PASSWORD)), (1, 1));
    Held("sent once, fine")
}

/// A server that answers the first request of each connection, and breaks off the first connection on its second.
fn loses_the_second() -> Wire {
    Wire::start(|mut peer| {
        if !answer(&mut peer) {
            return;
        }
        if peer.connection() == 0 {
            peer.read_request();
            peer.reset();
        } else {
            while answer(&mut peer) {}
        }
    })
}

fn lost_and_repeated(adapter: Adapter, time: Duration) -> Outcome {
    let wire = loses_the_second();
    let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
    assert_eq!((ask_with(&client), ask_with(&client)), (Fine, Fine));
    assert_eq!(wire.received().iter().map(|bytes| requests(bytes)).collect::<Vec<_>>(), [2, 1]);
    Held("repeated, fine")
}

fn lost_sign_in(adapter: Adapter, time: Duration) -> Outcome {
    let wire = loses_the_second();
    let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
    assert_eq!(ask_with(&client), Fine);
    assert_eq!(Outcome::of(client.send(&sign_in())), BROKEN);
    assert_eq!((wire.count("POST "), wire.count(PASSWORD)), (1, 1));
    Held("not repeated, Broken")
}

fn lost_first_sign_in(adapter: Adapter, time: Duration) -> Outcome {
    let wire = Wire::start(|mut peer| {
        peer.read_request();
        peer.reset();
    });
    let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
    assert_eq!(Outcome::of(client.send(&sign_in())), BROKEN);
    assert_eq!((wire.count("POST "), wire.count(PASSWORD)), (1, 1));
    Held("not repeated, Broken")
}

fn requests(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches(" HTTP/1.1\r\n").count()
}
