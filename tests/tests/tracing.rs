//! The complete tracing output of the adapters: one span for each exchange.

mod common;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Adapter, Settings};
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{Attempt, CreatePin, GetUserDetails, RetryPolicy, SignIn};
use plexauth_testing::{Closed, Plex, Scripted};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The spans that `act` closes, without their durations.
fn spans(act: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    let writer = lines.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone());
    let filter = Targets::new().with_target("plexauth", LevelFilter::TRACE);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(filter).with(layer), act);
    let text = String::from_utf8(std::mem::take(&mut *lines.0.lock().unwrap())).unwrap();
    text.lines().map(without_times).collect()
}

fn without_times(line: &str) -> String {
    let (before, time) = line.split_once("duration_ms=").unwrap_or_else(|| panic!("{line}"));
    let (time, after) = time.split_once(|character: char| !character.is_ascii_digit()).unwrap();
    assert!(time.parse::<u64>().unwrap() < 20_000, "{line}");
    let after = after.strip_suffix(": plexauth: close").unwrap_or_else(|| panic!("{line}"));
    format!("{before}{}", after.trim_end_matches('}')).trim().to_owned()
}

#[test]
fn each_exchange_has_a_span_with_its_outcome() {
    for adapter in Adapter::ALL {
        let simulator = Plex::start();
        let origin = simulator.plex_tv_url().replace("/api/v2", "");
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)));
        let policy = RetryPolicy::default().base_delay(Duration::ZERO);
        let traced = spans(|| {
            simulator.world().script("/user", Scripted::new(503, ""));
            let get = Attempt::new(GetUserDetails::new("token-alice"), client.info(), policy);
            client.run(get).unwrap();
            client.send(&SignIn::new("alice", "wrong")).unwrap_err();
            let key = DeviceKey::from_bytes([7; 32]);
            let pin = client.send(&CreatePin::strong().device_key(&key)).unwrap();
            simulator.world().approve_pin(pin.id, 0);
            client.run(pin.login(client.info()).device_key(&key, Scopes::all())).unwrap();
            client
                .exchange(http::Request::get(format!("{origin}/elsewhere")).body(Vec::new()).unwrap())
                .unwrap();
        });
        let expected = [
            r#"DEBUG exchange{operation="GetUserDetails" attempt=1 status=503 kind="server_failure""#,
            r#"DEBUG exchange{operation="GetUserDetails" attempt=2 status=200"#,
            r#"DEBUG exchange{operation="SignIn" attempt=1 status=401 kind="wrong_credentials""#,
            r#"DEBUG exchange{operation="CreatePin" attempt=1 status=201"#,
            r#"DEBUG exchange{operation="CheckPin" attempt=1 status=200"#,
            r#"DEBUG exchange{operation="request" attempt=1 status=404"#,
        ];
        assert_eq!(traced, expected, "{adapter}");
    }
}

#[test]
fn transport_error_is_traced_by_kind_only() {
    for adapter in Adapter::ALL {
        let closed = Closed::bind();
        let origin = format!("http://{}", closed.address());
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)));
        let traced = spans(|| drop(client.send(&GetUserDetails::new("hushhush")).unwrap_err()));
        let expected = r#"DEBUG exchange{operation="GetUserDetails" attempt=1 error="connect""#;
        assert_eq!(traced, [expected], "{adapter}");
    }
}
