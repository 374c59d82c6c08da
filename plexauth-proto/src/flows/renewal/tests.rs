use super::super::testing::Event::{Answer, AnswerWith, Fail, Name, Poll};
use super::super::testing::{Line, REFUSED, at, play, response};
use super::*;
use crate::error::TransportErrorKind;
use crate::jwt::Scope;

const NONCE: &str = "GET /api/v2/auth/nonce";
const NONCES: [&str; 3] = [r#"{"nonce":"n1"}"#, r#"{"nonce":"n2"}"#, r#"{"nonce":"n3"}"#];
const RENEWED: &str = r#"{"auth_token":"hushhush"}"#;

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn key() -> DeviceKey {
    DeviceKey::from_bytes([5; 32])
}

fn scopes() -> Scopes {
    [Scope::Email].into_iter().collect()
}

/// Retries at once: the waits are tested with the policy.
fn flow() -> Renewal {
    Renewal::new(&key(), &info()).scopes(scopes()).retry(RetryPolicy::default().base_delay(Duration::ZERO))
}

fn script(lines: &[Line<'_>]) {
    play(&mut flow(), |token| token.expose().to_owned(), lines);
}

/// The request that redeems the JWT which the device signs for this nonce at this time.
fn redeem(nonce: &str, seconds: f64) -> String {
    let jwt = key().sign(&info(), Some(nonce), scopes(), at(seconds));
    format!("POST /api/v2/auth/token {{\"jwt\":\"{}\"}}", jwt.expose())
}

#[test]
fn signed_nonce_is_redeemed_for_a_token() {
    script(&[
        (0.0, Poll, NONCE),
        (0.0, Name, "GetNonce, attempt 1"),
        (0.5, Answer(200, NONCES[0]), ""),
        (0.5, Poll, &redeem("n1", 0.5)),
        (0.5, Name, "RedeemDeviceJwt, attempt 1"),
        (0.9, Answer(200, RENEWED), ""),
        (0.9, Poll, "ok hushhush"),
        (0.9, Poll, "OutOfTurn"),
        (1.0, Answer(200, RENEWED), ""),
        (1.0, Fail(TransportErrorKind::Broken), ""),
        (1.0, Poll, "OutOfTurn"),
    ]);
}

/// Quirk: Plex refuses the JWTs of devices whose clock is off by some minutes.
#[test]
fn clock_that_is_a_day_off_is_harmless() {
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for local in [-86_400.0, 0.0, 86_400.0] {
        script(&[
            (local, Poll, NONCE),
            (local, AnswerWith(200, date, NONCES[0]), ""),
            (local, Poll, &redeem("n1", 0.0)),
            (local, Answer(200, RENEWED), ""),
            (local, Poll, "ok hushhush"),
        ]);
    }
}

#[test]
fn stale_nonce_is_replaced_once() {
    for (status, kind) in
        [(400, "BadRequest"), (401, "DeviceJwtRefused"), (422, "DeviceJwtRefused"), (498, "DeviceJwtExpired")]
    {
        let beginning = [
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(status, REFUSED), ""),
            (0.0, Poll, NONCE),
            (1.0, Answer(200, NONCES[1]), ""),
            (1.0, Poll, &redeem("n2", 1.0)),
        ];
        let good: &[Line<'_>] = &[(1.0, Answer(200, RENEWED), ""), (1.0, Poll, "ok hushhush")];
        script(&[&beginning, good].concat());
        let end = format!("Response {kind}");
        let bad: &[Line<'_>] =
            &[(1.0, Answer(status, REFUSED), ""), (1.0, Poll, &end), (1.0, Poll, "OutOfTurn")];
        script(&[&beginning, bad].concat());
    }
}

#[test]
fn rate_limit_is_retried_then_reported() {
    script(&[
        (0.0, Poll, NONCE),
        (0.0, AnswerWith(429, ("retry-after", "7"), ""), ""),
        (0.0, Poll, "wait 7"),
        (7.0, Poll, NONCE),
        (7.0, Answer(200, NONCES[0]), ""),
        (7.0, Poll, &redeem("n1", 7.0)),
        (7.0, Answer(429, ""), ""),
        (7.0, Poll, NONCE),
        (7.0, Answer(200, NONCES[1]), ""),
        (7.0, Poll, &redeem("n2", 7.0)),
        (7.0, Answer(429, ""), ""),
        (7.0, Poll, "Response RateLimited"),
    ]);
    script(&[
        (0.0, Poll, NONCE),
        (0.0, AnswerWith(429, ("retry-after", "3600"), ""), ""),
        (0.0, Poll, "Response RateLimited"),
    ]);
}

/// The request may have arrived although its response was lost. A nonce can be used only once, so each attempt needs a
/// new one.
#[test]
fn lost_request_is_repeated_with_a_new_nonce() {
    script(&[
        (0.0, Poll, NONCE),
        (0.0, Fail(TransportErrorKind::Connect), ""),
        (0.0, Poll, NONCE),
        (0.0, Answer(200, NONCES[0]), ""),
        (0.0, Poll, &redeem("n1", 0.0)),
        (9.0, Fail(TransportErrorKind::Broken), ""),
        (9.0, Poll, NONCE),
        (9.0, Answer(200, NONCES[1]), ""),
        (9.0, Poll, &redeem("n2", 9.0)),
        (9.0, Fail(TransportErrorKind::Broken), ""),
        (9.0, Poll, "Transport Broken"),
        (9.0, Poll, "OutOfTurn"),
    ]);
}

/// It says nothing about the key.
#[test]
fn foreign_page_is_retried_then_reported() {
    let page = "<html><title>Proxy</title></html>";
    for status in [401, 403, 422] {
        script(&[
            (0.0, Poll, NONCE),
            (0.0, Answer(status, page), ""),
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &redeem("n1", 0.0)),
            (0.0, Answer(status, page), ""),
            (0.0, Poll, NONCE),
            (0.0, Answer(status, page), ""),
            (0.0, Poll, "Response NotPlex"),
        ]);
    }
}

#[test]
fn permanent_failure_ends_the_renewal() {
    script(&[(0.0, Poll, NONCE), (0.0, Answer(200, "{}"), ""), (0.0, Poll, "Response NotUnderstood")]);
    script(&[(0.0, Poll, NONCE), (0.0, Answer(302, ""), ""), (0.0, Poll, "Response Redirected")]);
    script(&[(0.0, Poll, NONCE), (0.0, Answer(400, REFUSED), ""), (0.0, Poll, "Response BadRequest")]);
    script(&[
        (0.0, Poll, NONCE),
        (0.0, Answer(200, NONCES[0]), ""),
        (0.0, Poll, &redeem("n1", 0.0)),
        (0.0, Answer(403, REFUSED), ""),
        (0.0, Poll, "Response Forbidden"),
    ]);
}

#[test]
fn polling_out_of_turn_is_an_error() {
    script(&[
        (0.0, Poll, NONCE),
        (1.0, Poll, "OutOfTurn"),
        (2.0, Answer(200, NONCES[0]), ""),
        (2.0, Poll, "OutOfTurn"),
    ]);
    script(&[(0.0, Answer(200, NONCES[0]), ""), (0.0, Poll, NONCE)]);
    script(&[
        (0.0, Poll, NONCE),
        (0.0, Answer(200, NONCES[0]), ""),
        (0.0, Answer(200, RENEWED), ""),
        (0.0, Poll, &redeem("n1", 0.0)),
        (0.0, Poll, "OutOfTurn"),
    ]);
}

#[test]
fn debug_hides_the_jwt_and_the_token() {
    let mut flow = flow();
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    flow.handle(Ok(response(200, None, NONCES[0])), at(0.0));
    let signed = key().sign(&info(), Some("n1"), scopes(), at(0.0));
    assert!(!format!("{flow:?}").contains(signed.expose()));
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    flow.handle(Ok(response(200, None, RENEWED)), at(0.0));
    assert!(!format!("{flow:?}").contains("hushhush"));
}
