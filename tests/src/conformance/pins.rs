//! Login by PIN.

use std::time::{Duration, Instant};

use crate::Scripted;
use plexauth_proto::{CreatePin, Error, ErrorKind, GetUserDetails, LinkPin, Transport};

use super::stage::Stage;

const ALICE: usize = 0;

/// The number of PIN checks that the simulator has received.
fn checks(plex: &Stage<impl Transport>) -> usize {
    let is_check = |path: &str| path.starts_with("/api/v2/pins/");
    plex.simulator.requests().iter().filter(|request| is_check(&request.path)).count()
}

pub(crate) fn approved_pin_returns_a_token(plex: &Stage<impl Transport>) {
    for create in [CreatePin::short(), CreatePin::strong()] {
        let pin = plex.send(&create).unwrap();
        plex.simulator.world().approve_pin(pin.id, ALICE);
        let token = plex.run(pin.login(&plex.info())).unwrap();
        assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().username.as_deref(), Some("alice"));
        assert_eq!(plex.simulator.world().pins().len(), 0);
    }
}

pub(crate) fn short_code_is_linked_by_another_device(plex: &Stage<impl Transport>) {
    let pin = plex.send(&CreatePin::short()).unwrap();
    assert_eq!((pin.code.len(), pin.expires_in), (4, Some(Duration::from_secs(900))));
    plex.send(&LinkPin::new("token-kid", &pin.code)).unwrap();
    let token = plex.run(pin.login(&plex.info())).unwrap();
    assert_eq!(plex.send(&GetUserDetails::new(token)).unwrap().display_name(), Some("Kid"));
    for code in [pin.code.as_str(), "ZZZZ"] {
        let error = plex.send(&LinkPin::new("token-kid", code)).unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::PinUnknownOrExpired), "{code}");
    }
}

/// Plex may redirect the browser back to the application before a check returns the token.
pub(crate) fn pending_pin_is_polled(plex: &Stage<impl Transport>) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().approve_pin_after(pin.id, ALICE, 1);
    // The simulator refuses a second check within one second, which would cause a third.
    plex.run(pin.login(&plex.info())).unwrap();
    assert_eq!(checks(plex), 2);
}

pub(crate) fn rate_limited_check_is_repeated(plex: &Stage<impl Transport>) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().approve_pin(pin.id, ALICE);
    let path = format!("/pins/{}", pin.id);
    plex.simulator.world().script(&path, Scripted::new(429, "").header("retry-after", "1"));
    let (start, began) = (Instant::now(), plex.simulator.world().now());
    plex.run(pin.login(&plex.info())).unwrap();
    assert_eq!(checks(plex), 2);
    // The core advances the simulator's clock; the adapters really wait. Without `Retry-After`, the wait would be five
    // seconds.
    let waited = plex.simulator.world().now().duration_since(began).unwrap_or_default().max(start.elapsed());
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_secs(5), "{waited:?}");
}

pub(crate) fn unapproved_pin_expires(plex: &Stage<impl Transport>) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    plex.simulator.world().advance(Duration::from_secs(1800));
    let error = plex.run(pin.login(&plex.info())).unwrap_err();
    assert!(matches!(error, Error::PinExpired), "{error:?}");
    assert_eq!(checks(plex), 1);
}

pub(crate) fn deadline_ends_login(plex: &Stage<impl Transport>) {
    let pin = plex.send(&CreatePin::strong()).unwrap();
    let deadline = plex.now() + Duration::from_millis(500);
    let error = plex.run(pin.login(&plex.info()).deadline(deadline)).unwrap_err();
    assert!(matches!(error, Error::DeadlineReached), "{error:?}");
}

pub(crate) fn pin_is_created_without_a_body(plex: &Stage<impl Transport>) {
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
