use std::time::Duration;

use super::*;
use crate::client::ClientInfo;
use crate::error::{ErrorKind, TransportErrorKind};
use crate::flows::testing::Event::{Answer, AnswerWith, Fail, Name, Poll};
use crate::flows::testing::{Line, REFUSED, START, at, play};
use crate::jwt::{DeviceKey, Scopes, base64url};
use crate::operations::GetUserDetails;
use crate::session::{FreshToken, Freshness};

const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b"}"#;
const NONCE: &str = "GET /api/v2/auth/nonce";
const NONCES: [&str; 2] = [r#"{"nonce":"n1"}"#, r#"{"nonce":"n2"}"#];
const RENEWED: &str = r#"{"auth_token":"renewed"}"#;
const DAY: f64 = 86_400.0;

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn key() -> DeviceKey {
    DeviceKey::from_bytes([5; 32])
}

/// A token that Plex issued this many seconds after the start of the script. It is valid for a week.
fn session(issued: f64) -> Session {
    session_of(issued, 7.0 * DAY, 7)
}

/// With a token of this life, for this account.
fn session_of(issued: f64, life: f64, account: u64) -> Session {
    Session::with_key(&info(), jwt(issued, life, account), &key(), Scopes::none())
}

fn jwt(issued: f64, life: f64, account: u64) -> String {
    let issued = START as f64 + issued;
    let (iat, exp) = (issued as u64, (issued + life) as u64);
    let claims = format!(r#"{{"iat":{iat},"exp":{exp},"user":{{"id":{account}}}}}"#);
    format!("{}.{}.sig", base64url(r#"{"alg":"EdDSA"}"#), base64url(claims))
}

/// Requests the account with the session's token. Retries at once.
fn flow(session: &Session) -> Authenticated<impl FnMut(Token) -> GetUserDetails + use<>, GetUserDetails> {
    session.authenticated(GetUserDetails::new).retry(RetryPolicy::default().base_delay(Duration::ZERO))
}

fn script<F: Flow<Output = crate::model::Account>>(flow: &mut F, lines: &[Line<'_>]) {
    play(flow, |account| account.uuid.clone(), lines);
}

fn redeem(nonce: &str, seconds: f64) -> String {
    let signed = key().sign(&info(), Some(nonce), Scopes::none(), at(seconds));
    format!("POST /api/v2/auth/token {{\"jwt\":\"{}\"}}", signed.expose())
}

fn token(session: &Session, seconds: f64) -> String {
    match session.freshness(at(seconds)) {
        Freshness::Fresh(token) => token.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

const GET: &str = "GET /api/v2/user";

#[test]
fn fresh_token_is_not_renewed() {
    let session = session(0.0);
    let mut flow = flow(&session);
    let Step::Send(outgoing) = flow.poll(at(0.0)) else { panic!("expected a request") };
    assert_eq!(outgoing.request.headers()["x-plex-token"], jwt(0.0, 7.0 * DAY, 7).as_str());
    script(&mut flow, &[(0.0, Answer(200, ACCOUNT), ""), (0.0, Poll, "ok 9f0b"), (0.0, Poll, "OutOfTurn")]);
    assert_eq!(session.renewals(), 0);
}

#[test]
fn status_498_renews_and_repeats_once() {
    let beginning = [
        (0.0, Poll, GET),
        (0.0, Answer(498, ""), ""),
        (0.0, Poll, NONCE),
        (0.0, Answer(200, NONCES[0]), ""),
        (0.0, Poll, &redeem("n1", 0.0)),
        (0.0, Answer(200, RENEWED), ""),
        (0.0, Poll, GET),
    ];
    let session = self::session(0.0);
    let good: &[Line<'_>] = &[(0.0, Answer(200, ACCOUNT), ""), (0.0, Poll, "ok 9f0b")];
    script(&mut flow(&session), &[&beginning, good].concat());
    assert_eq!((token(&session, 0.0).as_str(), session.renewals()), ("renewed", 1));
    let again: &[Line<'_>] =
        &[(0.0, Answer(498, ""), ""), (0.0, Poll, "Response TokenExpired"), (0.0, Poll, "OutOfTurn")];
    script(&mut flow(&self::session(0.0)), &[&beginning, again].concat());
}

#[test]
fn expired_token_is_renewed_first() {
    let session = session(-8.0 * DAY);
    script(
        &mut flow(&session),
        &[
            (0.0, Poll, NONCE),
            (0.0, Name, "GetNonce, attempt 1"),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(200, RENEWED), ""),
            (0.0, Poll, GET),
            (0.0, Name, "GetUserDetails, attempt 1"),
            (0.0, Answer(200, ACCOUNT), ""),
            (0.0, Poll, "ok 9f0b"),
        ],
    );
    assert_eq!(token(&session, 0.0), "renewed");
}

#[test]
fn failed_renewal_of_an_expired_token_ends_the_flow() {
    let expired = session(-8.0 * DAY);
    script(
        &mut flow(&expired),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(403, REFUSED), ""),
            (0.0, Poll, "Response Forbidden"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
    script(
        &mut flow(&expired),
        &[
            (1.0, Poll, NONCE),
            (1.0, Fail(TransportErrorKind::Connect), ""),
            (1.0, Poll, NONCE),
            (1.0, Fail(TransportErrorKind::Connect), ""),
            (1.0, Poll, NONCE),
            (1.0, Fail(TransportErrorKind::Connect), ""),
            (1.0, Poll, "Transport Connect"),
            (1.0, Poll, "OutOfTurn"),
        ],
    );
}

/// The token is valid for hours, so the request does not wait until clients.plex.tv is available again.
#[test]
fn early_renewal_is_tried_once_with_a_short_timeout() {
    for end in [Answer(503, ""), Answer(403, REFUSED), Fail(TransportErrorKind::Timeout)] {
        let soon = session(-6.5 * DAY);
        let mut first = flow(&soon);
        let Step::Send(outgoing) = first.poll(at(0.0)) else { panic!("expected a request for a nonce") };
        assert_eq!(outgoing.timeout, Some(Duration::from_secs(5)));
        script(
            &mut first,
            &[(0.0, end, ""), (0.0, Poll, GET), (0.0, Answer(200, ACCOUNT), ""), (0.0, Poll, "ok 9f0b")],
        );
        script(&mut flow(&soon), &[(299.0, Poll, GET)]);
        script(&mut flow(&soon), &[(300.0, Poll, NONCE)]);
    }
}

#[test]
fn dropped_early_renewal_is_not_repeated_at_once() {
    let soon = session(-6.5 * DAY);
    let mut first = flow(&soon);
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut flow(&soon), &[(1.0, Poll, GET)]);
    drop(first);
    script(&mut flow(&soon), &[(2.0, Poll, GET)]);
}

#[test]
fn one_flow_renews_while_the_other_waits() {
    let session = session(-8.0 * DAY);
    let (mut first, mut second) = (flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut second, &[(0.0, Poll, "wait 0.05"), (0.05, Poll, "wait 0.05")]);
    script(
        &mut first,
        &[
            (0.1, Answer(200, NONCES[0]), ""),
            (0.1, Poll, &redeem("n1", 0.1)),
            (0.2, Answer(200, RENEWED), ""),
            (0.2, Poll, GET),
        ],
    );
    script(&mut second, &[(0.2, Poll, GET), (0.2, Answer(200, ACCOUNT), ""), (0.2, Poll, "ok 9f0b")]);
    assert_eq!(session.renewals(), 1);
}

/// Otherwise each waiting flow would repeat a renewal that has just failed.
#[test]
fn waiting_flow_does_not_repeat_a_failed_renewal() {
    let session = session(-8.0 * DAY);
    let (mut first, mut second, mut third) = (flow(&session), flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut second, &[(0.0, Poll, "wait 0.05")]);
    // The second flow sends the old token, so that Plex decides about it, and does not renew.
    script(&mut first, &[(0.1, Answer(403, REFUSED), ""), (0.1, Poll, "Response Forbidden")]);
    script(
        &mut second,
        &[(0.1, Poll, GET), (0.1, Answer(498, ""), ""), (0.1, Poll, "Response TokenExpired")],
    );
    script(&mut third, &[(1.1, Poll, NONCE)]);
}

#[test]
fn waiting_flow_respects_the_rate_limit_of_the_other() {
    let session = session(-8.0 * DAY);
    let mut first = flow(&session).retry(RetryPolicy::none());
    let mut second = flow(&session);
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut second, &[(0.0, Poll, "wait 0.05")]);
    script(
        &mut first,
        &[(0.1, AnswerWith(429, ("retry-after", "60"), ""), ""), (0.1, Poll, "Response RateLimited")],
    );
    script(&mut second, &[(0.1, Poll, "Response RateLimited")]);
}

#[test]
fn waiting_flow_reports_its_498_if_renewal_fails() {
    let session = session(0.0);
    let (mut first, mut second) = (flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, NONCE)]);
    script(&mut second, &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, "wait 0.05")]);
    script(&mut first, &[(0.1, Answer(403, REFUSED), ""), (0.1, Poll, "Response Forbidden")]);
    script(&mut second, &[(0.1, Poll, "Response TokenExpired"), (0.1, Poll, "OutOfTurn")]);
}

/// The application itself may have renewed the token in the meantime.
#[test]
fn token_renewed_by_the_application_is_used() {
    let session = session(0.0);
    let mut flow = flow(&session);
    script(&mut flow, &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, NONCE)]);
    session.renewed("another", at(0.0)).unwrap();
    script(&mut flow, &[(0.0, Answer(403, REFUSED), "")]);
    let Step::Send(outgoing) = flow.poll(at(0.0)) else { panic!("expected a request") };
    assert_eq!(outgoing.request.headers()["x-plex-token"], "another");
}

#[test]
fn abandoned_renewal_is_taken_over() {
    let session = session(-8.0 * DAY);
    let (mut first, mut second, mut third) = (flow(&session), flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut second, &[(119.0, Poll, "wait 0.05"), (120.0, Poll, NONCE)]);
    drop(first);
    script(&mut third, &[(120.0, Poll, "wait 0.05")]);
}

/// Both flows get a 498 for the same token. The second finds that the first has already renewed it.
#[test]
fn late_flow_uses_the_renewed_token() {
    let session = session(0.0);
    let (mut first, mut second) = (flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, GET)]);
    script(&mut second, &[(0.0, Poll, GET)]);
    script(
        &mut first,
        &[
            (0.0, Answer(498, ""), ""),
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(200, RENEWED), ""),
            (0.0, Poll, GET),
        ],
    );
    script(&mut second, &[(0.0, Answer(498, ""), "")]);
    let Step::Send(outgoing) = second.poll(at(0.0)) else { panic!("expected a request") };
    assert_eq!(outgoing.request.headers()["x-plex-token"], "renewed");
    assert_eq!(session.renewals(), 1);
}

#[test]
fn dropped_flow_lets_another_renew() {
    let session = session(-8.0 * DAY);
    let mut first = flow(&session);
    script(&mut first, &[(0.0, Poll, NONCE)]);
    let mut second = flow(&session);
    script(&mut second, &[(0.0, Poll, "wait 0.05")]);
    drop(first);
    script(&mut second, &[(0.05, Poll, NONCE)]);
}

#[test]
fn legacy_tokens_and_other_errors_never_renew() {
    let legacy = Session::new(&info(), "hushhush");
    script(
        &mut flow(&legacy),
        &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, "Response TokenExpired")],
    );
    for (status, kind) in [(401, "TokenInvalid"), (403, "Forbidden"), (404, "NotFound")] {
        script(
            &mut flow(&session(0.0)),
            &[(0.0, Poll, GET), (0.0, Answer(status, REFUSED), ""), (0.0, Poll, &format!("Response {kind}"))],
        );
    }
}

#[test]
fn debug_hides_the_token() {
    let mut flow = flow(&session(0.0));
    let shown = format!("{flow:?}");
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    assert_eq!(
        (shown.as_str(), format!("{flow:?}").as_str()),
        ("Authenticated { state: \"NeedsToken\", .. }", "Authenticated { state: \"Sending\", .. }")
    );
}

/// If Plex refuses a token that another flow has just renewed, the flow ends instead of renewing it again.
#[test]
fn renewal_by_another_flow_is_not_repeated() {
    let session = session(0.0);
    let (mut first, mut second) = (flow(&session), flow(&session));
    let refused = [(0.0, Poll, GET), (0.0, Answer(498, ""), "")];
    script(&mut second, &refused);
    script(&mut first, &refused);
    script(
        &mut first,
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(200, RENEWED), ""),
            (0.0, Poll, GET),
        ],
    );
    // However late the response is.
    script(
        &mut second,
        &[(0.0, Poll, GET), (400.0, Answer(498, ""), ""), (400.0, Poll, "Response TokenExpired")],
    );
    assert_eq!(session.renewals(), 1);
}

/// A token of a day or less is not due at once, or each request would renew it.
#[test]
fn short_lived_token_is_renewed_in_its_last_seventh() {
    for life in [600.0, 86_400.0] {
        let session = session_of(0.0, life, 7);
        for seconds in [0.0, life * 0.85] {
            script(&mut flow(&session), &[(seconds, Poll, GET)]);
        }
        script(&mut flow(&session), &[(life * 0.87, Poll, NONCE)]);
    }
}

/// A server that takes every token for an expired one.
#[test]
fn renewal_that_does_not_help_is_not_repeated() {
    let session = session(0.0);
    script(
        &mut flow(&session),
        &[
            (0.0, Poll, GET),
            (0.0, Answer(498, ""), ""),
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(200, RENEWED), ""),
            (0.0, Poll, GET),
            (0.0, Answer(498, ""), ""),
            (0.0, Poll, "Response TokenExpired"),
        ],
    );
    for seconds in [0.0, 1.0, 299.0] {
        script(
            &mut flow(&session),
            &[(seconds, Poll, GET), (seconds, Answer(498, ""), ""), (seconds, Poll, "Response TokenExpired")],
        );
    }
    script(&mut flow(&session), &[(300.0, Poll, GET), (300.0, Answer(498, ""), ""), (300.0, Poll, NONCE)]);
}

#[test]
fn failed_renewals_are_repeated_ever_less_often() {
    let session = session(-8.0 * DAY);
    for (seconds, until) in
        [(0.0, 1.0), (1.0, 3.0), (3.0, 7.0), (7.0, 15.0), (15.0, 31.0), (31.0, 63.0), (63.0, 123.0)]
    {
        let fail = Answer(403, REFUSED);
        script(
            &mut flow(&session),
            &[(seconds, Poll, NONCE), (seconds, fail, ""), (seconds, Poll, "Response Forbidden")],
        );
        script(&mut flow(&session), &[(until - 0.1, Poll, GET)]);
    }
}

/// By a clock that stands still, the claim of a flow that is no longer driven never becomes old.
#[test]
fn abandoned_renewal_is_taken_over_if_the_clock_stands_still() {
    let session = session(-8.0 * DAY);
    let (mut first, mut second) = (flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, NONCE)]);
    let waits = (0..).take_while(|_| matches!(second.poll(at(0.0)), Step::Wait(_))).count();
    assert_eq!(waits, 2401, "two minutes of looks, and one after which the claim is given up");
}

/// A flow that was taken for abandoned meets a limit, and so does the one that took over.
#[test]
fn longer_one_of_two_rate_limits_holds() {
    for (one, other) in [("3600", "5"), ("5", "3600")] {
        let session = session(-8.0 * DAY);
        let (mut first, mut second) = (flow(&session), flow(&session));
        script(&mut first, &[(0.0, Poll, NONCE)]);
        script(&mut second, &[(120.0, Poll, NONCE)]);
        script(&mut first, &[(120.0, AnswerWith(429, ("retry-after", one), ""), "")]);
        script(&mut second, &[(120.0, AnswerWith(503, ("retry-after", other), ""), "")]);
        drop((first, second));
        let Step::Done(Err(error)) = flow(&session).poll(at(121.0)) else { panic!("expected an error") };
        assert_eq!(error.retry_after(), Some(crate::error::RetryAfter::Delay(Duration::from_secs(3599))));
    }
}

/// However many flows ask: Plex hears of it once, and all of them get the error, with what is left of the wait.
#[test]
fn rate_limit_is_remembered_by_the_session() {
    let session = session(-8.0 * DAY);
    let limit = AnswerWith(429, ("retry-after", "3600"), "");
    script(
        &mut flow(&session),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, limit, ""),
            (0.0, Poll, "Response RateLimited"),
        ],
    );
    for (seconds, left) in [(0.0, 3600), (600.0, 3000), (3599.0, 1)] {
        let Step::Done(Err(error)) = flow(&session).poll(at(seconds)) else { panic!("{seconds}") };
        let left = crate::error::RetryAfter::Delay(Duration::from_secs(left));
        assert_eq!(
            (error.kind(), error.retry_after()),
            (Some(ErrorKind::RateLimited), Some(left)),
            "{seconds}"
        );
    }
    script(&mut flow(&session), &[(3600.0, Poll, NONCE)]);
}

/// The first flow is dropped while it waits for its next attempt.
#[test]
fn rate_limit_outlives_the_flow_that_met_it() {
    let session = session(-8.0 * DAY);
    let limited = |seconds| AnswerWith(429, ("retry-after", seconds), "");
    let mut first = flow(&session);
    script(&mut first, &[(0.0, Poll, NONCE), (0.0, limited("9"), ""), (0.0, Poll, "wait 9")]);
    drop(first);
    let Step::Done(Err(error)) = flow(&session).poll(at(4.0)) else { panic!("expected an error") };
    let left = crate::error::RetryAfter::Delay(Duration::from_secs(5));
    assert_eq!((error.kind(), error.retry_after()), (Some(ErrorKind::RateLimited), Some(left)));
    script(&mut flow(&session), &[(9.0, Poll, NONCE)]);
}

/// With a token that is valid for hours, a rate limit does not matter.
#[test]
fn rate_limit_does_not_hold_up_a_valid_token() {
    let soon = session(-6.5 * DAY);
    let limit = AnswerWith(429, ("retry-after", "3600"), "");
    script(&mut flow(&soon), &[(0.0, Poll, NONCE), (0.0, limit, ""), (0.0, Poll, GET)]);
    script(&mut flow(&soon), &[(3599.0, Poll, GET)]);
    script(&mut flow(&soon), &[(3600.0, Poll, NONCE)]);
}

/// The key has logged another account in since.
#[test]
fn token_of_another_account_is_refused() {
    let session = session(-8.0 * DAY);
    let body = format!(r#"{{"auth_token":"{}"}}"#, jwt(0.0, 7.0 * DAY, 8));
    script(
        &mut flow(&session),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(200, String::leak(body)), ""),
            (0.0, Poll, "AnotherAccount"),
        ],
    );
    script(&mut flow(&session), &[(9_999.0, Poll, "AnotherAccount")]);
    assert_eq!((session.account_id(), session.renewals()), (Some(7), 0));
    // Nor is a JWT that does not say whose it is.
    let nobodys = format!("{}.e30.c2ln", base64url(r#"{"alg":"EdDSA"}"#));
    assert!(matches!(session.renewed(nobodys, at(0.0)), Err(Error::AnotherAccount)));
    session.renewed(jwt(0.0, 7.0 * DAY, 7), at(0.0)).unwrap();
    script(&mut flow(&session), &[(0.0, Poll, GET)]);
}

/// Sessions were once saved without the account.
#[test]
fn restored_session_stays_with_the_account_of_its_token() {
    let session = session(0.0);
    let mut saved = serde_json::to_value(session.to_saved()).unwrap();
    assert_eq!(saved.as_object_mut().unwrap().remove("account_id"), Some(7.into()));
    let restored = Session::from_saved(&serde_json::from_value(saved).unwrap(), session.info()).unwrap();
    assert_eq!(restored.account_id(), Some(7));
    assert!(matches!(restored.renewed(jwt(0.0, 7.0 * DAY, 8), at(0.0)), Err(Error::AnotherAccount)));
}

#[test]
fn token_of_no_life_is_not_renewed_for_each_request() {
    let session = session(-8.0 * DAY);
    session.renewed(jwt(0.0, 0.0, 7), at(0.0)).unwrap();
    for milliseconds in [0.0, 0.4, 0.9] {
        assert!(
            matches!(flow(&session).poll(at(milliseconds)), Step::Send(outgoing) if outgoing.label.operation == "GetUserDetails")
        );
    }
}

/// A renewal is begun, and its flow is dropped with the request that it is for.
#[test]
fn dropped_renewals_are_not_begun_anew_each_time() {
    let session = session(-8.0 * DAY);
    let nonces = (0..100).filter(|number| {
        let step = flow(&session).poll(at(f64::from(*number) * 0.01));
        matches!(step, Step::Send(outgoing) if outgoing.label.operation == "GetNonce")
    });
    assert_eq!(nonces.count(), 4);
}

/// The clock runs back a little with each request.
#[test]
fn clock_that_runs_back_causes_no_renewals() {
    let session = session(-8.0 * DAY);
    session.renewed(jwt(0.0, 7.0 * DAY, 7), at(0.0)).unwrap();
    for number in 1..100 {
        let now = -f64::from(number);
        let mut flow = flow(&session);
        script(
            &mut flow,
            &[(now, Poll, GET), (now, Answer(498, ""), ""), (now, Poll, "Response TokenExpired")],
        );
    }
}

/// Gives the token of a session. Retries at once.
fn fresh(session: &Session) -> FreshToken {
    session.fresh_token().retry(RetryPolicy::default().base_delay(Duration::ZERO))
}

fn fresh_script(session: &Session, lines: &[Line<'_>]) {
    play(&mut fresh(session), |token| token.expose().to_owned(), lines);
}

#[test]
fn fresh_token_of_a_valid_session_needs_no_request() {
    let valid = jwt(0.0, 7.0 * DAY, 7);
    fresh_script(&session(0.0), &[(0.0, Poll, &format!("ok {valid}")), (0.0, Poll, "OutOfTurn")]);
    fresh_script(&Session::new(&info(), "legacy"), &[(0.0, Poll, "ok legacy"), (0.0, Poll, "OutOfTurn")]);
}

#[test]
fn fresh_token_is_a_renewed_one_after_expiry() {
    let session = session(-8.0 * DAY);
    fresh_script(
        &session,
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(200, RENEWED), ""),
            (0.0, Poll, "ok renewed"),
        ],
    );
    fresh_script(&session, &[(1.0, Poll, "ok renewed")]);
}

/// An expired token is of no use to another library.
#[test]
fn fresh_token_is_never_an_expired_one() {
    let session = session(-8.0 * DAY);
    let mut once = session.fresh_token().retry(RetryPolicy::none());
    let lines = [(0.0, Poll, NONCE), (0.0, Answer(503, ""), ""), (0.0, Poll, "Response ServerFailure")];
    play(&mut once, |token| token.expose().to_owned(), &lines);
    fresh_script(&session, &[(0.5, Poll, "RenewalFailed")]);
    fresh_script(&session, &[(1.5, Poll, NONCE)]);
}

#[test]
fn fresh_token_is_the_old_one_if_renewal_ahead_of_time_fails() {
    let session = session(-6.5 * DAY);
    let valid = format!("ok {}", jwt(-6.5 * DAY, 7.0 * DAY, 7));
    fresh_script(
        &session,
        &[(0.0, Poll, NONCE), (0.0, Fail(TransportErrorKind::Broken), ""), (0.0, Poll, &valid)],
    );
}

#[test]
fn changed_session_is_taken_once() {
    let session = session(0.0);
    assert_eq!(session.take_changed(), Some(session.to_saved()));
    assert_eq!(session.take_changed(), None);
    session.renewed("renewed", at(1.0)).unwrap();
    let (saved, again) = (session.clone().take_changed(), session.take_changed());
    assert_eq!((saved, again), (Some(session.to_saved()), None));
    session.renewed(jwt(0.0, DAY, 8), at(2.0)).unwrap_err();
    session.set_account_id(7);
    assert_eq!(session.take_changed(), None);

    let legacy = Session::from_saved(&Session::new(&info(), "legacy").to_saved(), &info()).unwrap();
    assert_eq!(legacy.take_changed(), None);
    legacy.set_account_id(7);
    assert_eq!(legacy.take_changed(), Some(legacy.to_saved()));
}
