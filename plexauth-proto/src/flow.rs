//! [`Flow`]: what takes more than one request, as a state machine that is told the time and what came back.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::{Request, Response};

use crate::exchange::type_name;
use crate::{Error, Exchange, Failure};

/// What takes more than one request, or has to wait between requests.
///
/// A flow does no IO and reads no clock. Whoever drives it asks [`poll`](Flow::poll) what to do next, does it, and comes
/// back:
///
/// - after [`Step::Send`] with the response ([`on_response`](Flow::on_response)), or with how the transport failed
///   ([`on_failure`](Flow::on_failure)); [`on_exchange`](Flow::on_exchange) takes either;
/// - after [`Step::Wait`] once that time has passed (earlier does no harm: the answer is to wait for the rest);
/// - after [`Step::Done`] not at all.
///
/// Whoever polls in any other order gets [`Error::OutOfTurn`], and nothing is sent.
///
/// `now` is the wall clock. It may jump, as clocks do that are set: back costs at most one more wait, ahead counts as if
/// the time had passed, since a suspended laptop looks just the same.
///
/// The flows of this crate are in [`flows`](crate::flows). Each adapter has `run`, which drives any of them. By hand:
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// use plexauth_proto::flows::Attempt;
/// use plexauth_proto::{ClientInfo, Error, Flow, GetUserDetails, RetryPolicy, Step};
///
/// # fn send(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> {
/// #     Ok(http::Response::new(br#"{"id":1,"uuid":"9f0b"}"#.to_vec()))
/// # }
/// fn drive<F: Flow>(mut flow: F) -> Result<F::Output, Error> {
///     loop {
///         match flow.poll(SystemTime::now()) {
///             Step::Send(request) => flow.on_exchange(send(request), SystemTime::now())?,
///             Step::Wait(time) => std::thread::sleep(time),
///             Step::Done(result) => return result,
///         }
///     }
/// }
///
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let account = drive(Attempt::new(GetUserDetails::new("hushhush"), &client, RetryPolicy::default()))?;
/// # assert_eq!(account.id, 1);
/// # Ok::<(), Error>(())
/// ```
pub trait Flow {
    /// What comes of it in the end.
    type Output;

    /// What to do next.
    fn poll(&mut self, now: SystemTime) -> Step<Self::Output>;

    /// The response to the request that was sent, whatever its status.
    fn on_response<B: AsRef<[u8]>>(&mut self, response: Response<B>, now: SystemTime);

    /// The request that was sent brought no response. The verdict says whether to go on polling; if not, the error to
    /// report is the transport's own.
    fn on_failure(&mut self, failure: Failure, now: SystemTime) -> Verdict;

    /// What the request that the last [`Step::Send`] brought is for, in words for a log. The name of the flow unless it says
    /// otherwise.
    fn current_exchange(&self) -> Exchange {
        Exchange::new(type_name::<Self>())
    }

    /// What an exchange gave, be it a response or an error.
    ///
    /// # Errors
    ///
    /// The error that came in, if the flow does not go on in spite of it.
    fn on_exchange<B: AsRef<[u8]>>(
        &mut self,
        result: Result<Response<B>, Error>,
        now: SystemTime,
    ) -> Result<(), Error> {
        match result {
            Ok(response) => self.on_response(response, now),
            Err(error) => match error.failure().map(|failure| self.on_failure(failure, now)) {
                Some(Verdict::GoOn) => {}
                Some(Verdict::GiveUp) | None => return Err(error),
            },
        }
        Ok(())
    }
}

/// What to do next.
#[must_use = "a flow does nothing by itself"]
#[expect(
    clippy::large_enum_variant,
    reason = "a step is taken apart at once, and a box would be an allocation"
)]
pub enum Step<T> {
    /// Send this, and report what comes back. Where it carries a [`RequestTimeout`](crate::RequestTimeout), it may take
    /// no longer than that.
    Send(Request<Vec<u8>>),
    /// Wait so long, and poll again.
    Wait(Duration),
    /// That is all. Nothing is sent any more.
    Done(Result<T, Error>),
}

/// Without the query of the request, its headers and its body: they may hold secrets, and so may the output.
impl<T> fmt::Debug for Step<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(request) => write!(f, "Send({} {})", request.method(), request.uri().path()),
            Self::Wait(time) => write!(f, "Wait({time:?})"),
            Self::Done(Ok(_)) => f.write_str("Done(Ok(..))"),
            Self::Done(Err(error)) => write!(f, "Done(Err({error:?}))"),
        }
    }
}

/// Whether a flow goes on after a transport brought no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Poll again.
    GoOn,
    /// Report the transport's error; the flow has ended.
    GiveUp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attempt, ClientInfo, GetUserDetails, ResponseError, RetryPolicy, TransportError};

    fn flow(retries: u32) -> Attempt<GetUserDetails> {
        let client = ClientInfo::new("id-1", "App").unwrap();
        let policy = RetryPolicy::default().retries(retries).base_delay(Duration::ZERO);
        Attempt::new(GetUserDetails::new("hushhush"), &client, policy)
    }

    fn lost() -> Result<Response<&'static str>, Error> {
        Err(TransportError::new(Failure::Broken, "reset").into())
    }

    #[test]
    fn an_exchange_is_reported_whatever_it_gave() {
        let now = SystemTime::UNIX_EPOCH;
        let mut flow = flow(1);
        assert!(matches!(flow.poll(now), Step::Send(_)));
        flow.on_exchange(lost(), now).unwrap();
        assert!(matches!(flow.poll(now), Step::Send(_)), "once more");
        flow.on_exchange(Ok(Response::new(r#"{"id":7,"uuid":"9f0b"}"#)), now).unwrap();
        assert!(matches!(flow.poll(now), Step::Done(Ok(account)) if account.id == 7));
    }

    #[test]
    fn an_error_that_ends_a_flow_comes_back() {
        let now = SystemTime::UNIX_EPOCH;
        let mut given_up = flow(0);
        let _ = given_up.poll(now);
        let error = given_up.on_exchange(lost(), now).unwrap_err();
        assert_eq!(error.failure(), Some(Failure::Broken));
        let mut flow = flow(1);
        let _ = flow.poll(now);
        let error = flow.on_exchange::<&str>(Err(Error::Stopped), now).unwrap_err();
        assert!(matches!(error, Error::Stopped), "it is no failure of a transport");
    }

    #[test]
    fn a_step_shows_what_is_done_and_not_with_what() {
        let mut flow = flow(0);
        let step = flow.poll(SystemTime::UNIX_EPOCH);
        assert_eq!(format!("{step:?}"), "Send(GET /api/v2/user)");
        let error = ResponseError::body_too_large(http::StatusCode::OK, 7);
        let steps: [Step<&str>; 3] = [
            Step::Wait(Duration::from_secs(2)),
            Step::Done(Ok("hushhush")),
            Step::Done(Err(Error::from(error.clone()))),
        ];
        let shown = steps.map(|step| format!("{step:?}"));
        assert_eq!(shown, ["Wait(2s)", "Done(Ok(..))", &format!("Done(Err(Response({error:?})))")]);
    }
}
