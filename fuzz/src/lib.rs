//! What every target holds responses to.

pub mod conversation;
pub mod targets;

use std::fmt::Debug;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use http::Response;
use plexauth_proto::{BaseUrl, ClientInfo, ErrorKind, Operation, ResponseError, Source};
use rustix::time::{ClockId, clock_gettime};

/// The token and password that the operations under test were given: letters that no quote should ever hold.
pub const SECRET: &str = "zqxjkvbp-s3cret";

/// What arbitrary bytes stand for, if there are enough of them.
pub fn structured<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(data)).ok()
}

/// Reads a response that is a success, and holds the result to what is promised.
pub fn read<O>(operation: &O, body: &[u8]) -> Option<O::Output>
where
    O: Operation,
    O::Output: Debug,
{
    read_response(operation, &Response::new(body))
}

/// Reads any response, and holds the result to what is promised.
pub fn read_response<O>(operation: &O, response: &Response<&[u8]>) -> Option<O::Output>
where
    O: Operation,
    O::Output: Debug,
{
    let start = cpu_time();
    let result = operation.parse(response);
    // Far more than it takes, and far less than if it were not linear.
    let (taken, length) = (cpu_time().saturating_sub(start), response.body().len());
    let allowed = Duration::from_millis(500) + Duration::from_micros(20) * length as u32;
    assert!(taken < allowed, "{taken:?} for {length} bytes");
    match result {
        Ok(output) => {
            assert!(response.status().is_success());
            Some(output)
        }
        Err(error) => {
            check(&error, response);
            None
        }
    }
}

/// What this thread has had of the processor: however busy the machine is, others' time does not count.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn check(error: &ResponseError, response: &Response<&[u8]>) {
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "an error shows a secret");
        assert!(shown.len() < 4096, "an error is longer than anybody reads");
    }
    let quote = error.message().unwrap_or_default();
    assert!(quote.chars().count() <= 200 && !quote.contains(char::is_control));
    assert!(error.redirect_origin().unwrap_or_default().chars().count() <= 200);
    assert_eq!(error.status(), response.status());
    let about_the_body = matches!(error.kind(), ErrorKind::NotJson | ErrorKind::NotUnderstood);
    assert!(!about_the_body || response.status().is_success());
    if error.is_token_invalid() {
        assert_eq!(response.status(), 401, "nothing but a 401 is about the token");
    }
}

/// Somebody who asks.
pub fn info() -> ClientInfo {
    ClientInfo::new("id-1", "Fuzz").expect("two good values")
}

/// A server to ask.
pub fn server() -> BaseUrl {
    "http://127.0.0.1:32400/plex".parse().expect("a good URL")
}

/// A source to ask for.
pub fn source() -> Source {
    Source::server("9f0b").expect("a good identifier")
}
