//! What is not, or not quite, HTTP.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use http::Request;
use plexauth_proto::{ErrorKind, GetUserDetails};
use plexauth_tests::{Peer, Wire};

use super::ask::{ACCOUNT, TOKEN, ask, ask_with, fine, plain};
use super::matrix::{BROKEN, Fault, Fine, Held, Kind, Outcome, TIMEOUT, TOO_LARGE};
use crate::common::{Adapter, Settings};

const GROUP: &str = "http";
/// The limit on a body of 1 MiB and half of that while the buffer grows, what a client costs anyhow (most of it the roots
/// for TLS), and what the HTTP stacks read at once.
const BODY: u64 = 5 << 19;

pub(crate) fn faults() -> Vec<Fault> {
    let mut all = cut_off();
    all.extend(slow_and_endless());
    all.extend(lengths());
    all.extend(not_http());
    all.extend(answers_nobody_expects());
    all
}

fn cut_off() -> Vec<Fault> {
    vec![
        says("cut off in the status line", BROKEN, "HTTP/1.1 20"),
        says("cut off in the headers", BROKEN, format!("HTTP/1.1 200 OK\r\nX-Echo: {TOKEN}")),
        says("cut off after the headers", BROKEN, "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n"),
        says(
            "cut off in the body",
            BROKEN,
            format!("HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{ACCOUNT}"),
        ),
        says("cut off in a chunk", BROKEN, format!("{CHUNKED}17\r\n{ACCOUNT}")),
        says("cut off between chunks", BROKEN, format!("{CHUNKED}16\r\n{ACCOUNT}\r\n")),
        says("cut off in the last chunk", BROKEN, format!("{CHUNKED}16\r\n{ACCOUNT}\r\n0\r\n"))
            // It has the whole body.
            .but(Adapter::Ureq, Fine),
    ]
}

fn slow_and_endless() -> Vec<Fault> {
    let second = Duration::from_secs(1);
    let time = second * 5 / 2;
    let header = format!("X-Echo: {TOKEN}\r\n");
    vec![
        answers("a byte of the headers a second", TIMEOUT, move |peer| {
            peer.trickle(fine(ACCOUNT), second);
        })
        .time(time),
        answers("a byte of the body a second", TIMEOUT, move |peer| {
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", ACCOUNT.len()));
            peer.trickle(ACCOUNT, second);
        })
        .time(time),
        endless("a body without an end", TOO_LARGE, "HTTP/1.1 200 OK\r\n\r\n", &"a".repeat(1 << 14))
            .memory(BODY),
        endless("chunks without an end", TOO_LARGE, CHUNKED, &format!("4000\r\n{}\r\n", "a".repeat(1 << 14)))
            .memory(BODY),
        endless(
            "chunks of 16 bytes without an end",
            TOO_LARGE,
            CHUNKED,
            &"10\r\naaaaaaaaaaaaaaaa\r\n".repeat(999),
        )
        .memory(BODY),
        endless("headers without an end", BROKEN, "HTTP/1.1 200 OK\r\n", &header.repeat(999)),
        endless("a header without an end", BROKEN, "HTTP/1.1 200 OK\r\nX-Echo: ", &TOKEN.repeat(999)),
        endless("a status line without an end", BROKEN, "HTTP/1.1 200 ", &TOKEN.repeat(999)),
        endless("a chunk extension without an end", BROKEN, &format!("{CHUNKED}16;"), &TOKEN.repeat(999)),
        // Nothing of these two is kept, so they are read until the time is over. Only hyper has a limit on trailers.
        answers("interim answers again and again", TIMEOUT, |peer| {
            while peer.send("HTTP/1.1 100 Continue\r\n\r\n") {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
        .time(second),
        answers("trailers without an end", BROKEN, move |peer| {
            peer.send(format!("{CHUNKED}0\r\n"));
            while peer.send(&header) {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
        .but(Adapter::Ureq, TIMEOUT)
        .time(second),
        says("10,000 headers", BROKEN, {
            let headers = format!("X-Echo: {TOKEN}\r\n").repeat(10_000);
            format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 22\r\n\r\n{ACCOUNT}")
        }),
        says("a header line of 1 MiB", BROKEN, {
            let line = "a".repeat(1 << 20);
            format!("HTTP/1.1 200 OK\r\nX-Long: {line}\r\nContent-Length: 22\r\n\r\n{ACCOUNT}")
        }),
    ]
}

fn lengths() -> Vec<Fault> {
    let length = |value: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n{ACCOUNT}");
    let nothing_mixed_up = Held("nothing mixed up");
    vec![
        says("a length that is too great", BROKEN, length("23")),
        says("a length that is too small", Kind(ErrorKind::NotJson), length("21")),
        says("two lengths that differ", BROKEN, length("22\r\nContent-Length: 21")),
        says("two lengths that agree", Fine, length("22\r\nContent-Length: 22")),
        says("a negative length", BROKEN, length("-1")),
        says("a length of 2^64 - 1", BROKEN, length("18446744073709551615")),
        says("a length of 2^63", BROKEN, length("9223372036854775808")),
        says("a length of 10^30", BROKEN, length(&format!("1{}", "0".repeat(30)))),
        says("a length that is no number", BROKEN, length("many")),
        says(
            "a length, and chunks, which win",
            Fine,
            format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n16\r\n{ACCOUNT}\r\n0\r\n\r\n"
            ),
        ),
        says("a chunk without a length", BROKEN, format!("{CHUNKED}\r\n{ACCOUNT}\r\n0\r\n\r\n")),
        says("a chunk whose length is no number", BROKEN, format!("{CHUNKED}zz\r\n{ACCOUNT}\r\n0\r\n\r\n")),
        says(
            "a chunk of 2^64 bytes",
            BROKEN,
            format!("{CHUNKED}10000000000000000\r\n{ACCOUNT}\r\n0\r\n\r\n"),
        ),
        says("a chunk longer than it says", BROKEN, format!("{CHUNKED}15\r\n{ACCOUNT}\r\n0\r\n\r\n")),
        Fault::new(GROUP, "another answer behind the body", nothing_mixed_up, |adapter, time| {
            another_answer_behind(adapter, time, &fine(ACCOUNT))
        }),
        Fault::new(GROUP, "another answer behind a 204", nothing_mixed_up, |adapter, time| {
            another_answer_behind(adapter, time, "HTTP/1.1 204 No Content\r\n\r\n")
        }),
        Fault::new(GROUP, "another answer behind a 304", nothing_mixed_up, |adapter, time| {
            another_answer_behind(adapter, time, "HTTP/1.1 304 Not Modified\r\nContent-Length: 23\r\n\r\n")
        }),
        Fault::new(GROUP, "another answer behind the chunks", nothing_mixed_up, |adapter, time| {
            another_answer_behind(adapter, time, &format!("{CHUNKED}16\r\n{ACCOUNT}\r\n0\r\n\r\n"))
        }),
    ]
}

fn not_http() -> Vec<Fault> {
    let version = |version: &str| fine(ACCOUNT).replace("HTTP/1.1", version);
    vec![
        says("HTTP/1.0", Fine, version("HTTP/1.0")),
        says("HTTP/1.2", BROKEN, version("HTTP/1.2")),
        says("HTTP/2.0", BROKEN, version("HTTP/2.0")),
        says("HTTP/0.9", BROKEN, ACCOUNT),
        says("the preface of HTTP/2", BROKEN, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        says("a status of two digits", BROKEN, fine(ACCOUNT).replace("200", "20")),
        says("a status of four digits", BROKEN, fine(ACCOUNT).replace("200", "2000")),
        says("a header without a colon", BROKEN, format!("HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n{ACCOUNT}")),
        says("a header with a NUL", BROKEN, format!("HTTP/1.1 200 OK\r\nX-Echo: {TOKEN}\0\r\n\r\n{ACCOUNT}")),
        says("garbage", BROKEN, (0..=255).collect::<Vec<u8>>().repeat(8)),
        says("zeros", BROKEN, [0; 4096]),
        says("another protocol", BROKEN, format!("SSH-2.0-{TOKEN}\r\n")),
        says("an alert of TLS", BROKEN, [0x15, 3, 1, 0, 2, 2, 70]),
        says("nothing but line ends", BROKEN, "\r\n".repeat(4096)),
    ]
}

fn answers_nobody_expects() -> Vec<Fault> {
    let interim = |status: &str| format!("HTTP/1.1 {status}\r\n\r\n{}", fine(ACCOUNT));
    let compressed = |coding: &str, body: Vec<u8>| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    };
    vec![
        says("100 Continue first", Fine, interim("100 Continue")),
        says("102 Processing first", Fine, interim("102 Processing")),
        says("103 Early Hints first", Fine, interim("103 Early Hints\r\nLink: </style.css>; rel=preload")),
        says(
            "several interim answers first",
            Fine,
            "HTTP/1.1 100 Continue\r\n\r\n".repeat(9) + &fine(ACCOUNT),
        ),
        says(
            "101 Switching Protocols",
            Kind(ErrorKind::ServerFailure),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        ),
        says(
            "a 204 with a body",
            Kind(ErrorKind::NotJson),
            fine(ACCOUNT).replace("200 OK", "204 No Content"),
        ),
        says(
            "a 304 with a body",
            Kind(ErrorKind::Redirected),
            fine(ACCOUNT).replace("200 OK", "304 Not Modified"),
        ),
        says(
            "gzip that nobody asked for",
            Kind(ErrorKind::NotJson),
            compressed("gzip", gzip(ACCOUNT.as_bytes())),
        ),
        says("gzip that is not said", Kind(ErrorKind::NotJson), fine_bytes(&gzip(ACCOUNT.as_bytes()))),
        says("gzip that is none", Fine, compressed("gzip", ACCOUNT.into())),
        says("a gzip bomb", Kind(ErrorKind::NotJson), compressed("gzip", gzip(&vec![b' '; 64 << 20]))),
    ]
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn fine_bytes(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Reads a request, does something, and closes the connection so that everything sent arrives.
fn answers(name: &'static str, expected: Outcome, act: impl Fn(&mut Peer) + Send + Sync + 'static) -> Fault {
    let act = Arc::new(act);
    Fault::new(GROUP, name, expected, move |adapter, time| {
        let act = Arc::clone(&act);
        let wire = Wire::start(move |mut peer| {
            peer.read_request();
            act(&mut peer);
            peer.close();
        });
        ask(adapter, &plain(wire.address()), time)
    })
}

/// Answers a request with those bytes.
fn says(name: &'static str, expected: Outcome, bytes: impl Into<Vec<u8>>) -> Fault {
    let bytes = bytes.into();
    answers(name, expected, move |peer| {
        peer.send(&bytes);
    })
}

/// Sends without an end. The client hangs up as soon as it has had enough.
fn endless(name: &'static str, expected: Outcome, start: &str, rest: &str) -> Fault {
    let (start, rest) = (start.to_owned(), rest.to_owned());
    Fault::new(GROUP, name, expected, move |adapter, time| {
        let (start, rest) = (start.clone(), rest.clone());
        let (hung_up, taken) = channel();
        let wire = Wire::start(move |mut peer| {
            peer.read_request();
            peer.send(&start);
            let _ = hung_up.send(peer.send_forever(&rest));
        });
        let client = adapter.client(&plain(wire.address()), &Settings::new(time));
        let outcome = ask_with(&client);
        let start = Instant::now();
        let taken = loop {
            client.settle();
            match taken.try_recv() {
                Ok(taken) => break taken,
                Err(_) => assert!(start.elapsed() < Duration::from_secs(5), "the connection is not closed"),
            }
        };
        // The limit on a body, and what both ends of a connection on loopback keep in their buffers.
        assert!(taken < 16 << 20, "{taken} bytes were taken");
        outcome
    })
}

/// A server that sends two answers to one request: the second must not be taken for the answer to the next request.
fn another_answer_behind(adapter: Adapter, time: Duration, first: &str) -> Outcome {
    let first = first.to_owned();
    let wire = Wire::start(move |mut peer| {
        if peer.connection() == 0 {
            peer.read_request();
            peer.send(first.clone() + &fine(r#"{"id":666,"uuid":"evil"}"#));
        }
        while peer.read_request().is_some() {
            peer.send(fine(ACCOUNT));
        }
    });
    let origin = plain(wire.address());
    let client = adapter.client(&origin, &Settings::new(time).with_retries());
    let request = Request::get(format!("{origin}/first")).body(Vec::new()).unwrap();
    client.exchange(request).unwrap();
    for _ in 0..2 {
        assert_eq!(client.send(&GetUserDetails::new(TOKEN)).unwrap().id, 7);
    }
    Held("nothing mixed up")
}
