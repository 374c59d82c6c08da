//! What an endless body costs: the peak of a process's memory, against that of one that gets a small body.
//!
//! Both have been through everything before, with a limit of 1 KiB, and their peak is counted from there on: what a
//! program takes to start, and the pages of its code, vary by more than what is measured.

#![cfg(target_os = "linux")]

mod common;

use std::process::Command;
use std::time::Duration;

use plexauth_proto::{BaseUrl, GetTransientToken, TransportError, TransportErrorKind};
use plexauth_tests::Wire;

use common::process::{forget_peak, status};
use common::{Adapter, Client, Settings};

/// What it may cost beside the limit on the body, in KiB. reqwest has no setting for how much hyper reads at once, which
/// is up to 408 KiB, some of it while the last of that is still being read.
const ADAPTERS: [(Adapter, u64); 3] = [(Adapter::Reqwest, 768), (Adapter::Ureq, 256), (Adapter::Hyper, 256)];

/// The limit on a body that the clients have, in KiB.
const LIMIT: u64 = 1024;

/// Says to this program that it is the child, what to ask with, and where.
const CHILD: &str = "PLEXAUTH_MEMORY_CHILD";

const SMALL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{\"MediaContainer\":{\"token\":\"t\"}}";

#[test]
fn an_endless_body_costs_the_limit_and_little_more() {
    let small = Wire::start(|mut peer| while peer.read_request().is_some() && peer.send(SMALL) {});
    let endless = Wire::start(|mut peer| {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        peer.send_forever([b'a'; 1 << 14]);
    });
    let chunked = Wire::start(|mut peer| {
        peer.read_request();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        peer.send_forever("10\r\naaaaaaaaaaaaaaaa\r\n".repeat(999));
    });
    for (adapter, margin) in ADAPTERS {
        let least = growth(adapter, &small, &endless, &small);
        for (kind, wire) in [("bytes", &endless), ("small chunks", &chunked)] {
            let cost = growth(adapter, &small, &endless, wire).saturating_sub(least);
            println!("{adapter}, {kind} without an end: {cost} KiB more than a small body");
            assert!(cost <= LIMIT + margin, "{adapter}, {kind}: {cost} KiB more than {least} KiB");
        }
    }
}

/// By how much the memory of a child of this process grows that asks there, in KiB: the median of three.
fn growth(adapter: Adapter, small: &Wire, endless: &Wire, then: &Wire) -> u64 {
    let mut all = [(); 3].map(|()| one_growth(adapter, small, endless, then));
    all.sort_unstable();
    all[1]
}

fn one_growth(adapter: Adapter, small: &Wire, endless: &Wire, then: &Wire) -> u64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, format!("{adapter} {} {} {}", small.address(), endless.address(), then.address()))
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    let growth =
        output.split_once("growth: ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    growth.unwrap_or_else(|| panic!("{output}{}", String::from_utf8_lossy(&child.stderr)))
}

/// Not a test by itself: what [`growth`] starts.
#[test]
fn child() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let words: Vec<&str> = task.split(' ').collect();
    let [adapter, small, endless, then] = words[..] else { panic!("{task}") };
    let adapter = Adapter::ALL.into_iter().find(|one| one.to_string() == adapter).unwrap();
    let client = |limit| {
        let settings = Settings { body: limit, ..Settings::new(Duration::from_secs(60)) };
        adapter.client("http://localhost", &settings)
    };
    let ask = |client: &Client, address: &str| {
        let server: BaseUrl = format!("http://{address}").parse().unwrap();
        client.send(&GetTransientToken::new(server, "token"))
    };
    let with_the_usual_limit = client(1 << 20);
    for address in [small, endless] {
        let _ = ask(&client(1 << 10), address);
        ask(&with_the_usual_limit, small).unwrap();
    }
    let before = status("VmRSS:");
    forget_peak();
    if let Err(error) = ask(&with_the_usual_limit, then) {
        let kind = error.transport().map(TransportError::kind);
        assert_eq!(kind, Some(TransportErrorKind::BodyTooLarge), "{error}");
    }
    println!("growth: {}", status("VmHWM:").saturating_sub(before));
}
