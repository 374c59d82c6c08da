//! Clients ignore proxies in the environment and cookies that a server sets.

mod common;

use std::process::Command;
use std::time::Duration;

use common::{Adapter, Settings};
use plexauth_proto::GetUserDetails;
use plexauth_testing::{Plex, Scripted, Wire};

/// Set in child processes, to the URL of the simulated Plex.
const CHILD: &str = "PLEXAUTH_ENVIRONMENT_CHILD";

#[test]
fn environment_proxies_are_ignored() {
    let simulator = Plex::start();
    let proxy = Wire::start(|mut peer| {
        peer.read_request();
        peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    });
    let child = |test: &str| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", test, "--nocapture"]).env(CHILD, simulator.plex_tv_url());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            let proxy = format!("http://{}", proxy.address());
            child.env(name, &proxy).env(name.to_lowercase(), proxy);
        }
        let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    child("child_with_adapters");
    assert_eq!((simulator.requests().len(), proxy.connections()), (3, 0));
    child("child_with_plain_ureq");
    assert_eq!((simulator.requests().len(), proxy.connections()), (3, 1), "plain ureq uses the proxy");
}

/// Only runs in a child process, for the test above.
#[test]
fn child_with_adapters() {
    let Ok(base) = std::env::var(CHILD) else { return };
    for adapter in Adapter::ALL {
        let client = adapter.client(&base.replace("/api/v2", ""), &Settings::new(Duration::from_secs(20)));
        client.send(&GetUserDetails::new("token-alice")).unwrap();
    }
}

/// Only runs in a child process. Proves that the proxy settings are effective.
#[test]
fn child_with_plain_ureq() {
    let Ok(base) = std::env::var(CHILD) else { return };
    assert!(ureq::get(&base).call().is_err(), "the proxy refuses every request");
}

#[test]
fn cookies_are_not_sent_back() {
    for adapter in Adapter::ALL {
        let simulator = Plex::start();
        let origin = simulator.plex_tv_url().replace("/api/v2", "");
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)));
        let response =
            Scripted::new(200, r#"{"id":1,"uuid":"9f0b"}"#).header("set-cookie", "session=1; Path=/");
        simulator.world().script_always("", response);
        for _ in 0..2 {
            client.send(&GetUserDetails::new("token-alice")).unwrap();
        }
        let cookies: Vec<_> =
            simulator.requests().iter().map(|request| request.headers.contains_key("cookie")).collect();
        assert_eq!(cookies, [false, false], "{adapter}");
    }
}
