//! Redirects: the target must not receive the request.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use plexauth_proto::{
    Error, ErrorKind, GetUserDetails, Limits, Operation, ResponseError, SignIn, TransportErrorKind,
};
use plexauth_testing::Wire;
use tower::ServiceBuilder;
use tower_http::follow_redirect::FollowRedirectLayer;

use super::ask::{ACCOUNT, PASSWORD, TOKEN, hides, ok_response, plain};
use super::matrix::{Custom, Fault, Outcome};
use super::tls::Authority;
use crate::common::{Adapter, Settings, anybodys_reqwest, info, runtime};

const GROUP: &str = "redirect";
const REDIRECTED: Outcome = Outcome::Kind(ErrorKind::Redirected);
const FOLLOWED: Outcome = Outcome::Transport(TransportErrorKind::RedirectFollowed);

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        Fault::new(GROUP, "redirect to another host", REDIRECTED, to_another_host),
        Fault::new(GROUP, "redirect of a sign-in", REDIRECTED, sign_in),
        Fault::new(GROUP, "redirect from https to http", REDIRECTED, from_https_to_http),
        located("redirect to another path", "Location: /elsewhere\r\n", None),
        located("redirect to the same URL", "Location: /api/v2/user\r\n", None),
        located("redirect without a Location", "", None),
        located("redirect to an invalid URL", "Location: ::::\r\n", None),
        located("redirect to a non-ASCII URL", "Location: http://\u{ff}\r\n", None),
        located(
            "redirect to a URL with user info",
            "Location: http://me:s3cret-token@evil.example/x\r\n",
            Some("http://evil.example"),
        ),
        located(
            "redirect to a URL with a token",
            "Location: http://evil.example/?X-Plex-Token=s3cret-token\r\n",
            Some("http://evil.example"),
        ),
        located(
            "redirect to a host named like the token",
            "Location: http://s3cret-token.example/\r\n",
            None,
        ),
        Fault::new(GROUP, "HTTP client that follows redirects", REDIRECTED, client_that_follows)
            .but(Adapter::Reqwest, FOLLOWED)
            .but(Adapter::Hyper, Custom("followed, as documented")),
        followed("followed redirect loop", FOLLOWED, || redirecting(307, "Location: /again\r\n")),
        // Without a response, the redirect cannot be detected.
        followed(
            "followed redirect without a response",
            Outcome::Transport(TransportErrorKind::Broken),
            || {
                Wire::start(|mut peer| {
                    peer.read_request();
                })
            },
        ),
        Fault::new(GROUP, "builder that follows redirects", REDIRECTED, builder_that_follows)
            .only(Adapter::Reqwest),
    ]
}

/// The target of a redirect, which responds to every request with the account.
fn redirect_target() -> Wire {
    Wire::start(|mut peer| while peer.read_request().is_some() && peer.send(ok_response(ACCOUNT)) {})
}

/// A server that redirects every request.
fn redirecting(status: u16, headers: &str) -> Wire {
    let response: Arc<str> =
        format!("HTTP/1.1 {status} Elsewhere\r\n{headers}Content-Length: 0\r\n\r\n").into();
    Wire::start(move |mut peer| while peer.read_request().is_some() && peer.send(&*response) {})
}

fn error(result: Result<impl Sized, Error>) -> ResponseError {
    let Err(error) = result else { panic!("the redirect was followed") };
    hides(&error);
    let Error::Response(error) = error else { panic!("{error}") };
    error
}

fn to_another_host(adapter: Adapter, time: Duration) -> Outcome {
    for status in [301, 302, 303, 307, 308] {
        let target = redirect_target();
        let origin = format!("http://localhost:{}", target.address().port());
        let wire = redirecting(status, &format!("Location: {origin}/api/v2/user\r\n"));
        let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
        let error = error(client.send(&GetUserDetails::new(TOKEN)));
        assert_eq!(
            (error.kind(), error.status().as_u16(), error.redirect_origin()),
            (ErrorKind::Redirected, status, Some(origin.as_str()))
        );
        assert_eq!((wire.count("GET "), target.connections()), (1, 0), "{status}");
    }
    REDIRECTED
}

/// The password is in the body, which a client that follows a 307 or 308 sends again.
fn sign_in(adapter: Adapter, time: Duration) -> Outcome {
    for status in [301, 302, 303, 307, 308] {
        let target = redirect_target();
        let wire = redirecting(status, &format!("Location: http://{}/x\r\n", target.address()));
        let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
        let error = error(client.send(&SignIn::new("me", PASSWORD)));
        assert_eq!((error.kind(), error.status().as_u16()), (ErrorKind::Redirected, status));
        assert_eq!((wire.count(PASSWORD), target.connections()), (1, 0), "{status}");
    }
    REDIRECTED
}

fn from_https_to_http(adapter: Adapter, time: Duration) -> Outcome {
    let target = redirect_target();
    let authority = Authority::new();
    let response =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{}/x\r\nContent-Length: 0\r\n\r\n", target.address());
    let (wire, origin) = authority.serve(authority.server(), response);
    let settings = Settings { root: Some(authority.certificate()), ..Settings::new(time) };
    let error = error(adapter.client(&origin, &settings).send(&GetUserDetails::new(TOKEN)));
    assert_eq!((wire.connections(), target.connections()), (1, 0));
    Outcome::Kind(error.kind())
}

fn located(name: &'static str, headers: &'static str, origin: Option<&'static str>) -> Fault {
    Fault::new(GROUP, name, REDIRECTED, move |adapter, time| {
        let wire = redirecting(302, headers);
        let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
        let error = error(client.send(&GetUserDetails::new(TOKEN)));
        assert_eq!((error.redirect_origin(), wire.count("GET ")), (origin, 1));
        Outcome::Kind(error.kind())
    })
}

/// An HTTP client of the application that follows redirects: by default, or by a tower layer.
fn client_that_follows(adapter: Adapter, time: Duration) -> Outcome {
    let target = redirect_target();
    let wire = redirecting(307, &format!("Location: http://{}/api/v2/user\r\n", target.address()));
    let info = info(&plain(wire.address()));
    let operation = GetUserDetails::new(TOKEN);
    match adapter {
        Adapter::Core => panic!("the core has no client"),
        Adapter::Ureq => {
            let client = plexauth_ureq::Client::builder(info).build_with(ureq::Agent::new_with_defaults());
            let error = error(client.send(&operation));
            assert_eq!(target.connections(), 0);
            Outcome::Kind(error.kind())
        }
        // The adapter cannot prevent it, only report it.
        Adapter::Reqwest => {
            let outcome = reqwest_that_followed(&target, &operation, time);
            assert_eq!(target.count(TOKEN), 1, "if this fails, update the documentation");
            let sign_in = reqwest_that_followed(&target, &SignIn::new("me", PASSWORD), time);
            assert_eq!((sign_in, target.count(PASSWORD)), (FOLLOWED, 1));
            outcome
        }
        Adapter::Hyper => {
            let hyper: legacy::Client<_, Full<bytes::Bytes>> =
                legacy::Client::builder(TokioExecutor::new()).build_http();
            let service = ServiceBuilder::new().layer(FollowRedirectLayer::new()).service(hyper);
            let client = plexauth_hyper::Client::builder(info).build_with(service);
            let account = runtime().block_on(client.send(&operation)).unwrap();
            assert_eq!((account.id, target.count(TOKEN)), (7, 1), "if this fails, update the documentation");
            Custom("followed, as documented")
        }
    }
}

fn followed(name: &'static str, expected: Outcome, target: fn() -> Wire) -> Fault {
    Fault::new(GROUP, name, expected, move |_, time| {
        let target = target();
        let outcome = reqwest_that_followed(&target, &GetUserDetails::new(TOKEN), time);
        assert!(target.count(TOKEN) >= 1);
        outcome
    })
    .only(Adapter::Reqwest)
}

/// Sends an operation with a default `reqwest::Client` to a server that redirects to `target`.
fn reqwest_that_followed(target: &Wire, operation: &impl Operation, time: Duration) -> Outcome {
    let wire = redirecting(307, &format!("Location: http://{}/api/v2/user\r\n", target.address()));
    let builder = plexauth_reqwest::Client::builder(info(&plain(wire.address())))
        .limits(Limits::default().with_timeout(time));
    let client = builder.build_with(anybodys_reqwest().build().unwrap());
    let outcome = Outcome::of(runtime().block_on(client.send(operation)));
    assert!(outcome != FOLLOWED || wire.count(" HTTP/1.1") == 1, "the request was retried");
    outcome
}

/// An application with its own reqwest settings avoids redirects by passing the builder.
fn builder_that_follows(_: Adapter, time: Duration) -> Outcome {
    let target = redirect_target();
    let wire = redirecting(307, &format!("Location: http://{}/api/v2/user\r\n", target.address()));
    let builder = plexauth_reqwest::Client::builder(info(&plain(wire.address())))
        .limits(Limits::default().with_timeout(time));
    let client = builder.build_with_builder(anybodys_reqwest()).unwrap();
    let error = error(runtime().block_on(client.send(&GetUserDetails::new(TOKEN))));
    assert_eq!(target.connections(), 0);
    Outcome::Kind(error.kind())
}
