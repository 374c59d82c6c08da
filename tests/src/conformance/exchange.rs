//! Redirects, size limits and unexpected bodies.

use crate::{Plex, Scripted};
use http::{Method, Request};
use plexauth_proto::{Error, ErrorKind, GetTransientToken, GetUserDetails, Transport};

use super::stage::Stage;

/// An account in JSON, padded with spaces to the given length.
fn account_of(length: usize) -> String {
    let mut body = String::from(r#"{"id":1,"uuid":"a"}"#);
    body.extend(std::iter::repeat_n(' ', length - body.len()));
    body
}

fn scripted(
    plex: &Stage<impl Transport>,
    status: u16,
    body: impl Into<Vec<u8>>,
) -> Result<plexauth_proto::model::Account, Error> {
    plex.simulator.world().script("/user", Scripted::new(status, body));
    plex.send(&GetUserDetails::new("token-alice"))
}

/// Quirk: HTTP libraries forward `X-Plex-Token` to the target of a redirect.
pub(crate) fn redirect_is_not_followed(plex: &Stage<impl Transport>) {
    let elsewhere = Plex::start();
    let origin = elsewhere.plex_tv_url().trim_end_matches("/api/v2").to_owned();
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/user?X-Plex-Token=token-alice", elsewhere.plex_tv_url());
        plex.simulator.world().script("/user", Scripted::new(status, "").header("location", target));
        let Err(Error::Response(error)) = plex.send(&GetUserDetails::new("token-alice")) else {
            panic!("expected an error");
        };
        assert_eq!(
            (error.kind(), error.status().as_u16(), error.redirect_origin()),
            (ErrorKind::Redirected, status, Some(origin.as_str()))
        );
    }
    let same_origin = Scripted::new(302, "").header("location", "/api/v2/elsewhere");
    plex.simulator.world().script("/user", same_origin);
    let error = plex.send(&GetUserDetails::new("token-alice")).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Redirected), "same-origin redirects are not followed either");
    assert_eq!(elsewhere.requests().len(), 0);
    assert_eq!(plex.simulator.requests().len(), 6);
}

/// The default limit is 1 MiB.
pub(crate) fn body_at_the_limit_is_read(plex: &Stage<impl Transport>) {
    assert_eq!(scripted(plex, 200, account_of(1 << 20)).unwrap().id, 1);
}

pub(crate) fn body_over_the_limit_is_an_error(plex: &Stage<impl Transport>) {
    let error = scripted(plex, 200, account_of((1 << 20) + 1)).unwrap_err();
    assert_eq!(
        format!("{error}: {}", std::error::Error::source(&error).expect("a source")),
        "the response is too large; check that the address belongs to a Plex server, or raise the limit: \
         the body has more than 1048576 bytes"
    );
    plex.send(&GetUserDetails::new("token-alice")).expect("the next request succeeds");
}

pub(crate) fn html_is_not_json(plex: &Stage<impl Transport>) {
    for (body, kind) in [
        ("<html><title>Plex</title></html>", ErrorKind::NotPlex),
        ("<user/>", ErrorKind::NotJson),
        ("", ErrorKind::NotJson),
        ("Plex", ErrorKind::NotJson),
    ] {
        plex.simulator.world().script_always("/user", Scripted::new(200, body));
        let error = plex.send(&GetUserDetails::new("token-alice")).unwrap_err();
        assert_eq!(error.kind(), Some(kind), "{body}");
    }
}

pub(crate) fn incomplete_success_is_not_understood(plex: &Stage<impl Transport>) {
    let error = scripted(plex, 200, r#"{"id":1}"#).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::NotUnderstood));
    let without_token = Scripted::new(200, r#"{"MediaContainer":{"size":0}}"#);
    plex.simulator.world().script("/security/token", without_token);
    let Err(Error::Response(error)) = plex.send(&GetTransientToken::new(plex.media_server(), "token-alice"))
    else {
        panic!("expected an error");
    };
    assert_eq!((error.kind(), error.path()), (ErrorKind::NotUnderstood, Some("MediaContainer.token")));
}

/// Quirk: plex.tv responds in XML if the `Accept` header was lost in transit.
pub(crate) fn xml_error_is_parsed(plex: &Stage<impl Transport>) {
    let mut request = Request::new(b"login=bob&password=battery+staple".to_vec());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = format!("{}/users/signin", plex.simulator.plex_tv_url()).parse().unwrap();
    for (name, value) in [
        ("accept", "application/xml"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-plex-client-identifier", "id-1"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let response = plex.exchange(request).unwrap();
    assert!(response.body().starts_with(b"<?xml"));
    let operation = plexauth_proto::SignIn::new("bob", "battery staple");
    let error = plexauth_proto::Operation::parse(&operation, &response).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::VerificationCodeWanted, Some(1029)));
}

pub(crate) fn server_failure_keeps_the_token_valid(plex: &Stage<impl Transport>) {
    let page =
        "<!DOCTYPE html><html><head><title>plex.tv | 502: Bad gateway</title></head><body></body></html>";
    plex.simulator.world().script_always("/user", Scripted::new(502, page));
    let Err(Error::Response(error)) = plex.send(&GetUserDetails::new("token-alice")) else {
        panic!("expected an error")
    };
    assert_eq!(
        (error.kind(), error.message(), error.is_token_invalid()),
        (ErrorKind::ServerFailure, None, false)
    );
}

pub(crate) fn exchange_returns_any_status(plex: &Stage<impl Transport>) {
    for status in [200, 204, 302, 404, 418, 498, 500, 599] {
        plex.simulator.world().script("/raw", Scripted::new(status, "").header("x-test", "kept"));
        let uri = format!("{}/raw?a=1", plex.simulator.plex_tv_url());
        let response = plex.exchange(Request::get(uri).body(Vec::new()).unwrap()).unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["x-test"].to_str().unwrap()),
            (status, "kept")
        );
    }
}

pub(crate) fn missing_client_identifier_is_refused(plex: &Stage<impl Transport>) {
    let uri = format!("{}/user", plex.simulator.plex_tv_url());
    let request = Request::get(uri).header("accept", "application/json").body(Vec::new()).unwrap();
    let response = plex.exchange(request).unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(
        String::from_utf8(response.into_body()).unwrap(),
        r#"{"errors":[{"code":1000,"message":"X-Plex-Client-Identifier is missing","status":400}]}"#
    );
}
