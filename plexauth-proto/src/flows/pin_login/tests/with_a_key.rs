use super::*;
use crate::jwt::{DeviceKey, Scope, Scopes};

const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

fn key() -> DeviceKey {
    DeviceKey::from_bytes([5; 32])
}

fn scopes() -> Scopes {
    [Scope::Username].into_iter().collect()
}

fn flow() -> PinLogin {
    pin(1800).login(&info()).device_key(&key(), scopes())
}

/// A check with the JWT that the device signs at this time.
fn check(seconds: f64) -> String {
    let jwt = key().sign(&info(), None, scopes(), at(seconds));
    format!("{CHECK}?deviceJWT={}", jwt.expose())
}

#[test]
fn checks_reuse_the_jwt() {
    let signed = check(0.5);
    script(
        flow(),
        &[
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
fn jwt_is_replaced_before_it_expires() {
    script(
        flow(),
        &[
            (0.0, Poll, &check(0.0)),
            (0.0, Answer(200, NOT_YET), ""),
            (239.0, Poll, &check(0.0)),
            (239.0, Answer(200, NOT_YET), ""),
            (240.0, Poll, &check(240.0)),
            (240.5, Answer(200, NOT_YET), ""),
            (241.5, Poll, &check(240.0)),
        ],
    );
}

/// Plex checks the times in a JWT by its own clock. The flow knows it from the response that created the PIN.
#[test]
fn clock_that_is_a_day_off_is_harmless() {
    for local in [-86_400.0, 0.0, 86_400.0] {
        let mut pin = pin(1800);
        pin.server_time = Some(at(0.0));
        script(
            pin.login(&info()).device_key(&key(), scopes()),
            &[
                (local, Poll, &check(0.0)),
                (local, Answer(200, NOT_YET), ""),
                (local + 240.0, Poll, &check(240.0)),
            ],
        );
    }
}

/// A resumed login does not know Plex's clock until the first response.
#[test]
fn resumed_login_takes_the_clock_from_a_refusal() {
    for local in [-86_400.0, 86_400.0] {
        script(
            PinLogin::resume(7, &info()).device_key(&key(), scopes()),
            &[
                (local, Poll, &check(local)),
                (local, AnswerWith(422, DATE, REFUSED), ""),
                (local, Poll, "wait 1"),
                (local + 1.0, Poll, &check(1.0)),
                (local + 1.0, AnswerWith(200, DATE, APPROVED), ""),
                (local + 1.0, Poll, "ok hushhush"),
            ],
        );
    }
}

#[test]
fn only_a_clock_set_ahead_ages_the_jwt() {
    script(
        flow(),
        &[
            (0.0, Poll, &check(0.0)),
            (0.0, Answer(200, NOT_YET), ""),
            (-500.0, Poll, "wait 1"),
            (-499.0, Poll, &check(0.0)),
            (-499.0, Answer(200, NOT_YET), ""),
            (500.0, Poll, &check(500.0)),
        ],
    );
}

#[test]
fn refused_jwt_is_signed_again_once() {
    for (status, kind) in [(401, "DeviceJwtRefused"), (422, "DeviceJwtRefused"), (498, "DeviceJwtExpired")] {
        script(
            flow(),
            &[
                (0.0, Poll, &check(0.0)),
                (0.0, Answer(status, REFUSED), ""),
                (0.0, Poll, "wait 1"),
                (1.0, Poll, &check(1.0)),
                (1.0, Answer(200, NOT_YET), ""),
                (2.0, Poll, &check(1.0)),
                (2.0, Answer(status, REFUSED), ""),
                (3.0, Poll, &check(3.0)),
                (3.0, Answer(status, REFUSED), ""),
                (3.0, Poll, &format!("Response {kind}")),
            ],
        );
    }
}

#[test]
fn code_of_an_expired_pin_outweighs_the_status() {
    script(
        flow(),
        &[
            (0.0, Poll, &check(0.0)),
            (0.0, Answer(422, r#"{"errors":[{"code":1069,"message":"expired"}]}"#), ""),
            (0.0, Poll, "PinExpired"),
        ],
    );
}

#[test]
fn debug_shows_neither_jwt_nor_id() {
    let mut flow = flow();
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    let signed = key().sign(&info(), None, scopes(), at(0.0));
    let shown = format!("{flow:?}");
    assert!(!shown.contains(signed.expose()) && !shown.contains("id: 7"), "{shown}");
}
