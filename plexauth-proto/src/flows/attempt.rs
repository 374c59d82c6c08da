use std::time::{Duration, SystemTime};

use http::Response;

use crate::client::ClientInfo;
use crate::clock::{self, Stopwatch};
use crate::error::{Error, TransportError};
use crate::flow::{Flow, Label, Outgoing, Step};
use crate::operation::Operation;
use crate::retry::RetryPolicy;

/// One operation, retried where that is safe and can help: see [`RetryPolicy`].
///
/// The adapters' `send` runs it. Only an operation that is [repeatable](Operation::is_repeatable) and whose HTTP method
/// is idempotent (RFC 9110, section 9.2.2) is retried. A sign-in is a `POST`, so it is sent once, whatever happens.
///
/// # Errors
///
/// Those of the operation, after the last attempt.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{Attempt, ClientInfo, GetUserDetails, RetryPolicy};
///
/// /// For an adapter's `run`: like its `send`, but without retries.
/// fn without_retries(token: &str, info: &ClientInfo) -> Attempt<GetUserDetails> {
///     Attempt::new(GetUserDetails::new(token), info, RetryPolicy::none())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct Attempt<O: Operation> {
    operation: O,
    info: ClientInfo,
    policy: RetryPolicy,
    stopwatch: Stopwatch,
    is_repeatable: bool,
    retries: u32,
    state: State<O::Output>,
}

#[derive(Debug)]
enum State<T> {
    Waiting(Duration),
    Sent,
    /// Boxed, because the flow stores it and is moved: an account takes 800 bytes.
    Ended(Box<Result<T, Error>>),
    Done,
}

impl<O: Operation> Attempt<O> {
    /// Sends `operation` as `info`, and retries it as `policy` says.
    pub fn new(operation: O, info: &ClientInfo, policy: RetryPolicy) -> Self {
        Self {
            operation,
            info: info.clone(),
            policy,
            stopwatch: Stopwatch::default(),
            is_repeatable: false,
            retries: 0,
            state: State::Waiting(Duration::ZERO),
        }
    }

    fn send(&mut self) -> Step<O::Output> {
        match self.operation.request(&self.info) {
            Ok(request) => {
                self.is_repeatable = request.method().is_idempotent() && self.operation.is_repeatable();
                self.state = State::Sent;
                Step::Send(Outgoing::new(request, Label::new(self.operation.name()).after(self.retries)))
            }
            Err(error) => Step::Done(Err(error.into())),
        }
    }

    /// The output, or the error and how long to wait before the next attempt.
    fn outcome(
        &self,
        result: Result<Response<Vec<u8>>, TransportError>,
        now: SystemTime,
    ) -> Result<O::Output, (Error, Option<Duration>)> {
        let response = result.map_err(|error| {
            let wait = self.policy.after_transport_error(self.retries, error.kind());
            (error.into(), wait)
        })?;
        self.operation.parse(&response).map_err(|error| {
            #[cfg(feature = "tracing")]
            crate::trace::record_kind(&response, error.kind());
            let server_time = clock::server_time(response.headers()).unwrap_or(now);
            let wait = self.policy.after_response_error(self.retries, &error, server_time);
            (error.into(), wait)
        })
    }
}

impl<O: Operation> Flow for Attempt<O> {
    type Output = O::Output;

    fn poll(&mut self, now: SystemTime) -> Step<O::Output> {
        let passed = self.stopwatch.lap(now);
        match std::mem::replace(&mut self.state, State::Done) {
            State::Waiting(time) => match time.saturating_sub(passed) {
                Duration::ZERO => self.send(),
                rest => {
                    self.state = State::Waiting(rest);
                    Step::Wait(self.stopwatch.ask(rest))
                }
            },
            State::Ended(result) => Step::Done(*result),
            State::Sent | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        self.stopwatch.lap(now);
        if !matches!(self.state, State::Sent) {
            return;
        }
        self.state = match self.outcome(result, now) {
            Ok(output) => State::Ended(Box::new(Ok(output))),
            Err((_, Some(wait))) if self.is_repeatable => {
                self.retries = self.retries.saturating_add(1);
                State::Waiting(wait)
            }
            Err((error, _)) => State::Ended(Box::new(Err(error))),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Event::{Answer, AnswerWith, Fail, Name, Poll};
    use super::super::testing::{Line, REFUSED, at, play};
    use super::*;
    use crate::error::TransportErrorKind;
    use crate::operations::{CheckPin, GetUserDetails, LinkPin, SignIn};

    const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b","authToken":"hushhush"}"#;
    const GET: &str = "GET /api/v2/user";

    fn info() -> ClientInfo {
        ClientInfo::new("id-1", "App").unwrap()
    }

    fn get(policy: RetryPolicy, script: &[Line<'_>]) {
        let mut flow = Attempt::new(GetUserDetails::new("hushhush"), &info(), policy);
        play(&mut flow, |account| account.uuid.clone(), script);
    }

    fn sign_in(script: &[Line<'_>]) {
        let mut flow = Attempt::new(SignIn::new("me", "p"), &info(), RetryPolicy::default());
        play(&mut flow, |signed_in| signed_in.token.expose().to_owned(), script);
    }

    /// Retries at once: the waits are tested with the policy.
    fn policy() -> RetryPolicy {
        RetryPolicy::default().base_delay(Duration::ZERO)
    }

    #[test]
    fn success_ends_the_flow() {
        get(
            policy(),
            &[
                (0.0, Poll, GET),
                (0.1, Answer(200, ACCOUNT), ""),
                (0.1, Poll, "ok 9f0b"),
                (0.2, Poll, "OutOfTurn"),
                (0.2, Answer(200, ACCOUNT), ""),
                (0.2, Fail(TransportErrorKind::Broken), ""),
                (0.3, Poll, "OutOfTurn"),
            ],
        );
    }

    #[test]
    fn lost_connection_is_retried_up_to_the_limit() {
        get(
            policy(),
            &[
                (0.0, Poll, GET),
                (0.0, Name, "GetUserDetails, attempt 1"),
                (1.0, Fail(TransportErrorKind::Broken), ""),
                (1.0, Poll, GET),
                (1.0, Name, "GetUserDetails, attempt 2"),
                (2.0, Fail(TransportErrorKind::Timeout), ""),
                (2.0, Poll, GET),
                (3.0, Fail(TransportErrorKind::Connect), ""),
                (3.0, Poll, "Transport Connect"),
                (3.0, Poll, "OutOfTurn"),
            ],
        );
    }

    #[test]
    fn unavailable_server_is_retried_up_to_the_limit() {
        get(
            policy(),
            &[
                (0.0, Poll, GET),
                (0.0, Answer(503, ""), ""),
                (0.0, Poll, GET),
                (0.0, Answer(502, ""), ""),
                (0.0, Poll, GET),
                (0.0, Answer(504, ""), ""),
                (0.0, Poll, "Response ServerFailure"),
            ],
        );
    }

    #[test]
    fn wait_survives_changes_of_the_clock() {
        get(
            policy(),
            &[
                (0.0, Poll, GET),
                (0.5, AnswerWith(429, ("retry-after", "7"), ""), ""),
                (0.5, Poll, "wait 7"),
                (3.5, Poll, "wait 4"),
                (-86_400.0, Poll, "wait 4"),
                (-86_397.0, Poll, "wait 1"),
                (86_400.0, Poll, GET),
            ],
        );
    }

    /// The date in `Retry-After` is by the server's clock, which may differ from the local one by a day.
    #[test]
    fn retry_after_date_is_by_the_servers_clock() {
        let mut flow = Attempt::new(GetUserDetails::new("hushhush"), &info(), policy());
        let now = at(86_400.0);
        assert!(matches!(flow.poll(now), Step::Send(_)));
        let response = Response::builder()
            .status(503)
            .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .header("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT");
        flow.handle(Ok(response.body(Vec::new()).unwrap()), now);
        assert!(matches!(flow.poll(now), Step::Wait(time) if time == Duration::from_secs(10)));
    }

    #[test]
    fn permanent_failure_is_not_retried() {
        for status in [301, 400, 401, 403, 404, 498, 500, 501] {
            let mut flow = Attempt::new(GetUserDetails::new("hushhush"), &info(), policy());
            assert!(matches!(flow.poll(SystemTime::UNIX_EPOCH), Step::Send(_)));
            flow.handle(Ok(super::super::testing::response(status, None, REFUSED)), SystemTime::UNIX_EPOCH);
            let Step::Done(Err(Error::Response(error))) = flow.poll(SystemTime::UNIX_EPOCH) else {
                panic!("{status}")
            };
            assert_eq!(error.status(), status);
        }
        get(policy(), &[(0.0, Poll, GET), (0.0, Answer(200, "hello"), ""), (0.0, Poll, "Response NotJson")]);
        for failure in
            [TransportErrorKind::Tls, TransportErrorKind::BodyTooLarge, TransportErrorKind::RedirectFollowed]
        {
            let end = format!("Transport {failure:?}");
            get(policy(), &[(0.0, Poll, GET), (0.0, Fail(failure), ""), (0.0, Poll, &end)]);
        }
    }

    /// A captive portal, or a proxy that had a bad moment.
    #[test]
    fn foreign_page_is_retried() {
        for (status, page) in [(200, "<html>"), (401, "<html>"), (403, ""), (404, "not found")] {
            get(
                policy(),
                &[
                    (0.0, Poll, GET),
                    (0.0, Answer(status, page), ""),
                    (0.0, Poll, GET),
                    (0.0, Answer(200, ACCOUNT), ""),
                    (0.0, Poll, "ok 9f0b"),
                ],
            );
        }
    }

    /// Quirk: repeated failed sign-ins lock out the network address.
    #[test]
    fn sign_in_is_never_retried() {
        let post = "POST /api/v2/users/signin login=me&password=p";
        for failure in [
            TransportErrorKind::Connect,
            TransportErrorKind::ConnectTimeout,
            TransportErrorKind::Tls,
            TransportErrorKind::Timeout,
            TransportErrorKind::Broken,
        ] {
            let end = format!("Transport {failure:?}");
            sign_in(&[
                (0.0, Poll, post),
                (0.0, Fail(failure), ""),
                (9.0, Poll, &end),
                (9.0, Poll, "OutOfTurn"),
            ]);
        }
        sign_in(&[(0.0, Poll, post), (0.0, Answer(429, ""), ""), (0.0, Poll, "Response RateLimited")]);
        sign_in(&[(0.0, Poll, post), (0.0, Answer(503, ""), ""), (0.0, Poll, "Response ServerFailure")]);
        sign_in(&[
            (0.0, Poll, post),
            (0.0, Answer(401, REFUSED), ""),
            (0.0, Poll, "Response WrongCredentials"),
        ]);
    }

    #[test]
    fn non_repeatable_operation_is_not_retried() {
        let mut check = Attempt::new(CheckPin::new(7), &info(), policy());
        play(
            &mut check,
            |_| String::new(),
            &[
                (0.0, Poll, "GET /api/v2/pins/7"),
                (0.0, Fail(TransportErrorKind::Broken), ""),
                (0.0, Poll, "Transport Broken"),
            ],
        );
        let mut link = Attempt::new(LinkPin::new("t", "AB12"), &info(), policy());
        play(
            &mut link,
            |_| String::new(),
            &[
                (0.0, Poll, "PUT /api/v2/pins/link code=AB12"),
                (0.0, Answer(503, ""), ""),
                (0.0, Poll, "Response ServerFailure"),
            ],
        );
    }

    #[test]
    fn invalid_input_ends_the_flow_before_sending() {
        let mut flow = Attempt::new(GetUserDetails::new(""), &info(), policy());
        play(&mut flow, |account| account.uuid.clone(), &[(0.0, Poll, "Request"), (0.0, Poll, "OutOfTurn")]);
    }

    #[test]
    fn polling_out_of_turn_is_an_error() {
        get(policy(), &[(0.0, Poll, GET), (5.0, Poll, "OutOfTurn"), (6.0, Answer(200, ACCOUNT), "")]);
        get(
            policy(),
            &[(0.0, Answer(200, ACCOUNT), ""), (0.0, Fail(TransportErrorKind::Broken), ""), (0.0, Poll, GET)],
        );
    }
}
