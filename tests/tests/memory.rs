//! What an endless body costs: the peak of a process's memory, against that of one that gets a small body.
//!
//! Both have been through everything before, with a limit of 1 KiB, and their peak is counted from there on: what a
//! program takes to start, and the pages of its code, vary by more than what is measured.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

use plexauth_proto::{BaseUrl, ClientInfo, Error, ErrorKind, GetTransientToken, Token};
use plexauth_tests::Wire;

/// What it may cost beside the limit on the body, in KiB. reqwest has no setting for how much hyper reads at once, which
/// is up to 408 KiB, some of it while the last of that is still being read.
const ADAPTERS: [(&str, u64); 3] = [("reqwest", 768), ("ureq", 256), ("hyper", 256)];

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

/// By how much the memory of a child of this process grows that asks there, in KiB.
fn growth(adapter: &str, small: &Wire, endless: &Wire, then: &Wire) -> u64 {
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
    let ask = client(adapter, 1 << 20);
    for address in [small, endless] {
        let _ = client(adapter, 1 << 10)(address);
        ask(small).unwrap();
    }
    let before = memory("VmRSS:");
    // Forgets the peak so far.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    if let Err(error) = ask(then) {
        assert_eq!(error.kind(), Some(ErrorKind::BodyTooLarge), "{error}");
    }
    println!("growth: {}", memory("VmHWM:").saturating_sub(before));
}

type Ask = Box<dyn Fn(&str) -> Result<Token, Error>>;

/// A way to ask a server for a token.
fn client(adapter: &str, limit: usize) -> Ask {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let time = Duration::from_secs(60);
    let info = ClientInfo::new("id-1", "Memory").unwrap();
    let there = |address: &str| {
        GetTransientToken::new(format!("http://{address}").parse::<BaseUrl>().unwrap(), "token")
    };
    match adapter {
        "reqwest" => {
            let client =
                plexauth_reqwest::Client::builder(info).timeout(time).body_limit(limit).build().unwrap();
            Box::new(move |address| runtime.block_on(client.send(&there(address))))
        }
        "ureq" => {
            let client =
                plexauth_ureq::Client::builder(info).timeout(time).body_limit(limit).build().unwrap();
            Box::new(move |address| client.send(&there(address)))
        }
        _ => {
            let client =
                plexauth_hyper::Client::builder(info).timeout(time).body_limit(limit).build().unwrap();
            Box::new(move |address| runtime.block_on(client.send(&there(address))))
        }
    }
}

/// A line of what the system says of this process, in KiB.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
