//! Plays scripts with a flow: at a time, something happens, and a step is expected. Nothing sleeps.

use std::time::{Duration, SystemTime};

use http::Response;

use crate::{Failure, Flow, Step};

/// The time that scripts count from, in Unix seconds: Sun, 06 Nov 1994 08:49:37 GMT.
pub(super) const START: u64 = 784_111_777;

/// So many seconds after [`START`], or before.
pub(super) fn at(seconds: f64) -> SystemTime {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
    let offset = Duration::from_secs_f64(seconds.abs());
    if seconds < 0.0 { start - offset } else { start + offset }
}

/// What happens to a flow.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// It is asked what to do next.
    Poll,
    /// A status and a body come back.
    Answer(u16, &'static str),
    /// The same, with a header.
    AnswerWith(u16, (&'static str, &'static str), &'static str),
    /// It is asked what its request is for.
    Name,
    /// No response comes back.
    Fail(Failure),
}

/// The time in seconds, what happens, and what the flow makes of it: for [`Event::Poll`] the step in the words of
/// [`shown`], for [`Event::Fail`] the verdict, otherwise nothing.
pub(super) type Line<'a> = (f64, Event, &'a str);

/// Plays a script, and compares each line.
pub(super) fn play<F: Flow>(flow: &mut F, show: fn(&F::Output) -> String, script: &[Line<'_>]) {
    for (number, &(seconds, event, expected)) in script.iter().enumerate() {
        let now = at(seconds);
        let came = match event {
            Event::Poll => shown(&flow.poll(now), show),
            Event::Answer(status, body) => {
                flow.on_response(response(status, None, body), now);
                String::new()
            }
            Event::AnswerWith(status, header, body) => {
                flow.on_response(response(status, Some(header), body), now);
                String::new()
            }
            Event::Name => flow.current_exchange().to_string(),
            Event::Fail(failure) => format!("{:?}", flow.on_failure(failure, now)),
        };
        assert_eq!(came, expected, "line {number}, at {seconds} s: {event:?}");
    }
}

fn response(status: u16, header: Option<(&str, &str)>, body: &'static str) -> Response<&'static str> {
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}

/// A step in words: `GET /api/v2/user` (and the body, if there is one), `wait 1.5`, `ok …`, or the error.
pub(super) fn shown<T>(step: &Step<T>, show: fn(&T) -> String) -> String {
    match step {
        Step::Send(request) => {
            let path = request.uri().path_and_query().unwrap();
            let body = String::from_utf8_lossy(request.body());
            format!("{} {path} {body}", request.method()).trim_end().to_owned()
        }
        Step::Wait(time) => format!("wait {}", time.as_secs_f64()),
        Step::Done(Ok(output)) => format!("ok {}", show(output)),
        Step::Done(Err(error)) => {
            format!("{error:?}").split([' ', '(']).next().unwrap().to_owned() + &kind(error)
        }
    }
}

fn kind(error: &crate::Error) -> String {
    error.kind().map(|kind| format!(" {kind:?}")).unwrap_or_default()
}
