//! Redirects: whoever the request is sent on to must not see it.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use plexauth_proto::{
    Error, ErrorKind, GetUserDetails, Limits, Operation, ResponseError, SignIn, TransportErrorKind,
};
use plexauth_tests::Wire;
use tower::ServiceBuilder;
use tower_http::follow_redirect::FollowRedirectLayer;

use super::ask::{ACCOUNT, PASSWORD, TOKEN, fine, hides, plain};
use super::matrix::{Fault, Held, Outcome};
use super::tls::Authority;
use crate::common::{Adapter, Settings, anybodys_reqwest, info, runtime};

const GROUP: &str = "redirect";
const REDIRECTED: Outcome = Outcome::Kind(ErrorKind::Redirected);
const FOLLOWED: Outcome = Outcome::Transport(TransportErrorKind::RedirectFollowed);

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        Fault::new(GROUP, "to another host", REDIRECTED, to_another_host),
        Fault::new(GROUP, "to another host, a sign-in", REDIRECTED, a_sign_in),
        Fault::new(GROUP, "from https to http", REDIRECTED, from_https_to_http),
        located("to another path", "Location: /elsewhere\r\n", None),
        located("to itself", "Location: /api/v2/user\r\n", None),
        located("to nowhere", "", None),
        located("to what is no place", "Location: ::::\r\n", None),
        located("to bytes", "Location: http://\u{ff}\r\n", None),
        located(
            "with user info",
            "Location: http://me:s3cret-token@evil.example/x\r\n",
            Some("http://evil.example"),
        ),
        located(
            "with a token",
            "Location: http://evil.example/?X-Plex-Token=s3cret-token\r\n",
            Some("http://evil.example"),
        ),
        located("to a host named like the token", "Location: http://s3cret-token.example/\r\n", None),
        Fault::new(GROUP, "with a client that follows", REDIRECTED, with_a_client_that_follows)
            .but(Adapter::Reqwest, FOLLOWED)
            .but(Adapter::Hyper, Held("followed, as documented")),
        followed("followed round and round", FOLLOWED, || redirecting(307, "Location: /again\r\n")),
        // Without an answer there is nothing to tell it by.
        followed("followed to one that hangs up", Outcome::Transport(TransportErrorKind::Broken), || {
            Wire::start(|mut peer| {
                peer.read_request();
            })
        }),
        Fault::new(GROUP, "with settings that follow", REDIRECTED, with_settings_that_follow)
            .only(Adapter::Reqwest),
    ]
}

/// A server that answers everything with the account: where a redirect leads.
fn elsewhere() -> Wire {
    Wire::start(|mut peer| while peer.read_request().is_some() && peer.send(fine(ACCOUNT)) {})
}

/// A server that redirects everything.
fn redirecting(status: u16, headers: &str) -> Wire {
    let answer: Arc<str> =
        format!("HTTP/1.1 {status} Elsewhere\r\n{headers}Content-Length: 0\r\n\r\n").into();
    Wire::start(move |mut peer| while peer.read_request().is_some() && peer.send(&*answer) {})
}

fn error(result: Result<impl Sized, Error>) -> ResponseError {
    let Err(error) = result else { panic!("it was followed") };
    hides(&error);
    let Error::Response(error) = error else { panic!("{error}") };
    error
}

fn to_another_host(adapter: Adapter, time: Duration) -> Outcome {
    for status in [301, 302, 303, 307, 308] {
        let target = elsewhere();
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

/// Its password is in the body, which 307 and 308 would have sent again.
fn a_sign_in(adapter: Adapter, time: Duration) -> Outcome {
    for status in [301, 302, 303, 307, 308] {
        let target = elsewhere();
        let wire = redirecting(status, &format!("Location: http://{}/x\r\n", target.address()));
        let client = adapter.client(&plain(wire.address()), &Settings::new(time).with_retries());
        let error = error(client.send(&SignIn::new("me", PASSWORD)));
        assert_eq!((error.kind(), error.status().as_u16()), (ErrorKind::Redirected, status));
        assert_eq!((wire.count(PASSWORD), target.connections()), (1, 0), "{status}");
    }
    REDIRECTED
}

fn from_https_to_http(adapter: Adapter, time: Duration) -> Outcome {
    let target = elsewhere();
    let authority = Authority::new();
    let answer =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{}/x\r\nContent-Length: 0\r\n\r\n", target.address());
    let (wire, origin) = authority.serve(authority.server(), answer);
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

/// A client that the caller set up as its library does by default, or so that it follows.
fn with_a_client_that_follows(adapter: Adapter, time: Duration) -> Outcome {
    let target = elsewhere();
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
        // Too late to stop it, but not too late to say so.
        Adapter::Reqwest => {
            let outcome = reqwest_that_followed(&target, &operation, time);
            assert_eq!(target.count(TOKEN), 1, "if this fails, change the documentation");
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
            assert_eq!((account.id, target.count(TOKEN)), (7, 1), "if this fails, change the documentation");
            Held("followed, as documented")
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

/// What comes of an operation over a `reqwest::Client` as it is by default, which is sent on to there.
fn reqwest_that_followed(target: &Wire, operation: &impl Operation, time: Duration) -> Outcome {
    let wire = redirecting(307, &format!("Location: http://{}/api/v2/user\r\n", target.address()));
    let builder = plexauth_reqwest::Client::builder(info(&plain(wire.address())))
        .limits(Limits::default().with_timeout(time));
    let client = builder.build_with(anybodys_reqwest().build().unwrap());
    let outcome = Outcome::of(runtime().block_on(client.send(operation)));
    assert!(outcome != FOLLOWED || wire.count(" HTTP/1.1") == 1, "it was sent again");
    outcome
}

/// The way to have settings of one's own with reqwest and no redirects.
fn with_settings_that_follow(_: Adapter, time: Duration) -> Outcome {
    let target = elsewhere();
    let wire = redirecting(307, &format!("Location: http://{}/api/v2/user\r\n", target.address()));
    let builder = plexauth_reqwest::Client::builder(info(&plain(wire.address())))
        .limits(Limits::default().with_timeout(time));
    let client = builder.build_with_builder(anybodys_reqwest()).unwrap();
    let error = error(runtime().block_on(client.send(&GetUserDetails::new(TOKEN))));
    assert_eq!(target.connections(), 0);
    Outcome::Kind(error.kind())
}
