//! PIN logins, with arbitrary responses and clock changes.

use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::model::Pin;

use crate::conversation::{Bounds, Turn, play, start};
use crate::{info, structured};

#[derive(Debug, Arbitrary)]
struct Login<'a> {
    expires_in: u16,
    has_key: bool,
    deadline: Option<u16>,
    turns: Vec<Turn<'a>>,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(login) = structured(data) {
        check(login);
    }
}

fn check(login: Login<'_>) {
    let pin = format!(r#"{{"id":7,"code":"AB12","expiresIn":{}}}"#, login.expires_in % 2000);
    let pin: Pin = serde_json::from_str(&pin).expect("valid PIN");
    let mut flow = pin.login(&info());
    if login.has_key {
        flow = flow.device_key(&DeviceKey::from_bytes([7; 32]), Scopes::all());
    }
    let deadline = login.deadline.map(|seconds| start() + Duration::from_secs(seconds.into()));
    if let Some(deadline) = deadline {
        flow = flow.deadline(deadline);
    }
    let mut last: Option<SystemTime> = None;
    let mut was_set_back = false;
    play(flow, &login.turns, Bounds { deadline, ..Bounds::default() }, |outgoing, now, is_set_back| {
        was_set_back |= is_set_back;
        if let Some(last) = last.replace(now).filter(|_| !was_set_back) {
            assert!(now >= last + Duration::from_secs(1), "two checks within a second");
        }
        was_set_back = false;
        let uri = outgoing.request.uri();
        assert_eq!((uri.path(), uri.query().is_some()), ("/api/v2/pins/7", login.has_key));
    });
}
