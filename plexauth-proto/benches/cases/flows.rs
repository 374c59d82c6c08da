//! Steps of flows, and many concurrent logins.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use http::Response;
use plexauth_proto::model::Pin;
use plexauth_proto::{ClientInfo, Flow, PinLogin, Step};

use super::info;
use crate::harness::case::{Case, Limit, Work};

const START: SystemTime = SystemTime::UNIX_EPOCH;
const NOT_YET: &str = r#"{"id":1234567890,"code":"AB12","expiresIn":1800,"authToken":null}"#;
const APPROVED: &str =
    r#"{"id":1234567890,"code":"AB12","expiresIn":1799,"authToken":"xxxxxxxxxxxxxxxxxxxx"}"#;

pub fn cases() -> Vec<Case> {
    let login = RefCell::new(waiting_logins(1, &info()).remove(0));
    let now = Cell::new(START + Duration::from_millis(1));
    let many = 100_000;
    let few = 1_000;
    vec![
        Case {
            name: "PinLogin::poll while waiting".to_owned(),
            ours: Work::new(move || {
                // A clock that stands still would end the wait.
                now.set(now.get() + Duration::from_nanos(1));
                let step = login.borrow_mut().poll(now.get());
                assert!(matches!(step, Step::Wait(_)));
            }),
            limit: Limit::Absolute { instructions: 350, allocations: 0 },
        },
        Case {
            name: format!("{many} PIN logins on one thread, each"),
            ours: logins(many),
            limit: Limit::Relative { baseline: logins(few), instructions: 1.1, more_allocations: Some(0) },
        },
    ]
}

fn logins(count: u32) -> Work {
    let info = info();
    Work::batch(count, move || {
        let mut logins = waiting_logins(count, &info);
        let later = START + Duration::from_secs(1);
        let tokens = logins.iter_mut().filter_map(|login| {
            respond(login, APPROVED, later);
            match login.poll(later) {
                Step::Done(Ok(token)) => Some(token),
                _ => None,
            }
        });
        assert_eq!(tokens.count(), to_usize(count));
    })
}

fn to_usize(count: u32) -> usize {
    count.try_into().unwrap()
}

/// Returns logins that have checked once and are waiting.
pub fn waiting_logins(count: u32, info: &ClientInfo) -> Vec<PinLogin> {
    let pin: Pin = serde_json::from_str(NOT_YET).unwrap();
    let mut logins = Vec::with_capacity(to_usize(count));
    logins.extend((0..count).map(|_| {
        let mut login = pin.login(info);
        respond(&mut login, NOT_YET, START);
        assert!(matches!(login.poll(START), Step::Wait(_)));
        login
    }));
    logins
}

fn respond(login: &mut PinLogin, body: &str, now: SystemTime) {
    assert!(matches!(login.poll(now), Step::Send(_)));
    login.handle(Ok(Response::new(body.into())), now);
}
