//! Sign-ins per second on loopback: plexauth over its three HTTP stacks, plex-api, and the layers below plexauth-hyper, down to a socket
//! that sends fixed bytes and waits for the response. Nothing fails here, because times are not reproducible.
//!
//! `taskset -c 0 cargo run --release --manifest-path plexauth-proto/benches/peer/Cargo.toml --bin sign_ins`
//!
//! On one core, because waking the server on another takes several times as long as all the work of a client.

#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "measures clients over sockets")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use plex_api::{HttpClientBuilder, MyPlexBuilder};
use plexauth_proto::{ClientInfo, Operation, SignIn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

/// The rounds of each client. They take turns, so that other load affects all of them.
const ROUNDS: usize = 21;
const SIGN_INS: usize = 1_000;
const BODY: &str = include_str!("../bodies/account_6k.json");

/// A client that signs in so many times.
type Work<'a> = Box<dyn FnMut(usize) + 'a>;

fn main() {
    let origin = start_server();
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")
        .api_at(format!("{origin}/api/v2").parse().expect("valid base URL"))
        .build()
        .expect("valid client info");
    let sign_in = SignIn::new("me@example.com", "correct horse");
    let request = sign_in.request(&info).expect("valid request");
    let runtime = Builder::new_current_thread().enable_all().build().expect("tokio runtime");
    let reqwest = plexauth_reqwest::Client::new(info.clone()).expect("client");
    let hyper = plexauth_hyper::Client::new(info.clone()).expect("client");
    let ureq = plexauth_ureq::Client::new(info.clone()).expect("client");
    let plex_api = HttpClientBuilder::new(origin.as_str()).build().expect("client");
    let mut clients: Vec<(&str, Work<'_>)> = vec![
        ("a socket, fixed bytes", raw_socket(&origin, &request, |_| ())),
        ("hyper, one connection, fixed request", one_connection(&runtime, &origin, &request)),
        ("hyper-util, a pool, fixed request", pool(&runtime, &request)),
        (
            "a socket, and plexauth-proto",
            raw_socket(&origin, &request, |body| use_core(&info, &sign_in, body)),
        ),
        ("hyper-util, and plexauth-proto", pool_and_operation(&runtime, &info, &sign_in)),
        (
            "plexauth-hyper",
            repeated(&runtime, async || drop(hyper.send(&sign_in).await.expect("an account"))),
        ),
        (
            "plexauth-reqwest",
            repeated(&runtime, async || drop(reqwest.send(&sign_in).await.expect("an account"))),
        ),
        (
            "plexauth-ureq",
            Box::new(|count| (0..count).for_each(|_| drop(ureq.send(&sign_in).expect("an account")))),
        ),
        (
            "plex-api",
            repeated(&runtime, async || {
                let builder = MyPlexBuilder::default().set_client(plex_api.clone());
                drop(
                    builder
                        .set_username_and_password("me@example.com", "correct horse")
                        .build()
                        .await
                        .expect("an account"),
                );
            }),
        ),
    ];
    let mut rates = vec![Vec::new(); clients.len()];
    for round in 0..=ROUNDS {
        for (place, (_, work)) in clients.iter_mut().enumerate() {
            let start = Instant::now();
            work(SIGN_INS);
            // The first round opens the connections.
            if round > 0 {
                rates[place].push(SIGN_INS as f64 / start.elapsed().as_secs_f64());
            }
        }
    }
    println!(
        "| client | sign-ins/s | µs | of a socket and plexauth-proto | of plex-api |\n|---|---|---|---|---|"
    );
    let rates_of = |wanted: &str| {
        &rates[clients.iter().position(|(name, _)| *name == wanted).expect("the name of a client")]
    };
    let (socket, peer) = (rates_of("a socket, and plexauth-proto"), rates_of("plex-api"));
    let ratio =
        |ours: &[f64], theirs: &[f64]| median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs));
    for ((name, _), ours) in clients.iter().zip(&rates) {
        let (socket, peer) = (ratio(ours, socket), ratio(ours, peer));
        let rate = median(ours.iter().copied());
        println!("| {name} | {rate:.0} | {:.1} | {socket:.2} | {peer:.2} |", 1e6 / rate);
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn repeated<'a>(runtime: &'a Runtime, sign_in: impl AsyncFn() + 'a) -> Work<'a> {
    Box::new(move |count| {
        runtime.block_on(async {
            for _ in 0..count {
                sign_in().await;
            }
        });
    })
}

/// Sends the request in fixed bytes, and passes the body of the response on.
fn raw_socket<'a>(origin: &str, request: &Request<Vec<u8>>, read: impl Fn(&[u8]) + 'a) -> Work<'a> {
    let address = origin.trim_start_matches("http://");
    let mut head = format!("POST /api/v2/users/signin HTTP/1.1\r\nhost: {address}\r\n");
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().expect("ASCII"));
    }
    head += &format!("content-length: {}\r\n\r\n", request.body().len());
    let bytes = [head.as_bytes(), request.body()].concat();
    let mut socket = TcpStream::connect(address).expect("connection");
    socket.set_nodelay(true).expect("socket with TCP_NODELAY");
    let mut buffer = vec![0; response().len()];
    let head = buffer.len() - BODY.len();
    Box::new(move |count| {
        for _ in 0..count {
            socket.write_all(&bytes).expect("the request is sent");
            socket.read_exact(&mut buffer).expect("the response arrives");
            read(&buffer[head..]);
        }
    })
}

fn use_core(info: &ClientInfo, sign_in: &SignIn, body: &[u8]) {
    drop(sign_in.request(info).expect("valid request"));
    drop(sign_in.parse(&http::Response::new(body)).expect("an account"));
}

fn with_body(request: &Request<Vec<u8>>) -> Request<Full<Bytes>> {
    request.clone().map(|body| Full::new(Bytes::from(body)))
}

fn one_connection<'a>(runtime: &'a Runtime, origin: &str, request: &Request<Vec<u8>>) -> Work<'a> {
    let address = origin.trim_start_matches("http://").to_owned();
    let mut request = request.clone();
    request.headers_mut().insert("host", address.parse().expect("header value"));
    *request.uri_mut() = "/api/v2/users/signin".parse().expect("path");
    let mut sender = runtime.block_on(async {
        let socket = tokio::net::TcpStream::connect(&address).await.expect("connection");
        socket.set_nodelay(true).expect("socket with TCP_NODELAY");
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.expect("handshake");
        tokio::spawn(connection);
        sender
    });
    Box::new(move |count| {
        runtime.block_on(async {
            for _ in 0..count {
                sender.ready().await.expect("open connection");
                let response = sender.send_request(with_body(&request)).await.expect("response");
                response.into_body().collect().await.expect("body").to_bytes();
            }
        });
    })
}

fn pooled() -> Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>> {
    let mut tcp = hyper_util::client::legacy::connect::HttpConnector::new();
    tcp.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(tcp)
}

fn pool<'a>(runtime: &'a Runtime, request: &Request<Vec<u8>>) -> Work<'a> {
    let (client, request) = (pooled(), request.clone());
    repeated(runtime, async move || {
        let response = client.request(with_body(&request)).await.expect("response");
        response.into_body().collect().await.expect("body").to_bytes();
    })
}

fn pool_and_operation<'a>(runtime: &'a Runtime, info: &'a ClientInfo, sign_in: &'a SignIn) -> Work<'a> {
    let client = pooled();
    repeated(runtime, async move || {
        let request = sign_in.request(info).expect("valid request").map(|body| Full::new(Bytes::from(body)));
        let (parts, body) = client.request(request).await.expect("response").into_parts();
        let body = body.collect().await.expect("body").to_bytes();
        drop(sign_in.parse(&http::Response::from_parts(parts, body)).expect("an account"));
    })
}

fn response() -> String {
    let length = BODY.len();
    format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{BODY}"
    )
}

/// A thread that answers every sign-in until the program ends.
fn start_server() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("free port");
    listener.set_nonblocking(true).expect("non-blocking socket");
    let address = listener.local_addr().expect("local address");
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("tokio runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("tokio listener");
            loop {
                let (connection, _) = listener.accept().await.expect("connection");
                tokio::spawn(serve(connection));
            }
        });
    });
    format!("http://{address}")
}

async fn serve(mut connection: tokio::net::TcpStream) {
    connection.set_nodelay(true).expect("socket with TCP_NODELAY");
    let (response, mut request) = (response(), Vec::with_capacity(4096));
    while connection.read_buf(&mut request).await.is_ok_and(|length| length > 0) {
        if is_complete(&request) {
            request.clear();
            if connection.write_all(response.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Whether the body is as long as the head says.
fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.is_some_and(|length| length.trim().parse() == Ok(body.len()))
}
