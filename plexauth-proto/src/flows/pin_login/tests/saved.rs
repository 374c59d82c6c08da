use super::*;

fn stored(login: &PinLogin, seconds: f64) -> SavedPin {
    let json = serde_json::to_string(&login.to_saved(at(seconds))).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn restored(saved: &SavedPin, seconds: f64) -> PinLogin {
    PinLogin::from_saved(saved, &info(), at(seconds)).unwrap()
}

#[test]
fn restored_login_waits_for_its_next_check() {
    let mut login = pin(1800).login(&info());
    play(&mut login, show, &[(0.0, Poll, CHECK), (0.5, Answer(200, NOT_YET), ""), (0.5, Poll, "wait 1")]);
    let saved = stored(&login, 0.75);
    script(restored(&saved, 1.0), &[(1.0, Poll, "wait 0.5"), (1.5, Poll, CHECK)]);
    script(restored(&saved, 60.0), &[(60.0, Poll, CHECK)]);

    play(&mut login, show, &[(1.5, Poll, CHECK)]);
    let dropped_on_its_way = stored(&login, 1.5);
    script(restored(&dropped_on_its_way, 1.5), &[(1.5, Poll, "wait 1")]);

    play(&mut login, show, &[(1.5, AnswerWith(429, ("retry-after", "30"), ""), "")]);
    script(restored(&stored(&login, 2.0), 2.0), &[(2.0, Poll, "wait 29.5")]);
}

#[test]
fn restored_login_knows_the_life_of_its_pin() {
    let saved = stored(&pin(900).login(&info()), 0.0);
    let is_gone = [(890.0, Poll, CHECK), (890.0, Answer(404, r#"{"errors":[{"code":1020}]}"#), "")];
    script(restored(&saved, 890.0), &[&is_gone[..], &[(890.0, Poll, "PinExpired")]].concat());
    let is_young = [(10.0, Poll, CHECK), (10.0, Answer(404, r#"{"errors":[{"code":1020}]}"#), "")];
    script(restored(&saved, 10.0), &[&is_young[..], &[(10.0, Poll, "PinNotFound")]].concat());
    // The clock may have been set meanwhile, so Plex is asked once.
    script(
        restored(&saved, 5000.0),
        &[(5000.0, Poll, CHECK), (5000.0, Answer(200, APPROVED), ""), (5000.0, Poll, "ok hushhush")],
    );
    script(restored(&saved, -5000.0), &[(-5000.0, Poll, CHECK)]);
}

#[test]
fn saved_pin_is_bound_to_its_client() {
    let saved = stored(&pin(900).login(&info()), 0.0);
    assert_eq!(saved.client_identifier(), "id-1");
    let other = ClientInfo::new("id-2", "App").unwrap();
    let refused = |saved: &SavedPin, info: &ClientInfo| {
        PinLogin::from_saved(saved, info, at(0.0)).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&saved, &other),
        "the saved PIN cannot be restored: it belongs to another client identifier; use that one, or create another PIN"
    );
    let json = serde_json::to_string(&saved).unwrap();
    let newer = serde_json::from_str(&json.replace(r#""version":1"#, r#""version":2"#)).unwrap();
    assert!(refused(&newer, &info()).contains("another version wrote it"));
    for damaged in [r#"[1,"id-1",7,900,0,0,0]"#.to_owned(), json.replacen('{', r#"{"new":1,"#, 1)] {
        serde_json::from_str::<SavedPin>(&damaged).unwrap_err();
    }
    assert_eq!(format!("{saved:?}"), r#"SavedPin { version: 1, client_identifier: "id-1", .. }"#);
}
