//! The adapters, against the same HTTP crate driven by hand: throughput and latency on loopback, over connections that are
//! kept. Times do not repeat, so nothing fails here: run it on a machine that does nothing else.
//!
//! `cargo bench -p plexauth-tests --bench adapters`

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
/// Of ours and of the other, which take turns, so that whatever else the machine does hits both.
const ROUNDS: usize = 41;
const REQUESTS_A_ROUND: usize = 2_048;
/// How many requests at once, where that is possible.
const AT_ONCE: [usize; 2] = [1, 256];

fn main() {
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")
        .version("1.2.0")
        .platform("Linux")
        .device_name("Den")
        .plex_tv(server::start().parse().expect("a base"))
        .build()
        .expect("a client");
    let user = GetUserDetails::new(TOKEN);
    println!("{}", figures::HEADING);
    // One thread for the client, and one for the server.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    for at_once in AT_ONCE {
        let ours = plexauth_reqwest::Client::new(info.clone()).expect("a client");
        let by_hand = by_hand::Reqwest::new(&info);
        let figures = compare(
            || at_once_on(&runtime, at_once, async || drop(ours.send(&user).await.expect("an account"))),
            || at_once_on(&runtime, at_once, async || drop(by_hand.account().await)),
        );
        println!("{}", figures.row("reqwest", at_once));
    }
    for at_once in AT_ONCE {
        let ours = plexauth_hyper::Client::new(info.clone()).expect("a client");
        let by_hand = by_hand::Hyper::new(&info);
        let figures = compare(
            || at_once_on(&runtime, at_once, async || drop(ours.send(&user).await.expect("an account"))),
            || at_once_on(&runtime, at_once, async || drop(by_hand.account().await)),
        );
        println!("{}", figures.row("hyper", at_once));
    }
    let ours = plexauth_ureq::Client::new(info.clone()).expect("a client");
    let by_hand = by_hand::Ureq::new(&info);
    let figures = compare(
        || one_by_one(|| drop(ours.send(&user).expect("an account"))),
        || one_by_one(|| drop(by_hand.account())),
    );
    println!("{}", figures.row("ureq", 1));
}

fn compare(ours: impl Fn() -> Round, by_hand: impl Fn() -> Round) -> Figures {
    // Connections are made and everything is warm after that.
    ours();
    by_hand();
    let mut figures = Figures::default();
    for round in 0..ROUNDS {
        // Whoever comes second finds the caches as the first has left them.
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

fn one_by_one(send: impl Fn()) -> Round {
    let start = Instant::now();
    let latencies = (0..REQUESTS_A_ROUND)
        .map(|_| {
            let start = Instant::now();
            send();
            start.elapsed()
        })
        .collect();
    Round { time: start.elapsed(), latencies }
}

fn at_once_on(runtime: &Runtime, at_once: usize, send: impl AsyncFn()) -> Round {
    let start = Instant::now();
    let one_after_the_other = async || {
        let mut latencies = Vec::with_capacity(REQUESTS_A_ROUND / at_once);
        for _ in 0..REQUESTS_A_ROUND / at_once {
            let start = Instant::now();
            send().await;
            latencies.push(start.elapsed());
        }
        latencies
    };
    let latencies =
        runtime.block_on(futures_util::future::join_all((0..at_once).map(|_| one_after_the_other())));
    Round { time: start.elapsed(), latencies: latencies.concat() }
}
