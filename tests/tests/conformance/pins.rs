//! Logging in by PIN.

use std::time::{Duration, Instant};

use plexauth_proto::{CreatePin, Error, ErrorKind, GetUserDetails, LinkPin};
use plexauth_tests::Scripted;

use super::driver::Plex;

const ALICE: usize = 0;

/// The checks of a PIN that came in.
fn checks(plex: &Plex) -> usize {
    let is_check = |path: &str| path.starts_with("/api/v2/pins/");
    plex.simulator.requests().iter().filter(|request| is_check(&request.path)).count()
}

pub(crate) fn an_approved_pin_gives_a_token(plex: &Plex) {
    for create in [CreatePin::short(), CreatePin::strong()] {
        let pin = plex.send(&create).unwrap();
        plex.simulator.world().approve_pin(pin.id, ALICE);
        let token = plex.run(pin.login(&plex.info())).unwrap();
        assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().username.as_deref(), Some("alice"));
        assert_eq!(plex.simulator.world().pins().len(), 0);
    }
}

pub(crate) fn a_short_code_is_approved_by_another_device(plex: &Plex) {
    let pin = plex.send(&CreatePin::short()).unwrap();
    assert_eq!((pin.code.len(), pin.expires_in), (4, Some(Duration::from_secs(1800))));
    plex.send(&LinkPin::new("token-kid", &pin.code)).unwrap();
    let token = plex.run(pin.login(&plex.info())).unwrap();
    assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().display_name(), Some("Kid"));
    for code in [pin.code.as_str(), "ZZZZ"] {
        let error = plex.send(&LinkPin::new("token-kid", code)).unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::PinUnknownOrExpired), "{code}");
    }
}

/// Also where Plex sends the browser back before it knows of the approval itself.
pub(crate) fn a_pin_is_waited_for(plex: &Plex) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().approve_pin_after(pin.id, ALICE, 1);
    // Who checks more often than once a second is refused, which would take five seconds.
    plex.run(pin.login(&plex.info())).unwrap();
    assert_eq!(checks(plex), 2);
}

pub(crate) fn a_refusal_to_answer_is_waited_out(plex: &Plex) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().approve_pin(pin.id, ALICE);
    let path = format!("/pins/{}", pin.id);
    plex.simulator.world().script(&path, Scripted::new(429, "").header("retry-after", "1"));
    let (start, began) = (Instant::now(), plex.simulator.world().now());
    plex.run(pin.login(&plex.info())).unwrap();
    assert_eq!(checks(plex), 2);
    // By the clock of the simulator where that is held, and by this machine's elsewhere: not the five seconds that are
    // waited where Plex does not say how long.
    let waited = plex.simulator.world().now().duration_since(began).unwrap_or_default().max(start.elapsed());
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_secs(5), "{waited:?}");
}

pub(crate) fn a_pin_that_nobody_approves_expires(plex: &Plex) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().advance(Duration::from_secs(1800));
    let error = plex.run(pin.login(&plex.info())).unwrap_err();
    assert!(matches!(error, Error::PinExpired), "{error:?}");
    assert_eq!(checks(plex), 1);
}

pub(crate) fn a_deadline_ends_a_login(plex: &Plex) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    let deadline = plex.now() + Duration::from_millis(500);
    let error = plex.run(pin.login(&plex.info()).deadline(deadline)).unwrap_err();
    assert!(matches!(error, Error::DeadlineReached), "{error:?}");
}

pub(crate) fn a_pin_is_asked_for_without_a_body(plex: &Plex) {
    plex.send(&CreatePin::strong()).unwrap();
    let request = plex.simulator.requests().remove(0);
    assert_eq!(
        (request.method.as_str(), request.path.as_str(), request.query.as_str()),
        ("POST", "/api/v2/pins", "strong=true")
    );
    assert_eq!(request.body, b"");
    assert!(!request.headers.contains_key("content-type") && !request.headers.contains_key("x-plex-token"));
    let length = request.header("content-length");
    assert!(matches!(length, None | Some("0")), "{length:?}");
}
