//! [`Flow`]: several requests as one state machine.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::{Request, Response};

use crate::client::Origin;
use crate::error::{Error, TransportError, TransportErrorKind};

/// A sequence of requests and waits with one result, as a state machine.
///
/// A flow does no IO and reads no clock. [`poll`](Flow::poll) says what to do next:
///
/// - [`Step::Send`]: send the request and pass the result to [`handle`](Flow::handle), then poll again.
/// - [`Step::Wait`]: poll again once that time has passed. Polling earlier is harmless and returns the remaining wait.
/// - [`Step::Done`]: the flow has ended.
///
/// Polling in any other order returns [`Error::OutOfTurn`] and sends nothing.
///
/// `now` is the wall clock, which may be set while the flow runs. Setting it back costs at most one more wait. Setting it
/// ahead counts as time that has passed, because a device that was suspended looks the same. If it stands still, or runs back,
/// for several polls in a row, the waits that the flow asked for count as passed.
///
/// Each adapter's `run` drives any flow. By hand:
///
/// ```
/// use std::time::SystemTime;
/// use plexauth_proto::{Attempt, ClientInfo, Error, Flow, GetUserDetails, Outgoing, RetryPolicy, Step, TransportError};
///
/// # fn send(_: Outgoing) -> Result<http::Response<Vec<u8>>, TransportError> {
/// #     Ok(http::Response::new(br#"{"id":1,"uuid":"9f0b"}"#.to_vec()))
/// # }
/// fn drive<F: Flow>(mut flow: F) -> Result<F::Output, Error> {
///     loop {
///         match flow.poll(SystemTime::now()) {
///             Step::Send(outgoing) => flow.handle(send(outgoing), SystemTime::now()),
///             Step::Wait(time) => std::thread::sleep(time),
///             Step::Done(result) => return result,
///         }
///     }
/// }
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let account = drive(Attempt::new(GetUserDetails::new("hushhush"), &info, RetryPolicy::default()))?;
/// # assert_eq!(account.id, 1);
/// # Ok::<(), Error>(())
/// ```
pub trait Flow {
    /// The result of the flow.
    type Output;

    /// The next step.
    fn poll(&mut self, now: SystemTime) -> Step<Self::Output>;

    /// Takes the outcome of the request that the last [`Step::Send`] contained: the response, whatever its status, or
    /// the error of the transport. Ignored if no request is under way.
    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime);
}

impl<F: Flow + ?Sized> Flow for &mut F {
    type Output = F::Output;

    fn poll(&mut self, now: SystemTime) -> Step<F::Output> {
        (**self).poll(now)
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        (**self).handle(result, now);
    }
}

impl<F: Flow + ?Sized> Flow for Box<F> {
    type Output = F::Output;

    fn poll(&mut self, now: SystemTime) -> Step<F::Output> {
        (**self).poll(now)
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        (**self).handle(result, now);
    }
}

/// The next step of a flow.
#[must_use = "a flow does nothing by itself"]
#[expect(clippy::large_enum_variant, reason = "a step is matched at once, and a box would be an allocation")]
pub enum Step<T> {
    /// Send this request and pass the outcome to [`Flow::handle`].
    Send(Outgoing),
    /// Wait for this long, then poll again.
    Wait(Duration),
    /// The flow has ended. Nothing more is sent.
    Done(Result<T, Error>),
}

/// A request to send.
#[non_exhaustive]
pub struct Outgoing {
    /// The request: complete, with its URL, headers and body.
    pub request: Request<Vec<u8>>,
    /// The time limit up to the last byte of the response, if it is shorter than the usual one.
    pub timeout: Option<Duration>,
    /// The purpose of the request, for logs.
    pub label: Label,
}

impl Outgoing {
    /// A request with the usual time limit.
    #[must_use]
    pub const fn new(request: Request<Vec<u8>>, label: Label) -> Self {
        Self { request, timeout: None, label }
    }

    /// Shortens the time limit.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Refuses what HTTP libraries treat differently, some of them with a panic. The adapters call it before they send.
    ///
    /// # Errors
    ///
    /// [`Connect`](TransportErrorKind::Connect) for an address that is no [`BaseUrl`](crate::BaseUrl), and
    /// [`Tls`](TransportErrorKind::Tls) for https while the clock shows a time before 1970.
    pub fn check(&self, now: SystemTime) -> Result<(), TransportError> {
        let origin = Origin::of(self.request.uri())
            .map_err(|error| TransportError::new(TransportErrorKind::Connect, error))?;
        if origin.is_https() && now < SystemTime::UNIX_EPOCH {
            // rustls panics if it cannot tell whether a certificate is valid.
            let problem = "the clock of this device shows a time before 1970; set it";
            return Err(TransportError::new(TransportErrorKind::Tls, problem));
        }
        Ok(())
    }
}

/// A request of the caller's own, with the usual time limit and the label `request`.
impl From<Request<Vec<u8>>> for Outgoing {
    fn from(request: Request<Vec<u8>>) -> Self {
        Self::new(request, Label::new("request"))
    }
}

/// Shows neither the query of the request, nor numbers in its path, nor its headers, nor its body: they may be secrets.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A number may be the id of a PIN, which is enough to fetch the token.
        let is_number =
            |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.is_empty();
        let path = self.request.uri().path().split('/');
        let path: Vec<_> = path.map(|segment| if is_number(segment) { ".." } else { segment }).collect();
        write!(f, "{} {} ({})", self.request.method(), path.join("/"), self.label)
    }
}

/// Shows no secrets, like [`Outgoing`], and not the result.
impl<T> fmt::Debug for Step<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(outgoing) => write!(f, "Send({outgoing:?})"),
            Self::Wait(time) => write!(f, "Wait({time:?})"),
            Self::Done(Ok(_)) => f.write_str("Done(Ok(..))"),
            Self::Done(Err(error)) => write!(f, "Done(Err({error:?}))"),
        }
    }
}

/// The purpose of a request, for logs: the operation and the number of the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The name of the operation, such as `GetUserDetails`: see [`Operation::name`](crate::Operation::name).
    pub operation: &'static str,
    /// 1 for the first attempt, 2 for its first repetition.
    pub attempt: u32,
}

impl Label {
    /// The first attempt at an operation.
    #[must_use]
    pub const fn new(operation: &'static str) -> Self {
        Self { operation, attempt: 1 }
    }

    /// The attempt after this many failed ones.
    #[must_use]
    pub const fn after(self, failed: u32) -> Self {
        Self { attempt: failed.saturating_add(1), ..self }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, attempt {}", self.operation, self.attempt)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::error::ResponseError;

    /// Asks once and gives the status of the response.
    struct Ask(Option<Result<StatusCode, Error>>);

    impl Flow for Ask {
        type Output = StatusCode;

        fn poll(&mut self, _: SystemTime) -> Step<StatusCode> {
            match self.0.take() {
                Some(result) => Step::Done(result),
                None => Step::Send(Outgoing::from(Request::new(b"hushhush".to_vec()))),
            }
        }

        fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, _: SystemTime) {
            self.0 = Some(result.map(|response| response.status()).map_err(Error::from));
        }
    }

    #[test]
    fn boxed_and_borrowed_flows_are_flows() {
        let now = SystemTime::UNIX_EPOCH;
        let mut borrowed = Ask(None);
        let mut flows: Vec<Box<dyn Flow<Output = StatusCode> + '_>> =
            vec![Box::new(Ask(None)), Box::new(&mut borrowed), Box::new(Box::new(Ask(None)))];
        for flow in &mut flows {
            assert!(matches!(flow.poll(now), Step::Send(_)));
            flow.handle(Ok(Response::default()), now);
            assert!(matches!(flow.poll(now), Step::Done(Ok(StatusCode::OK))));
            flow.handle(Err(TransportError::new(TransportErrorKind::Broken, "reset")), now);
            assert!(matches!(flow.poll(now), Step::Done(Err(Error::Transport(_)))));
        }
    }

    #[test]
    fn unusable_address_or_clock_is_refused() {
        let check = |uri: &str, now: SystemTime| {
            let outgoing = Outgoing::from(Request::get(uri).body(Vec::new()).unwrap());
            outgoing.check(now).map_err(|error| (error.kind(), format!("{:#}", anyhow::Error::from(error))))
        };
        let now = SystemTime::UNIX_EPOCH;
        let before = now - Duration::from_secs(1);
        assert_eq!(check("https://h:1/path?query=1", now), Ok(()));
        assert_eq!(check("http://h/", before), Ok(()));
        let (kind, shown) = check("https://h/", before).unwrap_err();
        assert_eq!(kind, TransportErrorKind::Tls);
        assert!(shown.ends_with("the clock of this device shows a time before 1970; set it"), "{shown}");
        for (uri, problem) in [
            ("http://1.2.3.4.5:1/", "its host is not a valid IPv4 address"),
            ("http://h:+1/", "its port is not a number from 1 to 65535, in at most five digits"),
            ("/path", "it is not a valid URL; write it like http://192.168.1.5:32400"),
        ] {
            let (kind, shown) = check(uri, now).unwrap_err();
            assert_eq!(kind, TransportErrorKind::Connect, "{uri}");
            assert!(shown.ends_with(problem), "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_secrets() {
        let request = Request::get("https://h/api/v2/user?pin=9876").body(Vec::new()).unwrap();
        let outgoing = Outgoing::new(request, Label::new("GetUserDetails"));
        let error = ResponseError::not_understood(StatusCode::OK, "id", "missing");
        let steps: [Step<&str>; 4] = [
            Step::Send(outgoing),
            Step::Wait(Duration::from_secs(2)),
            Step::Done(Ok("hushhush")),
            Step::Done(Err(Error::from(error.clone()))),
        ];
        let shown = steps.map(|step| format!("{step:?}"));
        assert_eq!(
            shown,
            [
                "Send(GET /api/v2/user (GetUserDetails, attempt 1))",
                "Wait(2s)",
                "Done(Ok(..))",
                &format!("Done(Err(Response({error:?})))")
            ]
        );
    }

    #[test]
    fn attempts_count_from_one() {
        assert_eq!(Label::new("Ping").to_string(), "Ping, attempt 1");
        assert_eq!(Label::new("Ping").after(2), Label { operation: "Ping", attempt: 3 });
        assert_eq!(Label::new("Ping").after(u32::MAX).attempt, u32::MAX);
    }
}
