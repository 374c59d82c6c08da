//! Plays conversations with a flow, and holds it to what every flow promises.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use plexauth_proto::{Failure, Flow, Step, Verdict};

/// What happens to a flow beside what it asks for.
#[derive(Debug, Arbitrary)]
pub struct Turn<'a> {
    /// How much later it is, in milliseconds; the clock may be set back.
    passes: i32,
    /// Whether the wait that it asks for is kept.
    waits: bool,
    outcome: Outcome<'a>,
}

#[derive(Debug, Arbitrary)]
enum Outcome<'a> {
    Answer {
        status: u16,
        retry_after: Option<&'a [u8]>,
        date: Option<u32>,
        body: Body<'a>,
    },
    Failure(u8),
    /// Nobody reports what came of the request.
    Nothing,
}

#[derive(Debug, Arbitrary)]
enum Body<'a> {
    Bytes(&'a [u8]),
    NotYet { expires_in: u64 },
    Token,
    Nonce(&'a str),
}

/// The token that answers hold.
pub const TOKEN: &str = "zqxjkvbp-t0ken";

impl Outcome<'_> {
    fn response(&self) -> Option<Response<Vec<u8>>> {
        let Self::Answer { status, retry_after, date, body } = self else { return None };
        let body = match body {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::NotYet { expires_in } => format!(r#"{{"authToken":null,"expiresIn":{expires_in}}}"#).into(),
            Body::Token => format!(r#"{{"authToken":"{TOKEN}"}}"#).into(),
            Body::Nonce(nonce) => format!(r#"{{"nonce":{nonce:?}}}"#).into(),
        };
        let mut response = Response::new(body);
        // Mostly the statuses that matter.
        let status = if *status < 1000 {
            100 + status % 900
        } else {
            [200, 401, 404, 422, 429, 498, 503][usize::from(status % 7)]
        };
        *response.status_mut() = StatusCode::from_u16(status).expect("100 to 999");
        if let Some(Ok(value)) = retry_after.map(HeaderValue::from_bytes) {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
        if let Some(seconds) = date {
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(*seconds));
            let date = httpdate::fmt_http_date(date).parse().expect("a header value");
            response.headers_mut().insert(DATE, date);
        }
        Some(response)
    }

    fn failure(kind: u8) -> Failure {
        [
            Failure::Connect,
            Failure::ConnectTimeout,
            Failure::Tls,
            Failure::Timeout,
            Failure::Broken,
            Failure::BodyTooLarge,
            Failure::RedirectFollowed,
        ][usize::from(kind % 7)]
    }
}

/// What a flow promises of its waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// No wait goes beyond that moment.
    pub deadline: Option<SystemTime>,
    /// No wait is longer than that.
    pub longest: Option<Duration>,
}

/// Plays the turns, and from then on fails every request, until the flow has ended. `sent` looks at each request, with the
/// time, and with whether the clock was set back since the last.
pub fn play<F>(
    mut flow: F,
    turns: &[Turn<'_>],
    bounds: Bounds,
    mut sent: impl FnMut(&Request<Vec<u8>>, SystemTime, bool),
) where
    F: Flow + Debug,
{
    let mut now = start();
    let mut turns = turns.iter();
    let mut was_set_back = false;
    for _ in 0..10_000 {
        let turn = turns.next();
        assert!(turn.is_none() || !format!("{flow:?}").contains(TOKEN), "a flow prints the token");
        match flow.poll(now) {
            Step::Wait(time) => {
                assert!(!time.is_zero(), "no time is nothing to wait for");
                assert!(
                    bounds.deadline.is_none_or(|deadline| now + time <= deadline),
                    "a wait goes over the deadline"
                );
                assert!(
                    bounds.longest.is_none_or(|longest| time <= longest),
                    "a wait is longer than the longest"
                );
                if turn.is_none_or(|turn| turn.waits) {
                    now += time;
                }
            }
            Step::Send(request) => {
                sent(&request, now, was_set_back);
                was_set_back = false;
                let Some(turn) = turn else {
                    if flow.on_failure(Failure::Connect, now) == Verdict::GiveUp {
                        return ended(flow, now);
                    }
                    continue;
                };
                match (turn.outcome.response(), &turn.outcome) {
                    (Some(response), _) => flow.on_response(response, now),
                    (None, Outcome::Failure(kind)) => {
                        if flow.on_failure(Outcome::failure(*kind), now) == Verdict::GiveUp {
                            return ended(flow, now);
                        }
                    }
                    (None, _) => {}
                }
            }
            Step::Done(_) => return ended(flow, now),
        }
        if let Some(turn) = turn {
            let passes = Duration::from_millis(turn.passes.unsigned_abs().into());
            if turn.passes < 0 {
                now -= passes;
                was_set_back = true;
            } else {
                now += passes;
            }
        }
    }
    panic!("a flow does not end");
}

/// Whatever is tried, nothing is sent any more.
fn ended<F: Flow>(mut flow: F, now: SystemTime) {
    for _ in 0..3 {
        assert!(matches!(flow.poll(now), Step::Done(Err(_))));
        flow.on_response(Response::new(TOKEN), now);
        assert_eq!(flow.on_failure(Failure::Broken, now), Verdict::GiveUp);
    }
}

/// A time far from both ends.
pub fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}
