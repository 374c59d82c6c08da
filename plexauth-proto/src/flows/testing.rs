//! Plays scripts with a flow: at a time, an event, and the expected step. Nothing sleeps.

use std::time::{Duration, SystemTime};

use http::Response;

use crate::error::{Error, TransportError, TransportErrorKind};
use crate::flow::{Flow, Step};

/// The start of every script, in Unix seconds: Sun, 06 Nov 1994 08:49:37 GMT.
pub(crate) const START: u64 = 784_111_777;

/// The body of a refusal in plex.tv's form, without a code.
pub(crate) const REFUSED: &str = r#"{"errors":[{"message":"refused"}]}"#;

/// The moment this many seconds after [`START`].
pub(crate) fn at(seconds: f64) -> SystemTime {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
    let offset = Duration::from_secs_f64(seconds.abs());
    if seconds < 0.0 { start - offset } else { start + offset }
}

/// An event of a script.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    /// The flow is polled.
    Poll,
    /// A response with this status and body arrives.
    Answer(u16, &'static str),
    /// A response with this status, header and body arrives.
    AnswerWith(u16, (&'static str, &'static str), &'static str),
    /// The transport fails.
    Fail(TransportErrorKind),
    /// The label of the last request is read.
    Name,
}

/// The time in seconds, the event, and the expected step as [`shown`] writes it (for [`Event::Poll`]) or the label
/// (for [`Event::Name`]).
pub(crate) type Line<'a> = (f64, Event, &'a str);

/// Plays a script, and compares each line.
pub(crate) fn play<F: Flow>(flow: &mut F, show: fn(&F::Output) -> String, script: &[Line<'_>]) {
    let mut label = String::new();
    for (number, &(seconds, event, expected)) in script.iter().enumerate() {
        let now = at(seconds);
        let mut came = String::new();
        match event {
            Event::Poll => {
                let step = flow.poll(now);
                came = shown(&step, show);
                if let Step::Send(outgoing) = step {
                    label = outgoing.label.to_string();
                }
            }
            Event::Answer(status, body) => flow.handle(Ok(response(status, None, body)), now),
            Event::AnswerWith(status, header, body) => {
                flow.handle(Ok(response(status, Some(header), body)), now);
            }
            Event::Fail(kind) => flow.handle(Err(TransportError::new(kind, "lost")), now),
            Event::Name => came.clone_from(&label),
        }
        assert_eq!(came, expected, "line {number}, at {seconds} s: {event:?}");
    }
}

pub(crate) fn response(status: u16, header: Option<(&str, &str)>, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    response.body(body.into()).unwrap()
}

/// A step in words: `GET /api/v2/user` (and the body, if there is one), `wait 1.5`, `ok …`, or the error.
pub(crate) fn shown<T>(step: &Step<T>, show: fn(&T) -> String) -> String {
    match step {
        Step::Send(outgoing) => {
            let path = outgoing.request.uri().path_and_query().unwrap();
            let body = String::from_utf8_lossy(outgoing.request.body());
            format!("{} {path} {body}", outgoing.request.method()).trim_end().to_owned()
        }
        Step::Wait(time) => format!("wait {}", time.as_secs_f64()),
        Step::Done(Ok(output)) => format!("ok {}", show(output)),
        Step::Done(Err(Error::Transport(error))) => format!("Transport {:?}", error.kind()),
        Step::Done(Err(Error::Response(error))) => format!("Response {:?}", error.kind()),
        Step::Done(Err(error)) => format!("{error:?}").split([' ', '(']).next().unwrap().to_owned(),
    }
}
