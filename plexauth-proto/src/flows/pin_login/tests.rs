use super::super::testing::Event::{Answer, AnswerWith, Fail, Name, Poll};
use super::super::testing::{Line, REFUSED, at, play, response};
use super::*;

mod saved;
#[cfg(feature = "jwt")]
mod with_a_key;

const CHECK: &str = "GET /api/v2/pins/7";
const NOT_YET: &str = r#"{"id":7,"code":"AB12","authToken":null}"#;
const APPROVED: &str = r#"{"id":7,"code":"AB12","authToken":"hushhush"}"#;

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn pin(expires_in: u64) -> Pin {
    serde_json::from_str(&format!(r#"{{"id":7,"code":"AB12","expiresIn":{expires_in}}}"#)).unwrap()
}

fn show(token: &Token) -> String {
    token.expose().to_owned()
}

fn script(mut flow: PinLogin, lines: &[Line<'_>]) {
    play(&mut flow, show, lines);
}

fn login(lines: &[Line<'_>]) {
    script(pin(1800).login(&info()), lines);
}

#[test]
fn pin_is_checked_every_second_until_approved() {
    login(&[
        (0.0, Poll, CHECK),
        (0.2, Answer(200, NOT_YET), ""),
        (0.2, Poll, "wait 1"),
        (0.7, Poll, "wait 0.5"),
        (1.2, Poll, CHECK),
        (1.3, Answer(200, NOT_YET), ""),
        (2.3, Poll, CHECK),
        (2.4, Answer(200, APPROVED), ""),
        (2.4, Poll, "ok hushhush"),
        (2.4, Poll, "OutOfTurn"),
        (2.5, Answer(200, NOT_YET), ""),
        (2.5, Fail(TransportErrorKind::Broken), ""),
        (9.9, Poll, "OutOfTurn"),
    ]);
}

#[test]
fn debug_shows_the_state_and_no_secret() {
    let shown = format!("{:?}", pin(1800).login(&info()));
    assert_eq!(shown, r#"PinLogin { state: "Waiting", wait: 0ns, life: 1800s, .. }"#);
}

#[test]
fn retry_after_is_respected() {
    login(&[
        (0.0, Poll, CHECK),
        (0.0, AnswerWith(429, ("retry-after", "17"), ""), ""),
        (0.0, Poll, "wait 17"),
        (16.0, Poll, "wait 1"),
        (17.0, Poll, CHECK),
        (17.0, AnswerWith(429, ("retry-after", "Sun, 06 Nov 1994 08:50:00 GMT"), ""), ""),
        (17.0, Poll, "wait 6"),
    ]);
}

/// An earlier request would be refused too.
#[test]
fn retry_after_beyond_the_expiry_is_respected() {
    for status in [429, 503] {
        script(
            pin(20).login(&info()),
            &[
                (0.0, Poll, CHECK),
                (0.0, AnswerWith(status, ("retry-after", "30"), ""), ""),
                (0.0, Poll, "wait 20"),
                (20.0, Poll, "PinExpired"),
            ],
        );
    }
}

#[test]
fn rate_limit_without_retry_after_backs_off() {
    for unusable in
        ["", "soon", "-1", "0", "1.5", "18446744073709551615", "86400", "Sun, 06 Nov 1994 08:49:37 GMT"]
    {
        let refusal = AnswerWith(429, ("retry-after", unusable), "");
        login(&[
            (0.0, Poll, CHECK),
            (0.0, refusal, ""),
            (0.0, Poll, "wait 5"),
            (5.0, Poll, CHECK),
            (5.0, Name, "CheckPin, attempt 2"),
            (5.0, refusal, ""),
            (5.0, Poll, "wait 10"),
            (15.0, Poll, CHECK),
            (15.0, Answer(429, ""), ""),
            (15.0, Poll, "wait 20"),
            (35.0, Poll, CHECK),
            (35.0, Answer(429, ""), ""),
            (35.0, Poll, "wait 40"),
            (75.0, Poll, CHECK),
            (75.0, Answer(429, ""), ""),
            (75.0, Poll, "wait 60"),
            (135.0, Poll, CHECK),
            (135.0, Answer(429, ""), ""),
            (135.0, Poll, "wait 60"),
            (195.0, Poll, CHECK),
            (195.0, Answer(200, NOT_YET), ""),
            (196.0, Poll, CHECK),
            (196.0, Answer(429, ""), ""),
            (196.0, Poll, "wait 5"),
        ]);
    }
}

#[test]
fn temporary_failures_back_off() {
    login(&[
        (0.0, Poll, CHECK),
        (0.0, Answer(503, ""), ""),
        (0.0, Poll, "wait 1"),
        (1.0, Poll, CHECK),
        (1.0, Fail(TransportErrorKind::Broken), ""),
        (1.0, Poll, "wait 2"),
        (3.0, Poll, CHECK),
        (3.0, Fail(TransportErrorKind::Connect), ""),
        (3.0, Poll, "wait 4"),
        (7.0, Poll, CHECK),
        (7.0, Answer(200, "<html>a captive portal</html>"), ""),
        (7.0, Poll, "wait 8"),
        (15.0, Poll, CHECK),
        (15.0, Fail(TransportErrorKind::Tls), ""),
        (15.0, Poll, "wait 16"),
        (31.0, Poll, CHECK),
        (61.0, Fail(TransportErrorKind::Timeout), ""),
        (61.0, Poll, "wait 30"),
        (91.0, Poll, CHECK),
        (91.0, Answer(200, NOT_YET), ""),
        (92.0, Poll, CHECK),
        (92.0, AnswerWith(503, ("retry-after", "90"), ""), ""),
        (92.0, Poll, "wait 90"),
        (182.0, Poll, CHECK),
        (182.0, Answer(200, APPROVED), ""),
        (182.0, Poll, "ok hushhush"),
    ]);
}

#[test]
fn followed_redirect_ends_login() {
    login(&[
        (0.0, Poll, CHECK),
        (0.0, Fail(TransportErrorKind::BodyTooLarge), ""),
        (1.0, Poll, CHECK),
        (1.0, Fail(TransportErrorKind::RedirectFollowed), ""),
        (9.0, Poll, "Transport RedirectFollowed"),
        (9.0, Poll, "OutOfTurn"),
    ]);
}

/// While most of its life is left, Plex does not know the PIN because another client identifier created it.
#[test]
fn unknown_pin_ends_login() {
    const NOT_FOUND: &str = r#"{"errors":[{"code":1020,"message":"Code not found or expired"}]}"#;
    for body in [NOT_FOUND, REFUSED] {
        for (seconds, end) in [(1.0, "PinNotFound"), (899.0, "PinNotFound"), (900.0, "PinExpired")] {
            login(&[
                (0.0, Poll, CHECK),
                (0.0, Answer(200, r#"{"authToken":null}"#), ""),
                (seconds, Poll, CHECK),
                (seconds, Answer(404, body), ""),
                (seconds, Poll, end),
                (seconds, Poll, "OutOfTurn"),
            ]);
        }
    }
    let not_found = [(0.0, Poll, CHECK), (0.0, Answer(404, NOT_FOUND), ""), (0.0, Poll, "PinNotFound")];
    script(PinLogin::resume(7, &info()), &not_found);
    script(
        PinLogin::resume(7, &info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, r#"{"expiresIn":100}"#), ""),
            (60.0, Poll, CHECK),
            (60.0, Answer(404, NOT_FOUND), ""),
            (60.0, Poll, "PinExpired"),
        ],
    );
}

/// A proxy's page says nothing about the PIN.
#[test]
fn foreign_page_does_not_end_login() {
    for (status, page) in [
        (200, "<html>Sign in to the network</html>"),
        (401, "<html><title>401 Authorization Required</title></html>"),
        (403, "<html><title>Attention Required!</title></html>"),
        (404, "<html></html>"),
        (404, ""),
        (422, "not now"),
    ] {
        login(&[
            (0.0, Poll, CHECK),
            (0.0, Answer(status, page), ""),
            (0.0, Poll, "wait 1"),
            (1.0, Poll, CHECK),
            (1.0, Answer(200, APPROVED), ""),
            (1.0, Poll, "ok hushhush"),
        ]);
    }
}

#[test]
fn expired_pin_ends_login() {
    script(
        pin(3).login(&info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, NOT_YET), ""),
            (1.0, Poll, CHECK),
            (1.0, Answer(200, NOT_YET), ""),
            (2.5, Poll, CHECK),
            (2.5, Answer(200, NOT_YET), ""),
            (2.5, Poll, "wait 0.5"),
            (3.0, Poll, "PinExpired"),
        ],
    );
}

/// An approval at the last moment is not lost: the PIN is checked once more after its expiry, unless a wait forbids it.
#[test]
fn expired_pin_is_checked_once_more() {
    for (answer, end) in [
        (Answer(200, APPROVED), "ok hushhush"),
        (Answer(404, REFUSED), "PinExpired"),
        (Answer(200, NOT_YET), "PinExpired"),
        (Answer(503, ""), "PinExpired"),
        (Answer(429, ""), "PinExpired"),
    ] {
        script(
            pin(3).login(&info()),
            &[
                (0.0, Poll, CHECK),
                (0.0, Answer(200, NOT_YET), ""),
                (3.0, Poll, CHECK),
                (3.1, answer, ""),
                (3.1, Poll, end),
            ],
        );
    }
    script(
        pin(3).login(&info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, NOT_YET), ""),
            (3.0, Poll, CHECK),
            (3.1, Fail(TransportErrorKind::Connect), ""),
            (3.1, Poll, "PinExpired"),
        ],
    );
}

#[test]
fn wait_ends_when_the_pin_expires() {
    script(
        pin(8).login(&info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(429, ""), ""),
            (5.0, Poll, CHECK),
            (5.0, Answer(429, ""), ""),
            (5.0, Poll, "wait 3"),
            (8.0, Poll, "PinExpired"),
        ],
    );
}

#[test]
fn each_response_corrects_the_lifetime() {
    script(
        pin(1800).login(&info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, r#"{"expiresIn":2}"#), ""),
            (1.5, Poll, CHECK),
            (1.5, Answer(200, NOT_YET), ""),
            (1.5, Poll, "wait 0.5"),
            (2.0, Poll, "PinExpired"),
        ],
    );
}

#[test]
fn deadline_before_the_expiry_ends_login() {
    script(
        pin(1800).login(&info()).deadline(at(2.5)),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, NOT_YET), ""),
            (1.0, Poll, CHECK),
            (1.0, Answer(429, ""), ""),
            (1.0, Poll, "wait 1.5"),
            (2.5, Poll, "DeadlineReached"),
            (2.5, Poll, "OutOfTurn"),
        ],
    );
    script(pin(1800).login(&info()).deadline(at(-1.0)), &[(0.0, Poll, "DeadlineReached")]);
    script(
        pin(1).login(&info()).deadline(at(2.5)),
        &[(0.0, Poll, CHECK), (0.5, Answer(200, NOT_YET), ""), (1.1, Poll, "PinExpired")],
    );
}

#[test]
fn timeout_starts_at_the_first_poll() {
    let two_checks = |flow: PinLogin, last_step: &'static str| {
        script(
            flow,
            &[
                (100.0, Poll, CHECK),
                (100.0, Answer(200, NOT_YET), ""),
                (100.0, Poll, "wait 1"),
                (101.0, Poll, CHECK),
                (101.0, Answer(200, NOT_YET), ""),
                (101.0, Poll, last_step),
            ],
        );
    };
    let timeout = |seconds| pin(1800).login(&info()).timeout(Duration::from_secs_f64(seconds));
    two_checks(timeout(1.5), "wait 0.5");
    let end = [
        (100.0, Poll, CHECK),
        (100.0, Answer(200, NOT_YET), ""),
        (100.0, Poll, "wait 1"),
        (101.0, Poll, "DeadlineReached"),
    ];
    script(timeout(1.0), &end);
    two_checks(timeout(1.5).deadline(at(101.25)), "wait 0.25");
    two_checks(timeout(1.5).deadline(at(200.0)), "wait 0.5");
}

#[test]
fn clock_set_back_does_not_postpone_the_deadline() {
    script(
        pin(1800).login(&info()).deadline(at(3.0)),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, NOT_YET), ""),
            (-86_400.0, Poll, "wait 1"),
            (-86_399.0, Poll, CHECK),
            (-86_399.0, Answer(200, NOT_YET), ""),
            (-86_398.0, Poll, CHECK),
            (-86_398.0, Answer(200, NOT_YET), ""),
            (-86_397.0, Poll, "DeadlineReached"),
        ],
    );
}

/// A token is not discarded because it arrived late.
#[test]
fn token_after_the_deadline_is_returned() {
    script(
        pin(1800).login(&info()).deadline(at(2.5)),
        &[(0.0, Poll, CHECK), (9.0, Answer(200, APPROVED), ""), (9.0, Poll, "ok hushhush")],
    );
}

#[test]
fn request_timeout_depends_on_deadline_and_expiry() {
    let timeout = |mut flow: PinLogin| match flow.poll(at(0.0)) {
        Step::Send(outgoing) => outgoing.timeout.unwrap().as_secs_f64(),
        step => panic!("{step:?}"),
    };
    assert_eq!(timeout(pin(1800).login(&info())), 1800.0);
    assert_eq!(timeout(pin(3).login(&info())), 10.0);
    assert_eq!(timeout(pin(1800).login(&info()).deadline(at(2.5))), 2.5);
}

#[test]
fn clock_set_back_costs_at_most_one_wait() {
    script(
        pin(5).login(&info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, NOT_YET), ""),
            (-86_400.0, Poll, "wait 1"),
            (-86_399.0, Poll, CHECK),
            (-90_000.0, Answer(200, NOT_YET), ""),
            (-89_999.0, Poll, CHECK),
            (-89_999.0, Answer(200, NOT_YET), ""),
            (-89_997.0, Poll, CHECK),
            (-89_997.0, Answer(200, NOT_YET), ""),
            (-89_996.5, Poll, "wait 0.5"),
            (-89_996.0, Poll, CHECK),
            (-89_996.0, Answer(200, NOT_YET), ""),
            (-89_996.0, Poll, "PinExpired"),
        ],
    );
}

/// The device was suspended, or its clock was set. Only Plex knows how long the PIN remains valid.
#[test]
fn clock_jump_past_the_expiry_is_verified_with_plex() {
    login(&[
        (0.0, Poll, CHECK),
        (0.0, Answer(200, NOT_YET), ""),
        (86_400.0, Poll, CHECK),
        (86_400.0, Answer(200, r#"{"expiresIn":1798,"authToken":null}"#), ""),
        (86_400.0, Poll, "wait 1"),
        (86_401.0, Poll, CHECK),
        (86_401.0, Answer(200, APPROVED), ""),
        (86_401.0, Poll, "ok hushhush"),
    ]);
    login(&[(0.0, Poll, CHECK), (86_400.0, Answer(404, REFUSED), ""), (86_400.0, Poll, "PinExpired")]);
}

/// Whatever lifetime the responses claim, the number of requests is limited to the longest usual one in seconds plus 60.
#[test]
fn pin_that_never_expires_ends_login_too() {
    for lives in [r#"{"expiresIn":1800}"#, r#"{"expiresIn":18446744073709551615}"#] {
        let mut flow = pin(100).login(&info());
        let (mut seconds, mut requests) = (0.0, 0);
        let error = loop {
            match flow.poll(at(seconds)) {
                Step::Send(_) => {
                    requests += 1;
                    flow.handle(Ok(response(200, None, lives)), at(seconds));
                }
                Step::Wait(time) => seconds += time.as_secs_f64(),
                Step::Done(result) => break result.unwrap_err(),
            }
        };
        assert!(matches!(error, Error::PinExpired), "{error:?}");
        assert_eq!((requests, seconds), (1860, 1859.0));
    }
}

#[test]
fn permanent_failure_ends_login() {
    for (status, kind) in [
        (301, "Redirected"),
        (400, "BadRequest"),
        (401, "Forbidden"),
        (403, "Forbidden"),
        (422, "BadRequest"),
        (498, "TokenExpired"),
    ] {
        login(&[
            (0.0, Poll, CHECK),
            (0.0, Answer(status, REFUSED), ""),
            (0.0, Poll, &format!("Response {kind}")),
            (0.0, Poll, "OutOfTurn"),
        ]);
    }
}

#[test]
fn polling_out_of_turn_is_an_error() {
    login(&[
        (0.0, Poll, CHECK),
        (5.0, Poll, "OutOfTurn"),
        (6.0, Answer(200, APPROVED), ""),
        (6.0, Poll, "OutOfTurn"),
    ]);
    login(&[
        (0.0, Answer(200, APPROVED), ""),
        (0.0, Fail(TransportErrorKind::Broken), ""),
        (0.0, Poll, CHECK),
    ]);
}

#[test]
fn login_is_small_and_debug_hides_the_token() {
    assert!(size_of::<PinLogin>() <= 304, "{}", size_of::<PinLogin>());
    let mut flow = pin(1800).login(&info());
    assert!(matches!(flow.poll(at(0.0)), Step::Send(_)));
    flow.handle(Ok(response(200, None, APPROVED)), at(0.0));
    assert!(!format!("{flow:?}").contains("hushhush"));
}

/// The lifetime is half an hour until a response corrects it.
#[test]
fn login_resumes_with_the_id_alone() {
    script(
        PinLogin::resume(7, &info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Answer(200, r#"{"expiresIn":3,"authToken":null}"#), ""),
            (1.0, Poll, CHECK),
            (1.0, Answer(200, APPROVED), ""),
            (1.0, Poll, "ok hushhush"),
        ],
    );
    script(
        PinLogin::resume(7, &info()),
        &[
            (0.0, Poll, CHECK),
            (0.0, Fail(TransportErrorKind::Connect), ""),
            (1799.0, Poll, CHECK),
            (1799.0, AnswerWith(429, ("retry-after", "60"), ""), ""),
            (1799.0, Poll, "wait 1"),
            (1800.0, Poll, "PinExpired"),
        ],
    );
}

/// A PIN without `expiresIn`, whose checks count down from half an hour.
#[test]
fn first_response_sets_the_budget_of_requests() {
    let pin: Pin = serde_json::from_str(r#"{"id":7,"code":"AB12"}"#).unwrap();
    let mut flow = pin.login(&info());
    let mut requests = 0;
    for second in 0..=1800 {
        let now = at(f64::from(second));
        match flow.poll(now) {
            Step::Send(_) => requests += 1,
            step => panic!("{second}: {step:?}"),
        }
        let left = 1800 - second;
        flow.handle(Ok(response(200, None, &format!(r#"{{"authToken":null,"expiresIn":{left}}}"#))), now);
    }
    assert_eq!(requests, 1801);
}

/// The responses know better than the first one.
#[test]
fn pin_that_lives_longer_than_announced_is_checked_to_its_end() {
    for announced in [0, 60, 900] {
        let mut flow = pin(announced).login(&info());
        let (mut second, mut requests) = (0_u32, 0);
        let error = loop {
            match flow.poll(at(second.into())) {
                Step::Send(_) => {
                    requests += 1;
                    let body =
                        format!(r#"{{"authToken":null,"expiresIn":{}}}"#, 1800_u32.saturating_sub(second));
                    flow.handle(Ok(response(200, None, &body)), at(second.into()));
                }
                Step::Wait(time) => second += time.as_secs() as u32,
                Step::Done(result) => break result.unwrap_err(),
            }
        };
        assert!(matches!(error, Error::PinExpired), "{error:?}");
        assert_eq!((requests, second), (1801, 1800), "{announced}");
    }
}

/// Each wait really passes, but the clock does not show it.
#[test]
fn timeout_is_reached_by_a_clock_that_does_not_advance() {
    for step in [0.0, -1.0] {
        let mut flow = pin(1800).login(&info()).timeout(Duration::from_secs(60));
        let (mut waited, mut clock, mut requests) = (Duration::ZERO, 0.0, 0);
        let end = loop {
            match flow.poll(at(clock)) {
                Step::Send(_) => {
                    requests += 1;
                    flow.handle(Ok(response(200, None, NOT_YET)), at(clock));
                }
                Step::Wait(time) => waited += time,
                Step::Done(result) => break result,
            }
            clock += step;
        };
        assert!(matches!(end, Err(Error::DeadlineReached)));
        assert_eq!((waited, requests), (Duration::from_secs(60), 15), "a check every fourth wait");
    }
}

#[test]
fn interval_is_at_least_a_second() {
    for (interval, wait) in [(0.3, "wait 1"), (1.0, "wait 1"), (7.5, "wait 7.5")] {
        let login = pin(1800).login(&info()).interval(Duration::from_secs_f64(interval));
        script(login, &[(0.0, Poll, CHECK), (0.0, Answer(200, NOT_YET), ""), (0.0, Poll, wait)]);
    }
}

#[test]
fn logins_of_a_pace_take_turns() {
    let pace = PinPace::new(Duration::from_secs(2));
    let [mut first, mut second, mut third] = [(); 3].map(|()| pin(1800).login(&info()).pace(&pace));
    play(&mut first, show, &[(0.0, Poll, CHECK)]);
    play(&mut second, show, &[(0.0, Poll, "wait 2")]);
    play(&mut third, show, &[(0.0, Poll, "wait 4")]);
    play(
        &mut first,
        show,
        &[(0.5, Answer(200, NOT_YET), ""), (0.5, Poll, "wait 1"), (1.5, Poll, "wait 4.5")],
    );
    play(&mut second, show, &[(1.9, Poll, "wait 0.1"), (2.0, Poll, CHECK)]);
    // A rate limit is for all of them, but for those whose turn has been fixed.
    play(&mut second, show, &[(2.0, AnswerWith(429, ("retry-after", "20"), ""), ""), (2.0, Poll, "wait 20")]);
    play(&mut third, show, &[(4.0, Poll, CHECK), (4.0, Answer(200, NOT_YET), ""), (5.0, Poll, "wait 17")]);
    play(&mut first, show, &[(6.0, Poll, CHECK)]);
    play(&mut second, show, &[(22.0, Poll, "wait 2"), (24.0, Poll, CHECK)]);
    play(&mut third, show, &[(22.0, Poll, CHECK)]);
}
