#![no_main]
//! Whole logins by PIN, whatever Plex answers and the clock does.

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plexauth_fuzz::client;
use plexauth_fuzz::conversation::{Turn, play, start};
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::model::Pin;

#[derive(Debug, Arbitrary)]
struct Login<'a> {
    expires_in: u16,
    has_key: bool,
    deadline: Option<u16>,
    turns: Vec<Turn<'a>>,
}

fuzz_target!(|login: Login<'_>| {
    let pin = format!(r#"{{"id":7,"code":"AB12","expiresIn":{}}}"#, login.expires_in % 2000);
    let pin: Pin = serde_json::from_str(&pin).expect("a PIN");
    let mut flow = pin.login(&client());
    if login.has_key {
        flow = flow.device_key(&DeviceKey::from_bytes([7; 32]), Scopes::all());
    }
    let deadline = login.deadline.map(|seconds| start() + Duration::from_secs(seconds.into()));
    if let Some(deadline) = deadline {
        flow = flow.deadline(deadline);
    }
    let mut last: Option<SystemTime> = None;
    let mut was_set_back = false;
    play(flow, &login.turns, deadline, |request, now, is_set_back| {
        was_set_back |= is_set_back;
        if request.uri().path() == "/api/v2/pins/7" {
            if let Some(last) = last.replace(now).filter(|_| !was_set_back) {
                assert!(now >= last + Duration::from_secs(1), "two checks within a second");
            }
            was_set_back = false;
            assert_eq!(request.uri().query().is_some(), login.has_key);
        } else {
            assert!(login.has_key && request.uri().path() == "/api/v2/auth/nonce");
        }
    });
});
