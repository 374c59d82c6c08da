//! The fuzz targets, and the checks that they share.

pub mod conversation;
pub mod oracles;
pub mod targets;

use std::fmt::Debug;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use http::Response;
use plexauth_proto::{BaseUrl, ClientInfo, ErrorKind, Operation, ResponseError, Source};
use rustix::time::{ClockId, clock_gettime};

/// The token and password of the operations under test. No error may contain it.
pub const SECRET: &str = "zqxjkvbp-s3cret";

/// Builds a value from arbitrary bytes. Returns `None` if there are too few.
pub fn structured<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(data)).ok()
}

/// Parses a successful response and checks the result.
pub fn read<O>(operation: &O, body: &[u8]) -> Option<O::Output>
where
    O: Operation,
    O::Output: Debug,
{
    read_response(operation, &Response::new(body))
}

/// Parses a response and checks the result.
pub fn read_response<O>(operation: &O, response: &Response<&[u8]>) -> Option<O::Output>
where
    O: Operation,
    O::Output: Debug,
{
    let start = cpu_time();
    let result = operation.parse(response);
    // Generous for linear parsing, but too short for quadratic parsing.
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

/// The CPU time of this thread, which does not depend on the load of the machine.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn check(error: &ResponseError, response: &Response<&[u8]>) {
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "an error contains a secret");
        assert!(shown.len() < 4096, "an error is too long");
    }
    let quote = error.message().unwrap_or_default();
    assert!(quote.chars().count() <= 200 && !quote.contains(char::is_control));
    assert!(error.redirect_origin().unwrap_or_default().chars().count() <= 200);
    assert_eq!(error.status(), response.status());
    let about_the_body = matches!(error.kind(), ErrorKind::NotJson | ErrorKind::NotUnderstood);
    assert!(!about_the_body || response.status().is_success());
    if error.is_token_invalid() {
        assert_eq!(response.status(), 401, "only a 401 invalidates the token");
    }
}

/// The client that sends the requests.
pub fn info() -> ClientInfo {
    ClientInfo::new("id-1", "Fuzz").expect("valid client info")
}

/// The base URL of a Media Server.
pub fn server() -> BaseUrl {
    "http://127.0.0.1:32400/plex".parse().expect("valid URL")
}

/// A source on that server.
pub fn source() -> Source {
    Source::server("9f0b").expect("valid identifier")
}
