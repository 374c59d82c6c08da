//! Plex authentication without IO: requests to send and responses to read.
//!
//! Every operation of Plex's authentication is a plain struct. It builds an `http::Request` and turns the `http::Response`
//! into a typed result or a typed error. You choose the HTTP client, or use one of the
//! [adapters](#pick-a-transport), which send operations and drive flows in one line each.
//!
//! [One operation](#one-operation-by-hand) · [One flow](#one-flow-by-hand) · [A session that lasts](#a-session-that-lasts) ·
//! [Transports](#pick-a-transport) · [Errors](#errors) · [Secrets](#secrets) · [Testing](#testing) · [Features](#features)
//!
//! The crate opens no sockets, reads no clock, never sleeps and draws no random numbers. It works the same in a blocking
//! command line tool, a server on tokio and a program with its own event loop. It pulls in no runtime and no TLS library. Its
//! tests, and yours, cover half an hour of waiting in no time, because the time is an argument.
//!
//! # One operation by hand
//!
//! ```
//! use plexauth_proto::{ClientInfo, ErrorKind, Operation, SignIn};
//!
//! # fn send(request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
//! #     let body = if String::from_utf8_lossy(request.body()).contains("verificationCode") {
//! #         (201, r#"{"id":1,"uuid":"9f0b","authToken":"hushhush"}"#)
//! #     } else {
//! #         (401, r#"{"errors":[{"code":1029,"message":"Please enter the verification code"}]}"#)
//! #     };
//! #     http::Response::builder().status(body.0).body(body.1.into()).unwrap()
//! # }
//! # fn ask_for_the_code() -> String { "123456".into() }
//! // Generate the identifier once, store it, and use it from then on.
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//!
//! let sign_in = SignIn::new("me@example.com", "correct horse");
//! let response = send(sign_in.request(&info)?); // your HTTP client
//! let signed_in = match sign_in.parse(&response) {
//!     Err(error) if error.kind() == ErrorKind::VerificationCodeWanted => {
//!         let sign_in = sign_in.verification_code(ask_for_the_code());
//!         let response = send(sign_in.request(&info)?);
//!         sign_in.parse(&response)?
//!     }
//!     other => other?,
//! };
//! println!("signed in as {:?}", signed_in.display_name());
//! # assert_eq!(signed_in.token.expose(), "hushhush");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One flow by hand
//!
//! A [`Flow`] is a sequence of requests and waits. It is told the time and the outcome of each request, and says what to do
//! next. This one logs in without a password: somebody approves the login on another device.
//!
//! ```
//! use std::time::SystemTime;
//! use plexauth_proto::{ClientInfo, CreatePin, Error, Flow, Operation, Outgoing, Step, Token, TransportError};
//!
//! # fn send(_: impl Into<Outgoing>) -> Result<http::Response<Vec<u8>>, TransportError> {
//! #     Ok(http::Response::new(br#"{"id":7,"code":"AB12","authToken":"hushhush"}"#.to_vec()))
//! # }
//! fn log_in(info: &ClientInfo) -> Result<Token, Error> {
//!     let create = CreatePin::short();
//!     let pin = create.parse(&send(create.request(info)?)?)?;
//!     println!("Open {}", pin.link_url()?);
//!
//!     let mut login = pin.login(info);
//!     loop {
//!         match login.poll(SystemTime::now()) {
//!             Step::Send(outgoing) => login.handle(send(outgoing), SystemTime::now()),
//!             Step::Wait(time) => std::thread::sleep(time),
//!             Step::Done(result) => return result,
//!         }
//!     }
//! }
//! # let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! # assert_eq!(log_in(&info)?.expose(), "hushhush");
//! # Ok::<(), Error>(())
//! ```
//!
//! The flows are [`Attempt`] (one operation with retries), [`PinLogin`], [`ServerToken`] (a token that the server accepts),
//! [`Authenticated`] (an operation with the token of a session) and, with the feature `jwt`, `LinkDevice` and `Renewal`.
//! [`FindServer`], which finds the connection of a server that works, is a race of several requests at once.
//!
//! # A session that lasts
//!
//! A [`Session`] holds a token and, with a device key, renews it when necessary. Tasks and threads can share it, and it can be
//! stored:
//!
//! ```
//! use plexauth_proto::{ClientInfo, GetUserDetails, Session};
//!
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let session = Session::new(&info, "a token");
//! let flow = session.authenticated(GetUserDetails::new); // drive it as above
//! let stored = serde_json::to_string(&session.to_saved())?; // includes the secrets: keep it private
//! let session = Session::from_saved(&serde_json::from_str(&stored)?, &info)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Choose a login
//!
//! An application that only talks to plex.tv is best served by a login with a device key: its token expires after a week,
//! and the session renews it. One that only talks to Media Servers is best served by a login without a key, because most
//! servers refuse JWTs. One that does both and wants expiring tokens logs in twice, under two client identifiers; with
//! `LinkDevice` the second login needs no approval.
//!
//! After a login with a key alone, [`ServerToken`] obtains a token for an owned server where Plex offers a way.
//!
//! # Pick a transport
//!
//! | crate | for | HTTP stack |
//! |---|---|---|
//! | `plexauth-reqwest` | async programs on tokio | reqwest |
//! | `plexauth-ureq` | blocking programs, command line tools | ureq |
//! | `plexauth-hyper` | async programs on tokio, any tower service | hyper-util |
//!
//! All three have the same names and the same behaviour, and re-export this crate. `send` sends an operation, `run` drives a
//! flow, `authenticated` sends an operation with the token of a session.
//!
//! ## Requirements for custom transports
//!
//! - **Follow no redirects.** HTTP libraries drop `Authorization` on the way to another host, but forward `X-Plex-Token`. Pass
//!   the 3xx response to [`Operation::parse`], which turns it into [`ErrorKind::Redirected`].
//! - **Enforce limits** on time and on the size of the body: [`Limits`] has defaults, and [`Limits::limited_response`] collects a
//!   body within its limit.
//! - **Report [`Connect`](TransportErrorKind::Connect) only if no connection was opened.** Then the search for a server tries plain
//!   http at the same address. HTTP libraries often count the TLS handshake as connecting; a connection that is lost in it is
//!   [`Broken`](TransportErrorKind::Broken): [`TransportError::is_lost_connection`].
//! - **Log no bodies, no header values and no queries.** The header with the token is marked sensitive. The password is in
//!   the body. The protocol puts two secrets into queries: a device JWT ([`CheckPin`]) and a claim token ([`ClaimServer`]).
//!
//! # Errors
//!
//! An operation returns [`RequestError`] before anything is sent and [`ResponseError`] afterwards. Flows and adapters return
//! [`Error`], which is one of these two, a [`TransportError`], or an error of the flow itself. Who responded decides what a
//! refusal means: only plex.tv can say that a token is invalid, a Media Server refuses a token for itself, and a proxy or a
//! captive portal says nothing about any credential. Match on
//! [`kind`](Error::kind): there is an [`ErrorKind`] for each way a caller might react. `Display` is for developers, and says
//! what to do next; choose your own words for users. Discard a stored token only if [`is_token_invalid`](Error::is_token_invalid)
//! says so; [`TokenCheck`] distinguishes the three cases.
//!
//! ```
//! use plexauth_proto::{Error, ErrorKind};
//!
//! fn question_for_the_user(error: &Error) -> Option<&'static str> {
//!     match error.kind()? {
//!         ErrorKind::VerificationCodeWanted | ErrorKind::WrongVerificationCode => Some("Verification code?"),
//!         ErrorKind::WrongCredentials => Some("User name and password?"),
//!         ErrorKind::EmailOnly => Some("Email address?"),
//!         ErrorKind::HomePinWanted | ErrorKind::WrongHomePin => Some("PIN?"),
//!         _ => None,
//!     }
//! }
//! ```
//!
//! # Secrets
//!
//! Tokens, passwords, codes and keys are redacted in `Debug`, have no `Display`, and appear in no error, even if a server
//! sends them back. They are wiped on drop; copies in requests, responses and buffers of libraries are not.
//! [`Token::expose`] is the only way to read a token. No token or password is in a URL; the protocol puts two other secrets
//! there ([`CheckPin`], [`ClaimServer`]).
//!
//! # Testing
//!
//! Tests need no network: a transport is a function, so a test can pass its own, and `now` is whatever the test says. The
//! crate `plexauth-testing` has a simulated Plex, strategies for property tests, and a conformance kit for HTTP clients.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use plexauth_proto::{ClientInfo, Flow, PinLogin, Step};
//!
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let now = SystemTime::UNIX_EPOCH;
//! let mut login = PinLogin::resume(7, &info);
//! assert!(matches!(login.poll(now), Step::Send(_)));
//! login.handle(Ok(http::Response::new(r#"{"authToken":null,"expiresIn":900}"#.into())), now);
//! assert!(matches!(login.poll(now), Step::Wait(_)), "nobody has approved it yet");
//! let later = now + Duration::from_secs(899);
//! assert!(matches!(login.poll(later), Step::Send(_)));
//! login.handle(Ok(http::Response::new(r#"{"authToken":"hushhush"}"#.into())), later);
//! assert!(matches!(login.poll(later), Step::Done(Ok(token)) if token.expose() == "hushhush"));
//! # Ok::<(), plexauth_proto::Error>(())
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `jwt` | on | device keys and JWTs; without it no cryptography is in the dependency tree |
//! | `tracing` | off | `trace`, a span for each exchange |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::string_slice, reason = "tests may panic"))]

mod client;
mod clock;
pub mod decode;
mod error;
mod flow;
mod flows;
#[cfg(all(test, loom))]
mod interleavings;
#[cfg(feature = "jwt")]
pub mod jwt;
pub mod lenient;
mod limits;
pub mod model;
mod operation;
mod operations;
mod retry;
mod session;
mod sync;
#[cfg(feature = "tracing")]
pub mod trace;
mod transport;

#[cfg(feature = "jwt")]
pub use self::{
    flows::{LinkDevice, Renewal},
    operations::{GetNonce, GetPlexKeys, Nonce, RedeemDeviceJwt, RegisterDeviceKey},
    session::Freshness,
};
pub use client::{BaseUrl, ClientInfo, ClientInfoBuilder, Proxy, Token, X_PLEX_TOKEN};
pub use error::{
    ConnectionOutcome, Error, ErrorKind, LeftOut, RequestError, ResponseError, RetryAfter, TransportError,
    TransportErrorKind, TriedConnection,
};
pub use flow::{Flow, Label, Outgoing, Step};
pub use flows::{
    Attempt, ConnectionTier, FindServer, FoundServer, InsecureConnections, PinLogin, PinPace, Probe,
    RaceStep, SavedPin, ServerToken,
};
pub use http;
pub use limits::{LimitedResponse, Limits};
pub use operation::Operation;
pub use operations::{
    CheckPin, ClaimServer, CreatePin, GetClaimToken, GetDevices, GetHomeUsers, GetResources,
    GetServerIdentity, GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkPin, Ping,
    RemoveDevice, ServerIdentity, SignIn, SignOut, SignedIn, Source, SwitchHomeUser,
};
pub use retry::RetryPolicy;
pub use session::{Authenticated, FreshToken, SavedSession, Session, SessionAdvice, TokenCheck};
pub use transport::Transport;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
