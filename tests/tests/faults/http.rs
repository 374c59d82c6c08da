//! Invalid, truncated, endless and unusual HTTP.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use http::Request;
use plexauth_proto::{ErrorKind, GetUserDetails};
use plexauth_testing::{Peer, Wire};

use super::ask::{ACCOUNT, TOKEN, ask, ask_with, ok_response, plain};
use super::matrix::{BROKEN, Custom, Fault, Kind, Outcome, Success, TIMEOUT, TOO_LARGE};
use crate::common::{Adapter, Settings};

const GROUP: &str = "http";
/// The memory limit for endless bodies: the limit on a body (1 MiB), half of that while the buffer grows, the client
/// itself (mostly root certificates), and the read buffers of the HTTP stacks.
const BODY_MEMORY: u64 = 5 << 19;

pub(crate) fn faults() -> Vec<Fault> {
    let mut all = truncated();
    all.extend(slow_and_endless());
    all.extend(lengths());
    all.extend(not_http());
    all.extend(unexpected_responses());
    all
}

fn truncated() -> Vec<Fault> {
    vec![
        responds("truncated status line", BROKEN, "HTTP/1.1 20"),
        responds("truncated headers", BROKEN, format!("HTTP/1.1 200 OK\r\nX-Echo: {TOKEN}")),
        responds("missing body", BROKEN, "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n"),
        responds("truncated body", BROKEN, format!("HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{ACCOUNT}")),
        responds("truncated chunk", BROKEN, format!("{CHUNKED}17\r\n{ACCOUNT}")),
        responds("missing last chunk", BROKEN, format!("{CHUNKED}16\r\n{ACCOUNT}\r\n")),
        responds("truncated last chunk", BROKEN, format!("{CHUNKED}16\r\n{ACCOUNT}\r\n0\r\n"))
            // ureq has the whole body by then.
            .but(Adapter::Ureq, Success),
    ]
}

fn slow_and_endless() -> Vec<Fault> {
    let second = Duration::from_secs(1);
    let time = second * 5 / 2;
    let header = format!("X-Echo: {TOKEN}\r\n");
    vec![
        acts("headers at one byte per second", TIMEOUT, move |peer| {
            peer.trickle(ok_response(ACCOUNT), second);
        })
        .time(time),
        acts("body at one byte per second", TIMEOUT, move |peer| {
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", ACCOUNT.len()));
            peer.trickle(ACCOUNT, second);
        })
        .time(time),
        endless("endless body", TOO_LARGE, "HTTP/1.1 200 OK\r\n\r\n", &"a".repeat(1 << 14))
            .memory(BODY_MEMORY),
        endless("endless chunks", TOO_LARGE, CHUNKED, &format!("4000\r\n{}\r\n", "a".repeat(1 << 14)))
            .memory(BODY_MEMORY),
        endless("endless chunks of 16 bytes", TOO_LARGE, CHUNKED, &"10\r\naaaaaaaaaaaaaaaa\r\n".repeat(999))
            .memory(BODY_MEMORY),
        endless("endless headers", BROKEN, "HTTP/1.1 200 OK\r\n", &header.repeat(999)),
        endless("endless header value", BROKEN, "HTTP/1.1 200 OK\r\nX-Echo: ", &TOKEN.repeat(999)),
        endless("endless status line", BROKEN, "HTTP/1.1 200 ", &TOKEN.repeat(999)),
        endless("endless chunk extension", BROKEN, &format!("{CHUNKED}16;"), &TOKEN.repeat(999)),
        // Interim responses and trailers are not stored, so they are read until the time limit. Only hyper limits
        // trailers.
        acts("endless interim responses", TIMEOUT, |peer| {
            while peer.send("HTTP/1.1 100 Continue\r\n\r\n") {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
        .time(second),
        acts("endless trailers", BROKEN, move |peer| {
            peer.send(format!("{CHUNKED}0\r\n"));
            while peer.send(&header) {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
        .but(Adapter::Ureq, TIMEOUT)
        .time(second),
        responds("10,000 headers", BROKEN, {
            let headers = format!("X-Echo: {TOKEN}\r\n").repeat(10_000);
            format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 22\r\n\r\n{ACCOUNT}")
        }),
        responds("header line of 1 MiB", BROKEN, {
            let line = "a".repeat(1 << 20);
            format!("HTTP/1.1 200 OK\r\nX-Long: {line}\r\nContent-Length: 22\r\n\r\n{ACCOUNT}")
        }),
    ]
}

fn lengths() -> Vec<Fault> {
    let length = |value: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n{ACCOUNT}");
    let kept_apart = Custom("responses kept apart");
    vec![
        responds("Content-Length too large", BROKEN, length("23")),
        responds("Content-Length too small", Kind(ErrorKind::NotJson), length("21")),
        responds("conflicting Content-Length headers", BROKEN, length("22\r\nContent-Length: 21")),
        responds("identical Content-Length headers", Success, length("22\r\nContent-Length: 22")),
        responds("negative Content-Length", BROKEN, length("-1")),
        responds("Content-Length of 2^64 - 1", BROKEN, length("18446744073709551615")),
        responds("Content-Length of 2^63", BROKEN, length("9223372036854775808")),
        responds("Content-Length of 10^30", BROKEN, length(&format!("1{}", "0".repeat(30)))),
        responds("non-numeric Content-Length", BROKEN, length("many")),
        // The chunked encoding takes precedence: RFC 9112, section 6.3.
        responds(
            "Content-Length with chunked encoding",
            Success,
            format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n16\r\n{ACCOUNT}\r\n0\r\n\r\n"
            ),
        ),
        responds("chunk without a length", BROKEN, format!("{CHUNKED}\r\n{ACCOUNT}\r\n0\r\n\r\n")),
        responds("chunk with a non-numeric length", BROKEN, format!("{CHUNKED}zz\r\n{ACCOUNT}\r\n0\r\n\r\n")),
        responds(
            "chunk of 2^64 bytes",
            BROKEN,
            format!("{CHUNKED}10000000000000000\r\n{ACCOUNT}\r\n0\r\n\r\n"),
        ),
        responds("chunk longer than its length", BROKEN, format!("{CHUNKED}15\r\n{ACCOUNT}\r\n0\r\n\r\n")),
        Fault::new(GROUP, "second response after a body", kept_apart, |adapter, time| {
            second_response(adapter, time, &ok_response(ACCOUNT))
        }),
        Fault::new(GROUP, "second response after a 204", kept_apart, |adapter, time| {
            second_response(adapter, time, "HTTP/1.1 204 No Content\r\n\r\n")
        }),
        Fault::new(GROUP, "second response after a 304", kept_apart, |adapter, time| {
            second_response(adapter, time, "HTTP/1.1 304 Not Modified\r\nContent-Length: 23\r\n\r\n")
        }),
        Fault::new(GROUP, "second response after chunks", kept_apart, |adapter, time| {
            second_response(adapter, time, &format!("{CHUNKED}16\r\n{ACCOUNT}\r\n0\r\n\r\n"))
        }),
    ]
}

fn not_http() -> Vec<Fault> {
    let version = |version: &str| ok_response(ACCOUNT).replace("HTTP/1.1", version);
    vec![
        responds("HTTP/1.0", Success, version("HTTP/1.0")),
        responds("HTTP/1.2", BROKEN, version("HTTP/1.2")),
        responds("HTTP/2.0", BROKEN, version("HTTP/2.0")),
        responds("HTTP/0.9", BROKEN, ACCOUNT),
        responds("HTTP/2 preface", BROKEN, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        responds("two-digit status", BROKEN, ok_response(ACCOUNT).replace("200", "20")),
        responds("four-digit status", BROKEN, ok_response(ACCOUNT).replace("200", "2000")),
        responds("header without a colon", BROKEN, format!("HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n{ACCOUNT}")),
        responds(
            "header with a NUL",
            BROKEN,
            format!("HTTP/1.1 200 OK\r\nX-Echo: {TOKEN}\0\r\n\r\n{ACCOUNT}"),
        ),
        responds("binary garbage", BROKEN, (0..=255).collect::<Vec<u8>>().repeat(8)),
        responds("NUL bytes", BROKEN, [0; 4096]),
        responds("SSH banner", BROKEN, format!("SSH-2.0-{TOKEN}\r\n")),
        responds("TLS alert", BROKEN, [0x15, 3, 1, 0, 2, 2, 70]),
        responds("line breaks only", BROKEN, "\r\n".repeat(4096)),
    ]
}

fn unexpected_responses() -> Vec<Fault> {
    let interim = |status: &str| format!("HTTP/1.1 {status}\r\n\r\n{}", ok_response(ACCOUNT));
    let compressed = |coding: &str, body: Vec<u8>| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        [head.into_bytes(), body].concat()
    };
    vec![
        responds("100 Continue before the response", Success, interim("100 Continue")),
        responds("102 Processing before the response", Success, interim("102 Processing")),
        responds(
            "103 Early Hints before the response",
            Success,
            interim("103 Early Hints\r\nLink: </style.css>; rel=preload"),
        ),
        responds(
            "several interim responses",
            Success,
            "HTTP/1.1 100 Continue\r\n\r\n".repeat(9) + &ok_response(ACCOUNT),
        ),
        responds(
            "101 Switching Protocols",
            Kind(ErrorKind::ServerFailure),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        ),
        responds(
            "204 with a body",
            Kind(ErrorKind::NotJson),
            ok_response(ACCOUNT).replace("200 OK", "204 No Content"),
        ),
        responds(
            "304 with a body",
            Kind(ErrorKind::Redirected),
            ok_response(ACCOUNT).replace("200 OK", "304 Not Modified"),
        ),
        responds(
            "unrequested gzip encoding",
            Kind(ErrorKind::NotJson),
            compressed("gzip", gzip(ACCOUNT.as_bytes())),
        )
        .unified(Adapter::Ureq, Success),
        responds(
            "gzip without a Content-Encoding",
            Kind(ErrorKind::NotJson),
            ok_bytes(&gzip(ACCOUNT.as_bytes())),
        ),
        responds("gzip encoding of a plain body", Success, compressed("gzip", ACCOUNT.into()))
            .unified(Adapter::Ureq, BROKEN),
        responds("gzip bomb", Kind(ErrorKind::NotJson), compressed("gzip", gzip(&vec![b' '; 64 << 20])))
            .unified(Adapter::Ureq, TOO_LARGE)
            .memory(5 << 19),
    ]
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn ok_bytes(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A server that reads a request, calls `act`, and closes the connection gracefully.
fn acts(name: &'static str, expected: Outcome, act: impl Fn(&mut Peer) + Send + Sync + 'static) -> Fault {
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

/// A server that responds with these bytes.
fn responds(name: &'static str, expected: Outcome, bytes: impl Into<Vec<u8>>) -> Fault {
    let bytes = bytes.into();
    acts(name, expected, move |peer| {
        peer.send(&bytes);
    })
}

/// A server that sends `start`, then repeats `rest` until the client closes the connection, as it must.
fn endless(name: &'static str, expected: Outcome, start: &str, rest: &str) -> Fault {
    let (start, rest) = (start.to_owned(), rest.to_owned());
    Fault::new(GROUP, name, expected, move |adapter, time| {
        let (start, rest) = (start.clone(), rest.clone());
        let (hung_up, received) = channel();
        let wire = Wire::start(move |mut peer| {
            peer.read_request();
            peer.send(&start);
            let _ = hung_up.send(peer.send_forever(&rest));
        });
        let client = adapter.client(&plain(wire.address()), &Settings::new(time));
        let outcome = ask_with(&client);
        let start = Instant::now();
        let sent = loop {
            client.settle();
            match received.try_recv() {
                Ok(sent) => break sent,
                Err(_) => assert!(
                    start.elapsed() < Duration::from_secs(5),
                    "the client did not close the connection"
                ),
            }
        };
        // The limit on a body, plus the socket buffers at both ends, which the kernel lets grow to 36 MiB.
        assert!(sent < 64 << 20, "{sent} bytes were sent");
        outcome
    })
}

/// A server that sends two responses to one request. The second must not be taken for the response to the next request.
fn second_response(adapter: Adapter, time: Duration, first: &str) -> Outcome {
    let first = first.to_owned();
    let wire = Wire::start(move |mut peer| {
        if peer.connection() == 0 {
            peer.read_request();
            peer.send(first.clone() + &ok_response(r#"{"id":666,"uuid":"evil"}"#));
        }
        while peer.read_request().is_some() {
            peer.send(ok_response(ACCOUNT));
        }
    });
    let origin = plain(wire.address());
    let client = adapter.client(&origin, &Settings::new(time).with_retries());
    let request = Request::get(format!("{origin}/first")).body(Vec::new()).unwrap();
    client.exchange(request).unwrap();
    for _ in 0..2 {
        assert_eq!(client.send(&GetUserDetails::new(TOKEN)).unwrap().id, 7);
    }
    Custom("responses kept apart")
}
