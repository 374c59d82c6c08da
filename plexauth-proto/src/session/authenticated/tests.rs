use std::time::Duration;

use super::*;
use crate::client::ClientInfo;
use crate::error::TransportErrorKind;
use crate::flows::testing::Event::{Answer, Fail, Name, Poll};
use crate::flows::testing::{Line, START, at, play};
use crate::jwt::{DeviceKey, Scopes, base64url};
use crate::operations::GetUserDetails;
use crate::session::Freshness;

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

/// A token that Plex made so many seconds after the start of the script, for a week.
fn jwt(issued: f64) -> String {
    let issued = START as f64 + issued;
    let claims = format!(r#"{{"iat":{},"exp":{}}}"#, issued as u64, (issued + 7.0 * DAY) as u64);
    format!("{}.{}.", base64url(r#"{"alg":"EdDSA"}"#), base64url(claims))
}

fn session(issued: f64) -> Session {
    Session::with_key(&info(), jwt(issued), &key(), Scopes::none())
}

/// Asks with the token that the session has, whose name the requests' header shows.
fn flow(session: &Session) -> Authenticated<impl FnMut(&Token) -> GetUserDetails + use<>, GetUserDetails> {
    session
        .authenticated(|token| GetUserDetails::new(token))
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
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
fn a_fresh_token_is_sent_and_not_renewed() {
    let session = session(0.0);
    let mut flow = flow(&session);
    let Step::Send(outgoing) = flow.poll(at(0.0)) else { panic!("a request") };
    assert_eq!(outgoing.request.headers()["x-plex-token"], jwt(0.0).as_str());
    script(&mut flow, &[(0.0, Answer(200, ACCOUNT), ""), (0.0, Poll, "ok 9f0b"), (0.0, Poll, "OutOfTurn")]);
    assert_eq!(session.renewals(), 0);
}

#[test]
fn a_token_that_plex_says_has_expired_is_renewed_once_and_the_request_repeated_once() {
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
fn a_token_that_has_expired_is_renewed_first() {
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
fn a_renewal_that_fails_ends_it_only_if_the_token_has_expired() {
    let expired = session(-8.0 * DAY);
    script(
        &mut flow(&expired),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(403, ""), ""),
            (0.0, Poll, "Response Forbidden"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
    script(
        &mut flow(&expired),
        &[
            (0.0, Poll, NONCE),
            (0.0, Fail(TransportErrorKind::Connect), ""),
            (0.0, Poll, NONCE),
            (0.0, Fail(TransportErrorKind::Connect), ""),
            (0.0, Poll, NONCE),
            (0.0, Fail(TransportErrorKind::Connect), ""),
            (0.0, Poll, "Transport Connect"),
            (0.0, Poll, "OutOfTurn"),
        ],
    );
}

/// The token is good for hours still: the request does not wait for clients.plex.tv to come back.
#[test]
fn a_renewal_that_is_not_needed_yet_is_tried_once_and_in_little_time() {
    for end in [Answer(503, ""), Answer(403, ""), Fail(TransportErrorKind::Timeout)] {
        let soon = session(-6.5 * DAY);
        let mut first = flow(&soon);
        let Step::Send(outgoing) = first.poll(at(0.0)) else { panic!("a nonce") };
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
fn a_renewal_that_was_dropped_is_not_begun_again_at_once() {
    let soon = session(-6.5 * DAY);
    let mut first = flow(&soon);
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut flow(&soon), &[(1.0, Poll, GET)]);
    drop(first);
    script(&mut flow(&soon), &[(2.0, Poll, GET)]);
}

#[test]
fn of_two_flows_one_renews_and_the_other_waits() {
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

/// Or each of those who waited would knock at a door that is closed.
#[test]
fn a_renewal_that_fails_is_not_tried_again_by_those_who_waited() {
    let session = session(-8.0 * DAY);
    let (mut first, mut second, mut third) = (flow(&session), flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut second, &[(0.0, Poll, "wait 0.05")]);
    // Plex says itself what it thinks of the old token, and is asked for no other.
    script(&mut first, &[(0.1, Answer(403, ""), ""), (0.1, Poll, "Response Forbidden")]);
    script(
        &mut second,
        &[(0.1, Poll, GET), (0.1, Answer(498, ""), ""), (0.1, Poll, "Response TokenExpired")],
    );
    script(&mut third, &[(0.1, Poll, NONCE)]);
}

#[test]
fn who_was_told_498_and_waited_in_vain_reports_that() {
    let session = session(0.0);
    let (mut first, mut second) = (flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, NONCE)]);
    script(&mut second, &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, "wait 0.05")]);
    script(&mut first, &[(0.1, Answer(403, ""), ""), (0.1, Poll, "Response Forbidden")]);
    script(&mut second, &[(0.1, Poll, "Response TokenExpired"), (0.1, Poll, "OutOfTurn")]);
}

/// An application that renewed by itself in the meantime is not ignored.
#[test]
fn a_token_that_came_another_way_is_used() {
    let session = session(0.0);
    let mut flow = flow(&session);
    script(&mut flow, &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, NONCE)]);
    session.renewed("another", at(0.0));
    script(&mut flow, &[(0.0, Answer(403, ""), "")]);
    let Step::Send(outgoing) = flow.poll(at(0.0)) else { panic!("a request") };
    assert_eq!(outgoing.request.headers()["x-plex-token"], "another");
}

#[test]
fn a_flow_that_nobody_drives_is_not_waited_for_for_ever() {
    let session = session(-8.0 * DAY);
    let (mut first, mut second, mut third) = (flow(&session), flow(&session), flow(&session));
    script(&mut first, &[(0.0, Poll, NONCE)]);
    script(&mut second, &[(119.0, Poll, "wait 0.05"), (120.0, Poll, NONCE)]);
    drop(first);
    script(&mut third, &[(120.0, Poll, "wait 0.05")]);
}

/// Both were told 498 for the same token; the one that comes second finds that it was renewed already.
#[test]
fn whoever_comes_late_uses_what_the_other_has_got() {
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
    let Step::Send(outgoing) = second.poll(at(0.0)) else { panic!("a request") };
    assert_eq!(outgoing.request.headers()["x-plex-token"], "renewed");
    assert_eq!(session.renewals(), 1);
}

#[test]
fn a_flow_that_is_dropped_lets_another_renew() {
    let session = session(-8.0 * DAY);
    let mut first = flow(&session);
    script(&mut first, &[(0.0, Poll, NONCE)]);
    let mut second = flow(&session);
    script(&mut second, &[(0.0, Poll, "wait 0.05")]);
    drop(first);
    script(&mut second, &[(0.05, Poll, NONCE)]);
}

#[test]
fn an_old_token_cannot_be_renewed_and_other_errors_are_not_a_reason_to() {
    let old = Session::new(&info(), "hushhush");
    script(
        &mut flow(&old),
        &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, "Response TokenExpired")],
    );
    for (status, kind) in [(401, "TokenInvalid"), (403, "Forbidden"), (404, "NotFound")] {
        script(
            &mut flow(&session(0.0)),
            &[(0.0, Poll, GET), (0.0, Answer(status, ""), ""), (0.0, Poll, &format!("Response {kind}"))],
        );
    }
}

#[test]
fn a_flow_does_not_print_the_token() {
    let mut flow = flow(&session(0.0));
    let shown = format!("{flow:?}");
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    assert_eq!(
        (shown.as_str(), format!("{flow:?}").as_str()),
        ("Authenticated { state: \"NeedsToken\", .. }", "Authenticated { state: \"Sending\", .. }")
    );
}

/// Plex refuses the token that another task has just got: that is the end of it, and no reason for one more.
#[test]
fn a_token_that_another_got_counts_as_renewed() {
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
    script(
        &mut second,
        &[(0.0, Poll, GET), (0.0, Answer(498, ""), ""), (0.0, Poll, "Response TokenExpired")],
    );
    assert_eq!(session.renewals(), 1);
}
