//! Plays conversations with a flow and checks the guarantees of every flow.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use plexauth_proto::{Flow, Outgoing, Step, TransportError, TransportErrorKind};

/// One turn of a conversation: how the clock moves, and the outcome of the request that is under way.
#[derive(Debug, Arbitrary)]
pub struct Turn<'a> {
    /// The change of the clock in milliseconds. A negative one sets it back.
    elapsed: i32,
    /// Whether the driver waits for as long as the flow asks.
    waits: bool,
    outcome: Outcome<'a>,
}

/// The outcome of a request.
#[derive(Debug, Arbitrary)]
pub enum Outcome<'a> {
    Response {
        status: u16,
        retry_after: Option<&'a [u8]>,
        date: Option<u32>,
        body: Body<'a>,
    },
    TransportError(u8),
    /// The outcome is not reported.
    Nothing,
}

/// The body of a response.
#[derive(Debug, Arbitrary)]
pub enum Body<'a> {
    Bytes(&'a [u8]),
    NotYet { expires_in: u64 },
    Token,
    Nonce(&'a str),
}

/// The token in the responses.
pub const TOKEN: &str = "zqxjkvbp-t0ken";

impl Outcome<'_> {
    /// What the transport reports. `None` if it reports nothing.
    pub fn result(&self) -> Option<Result<Response<Vec<u8>>, TransportError>> {
        let (status, retry_after, date, body) = match self {
            Self::Response { status, retry_after, date, body } => (status, retry_after, date, body),
            Self::TransportError(number) => return Some(Err(transport_error(*number))),
            Self::Nothing => return None,
        };
        let body = match body {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::NotYet { expires_in } => format!(r#"{{"authToken":null,"expiresIn":{expires_in}}}"#).into(),
            Body::Token => format!(r#"{{"authToken":"{TOKEN}"}}"#).into(),
            Body::Nonce(nonce) => format!(r#"{{"nonce":{nonce:?}}}"#).into(),
        };
        let mut response = Response::new(body);
        // Mostly statuses that flows treat specially.
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
        Some(Ok(response))
    }
}

fn transport_error(number: u8) -> TransportError {
    let kinds = [
        TransportErrorKind::Connect,
        TransportErrorKind::ConnectTimeout,
        TransportErrorKind::Tls,
        TransportErrorKind::Timeout,
        TransportErrorKind::Broken,
        TransportErrorKind::BodyTooLarge,
        TransportErrorKind::RedirectFollowed,
        TransportErrorKind::Setup,
    ];
    TransportError::new(kinds[usize::from(number) % kinds.len()], "lost")
}

/// The guaranteed limits on the waits of a flow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// No wait ends after this time.
    pub deadline: Option<SystemTime>,
    /// No wait is longer than this.
    pub longest: Option<Duration>,
}

/// Plays the turns, then fails every request until the flow ends. `sent` checks each request; it also gets the time and
/// whether the clock was set back since the last request.
pub fn play<F>(
    mut flow: F,
    turns: &[Turn<'_>],
    bounds: Bounds,
    mut sent: impl FnMut(&Outgoing, SystemTime, bool),
) where
    F: Flow + Debug,
{
    let mut now = start();
    let mut turns = turns.iter();
    let mut was_set_back = false;
    for _ in 0..10_000 {
        let turn = turns.next();
        assert!(turn.is_none() || !format!("{flow:?}").contains(TOKEN), "`Debug` shows the token");
        match flow.poll(now) {
            Step::Wait(time) => {
                assert!(!time.is_zero(), "a wait is zero");
                assert!(
                    bounds.deadline.is_none_or(|deadline| now + time <= deadline),
                    "a wait exceeds the deadline"
                );
                assert!(bounds.longest.is_none_or(|longest| time <= longest), "a wait is too long");
                if turn.is_none_or(|turn| turn.waits) {
                    now += time;
                }
            }
            Step::Send(outgoing) => {
                sent(&outgoing, now, was_set_back);
                was_set_back = false;
                let result = match turn {
                    Some(turn) => turn.outcome.result(),
                    None => Some(Err(transport_error(0))),
                };
                if let Some(result) = result {
                    flow.handle(result, now);
                }
            }
            Step::Done(_) => return check_ended(flow, now),
        }
        if let Some(turn) = turn {
            let elapsed = Duration::from_millis(turn.elapsed.unsigned_abs().into());
            if turn.elapsed < 0 {
                now -= elapsed;
                was_set_back = true;
            } else {
                now += elapsed;
            }
        }
    }
    panic!("the flow does not end");
}

/// Checks that a flow sends nothing after its end.
fn check_ended<F: Flow>(mut flow: F, now: SystemTime) {
    for _ in 0..3 {
        assert!(matches!(flow.poll(now), Step::Done(Err(_))));
        flow.handle(Ok(Response::new(TOKEN.into())), now);
        flow.handle(Err(transport_error(4)), now);
    }
}

/// The start of every conversation, far from the limits of `SystemTime`.
pub fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}
