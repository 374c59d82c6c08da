//! The memory cost of an endless body: the peak memory of a process, compared with one that receives a small body.
//!
//! Both processes first warm up with a limit of 1 KiB, and only then is the peak measured: the memory for startup and
//! code pages varies by more than the difference.

#![cfg(target_os = "linux")]

mod common;

use std::process::Command;
use std::time::Duration;

use plexauth_proto::{BaseUrl, GetTransientToken, TransportError, TransportErrorKind};
use plexauth_testing::Wire;

use common::process::{forget_peak, status};
use common::{Adapter, Client, Settings};

/// The allowed cost beyond the body limit, in KiB. reqwest has no setting for hyper's read buffer, which grows to
/// 408 KiB. A new buffer may be in use before the last one is freed.
const ADAPTERS: [(Adapter, u64); 3] = [(Adapter::Reqwest, 768), (Adapter::Ureq, 256), (Adapter::Hyper, 256)];

/// The clients' body limit, in KiB.
const LIMIT: u64 = 1024;

/// Set in child processes, to the adapter and the addresses of the servers.
const CHILD: &str = "PLEXAUTH_MEMORY_CHILD";

const SMALL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{\"MediaContainer\":{\"token\":\"t\"}}";

#[test]
fn endless_body_costs_little_more_than_the_limit() {
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
        let baseline = growth(adapter, &small, &endless, &small);
        for (kind, wire) in [("bytes", &endless), ("small chunks", &chunked)] {
            let cost = growth(adapter, &small, &endless, wire).saturating_sub(baseline);
            println!("{adapter}, endless {kind}: {cost} KiB more than a small body");
            assert!(cost <= LIMIT + margin, "{adapter}, endless {kind}: {cost} KiB more than {baseline} KiB");
        }
    }
}

/// The memory growth of a child process that sends a request to `target`, in KiB: the median of three runs.
fn growth(adapter: Adapter, small: &Wire, endless: &Wire, target: &Wire) -> u64 {
    let mut all = [(); 3].map(|()| one_growth(adapter, small, endless, target));
    all.sort_unstable();
    all[1]
}

fn one_growth(adapter: Adapter, small: &Wire, endless: &Wire, target: &Wire) -> u64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, format!("{adapter} {} {} {}", small.address(), endless.address(), target.address()))
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    let growth =
        output.split_once("growth: ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    growth.unwrap_or_else(|| panic!("{output}{}", String::from_utf8_lossy(&child.stderr)))
}

/// Only runs in a child process, which [`growth`] starts.
#[test]
fn child() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let parts: Vec<&str> = task.split(' ').collect();
    let [adapter, small, endless, target] = parts[..] else { panic!("{task}") };
    let adapter = Adapter::ALL.into_iter().find(|one| one.to_string() == adapter).unwrap();
    let client = |limit| {
        let settings = Settings { body: limit, ..Settings::new(Duration::from_secs(60)) };
        adapter.client("http://localhost", &settings)
    };
    let send = |client: &Client, address: &str| {
        let server: BaseUrl = format!("http://{address}").parse().unwrap();
        client.send(&GetTransientToken::new(server, "token"))
    };
    let with_the_tested_limit = client(1 << 20);
    for address in [small, endless] {
        let _ = send(&client(1 << 10), address);
        send(&with_the_tested_limit, small).unwrap();
    }
    let before = status("VmRSS:");
    forget_peak();
    if let Err(error) = send(&with_the_tested_limit, target) {
        let kind = error.transport().map(TransportError::kind);
        assert_eq!(kind, Some(TransportErrorKind::BodyTooLarge), "{error}");
    }
    println!("growth: {}", status("VmHWM:").saturating_sub(before));
}
