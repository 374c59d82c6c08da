//! Steps of flows, and many logins at once.

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use http::Response;
use plexauth_proto::model::Pin;
use plexauth_proto::{ClientInfo, Flow, PinLogin, Step};

use super::client;
use crate::harness::case::{Bar, Case, Work};

const START: SystemTime = SystemTime::UNIX_EPOCH;
const NOT_YET: &str = r#"{"id":1234567890,"code":"AB12","expiresIn":1800,"authToken":null}"#;
const APPROVED: &str =
    r#"{"id":1234567890,"code":"AB12","expiresIn":1799,"authToken":"xxxxxxxxxxxxxxxxxxxx"}"#;

pub fn cases() -> Vec<Case> {
    let login = RefCell::new(waiting_logins(1, &client()).remove(0));
    let now = START + Duration::from_millis(1);
    let many = 100_000;
    let few = 1_000;
    vec![
        Case {
            name: "PinLogin: a poll with nothing to do".to_owned(),
            ours: Work::new(move || {
                let step = login.borrow_mut().poll(now);
                assert!(matches!(step, Step::Wait(_)));
            }),
            bar: Bar::AtMost { instructions: 300, allocations: 0 },
        },
        Case {
            name: format!("{many} PIN logins in one thread, each"),
            ours: logins(many),
            bar: Bar::Against { yardstick: logins(few), instructions: 1.1, more_allocations: Some(0) },
        },
    ]
}

fn logins(many: u32) -> Work {
    let client = client();
    Work::of(many, move || {
        let mut logins = waiting_logins(many, &client);
        let later = START + Duration::from_secs(1);
        let tokens = logins.iter_mut().filter_map(|login| {
            answer(login, APPROVED, later);
            match login.poll(later) {
                Step::Done(Ok(token)) => Some(token),
                _ => None,
            }
        });
        assert_eq!(tokens.count(), logins_in(many));
    })
}

fn logins_in(many: u32) -> usize {
    many.try_into().unwrap()
}

/// So many logins that have asked once, and wait.
pub fn waiting_logins(many: u32, client: &ClientInfo) -> Vec<PinLogin> {
    let pin: Pin = serde_json::from_str(NOT_YET).unwrap();
    let mut logins = Vec::with_capacity(logins_in(many));
    logins.extend((0..many).map(|_| {
        let mut login = pin.login(client);
        answer(&mut login, NOT_YET, START);
        assert!(matches!(login.poll(START), Step::Wait(_)));
        login
    }));
    logins
}

fn answer(login: &mut PinLogin, body: &str, now: SystemTime) {
    assert!(matches!(login.poll(now), Step::Send(_)));
    login.handle(Ok(Response::new(body.into())), now);
}
