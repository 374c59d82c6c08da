use super::*;
use crate::jwt::{DeviceKey, Scope, Scopes};

const NONCE: &str = "GET /api/v2/auth/nonce";
const NONCES: [&str; 3] = [r#"{"nonce":"n1"}"#, r#"{"nonce":"n2"}"#, r#"{"nonce":"n3"}"#];

fn key() -> DeviceKey {
    DeviceKey::from_bytes([5; 32])
}

fn scopes() -> Scopes {
    [Scope::Username].into_iter().collect()
}

fn flow() -> PinLogin {
    pin(1800).login(&client()).device_key(&key(), scopes())
}

/// The check with what the device signs for that nonce at that time.
fn check(nonce: &str, seconds: f64) -> String {
    let jwt = key().sign(&client(), nonce, scopes(), at(seconds));
    format!("{CHECK}?deviceJWT={}", jwt.expose())
}

#[test]
fn a_nonce_is_signed_first_and_the_same_jwt_sent_with_every_check() {
    let signed = check("n1", 0.5);
    script(
        flow(),
        &[
            (0.0, Poll, NONCE),
            (0.0, Name, "GetNonce, attempt 1"),
            (0.5, Answer(200, NONCES[0]), ""),
            (0.5, Poll, &signed),
            (0.5, Name, "CheckPin, attempt 1"),
            (0.6, Answer(200, NOT_YET), ""),
            (0.6, Poll, "wait 1"),
            (1.6, Poll, &signed),
            (1.7, Answer(200, APPROVED), ""),
            (1.7, Poll, "ok hushhush"),
        ],
    );
}

#[test]
fn a_fresh_jwt_is_made_before_the_old_one_ages_out() {
    script(
        flow(),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &check("n1", 0.0)),
            (0.0, Answer(200, NOT_YET), ""),
            (239.0, Poll, &check("n1", 0.0)),
            (239.0, Answer(200, NOT_YET), ""),
            (240.0, Poll, NONCE),
            (240.5, Answer(200, NONCES[1]), ""),
            (240.5, Poll, &check("n2", 240.5)),
            (240.5, Answer(200, NOT_YET), ""),
            (241.5, Poll, &check("n2", 240.5)),
        ],
    );
}

/// The quirk: Plex checks the times in a JWT by its own clock.
#[test]
fn a_clock_that_is_a_day_off_either_way_is_no_trouble() {
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for local in [-86_400.0, 0.0, 86_400.0] {
        script(
            flow(),
            &[
                (local, Poll, NONCE),
                (local, AnswerWith(200, date, NONCES[0]), ""),
                (local, Poll, &check("n1", 0.0)),
                (local, Answer(200, NOT_YET), ""),
                (local + 1.0, Poll, &check("n1", 0.0)),
            ],
        );
    }
}

#[test]
fn a_clock_that_jumps_ahead_makes_the_jwt_old_and_one_set_back_does_not() {
    script(
        flow(),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &check("n1", 0.0)),
            (0.0, Answer(200, NOT_YET), ""),
            (-500.0, Poll, "wait 1"),
            (-499.0, Poll, &check("n1", 0.0)),
            (-499.0, Answer(200, NOT_YET), ""),
            (500.0, Poll, NONCE),
        ],
    );
}

#[test]
fn a_jwt_that_is_refused_is_made_anew_once() {
    for (status, kind) in [(401, "DeviceJwtRefused"), (422, "DeviceJwtRefused"), (498, "DeviceJwtExpired")] {
        script(
            flow(),
            &[
                (0.0, Poll, NONCE),
                (0.0, Answer(200, NONCES[0]), ""),
                (0.0, Poll, &check("n1", 0.0)),
                (0.0, Answer(status, ""), ""),
                (0.0, Poll, "wait 1"),
                (1.0, Poll, NONCE),
                (1.0, Answer(200, NONCES[1]), ""),
                (1.0, Poll, &check("n2", 1.0)),
                (1.0, Answer(200, NOT_YET), ""),
                (2.0, Poll, &check("n2", 1.0)),
                (2.0, Answer(status, ""), ""),
                (3.0, Poll, NONCE),
                (3.0, Answer(200, NONCES[2]), ""),
                (3.0, Poll, &check("n3", 3.0)),
                (3.0, Answer(status, ""), ""),
                (3.0, Poll, &format!("Response {kind}")),
            ],
        );
    }
}

#[test]
fn a_code_that_says_that_the_pin_is_gone_counts_more_than_the_status() {
    script(
        flow(),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(200, NONCES[0]), ""),
            (0.0, Poll, &check("n1", 0.0)),
            (0.0, Answer(422, r#"{"errors":[{"code":1069,"message":"expired"}]}"#), ""),
            (0.0, Poll, "PinExpired"),
        ],
    );
}

#[test]
fn a_nonce_that_does_not_come_is_waited_for() {
    script(
        flow(),
        &[
            (0.0, Poll, NONCE),
            (0.0, Answer(503, ""), ""),
            (0.0, Poll, "wait 1"),
            (1.0, Poll, NONCE),
            (1.0, Fail(Failure::Timeout), "GoOn"),
            (3.0, Poll, NONCE),
            (3.0, Answer(429, ""), ""),
            (3.0, Poll, "wait 5"),
            (8.0, Poll, NONCE),
            (8.0, Answer(200, NONCES[0]), ""),
            (8.0, Poll, &check("n1", 8.0)),
        ],
    );
}

#[test]
fn a_login_with_a_key_does_not_print_what_it_signed() {
    let mut flow = flow();
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    flow.on_response(Response::new(NONCES[0]), at(0.0));
    let signed = key().sign(&client(), "n1", scopes(), at(0.0));
    assert!(!format!("{flow:?}").contains(signed.expose()));
}
