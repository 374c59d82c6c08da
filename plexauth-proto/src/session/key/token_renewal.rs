//! [`TokenRenewal`]: the token of a session, renewed if necessary.

use std::time::{Duration, SystemTime};

use http::Response;

use super::{Claim, RenewalClaim};
use crate::client::Token;
use crate::error::{Error, ErrorKind, ResponseError, TransportError};
use crate::flow::{Flow, Step};
use crate::flows::Renewal;
use crate::retry::RetryPolicy;
use crate::session::Session;

/// The time before looking again whether another flow has renewed the token.
const ANOTHER_LOOK: Duration = Duration::from_millis(50);

/// The most looks, which take two minutes.
const MOST_LOOKS: u32 = 2400;

/// The time limit of each request of a renewal that is not urgent yet.
const AHEAD_OF_TIME: Duration = Duration::from_secs(5);

/// Gives the token of a session, renewed if necessary, and once more if Plex says that the first has expired.
#[derive(Debug)]
pub(in crate::session) struct TokenRenewal {
    /// The token that has turned out to be expired, and Plex's answer to it.
    stale: Option<(Token, ResponseError)>,
    /// The token that was given last.
    given: Option<Token>,
    /// Whether a necessary renewal was tried, by this flow or by one that it waited for. It is tried once.
    was_renewed: bool,
    /// The number of looks at the renewal of another flow.
    looks: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    /// With the number of failures from the first [`Claim::Wait`], if another flow is renewing.
    Ready(Option<u64>),
    Renewing(Box<Renewal>, RenewalClaim),
}

impl TokenRenewal {
    pub(in crate::session) fn new() -> Self {
        Self { stale: None, given: None, was_renewed: false, looks: 0, state: State::Ready(None) }
    }

    /// Whether to ask for another token after this error, because the one that was given has expired.
    pub(in crate::session) fn retries_after(&mut self, error: &ResponseError, session: &Session) -> bool {
        let retries =
            error.kind() == ErrorKind::TokenExpired && !self.was_renewed && session.renewal().is_some();
        if retries {
            self.stale = self.given.take().map(|token| (token, error.clone()));
        }
        retries
    }

    /// The next step; `Done` can be followed by another round.
    pub(in crate::session) fn poll(
        &mut self,
        session: &Session,
        policy: RetryPolicy,
        now: SystemTime,
    ) -> Step<Token> {
        loop {
            match std::mem::replace(&mut self.state, State::Ready(None)) {
                State::Ready(waited) => {
                    if let Some(step) = self.claim(session, policy, waited, now) {
                        return step;
                    }
                }
                State::Renewing(mut renewal, mut claim) => match renewal.poll(now) {
                    Step::Done(result) => {
                        claim.ended();
                        let result =
                            result.and_then(|token| session.renewed(token.clone(), now).map(|()| token));
                        let error = match result {
                            Ok(token) => return self.give(token),
                            Err(error) => error,
                        };
                        // Perhaps only clients.plex.tv is out of reach.
                        return match claim.failed(&error, now).filter(|token| !self.is_stale(token)) {
                            Some(token) => self.give(token),
                            None => Step::Done(Err(error)),
                        };
                    }
                    Step::Send(outgoing) => {
                        let outgoing =
                            if claim.is_pressing { outgoing } else { outgoing.with_timeout(AHEAD_OF_TIME) };
                        self.state = State::Renewing(renewal, claim);
                        return Step::Send(outgoing);
                    }
                    Step::Wait(time) => {
                        self.state = State::Renewing(renewal, claim);
                        return Step::Wait(time);
                    }
                },
            }
        }
    }

    pub(in crate::session) fn handle(
        &mut self,
        result: Result<Response<Vec<u8>>, TransportError>,
        now: SystemTime,
    ) {
        if let State::Renewing(renewal, claim) = &mut self.state {
            if let Ok(response) = &result {
                claim.respect(response, now);
            }
            renewal.handle(result, now);
        }
    }

    fn give(&mut self, token: Token) -> Step<Token> {
        self.given = Some(token.clone());
        Step::Done(Ok(token))
    }

    fn is_stale(&self, token: &Token) -> bool {
        self.stale.as_ref().is_some_and(|(stale, _)| stale == token)
    }

    /// The next step, or `None` if this flow has begun to renew.
    fn claim(
        &mut self,
        session: &Session,
        policy: RetryPolicy,
        waited: Option<u64>,
        now: SystemTime,
    ) -> Option<Step<Token>> {
        let stale = self.stale.as_ref().map(|(token, _)| token);
        match session.claim(stale, waited, now) {
            Claim::Use(token) => {
                self.was_renewed |= stale.is_some();
                Some(self.give(token))
            }
            Claim::Wait(failures) => {
                self.looks = self.looks.saturating_add(1);
                // By a clock that stands still, no claim ever becomes old.
                if self.looks > MOST_LOOKS {
                    self.looks = 0;
                    session.release_claim();
                }
                self.state = State::Ready(Some(waited.unwrap_or(failures)));
                Some(Step::Wait(ANOTHER_LOOK))
            }
            // There is no better token. Plex decides about this one, or has done so.
            Claim::Failed(token) => {
                self.was_renewed = true;
                Some(match self.stale.take() {
                    Some((_, error)) => Step::Done(Err(Error::from(error))),
                    None => self.give(token),
                })
            }
            Claim::Limited(error) => {
                self.was_renewed = true;
                Some(Step::Done(Err(error.into())))
            }
            Claim::Anothers => {
                self.was_renewed = true;
                Some(Step::Done(Err(Error::AnotherAccount)))
            }
            Claim::Renew(renewal, claim) => {
                self.was_renewed = claim.is_pressing;
                let policy = if claim.is_pressing { policy } else { RetryPolicy::none() };
                self.state = State::Renewing(Box::new(renewal.retry(policy)), claim);
                None
            }
        }
    }
}
