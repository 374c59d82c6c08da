//! What is no refusal of Plex's: redirects, limits, bodies that are something else.

use http::{Method, Request};
use plexauth_proto::{Error, ErrorKind, GetTransientToken, GetUserDetails};
use plexauth_tests::{Scripted, Simulator};

use super::driver::Plex;

/// A body that is an account, padded with spaces to a length.
fn account_of(length: usize) -> String {
    let mut body = String::from(r#"{"id":1,"uuid":"a"}"#);
    body.extend(std::iter::repeat_n(' ', length - body.len()));
    body
}

fn scripted(
    plex: &Plex,
    status: u16,
    body: impl Into<Vec<u8>>,
) -> Result<plexauth_proto::model::Account, Error> {
    plex.simulator.world().script("/user", Scripted::new(status, body));
    plex.send(&GetUserDetails::new("token-alice"))
}

/// Quirk: HTTP libraries carry `X-Plex-Token` along to wherever a redirect leads.
pub(crate) fn a_redirect_is_not_followed(plex: &Plex) {
    let elsewhere = Simulator::start();
    let origin = elsewhere.plex_tv_url().trim_end_matches("/api/v2").to_owned();
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/user?X-Plex-Token=token-alice", elsewhere.plex_tv_url());
        plex.simulator.world().script("/user", Scripted::new(status, "").header("location", target));
        let Err(Error::Response(error)) = plex.send(&GetUserDetails::new("token-alice")) else {
            panic!("a redirect is an error");
        };
        assert_eq!(
            (error.kind(), error.status().as_u16(), error.redirect_origin()),
            (ErrorKind::Redirected, status, Some(origin.as_str()))
        );
    }
    let at_home = Scripted::new(302, "").header("location", "/api/v2/elsewhere");
    plex.simulator.world().script("/user", at_home);
    let error = plex.send(&GetUserDetails::new("token-alice")).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Redirected), "also to the same host");
    assert_eq!(elsewhere.requests().len(), 0);
    assert_eq!(plex.simulator.requests().len(), 6);
}

/// The default limit is 1 MiB.
pub(crate) fn the_last_byte_within_the_limit_is_read(plex: &Plex) {
    assert_eq!(scripted(plex, 200, account_of(1 << 20)).unwrap().id, 1);
}

pub(crate) fn the_first_byte_over_the_limit_is_an_error(plex: &Plex) {
    let error = scripted(plex, 200, account_of((1 << 20) + 1)).unwrap_err();
    assert_eq!(
        format!("{:#}", anyhow::Error::from(error)),
        "the response is too large; check that the address belongs to a Plex server, or raise the limit: \
         the body has more than 1048576 bytes"
    );
    plex.send(&GetUserDetails::new("token-alice")).expect("the next request is as good as any");
}

pub(crate) fn a_page_of_html_is_not_json(plex: &Plex) {
    for body in ["<html><title>Plex</title></html>", "", "Plex"] {
        assert_eq!(scripted(plex, 200, body).unwrap_err().kind(), Some(ErrorKind::NotJson), "{body}");
    }
}

pub(crate) fn a_success_without_what_was_asked_for(plex: &Plex) {
    let error = scripted(plex, 200, r#"{"id":1}"#).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::NotUnderstood));
    let answer = Scripted::new(200, r#"{"MediaContainer":{"size":0}}"#);
    plex.simulator.world().script("/security/token", answer);
    let Err(Error::Response(error)) = plex.send(&GetTransientToken::new(plex.media_server(), "token-alice"))
    else {
        panic!("there was no token");
    };
    assert_eq!((error.kind(), error.path()), (ErrorKind::NotUnderstood, Some("MediaContainer.token")));
}

/// Quirk: plex.tv answers XML when `Accept` was lost on the way.
pub(crate) fn an_error_in_xml_is_read(plex: &Plex) {
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

pub(crate) fn a_failing_server_says_nothing_about_the_token(plex: &Plex) {
    let page =
        "<!DOCTYPE html><html><head><title>plex.tv | 502: Bad gateway</title></head><body></body></html>";
    plex.simulator.world().script_always("/user", Scripted::new(502, page));
    let Err(Error::Response(error)) = plex.send(&GetUserDetails::new("token-alice")) else {
        panic!("a failure is an error")
    };
    assert_eq!(
        (error.kind(), error.message(), error.is_token_invalid()),
        (ErrorKind::ServerFailure, Some("plex.tv | 502: Bad gateway"), false)
    );
}

pub(crate) fn exchange_gives_back_any_status(plex: &Plex) {
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

pub(crate) fn a_client_that_does_not_say_who_it_is(plex: &Plex) {
    let uri = format!("{}/user", plex.simulator.plex_tv_url());
    let request = Request::get(uri).header("accept", "application/json").body(Vec::new()).unwrap();
    let response = plex.exchange(request).unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(
        String::from_utf8(response.into_body()).unwrap(),
        r#"{"errors":[{"code":1000,"message":"X-Plex-Client-Identifier is missing","status":400}]}"#
    );
}
