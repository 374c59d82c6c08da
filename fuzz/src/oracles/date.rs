//! Dates, read and written by `jiff`.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// A date as plex.tv writes it, such as `2021-04-12T18:21:12Z` or `2021-04-12 18:21:12 UTC`.
pub fn from_plex(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix(" UTC").or(text.strip_suffix('Z')).unwrap_or(text);
    in_utc(text.parse().ok()?)
}

/// A date in a header: the three forms of RFC 9110, section 5.6.7.
pub fn from_http(text: &str) -> Option<Timestamp> {
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let read = |form: &&str| strtime::parse(form, text).ok()?.to_datetime().ok();
    in_utc(forms.iter().find_map(read)?)
}

fn in_utc(date: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(date).ok()
}

/// The forms in which Plex writes a date.
pub const PLEX: &[&str] = &["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S UTC"];
/// The forms in which servers write a date in a header.
pub const HTTP: &[&str] = &["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// A time, written in that form.
pub fn written(seconds: u64, form: &str) -> String {
    let time = Timestamp::from_second(seconds.cast_signed()).expect("before the year 10000");
    TimeZone::UTC.to_datetime(time).strftime(form).to_string()
}

/// The time as the standard library has it.
pub fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
