//! State shared by threads, in every order in which they may take its lock. loom tries them all:
//!
//! ```sh
//! RUSTFLAGS='--cfg loom' cargo test --release -p plexauth-proto --lib interleavings
//! ```

use std::sync::Arc;
use std::time::Duration;

use loom::sync::Mutex;
use loom::thread;

use crate::client::{ClientInfo, Token};
use crate::error::{Error, ErrorKind};
use crate::flow::{Flow, Step};
use crate::flows::PinPace;
use crate::flows::testing::{at, response};
use crate::jwt::{DeviceKey, Scopes, base64url};
use crate::operations::GetUserDetails;
use crate::retry::RetryPolicy;
use crate::session::Session;

/// What Plex has seen of the threads.
#[derive(Debug, Default)]
struct Plex {
    /// The renewals that have begun, and those that have ended.
    begun: u32,
    ended: u32,
    limits_the_rate: bool,
}

impl Plex {
    fn answer(&mut self, path: &str) -> (u16, Option<(&'static str, &'static str)>, String) {
        match path {
            "/api/v2/auth/nonce" => {
                self.begun += 1;
                assert_eq!(self.begun, self.ended + 1, "two renewals at a time");
                if self.limits_the_rate {
                    self.ended += 1;
                    return (429, Some(("retry-after", "60")), String::new());
                }
                (200, None, r#"{"nonce":"n"}"#.to_owned())
            }
            "/api/v2/auth/token" => {
                self.ended += 1;
                (200, None, format!(r#"{{"auth_token":"{}"}}"#, jwt(7 * 86_400)))
            }
            _ => (200, None, r#"{"id":7,"uuid":"9f0b"}"#.to_owned()),
        }
    }
}

/// A token that is valid for so many seconds.
fn jwt(seconds: u64) -> String {
    let now = crate::flows::testing::START;
    let claims = format!(r#"{{"iat":{},"exp":{},"user":{{"id":7}}}}"#, now - 86_400, now + seconds);
    format!("{}.{}.sig", base64url(r#"{"alg":"EdDSA"}"#), base64url(claims))
}

/// A session with a token that has expired.
fn session() -> Session {
    let info = ClientInfo::new("id-1", "App").unwrap();
    Session::with_key(&info, jwt(0), &DeviceKey::from_bytes([5; 32]), Scopes::none())
}

fn plex() -> Arc<Mutex<Plex>> {
    Arc::new(Mutex::new(Plex::default()))
}

/// Drives a flow to its end, or drops it while that many requests have been sent.
fn run<T>(mut flow: impl Flow<Output = T>, plex: &Mutex<Plex>, requests: usize) -> Option<Result<T, Error>> {
    let mut sent = 0;
    loop {
        match flow.poll(at(0.0)) {
            Step::Send(outgoing) => {
                let (status, header, body) = plex.lock().unwrap().answer(outgoing.request.uri().path());
                // The request is under way.
                thread::yield_now();
                sent += 1;
                if sent == requests {
                    let mut plex = plex.lock().unwrap();
                    plex.ended = plex.begun;
                    return None;
                }
                flow.handle(Ok(response(status, header, &body)), at(0.0));
            }
            Step::Wait(_) => thread::yield_now(),
            Step::Done(result) => return Some(result),
        }
    }
}

const ALL: usize = usize::MAX;

#[test]
fn one_of_two_flows_renews() {
    loom::model(|| {
        let (session, plex) = (session(), plex());
        let other = thread::spawn({
            let (session, plex) = (session.clone(), plex.clone());
            move || run(session.authenticated(GetUserDetails::new), &plex, ALL).unwrap().unwrap()
        });
        let token = run(session.fresh_token(), &plex, ALL).unwrap().unwrap();
        assert_eq!(other.join().unwrap().uuid, "9f0b");
        assert_eq!((token, session.renewals()), (Token::new(jwt(7 * 86_400)), 1));
        assert_eq!(plex.lock().unwrap().ended, 1);
    });
}

#[test]
fn dropped_renewal_is_begun_again() {
    for requests in [1, 2] {
        loom::model(move || {
            let (session, plex) = (session(), plex());
            let other = thread::spawn({
                let (session, plex) = (session.clone(), plex.clone());
                move || run(session.fresh_token(), &plex, requests)
            });
            let token = run(session.fresh_token(), &plex, ALL).unwrap().unwrap();
            assert_eq!((token, session.renewals()), (Token::new(jwt(7 * 86_400)), 1));
            other.join().unwrap();
        });
    }
}

#[test]
fn rate_limit_holds_for_both() {
    loom::model(|| {
        let (session, plex) = (session(), plex());
        plex.lock().unwrap().limits_the_rate = true;
        let limited = |result: Option<Result<Token, Error>>| {
            assert_eq!(result.unwrap().unwrap_err().kind(), Some(ErrorKind::RateLimited));
        };
        let other = thread::spawn({
            let (session, plex) = (session.clone(), plex.clone());
            move || run(session.fresh_token().retry(RetryPolicy::none()), &plex, ALL)
        });
        limited(run(session.fresh_token().retry(RetryPolicy::none()), &plex, ALL));
        limited(other.join().unwrap());
        assert_eq!(plex.lock().unwrap().begun, 1);
    });
}

#[test]
fn no_change_is_lost() {
    loom::model(|| {
        let (session, plex) = (session(), plex());
        let other = thread::spawn({
            let session = session.clone();
            move || session.take_changed()
        });
        run(session.fresh_token(), &plex, ALL).unwrap().unwrap();
        let mine = session.take_changed();
        // Each change is given to one of the two, and the last one is the present state.
        let last = mine.or(other.join().unwrap()).unwrap();
        assert_eq!(last, session.to_saved());
        assert_eq!(session.take_changed(), None);
    });
}

#[test]
fn turns_of_a_pace_are_an_interval_apart() {
    loom::model(|| {
        let pace = PinPace::new(Duration::from_secs(2));
        let other = thread::spawn({
            let pace = pace.clone();
            move || pace.take_turn(at(0.0))
        });
        let mut turns = [pace.take_turn(at(0.0)), other.join().unwrap()];
        turns.sort();
        assert_eq!(turns, [Duration::ZERO, Duration::from_secs(2)]);
    });
}
