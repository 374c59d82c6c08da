//! How long it takes to find a server on loopback, with silent sockets beside it, and what a race costs and leaves behind.
//! Nothing fails here, because times are not reproducible.
//!
//! `cargo bench -p plexauth-testing --bench races`; with `PLEXAPI_PYTHON=…`, a Python interpreter that has python-plexapi,
//! `tests/foreign/race.py` does the same.

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use common::process::sockets;
use common::{Adapter, Client, Settings};
use peak_alloc::PeakAlloc;
use plexauth_proto::FindServer;
use plexauth_proto::model::Resource;
use plexauth_testing::Wire;
use serde_json::{Value, json};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// One round trip to the server.
const ROUND_TRIP: Duration = Duration::from_millis(20);
const DEADLINE: Duration = Duration::from_secs(2);
const RUNS: usize = 7;

/// A server that answers after one round trip: in JSON for us, in XML for python-plexapi.
fn live() -> Wire {
    Wire::start(|mut peer| {
        while let Some(request) = peer.read_request() {
            std::thread::sleep(ROUND_TRIP);
            let body = match request.starts_with(b"GET /identity") {
                true => r#"{"MediaContainer":{"machineIdentifier":"9f0b"}}"#,
                false => r#"<MediaContainer machineIdentifier="9f0b" friendlyName="Den"/>"#,
            };
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    })
}

fn silent() -> Wire {
    Wire::start(|mut peer| peer.read_to_end())
}

/// Servers of a case: l is local, p is public, y is relay; `!` marks the one that answers.
struct Case {
    name: &'static str,
    at_most: Duration,
    connections: Vec<Value>,
    _servers: Vec<Wire>,
}

fn case(name: &'static str, at_most: Duration, servers: &str) -> Case {
    let (mut wires, mut connections) = (Vec::new(), Vec::new());
    for server in servers.split_whitespace() {
        let wire = if server.ends_with('!') { live() } else { silent() };
        let address = wire.address();
        connections.push(json!({
            "protocol": "http", "address": "127.0.0.1", "port": address.port(), "uri": format!("http://{address}"),
            "local": server.starts_with('l'), "relay": server.starts_with('y'),
        }));
        wires.push(wire);
    }
    Case { name, at_most, connections, _servers: wires }
}

fn resource(connections: &[Value]) -> Resource {
    let resource = json!({ "clientIdentifier": "9f0b", "owned": true, "connections": connections });
    serde_json::from_value(resource).expect("valid resource")
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort();
    values[values.len() / 2]
}

fn time(client: &Client, connections: &[Value]) -> Duration {
    let resource = resource(connections);
    median(
        (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                let _ = client.find_server(FindServer::new(&resource, client.info()).timeout(DEADLINE));
                start.elapsed()
            })
            .collect(),
    )
}

/// python-plexapi, which answers each line with the milliseconds that it took.
struct Plexapi(Child, BufReader<ChildStdout>);

impl Plexapi {
    fn start() -> Option<Self> {
        let python = std::env::var_os("PLEXAPI_PYTHON")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/race.py");
        let child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("PLEXAPI_PYTHON is a Python interpreter");
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        Some(Self(child, lines))
    }

    fn time(&mut self, connections: &[Value]) -> Duration {
        median(
            (0..RUNS)
                .map(|_| {
                    let request = json!({ "connections": connections, "timeout": DEADLINE.as_secs() });
                    writeln!(self.0.stdin.as_mut().expect("a pipe"), "{request}")
                        .expect("python-plexapi runs");
                    let mut line = String::new();
                    self.1.read_line(&mut line).expect("python-plexapi answers");
                    Duration::from_secs_f64(line.trim().parse::<f64>().expect("milliseconds") / 1000.0)
                })
                .collect(),
        )
    }
}

impl Drop for Plexapi {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn main() {
    let millis = Duration::from_millis;
    let head_starts = [millis(250), millis(250 + 1500)];
    let cases = [
        case("first candidate answers", ROUND_TRIP + millis(5), "l!"),
        case("9 silent local, 1 live local", ROUND_TRIP + millis(50), "l l l l l l l l l l!"),
        case("all local silent, remote answers", head_starts[0] + ROUND_TRIP + millis(50), "l l l p!"),
        case("nothing but relay answers", head_starts[1] + ROUND_TRIP + millis(50), "l l l p p y!"),
        case("all silent", DEADLINE + millis(5), "l l l p y"),
    ];
    let clients = Adapter::ALL
        .map(|adapter| adapter.client("http://127.0.0.1:1", &Settings::new(Duration::from_secs(30))));
    let mut plexapi = Plexapi::start();
    println!("| case | at most | reqwest | ureq | hyper | python-plexapi |");
    println!("|---|---|---|---|---|---|");
    for case in &cases {
        let shown = |time: Duration| format!("{} ms", time.as_millis());
        let ours = clients.each_ref().map(|client| shown(time(client, &case.connections)));
        let theirs = plexapi.as_mut().map_or("-".into(), |plexapi| shown(plexapi.time(&case.connections)));
        println!("| {} | {} | {} | {theirs} |", case.name, shown(case.at_most), ours.join(" | "));
    }

    // The operating system accepts their connections, and nobody reads: silent servers that cost this process nothing.
    let silent: Vec<_> = (0..64).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let crowd: Vec<_> = silent
        .iter()
        .map(|listener| json!({ "uri": format!("http://{}", listener.local_addr().expect("an address")), "local": true }))
        .collect();
    println!(
        "\n| 64 silent candidates | peak memory | the same with 12 candidates | threads at most | threads and sockets left after 1 s |"
    );
    println!("|---|---|---|---|---|");
    for (adapter, client) in Adapter::ALL.into_iter().zip(&clients) {
        let peak = |connections: &[Value]| {
            let resource = resource(connections);
            // The threads of the last race end.
            std::thread::sleep(millis(200));
            HEAP.reset_peak_usage();
            let before = HEAP.current_usage();
            let _ = client.find_server(FindServer::new(&resource, client.info()).timeout(DEADLINE));
            HEAP.peak_usage().saturating_sub(before) / 1024
        };
        // The first race of a client reserves memory for all later ones.
        peak(&crowd);
        // As many probes at once as with 64.
        let few = median((0..RUNS).map(|_| peak(&crowd[..12])).collect());
        std::thread::sleep(Duration::from_secs(1));
        client.settle();
        let open = sockets();
        let (all, most) = std::thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let counts = (0..150).map(|_| {
                    std::thread::sleep(millis(10));
                    probe_threads()
                });
                counts.max().unwrap_or_default()
            });
            (median((0..RUNS).map(|_| peak(&crowd)).collect()), watch.join().expect("watching"))
        });
        client.settle();
        std::thread::sleep(Duration::from_secs(1));
        let left = (probe_threads(), sockets().saturating_sub(open));
        println!("| {adapter} | {all} KiB | {few} KiB | {most} | {} and {} |", left.0, left.1);
    }
}

/// The threads that probe. Others belong to the silent servers.
fn probe_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("a list of threads");
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "plexauth-probe").count()
}
