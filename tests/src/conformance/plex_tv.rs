//! Signing in, and account data.

use std::time::{Duration, SystemTime};

use crate::{RateLimit, Scripted};
use http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, USER_AGENT};
use plexauth_proto::lenient::Words;
use plexauth_proto::model::{RestrictionProfile, ServiceStatus, SubscriptionStatus};
use plexauth_proto::{
    Attempt, ClientInfo, Error, ErrorKind, GetUserDetails, RetryAfter, RetryPolicy, SignIn, Token, Transport,
};

use super::stage::Stage;

fn response_error<T: std::fmt::Debug>(result: Result<T, Error>) -> plexauth_proto::ResponseError {
    match result {
        Err(Error::Response(error)) => error,
        other => panic!("expected Error::Response, got {other:?}"),
    }
}

fn kind_and_code<T: std::fmt::Debug>(result: Result<T, Error>) -> (ErrorKind, Option<u32>) {
    let error = response_error(result);
    (error.kind(), error.code())
}

pub(crate) fn sign_in_returns_token_and_account(plex: &Stage<impl Transport>) {
    for login in ["alice", "alice@example.com"] {
        let signed_in = plex.send(&SignIn::new(login, "correct horse").remember_me(true)).unwrap();
        let account = signed_in.account.unwrap();
        assert_eq!(account.username.as_deref(), Some("alice"));
        assert_eq!(account.auth_token.as_ref(), Some(&signed_in.token));
        assert_eq!(plex.send(&GetUserDetails::new(&signed_in.token)).unwrap(), account);
    }
}

pub(crate) fn second_factor_is_required(plex: &Stage<impl Transport>) {
    let sign_in = SignIn::new("bob", "battery staple");
    assert_eq!(kind_and_code(plex.send(&sign_in)), (ErrorKind::VerificationCodeWanted, Some(1029)));
    let wrong = sign_in.clone().verification_code("000000");
    assert_eq!(kind_and_code(plex.send(&wrong)), (ErrorKind::WrongVerificationCode, Some(1028)));
    let signed_in = plex.send(&sign_in.verification_code("123456")).unwrap();
    assert_eq!(signed_in.account.unwrap().two_factor_enabled, Some(true));
}

pub(crate) fn backup_code_works_once(plex: &Stage<impl Transport>) {
    let sign_in = SignIn::new("bob", "battery staple").verification_code("backup-0001");
    plex.send(&sign_in).unwrap();
    assert_eq!(kind_and_code(plex.send(&sign_in)), (ErrorKind::WrongVerificationCode, Some(1028)));
}

/// HTTP libraries that only send ASCII refuse such a header.
pub(crate) fn utf8_in_headers_arrives_or_is_refused(plex: &Stage<impl Transport>) {
    let base = plex.info().plex_tv().clone();
    let info = ClientInfo::builder("id-1", "App").device_name("Küche 客厅").api_at(base).build().unwrap();
    match plex.send_as(&info, &GetUserDetails::new("token-alice")) {
        Ok(_) => {
            let requests = plex.simulator.requests();
            assert_eq!(requests[0].plex("X-Plex-Device-Name").as_deref(), Some("Küche 客厅"));
        }
        Err(Error::Transport(error)) => assert!(error.kind().is_connect(), "{error}"),
        Err(error) => panic!("{error}"),
    }
}

/// Quirk: repeated failures lock the address out, so a refused sign-in is never retried.
pub(crate) fn wrong_password_is_sent_once(plex: &Stage<impl Transport>) {
    let result = plex.send(&SignIn::new("alice", "wrong"));
    assert_eq!(kind_and_code(result), (ErrorKind::WrongCredentials, Some(1001)));
    assert_eq!(plex.simulator.requests().len(), 1);
}

pub(crate) fn email_only_account_refuses_the_username(plex: &Stage<impl Transport>) {
    let result = plex.send(&SignIn::new("carol", "tr0ub4dor"));
    assert_eq!(kind_and_code(result), (ErrorKind::EmailOnly, Some(1030)));
    plex.send(&SignIn::new("carol@example.com", "tr0ub4dor")).unwrap();
}

pub(crate) fn repeated_failures_lock_the_address_out(plex: &Stage<impl Transport>) {
    for _ in 0..5 {
        let result = plex.send(&SignIn::new("alice", "wrong"));
        assert_eq!(kind_and_code(result), (ErrorKind::WrongCredentials, Some(1001)));
    }
    let result = plex.send(&SignIn::new("alice", "correct horse"));
    assert_eq!(kind_and_code(result), (ErrorKind::TooManyFailures, Some(1031)));
}

pub(crate) fn rate_limit_reports_retry_after(plex: &Stage<impl Transport>) {
    for (retry_after, expected) in
        [(Some("7"), Some(RetryAfter::Delay(Duration::from_secs(7)))), (None, None)]
    {
        plex.simulator.world().rate_limit =
            Some(RateLimit { remaining: 0, retry_after: retry_after.map(Into::into) });
        let error = response_error(plex.send(&GetUserDetails::new("token-alice")));
        assert_eq!(
            (error.kind(), error.code(), error.retry_after(), error.is_token_invalid()),
            (ErrorKind::RateLimited, Some(1003), expected, false)
        );
    }
}

pub(crate) fn password_with_special_characters_is_accepted(plex: &Stage<impl Transport>) {
    let password = " a+b&c=d%20;é\u{1f40e}\"'\\\r\n\t\0 ";
    plex.simulator.world().accounts[0].password = Some(password.into());
    plex.send(&SignIn::new("alice", password)).unwrap();
}

pub(crate) fn account_is_parsed_completely(plex: &Stage<impl Transport>) {
    let account = plex.send(&GetUserDetails::new("token-alice")).unwrap();
    let subscription = account.subscription.as_ref().unwrap();
    let features: Words = (1..=47).map(|number| format!("feature-{number}")).collect();
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!((account.id, account.uuid.as_str()), (1, "0000000000000001"));
    assert_eq!(account.auth_token, Some(Token::new("token-alice")));
    assert_eq!((account.joined_at, account.remember_expires_at), (at(1_556_281_940), at(1_680_893_707)));
    assert_eq!((subscription.subscribed_at, &subscription.features), (at(1_618_251_672), &features));
    assert_eq!(subscription.status, Some(SubscriptionStatus::Active));
    assert_eq!(account.services[1].status, Some(ServiceStatus::Other("half asleep".into())));
}

/// Quirk: managed users have neither a username nor an email address.
pub(crate) fn managed_user_is_parsed(plex: &Stage<impl Transport>) {
    let account = plex.send(&GetUserDetails::new("token-kid")).unwrap();
    assert!(account.is_managed());
    assert_eq!((&account.username, &account.email, account.display_name()), (&None, &None, Some("Kid")));
    assert_eq!(account.restriction_profile, Some(RestrictionProfile::LittleKid));
    assert_eq!(account.profile.unwrap().auto_select_subtitle, Some(1));
}

/// Quirk: an application that takes other errors for an invalid token logs its users out during an outage.
pub(crate) fn only_plexs_401_makes_the_token_invalid(plex: &Stage<impl Transport>) {
    let operation = GetUserDetails::new("token-alice");
    let words = r#"{"errors":[{"message":"words"}]}"#;
    for (status, kind) in [
        (401, ErrorKind::TokenInvalid),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (422, ErrorKind::BadRequest),
        (429, ErrorKind::RateLimited),
        (498, ErrorKind::TokenExpired),
        (500, ErrorKind::ServerFailure),
        (503, ErrorKind::ServerFailure),
        (525, ErrorKind::ServerFailure),
    ] {
        plex.simulator.world().script_always("/user", Scripted::new(status, words));
        let error = plex.send(&operation).unwrap_err();
        plex.simulator.world().unscript();
        assert_eq!((error.kind(), error.is_token_invalid()), (Some(kind), status == 401), "{status}");
    }
    let expired = plex.send(&GetUserDetails::new("token-expired"));
    assert_eq!(kind_and_code(expired), (ErrorKind::TokenExpired, None));
    plex.simulator.world().revoke("token-alice");
    assert_eq!(kind_and_code(plex.send(&operation)), (ErrorKind::TokenInvalid, Some(1001)));
}

/// Compares complete requests, except for headers that describe the connection.
pub(crate) fn requests_are_sent_unchanged(plex: &Stage<impl Transport>) {
    plex.send(&GetUserDetails::new("token-alice")).unwrap();
    plex.send(&SignIn::new("alice", "correct horse")).unwrap();
    let sent: Vec<String> = plex
        .simulator
        .requests()
        .iter()
        .map(|request| {
            // The HTTP libraries set these themselves.
            let connection = [HOST, CONTENT_LENGTH, CONNECTION, USER_AGENT];
            let mut headers: Vec<String> = request
                .headers
                .iter()
                .filter(|(name, _)| !connection.contains(name))
                .map(|(name, value)| format!("{name}: {}", std::str::from_utf8(value.as_bytes()).unwrap()))
                .collect();
            headers.sort_unstable();
            assert!(!request.headers.contains_key(ACCEPT_ENCODING), "compression is not requested");
            let body = String::from_utf8(request.body.clone()).unwrap();
            format!("{} {}?{}\n{}\n{body}", request.method, request.path, request.query, headers.join("\n"))
        })
        .collect();
    assert_eq!(
        sent,
        [
            "GET /api/v2/user?\n\
             accept: application/json\n\
             x-plex-client-identifier: 3381b62b-9ab7-4e37-827b-203e9809eb58\n\
             x-plex-device-name: Kitchen\n\
             x-plex-product: Conformance\n\
             x-plex-token: token-alice\n",
            "POST /api/v2/users/signin?\n\
             accept: application/json\n\
             content-type: application/x-www-form-urlencoded\n\
             x-plex-client-identifier: 3381b62b-9ab7-4e37-827b-203e9809eb58\n\
             x-plex-device-name: Kitchen\n\
             x-plex-product: Conformance\n\
             login=alice&password=correct%20horse",
        ]
    );
}

/// The drivers' policy allows two retries.
pub(crate) fn unavailable_server_is_retried(plex: &Stage<impl Transport>) {
    for status in [429, 502, 503, 504] {
        let before = plex.simulator.requests().len();
        for _ in 0..2 {
            plex.simulator.world().script("/user", Scripted::new(status, ""));
        }
        assert_eq!(plex.send(&GetUserDetails::new("token-alice")).unwrap().id, 1);
        assert_eq!(plex.simulator.requests().len() - before, 3, "{status}");
    }
    plex.simulator.world().script_always("/user", Scripted::new(503, ""));
    let before = plex.simulator.requests().len();
    let error = plex.send(&GetUserDetails::new("token-alice")).unwrap_err();
    assert_eq!((error.kind(), plex.simulator.requests().len() - before), (Some(ErrorKind::ServerFailure), 3));
    let get = GetUserDetails::new("token-alice");
    let error = plex.run(Attempt::new(&get, &plex.info(), RetryPolicy::none())).unwrap_err();
    assert_eq!((error.kind(), plex.simulator.requests().len() - before), (Some(ErrorKind::ServerFailure), 4));
}

pub(crate) fn sign_in_is_not_retried(plex: &Stage<impl Transport>) {
    for status in [429, 502, 503, 504] {
        let before = plex.simulator.requests().len();
        plex.simulator.world().script("/users/signin", Scripted::new(status, ""));
        plex.send(&SignIn::new("alice", "correct horse")).unwrap_err();
        assert_eq!(plex.simulator.requests().len() - before, 1, "{status}");
    }
}
