use std::time::{Duration, SystemTime};

use http::{HeaderMap, Response};

use crate::clock::{self, Stopwatch};
use crate::{
    ClientInfo, Error, Exchange, Failure, Flow, Operation, ResponseError, RetryPolicy, Step, Verdict,
};

/// One operation, sent again where that is safe and can help: see [`RetryPolicy`].
///
/// What the adapters' `send` runs. Only what is [repeatable](Operation::is_repeatable) and whose method is idempotent (RFC
/// 9110, section 9.2.2) is sent again: signing in is a `POST`, and is sent once whatever happens.
///
/// # Errors
///
/// Those of the operation, after the last try.
///
/// # Examples
///
/// ```
/// use plexauth_proto::{Attempt, ClientInfo, GetUserDetails, RetryPolicy};
///
/// /// For an adapter's `run`, or a loop of your own: what an adapter's `send` does, but only once.
/// fn ask_once(token: &str, client: &ClientInfo) -> Attempt<GetUserDetails> {
///     Attempt::new(GetUserDetails::new(token), client, RetryPolicy::none())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct Attempt<O: Operation> {
    operation: O,
    client: ClientInfo,
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
    /// Boxed, since it is moved and kept with the flow: an account has 800 bytes.
    Ended(Box<Result<T, Error>>),
    Done,
}

impl<O: Operation> Attempt<O> {
    /// Sends `operation` for `client`, and again if `policy` says so.
    pub fn new(operation: O, client: &ClientInfo, policy: RetryPolicy) -> Self {
        Self {
            operation,
            client: client.clone(),
            policy,
            stopwatch: Stopwatch::default(),
            is_repeatable: false,
            retries: 0,
            state: State::Waiting(Duration::ZERO),
        }
    }

    fn send(&mut self) -> Step<O::Output> {
        match self.operation.request(&self.client) {
            Ok(request) => {
                self.is_repeatable = request.method().is_idempotent() && self.operation.is_repeatable();
                self.state = State::Sent;
                Step::Send(request)
            }
            Err(error) => {
                self.state = State::Done;
                Step::Done(Err(error.into()))
            }
        }
    }

    /// Waits for the next try, if there is to be one.
    fn retry(&mut self, wait: Option<Duration>) -> Verdict {
        match wait.filter(|_| self.is_repeatable) {
            Some(wait) => {
                self.retries = self.retries.saturating_add(1);
                self.state = State::Waiting(wait);
                Verdict::GoOn
            }
            None => {
                self.state = State::Done;
                Verdict::GiveUp
            }
        }
    }

    fn on_error(&mut self, error: ResponseError, headers: &HeaderMap, now: SystemTime) {
        let server_time = clock::server_time(headers).unwrap_or(now);
        let wait = self.policy.after_error(self.retries, &error, server_time);
        if self.retry(wait) == Verdict::GiveUp {
            self.state = State::Ended(Box::new(Err(error.into())));
        }
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
                    Step::Wait(rest)
                }
            },
            State::Ended(result) => Step::Done(*result),
            State::Sent | State::Done => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn on_response<B: AsRef<[u8]>>(&mut self, response: Response<B>, now: SystemTime) {
        self.stopwatch.lap(now);
        if let State::Sent = self.state {
            match self.operation.parse(&response) {
                Ok(output) => self.state = State::Ended(Box::new(Ok(output))),
                Err(error) => self.on_error(error, response.headers(), now),
            }
        }
    }

    fn on_failure(&mut self, failure: Failure, now: SystemTime) -> Verdict {
        self.stopwatch.lap(now);
        match self.state {
            State::Sent => self.retry(self.policy.after_failure(self.retries, failure)),
            _ => Verdict::GiveUp,
        }
    }

    fn current_exchange(&self) -> Exchange {
        Exchange::new(self.operation.name()).after(self.retries)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Event::{Answer, AnswerWith, Fail, Name, Poll};
    use super::super::testing::{Line, play};
    use super::*;
    use crate::{CheckPin, GetUserDetails, LinkPin, SignIn};

    const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b","authToken":"hushhush"}"#;
    const GET: &str = "GET /api/v2/user";

    fn client() -> ClientInfo {
        ClientInfo::new("id-1", "App").unwrap()
    }

    fn get(policy: RetryPolicy, script: &[Line<'_>]) {
        let mut flow = Attempt::new(GetUserDetails::new("hushhush"), &client(), policy);
        play(&mut flow, |account| account.uuid.clone(), script);
    }

    fn sign_in(script: &[Line<'_>]) {
        let mut flow = Attempt::new(SignIn::new("me", "p"), &client(), RetryPolicy::default());
        play(&mut flow, |signed_in| signed_in.account.uuid.clone(), script);
    }

    /// Without the jitter, whose bounds are tested with the policy: a whole second always.
    fn policy() -> RetryPolicy {
        RetryPolicy::default().base_delay(Duration::ZERO)
    }

    #[test]
    fn what_goes_well_is_sent_once_and_stays_done() {
        get(
            policy(),
            &[
                (0.0, Poll, GET),
                (0.1, Answer(200, ACCOUNT), ""),
                (0.1, Poll, "ok 9f0b"),
                (0.2, Poll, "OutOfTurn"),
                (0.2, Answer(200, ACCOUNT), ""),
                (0.2, Fail(Failure::Broken), "GiveUp"),
                (0.3, Poll, "OutOfTurn"),
            ],
        );
    }

    #[test]
    fn a_lost_connection_is_made_anew_until_the_policy_gives_up() {
        get(
            policy(),
            &[
                (0.0, Poll, GET),
                (0.0, Name, "GetUserDetails, attempt 1"),
                (1.0, Fail(Failure::Broken), "GoOn"),
                (1.0, Poll, GET),
                (1.0, Name, "GetUserDetails, attempt 2"),
                (2.0, Fail(Failure::Timeout), "GoOn"),
                (2.0, Poll, GET),
                (3.0, Fail(Failure::Connect), "GiveUp"),
                (3.0, Poll, "OutOfTurn"),
            ],
        );
    }

    #[test]
    fn a_server_that_is_away_is_asked_again_and_then_its_error_reported() {
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
    fn the_wait_runs_down_by_whatever_clock_there_is() {
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

    /// The date in `Retry-After` is by the server's clock, which may differ from ours by a day.
    #[test]
    fn a_date_to_come_back_at_is_by_the_servers_clock() {
        let mut flow = Attempt::new(GetUserDetails::new("hushhush"), &client(), policy());
        let now = super::super::testing::at(86_400.0);
        assert!(matches!(flow.poll(now), Step::Send(_)));
        let response = Response::builder()
            .status(503)
            .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .header("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT");
        flow.on_response(response.body("").unwrap(), now);
        assert!(matches!(flow.poll(now), Step::Wait(time) if time == Duration::from_secs(10)));
    }

    #[test]
    fn what_another_try_cannot_mend_is_sent_once() {
        for status in [301, 400, 401, 403, 404, 498, 500, 501] {
            let mut flow = Attempt::new(GetUserDetails::new("hushhush"), &client(), policy());
            assert!(matches!(flow.poll(SystemTime::UNIX_EPOCH), Step::Send(_)));
            flow.on_response(Response::builder().status(status).body("").unwrap(), SystemTime::UNIX_EPOCH);
            let Step::Done(Err(Error::Response(error))) = flow.poll(SystemTime::UNIX_EPOCH) else {
                panic!("{status}")
            };
            assert_eq!(error.status(), status);
        }
        get(policy(), &[(0.0, Poll, GET), (0.0, Answer(200, "<html>"), ""), (0.0, Poll, "Response NotJson")]);
        for failure in [Failure::Tls, Failure::BodyTooLarge, Failure::RedirectFollowed] {
            get(policy(), &[(0.0, Poll, GET), (0.0, Fail(failure), "GiveUp")]);
        }
    }

    /// Quirk: signing in over and over locks the address out.
    #[test]
    fn a_sign_in_is_sent_once_whatever_happens() {
        let post = "POST /api/v2/users/signin login=me&password=p";
        for failure in
            [Failure::Connect, Failure::ConnectTimeout, Failure::Tls, Failure::Timeout, Failure::Broken]
        {
            sign_in(&[(0.0, Poll, post), (0.0, Fail(failure), "GiveUp"), (9.0, Poll, "OutOfTurn")]);
        }
        sign_in(&[(0.0, Poll, post), (0.0, Answer(429, ""), ""), (0.0, Poll, "Response RateLimited")]);
        sign_in(&[(0.0, Poll, post), (0.0, Answer(503, ""), ""), (0.0, Poll, "Response ServerFailure")]);
        sign_in(&[(0.0, Poll, post), (0.0, Answer(401, ""), ""), (0.0, Poll, "Response WrongCredentials")]);
    }

    #[test]
    fn what_its_operation_says_is_not_repeatable_is_sent_once() {
        let mut check = Attempt::new(CheckPin::new(7), &client(), policy());
        play(
            &mut check,
            |_| String::new(),
            &[(0.0, Poll, "GET /api/v2/pins/7"), (0.0, Fail(Failure::Broken), "GiveUp")],
        );
        let mut link = Attempt::new(LinkPin::new("t", "AB12"), &client(), policy());
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
    fn a_request_that_cannot_be_made_is_an_error_and_nothing_is_sent() {
        let mut flow = Attempt::new(GetUserDetails::new(""), &client(), policy());
        play(&mut flow, |account| account.uuid.clone(), &[(0.0, Poll, "Request"), (0.0, Poll, "OutOfTurn")]);
    }

    #[test]
    fn who_does_not_report_back_is_told_so() {
        get(policy(), &[(0.0, Poll, GET), (5.0, Poll, "OutOfTurn"), (6.0, Answer(200, ACCOUNT), "")]);
        get(
            policy(),
            &[(0.0, Answer(200, ACCOUNT), ""), (0.0, Fail(Failure::Broken), "GiveUp"), (0.0, Poll, GET)],
        );
    }
}
