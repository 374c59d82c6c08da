//! Dates in headers and bodies, compared with `jiff`.

use std::time::SystemTime;

use arbitrary::Arbitrary;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use plexauth_proto::RetryAfter;
use plexauth_proto::model::Resource;
use serde_json::json;

use crate::oracles::date::{HTTP, PLEX, from_http, from_plex, time, written};
use crate::structured;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Text(&'a str),
    /// A date, with some characters replaced.
    Changed {
        seconds: u64,
        form: u8,
        at: u8,
        by: &'a str,
    },
    Date(u64),
}

/// The last second that `jiff` knows, in the year 9999.
const LAST: u64 = 253_402_207_200;

/// Runs the target.
pub fn run(data: &[u8]) {
    match structured(data) {
        Some(Input::Text(text)) => check(text),
        Some(Input::Changed { seconds, form, at, by }) => {
            let forms = [PLEX, HTTP].concat();
            let mut text = written(seconds % LAST, forms[usize::from(form) % forms.len()]);
            let at = usize::from(at) % text.len();
            let end = (at + by.len()).min(text.len());
            text.replace_range(at..end, by);
            check(&text);
        }
        Some(Input::Date(seconds)) => check_date(seconds % LAST),
        None => {}
    }
}

fn in_header(text: &str) -> Option<RetryAfter> {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_str(text).ok()?);
    RetryAfter::from_headers(&headers)
}

fn in_body(text: &str) -> Option<SystemTime> {
    serde_json::from_value::<Resource>(json!({ "createdAt": text })).expect("dates are optional").created_at
}

/// Both read the same date, if both read one.
fn check(text: &str) {
    if let (Some(RetryAfter::At(read)), Some(expected)) = (in_header(text), from_http(text.trim())) {
        assert_eq!(Timestamp::try_from(read).ok(), Some(expected), "{text:?}");
    }
    // Digits alone are Unix seconds.
    let is_number = text.trim().bytes().all(|byte| byte.is_ascii_digit());
    if let (Some(read), Some(expected), false) = (in_body(text), from_plex(text.trim()), is_number) {
        assert_eq!(Timestamp::try_from(read).ok(), Some(expected), "{text:?}");
    }
}

/// A date is read in all of its forms.
fn check_date(seconds: u64) {
    for form in PLEX {
        assert_eq!(in_body(&written(seconds, form)), Some(time(seconds)));
    }
    assert_eq!(in_body(&seconds.to_string()), Some(time(seconds)));
    let year = Timestamp::try_from(time(seconds)).expect("before the year 10000").strftime("%Y").to_string();
    for form in HTTP {
        if !form.contains("%y") || (1970..2069).contains(&year.parse().expect("a number")) {
            assert_eq!(in_header(&written(seconds, form)), Some(RetryAfter::At(time(seconds))));
        }
    }
}
