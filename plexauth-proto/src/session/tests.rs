use http::Response;

use super::*;
use crate::client::BaseUrl;
use crate::flows::testing::REFUSED;
use crate::operation::Operation;
use crate::operations::{GetTransientToken, GetUserDetails};

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

fn error(status: u16) -> Error {
    let error = GetUserDetails::new("t").parse(&Response::builder().status(status).body(REFUSED).unwrap());
    error.unwrap_err().into()
}

#[test]
fn legacy_token_is_kept_until_a_401() {
    let session = Session::new(&info(), "hushhush");
    assert_eq!(session.token(), Token::new("hushhush"));
    for status in [400, 401, 403, 404, 429, 500, 503] {
        let advice = session.on_error(&error(status));
        assert_eq!(matches!(advice, SessionAdvice::LogInAgain), status == 401, "{status}");
        assert_eq!(matches!(advice, SessionAdvice::Keep), status != 401, "{status}");
    }
    let shown = r#"Session { client_identifier: "id-1", account_id: None, renewals: 0, .. }"#;
    assert_eq!(format!("{session:?}"), shown);
    assert_eq!(session.info().identifier(), "id-1");
}

/// A server that refuses a token, a proxy, and a device that was removed.
#[test]
fn only_plex_tv_ends_a_session() {
    let session = Session::new(&info(), "hushhush");
    let transient = GetTransientToken::new("http://127.0.0.1:1".parse::<BaseUrl>().unwrap(), "hushhush");
    let page = "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>";
    for body in [page, "", REFUSED] {
        let response = Response::builder().status(401).body(body).unwrap();
        let advice = session.on_error(&transient.parse(&response).unwrap_err().into());
        assert!(matches!(advice, SessionAdvice::Keep), "{body}");
    }
    let advice = |body: &str| {
        let response = Response::builder().status(401).body(body.to_owned()).unwrap();
        session.on_error(&GetUserDetails::new("t").parse(&response).unwrap_err().into())
    };
    assert!(matches!(advice(page), SessionAdvice::Keep));
    assert!(matches!(advice(r#"{"errors":[{"code":1097}]}"#), SessionAdvice::LogInAgain));
}

#[test]
fn saved_session_is_bound_to_its_client() {
    let saved = Session::new(&info(), "hushhush").to_saved();
    let json = serde_json::to_string(&saved).unwrap();
    assert_eq!(json, r#"{"version":1,"client_identifier":"id-1","token":"hushhush"}"#);
    let read: SavedSession = serde_json::from_str(&json).unwrap();
    assert_eq!(read.client_identifier(), "id-1");
    let session = Session::from_saved(&read, &info()).unwrap();
    assert_eq!(session.to_saved(), saved);
    serde_json::from_str::<SavedSession>(r#"[1,"id-1","hushhush",null,null,null]"#).unwrap_err();
    let refused = |json: &str, info: &ClientInfo| {
        let saved: SavedSession = serde_json::from_str(json).unwrap();
        Session::from_saved(&saved, info).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&json, &ClientInfo::new("id-2", "App").unwrap()),
        "the saved session cannot be restored: it belongs to another client identifier; use that one, or log in again"
    );
    assert_eq!(
        refused(&json.replace("\"version\":1", "\"version\":2"), &info()),
        "the saved session cannot be restored: another version wrote it; update the application, or log in again"
    );
    assert_eq!(format!("{saved:?}"), "SavedSession { version: 1, client_identifier: \"id-1\", .. }");
}

#[cfg(feature = "jwt")]
mod with_a_key {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::jwt::{DeviceKey, Scope, Scopes, base64url};
    use crate::operations::RedeemDeviceJwt;

    const NOW: u64 = 1_700_000_000;
    const DAY: u64 = 86_400;
    const WEEK: u64 = 7 * DAY;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn key() -> DeviceKey {
        DeviceKey::from_bytes([5; 32])
    }

    fn jwt(claims: &str) -> String {
        format!("{}.{}.", base64url(r#"{"alg":"EdDSA"}"#), base64url(claims))
    }

    fn session(claims: &str) -> Session {
        Session::with_key(&info(), jwt(claims), &key(), Scopes::none())
    }

    fn freshness(session: &Session, now: u64) -> &'static str {
        match session.freshness(at(now)) {
            Freshness::Fresh(_) => "fresh",
            Freshness::RenewSoon(..) => "soon",
            Freshness::Expired(_) => "expired",
        }
    }

    #[test]
    fn token_is_renewed_in_its_last_day() {
        let session = session(&format!(r#"{{"iat":{NOW},"exp":{}}}"#, NOW + WEEK));
        for (now, expected) in [
            (NOW, "fresh"),
            (NOW + 6 * DAY - 1, "fresh"),
            (NOW + 6 * DAY, "soon"),
            (NOW + WEEK - 1, "soon"),
            (NOW + WEEK, "expired"),
            (u64::from(u32::MAX), "expired"),
        ] {
            assert_eq!(freshness(&session, now), expected, "{now}");
        }
        assert_eq!(freshness(&self::session("{}"), NOW), "fresh", "the JWT has no expiry");
        let legacy = Session::with_key(&info(), "an old token", &key(), Scopes::none());
        assert_eq!(freshness(&legacy, NOW), "fresh");
    }

    /// A device whose clock is far ahead would renew forever if it trusted the times in its tokens.
    #[test]
    fn own_clock_counts_after_a_renewal() {
        let session = session(&format!(r#"{{"iat":{NOW},"exp":{}}}"#, NOW + WEEK));
        let ahead = NOW + 1000 * DAY;
        assert_eq!(freshness(&session, ahead), "expired");
        session
            .renewed(jwt(&format!(r#"{{"iat":{},"exp":{}}}"#, NOW + 1, NOW + 1 + WEEK)), at(ahead))
            .unwrap();
        assert_eq!((freshness(&session, ahead), session.renewals()), ("fresh", 1));
        assert_eq!(freshness(&session, ahead + 6 * DAY), "soon");
        assert_eq!(freshness(&session, ahead + WEEK), "expired");
        assert_eq!(freshness(&session, NOW + 8 * DAY), "expired", "the clock has been corrected since");
        let saved = session.to_saved();
        assert_eq!(freshness(&Session::from_saved(&saved, &info()).unwrap(), ahead), "fresh");
    }

    #[test]
    fn expired_token_is_renewed_and_invalid_one_is_not() {
        let session = session("{}");
        assert!(matches!(session.on_error(&error(498)), SessionAdvice::Renew(_)));
        assert!(matches!(session.on_error(&error(401)), SessionAdvice::LogInAgain));
        assert!(matches!(session.on_error(&error(503)), SessionAdvice::Keep));
        let exchange = RedeemDeviceJwt::new(key().sign(&info(), Some("n"), Scopes::none(), at(NOW)));
        let advice = |status: u16| {
            let response = Response::builder().status(status).body(REFUSED).unwrap();
            session.on_error(&exchange.parse(&response).unwrap_err().into())
        };
        assert!(matches!(advice(422), SessionAdvice::LogInAgain), "Plex does not know the key");
        assert!(matches!(advice(498), SessionAdvice::Keep), "the clock is wrong");
        assert!(matches!(advice(503), SessionAdvice::Keep));
        let legacy = Session::new(&info(), "t");
        assert!(matches!(legacy.on_error(&error(498)), SessionAdvice::LogInAgain));
    }

    #[test]
    fn saved_session_contains_its_key() {
        let scopes: Scopes = [Scope::Email].into_iter().collect();
        let session = Session::with_key(&info(), "hushhush", &key(), scopes);
        session.renewed("hushhush", at(NOW)).unwrap();
        let json = serde_json::to_string(&session.to_saved()).unwrap();
        assert_eq!(
            json,
            r#"{"version":1,"client_identifier":"id-1","token":"hushhush","device_key":"BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU","scopes":"email","renewed_at":1700000000}"#
        );
        let saved: SavedSession = serde_json::from_str(&json).unwrap();
        let back = Session::from_saved(&saved, &info()).unwrap();
        assert_eq!(back.to_saved(), session.to_saved());
        assert!(!format!("{session:?} {saved:?}").contains("hushhush"));
        assert!(!format!("{session:?} {saved:?}").contains("BQUF"));
        let damaged: SavedSession = serde_json::from_str(&json.replace("BQUFBQ", "!")).unwrap();
        assert_eq!(
            Session::from_saved(&damaged, &info()).unwrap_err().to_string(),
            "the saved session cannot be restored: its device key is damaged; log in again"
        );
    }
}
