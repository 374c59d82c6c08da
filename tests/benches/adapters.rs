//! Throughput and latency of the adapters on loopback, over persistent connections, compared with the same HTTP crate
//! used directly. Nothing fails here, because times are not reproducible. Run it on an idle machine.
//!
//! `cargo bench -p plexauth-testing --bench adapters`

#[path = "adapters/by_hand.rs"]
mod by_hand;
#[path = "adapters/figures.rs"]
mod figures;
#[path = "adapters/server.rs"]
mod server;
#[path = "../../plexauth-proto/benches/cases/strict.rs"]
mod strict;

use std::time::Instant;

use figures::{Figures, Round};
use plexauth_proto::{ClientInfo, GetUserDetails};
use tokio::runtime::{Builder, Runtime};

const TOKEN: &str = "xxxxxxxxxxxxxxxxxxxx";
/// The rounds of each side. They alternate, so that other load on the machine affects both.
const ROUNDS: usize = 41;
const REQUESTS_PER_ROUND: usize = 2_048;
/// The numbers of concurrent requests, for the async adapters.
const CONCURRENCIES: [usize; 2] = [1, 256];

fn main() {
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")
        .version("1.2.0")
        .platform("Linux")
        .device_name("Den")
        .plex_tv(server::start().parse().expect("valid base URL"))
        .build()
        .expect("valid client info");
    let user = GetUserDetails::new(TOKEN);
    println!("{}", figures::HEADING);
    // The client has one thread, and so has the server.
    let runtime = Builder::new_current_thread().enable_all().build().expect("tokio runtime");
    for concurrency in CONCURRENCIES {
        let ours = plexauth_reqwest::Client::new(info.clone()).expect("client");
        let by_hand = by_hand::Reqwest::new(&info);
        let figures = compare(
            || concurrent(&runtime, concurrency, async || drop(ours.send(&user).await.expect("account"))),
            || concurrent(&runtime, concurrency, async || drop(by_hand.account().await)),
        );
        println!("{}", figures.row("reqwest", concurrency));
    }
    for concurrency in CONCURRENCIES {
        let ours = plexauth_hyper::Client::new(info.clone()).expect("client");
        let by_hand = by_hand::Hyper::new(&info);
        let figures = compare(
            || concurrent(&runtime, concurrency, async || drop(ours.send(&user).await.expect("account"))),
            || concurrent(&runtime, concurrency, async || drop(by_hand.account().await)),
        );
        println!("{}", figures.row("hyper", concurrency));
    }
    let ours = plexauth_ureq::Client::new(info.clone()).expect("client");
    let by_hand = by_hand::Ureq::new(&info);
    let figures = compare(
        || sequential(|| drop(ours.send(&user).expect("account"))),
        || sequential(|| drop(by_hand.account())),
    );
    println!("{}", figures.row("ureq", 1));
}

fn compare(ours: impl Fn() -> Round, by_hand: impl Fn() -> Round) -> Figures {
    // Opens the connections and warms up.
    ours();
    by_hand();
    let mut figures = Figures::default();
    for round in 0..ROUNDS {
        // The second side runs with the caches as the first one left them, so they take turns.
        if round % 2 == 0 {
            figures.ours.push(ours());
            figures.by_hand.push(by_hand());
        } else {
            figures.by_hand.push(by_hand());
            figures.ours.push(ours());
        }
    }
    figures
}

fn sequential(send: impl Fn()) -> Round {
    let start = Instant::now();
    let latencies = (0..REQUESTS_PER_ROUND)
        .map(|_| {
            let start = Instant::now();
            send();
            start.elapsed()
        })
        .collect();
    Round { time: start.elapsed(), latencies }
}

fn concurrent(runtime: &Runtime, concurrency: usize, send: impl AsyncFn()) -> Round {
    let start = Instant::now();
    let sequence = async || {
        let mut latencies = Vec::with_capacity(REQUESTS_PER_ROUND / concurrency);
        for _ in 0..REQUESTS_PER_ROUND / concurrency {
            let start = Instant::now();
            send().await;
            latencies.push(start.elapsed());
        }
        latencies
    };
    let latencies = runtime.block_on(futures_util::future::join_all((0..concurrency).map(|_| sequence())));
    Round { time: start.elapsed(), latencies: latencies.concat() }
}
