//! Plex authentication as values: requests to send and responses to read, without any IO.
//!
//! Every operation of Plex's authentication is a plain struct. It turns into an `http::Request`, and turns the
//! `http::Response` to that (both of the crate [http](https://docs.rs/http)) into a typed result or a typed error. Who sends
//! the request is not this crate's matter.
//! This page shows it all in five minutes:
//! [why](#why-without-io) · [one operation](#one-operation-by-hand) · [one flow](#one-flow-by-hand) ·
//! [a login that lasts](#a-login-that-lasts) · [a transport](#pick-a-transport) · [errors](#errors) · [secrets](#secrets) ·
//! [your own tests](#testing-your-own-code) · [features](#features).
//!
//! # Why without IO
//!
//! The crate opens no socket, reads no clock, never sleeps and draws no random numbers. So it is the same for a blocking
//! command line, a server on tokio and a program with a loop of its own; it brings no runtime and no TLS
//! library; and its tests, and yours, run through half an hour of waiting in no time, since the time is an argument.
//!
//! If you do not want to bring an HTTP client, [pick a transport](#pick-a-transport): there the two examples that follow are
//! one line each.
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
//! // Who is asking. Make the identifier once, store it, and use it for good.
//! let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//!
//! let sign_in = SignIn::new("me@example.com", "correct horse");
//! let response = send(sign_in.request(&client)?); // yours
//! let signed_in = match sign_in.parse(&response) {
//!     Err(error) if error.kind() == ErrorKind::VerificationCodeWanted => {
//!         let sign_in = sign_in.verification_code(ask_for_the_code());
//!         let response = send(sign_in.request(&client)?);
//!         sign_in.parse(&response)?
//!     }
//!     other => other?,
//! };
//! println!("signed in as {:?}", signed_in.account.display_name());
//! # assert_eq!(signed_in.token.expose(), "hushhush");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One flow by hand
//!
//! What takes more than one request is a [`Flow`]: it is told the time and what came back, and says what to do next.
//! Here somebody approves a login on another device, so that no password is typed:
//!
//! ```
//! use std::time::SystemTime;
//! use plexauth_proto::{ClientInfo, CreatePin, Error, Flow, Operation, Step, Token};
//!
//! # fn send(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Error> {
//! #     Ok(http::Response::new(br#"{"id":7,"code":"AB12","authToken":"hushhush"}"#.to_vec()))
//! # }
//! fn log_in(client: &ClientInfo) -> Result<Token, Error> {
//!     let create = CreatePin::short();
//!     let pin = create.parse(&send(create.request(client)?)?)?;
//!     println!("Open {} and type {}", pin.link_url(), pin.code);
//!
//!     let mut login = pin.login(client);
//!     loop {
//!         match login.poll(SystemTime::now()) {
//!             Step::Send(request) => login.on_exchange(send(request), SystemTime::now())?,
//!             Step::Wait(time) => std::thread::sleep(time),
//!             Step::Done(result) => return result,
//!         }
//!     }
//! }
//! # let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! # assert_eq!(log_in(&client)?.expose(), "hushhush");
//! # Ok::<(), Error>(())
//! ```
//!
//! The flows are [`Attempt`] (one operation, again where that is safe and can help), [`PinLogin`], [`FindServer`] (which of a
//! server's connections works), [`Authenticated`](flows::Authenticated) and, with the feature `jwt`, `Renewal`.
//!
//! # A login that lasts
//!
//! A [`Session`] keeps a token, and with the key of the device renews it where that is due. It is shared by tasks and
//! threads, and can be stored:
//!
//! ```
//! use plexauth_proto::{ClientInfo, GetUserDetails, Session};
//!
//! let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let session = Session::new(&client, "a token");
//! let flow = session.authenticated(|token| GetUserDetails::new(token)); // drive it as above
//! let stored = serde_json::to_string(&session.to_saved())?; // secrets and all: keep it where only you can read
//! let session = Session::from_saved(&serde_json::from_str(&stored)?, &client)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Pick a transport
//!
//! | crate | for | HTTP stack |
//! |---|---|---|
//! | `plexauth-reqwest` | async programs on tokio | reqwest |
//! | `plexauth-ureq` | blocking programs, command lines | ureq |
//! | `plexauth-hyper` | async programs on tokio, any tower service | hyper-util |
//!
//! All have the same names and the same behaviour, and bring the items of this crate along. `send` sends an operation, `run`
//! drives a flow, `authenticated` sends an operation with the token of a session.
//!
//! ## What a transport of your own owes
//!
//! - **Follow no redirect.** HTTP libraries drop `Authorization` on the way to another host, and carry `X-Plex-Token`
//!   along. Hand the 3xx to [`Operation::parse`], which makes it [`ErrorKind::Redirected`].
//! - **Hold to [`Limits`]**, or your own: on time, and on the length of a body (read it with [`Limits::read`], or return
//!   [`ResponseError::body_too_large`]).
//! - **Log neither bodies nor header values, nor the queries of URLs.** The token's header is marked sensitive, the password
//!   is in the body, and in a query the protocol puts what a device signed ([`CheckPin`]) and the PIN of a Home user
//!   ([`SwitchHomeUser`]).
//!
//! # Errors
//!
//! [`RequestError`] before anything is sent, [`ResponseError`] after; flows and adapters return [`Error`], which is either of
//! them or a [`TransportError`]. Match on [`ResponseError::kind`]; what a caller does differently has its own [`ErrorKind`],
//! and every error says in words what to do. Forget a stored token only if [`ResponseError::is_token_invalid`] says so:
//! [`TokenCheck`] has the three answers.
//!
//! ```
//! use plexauth_proto::{Error, ErrorKind};
//!
//! fn what_to_ask_for(error: &Error) -> Option<&'static str> {
//!     match error.kind()? {
//!         ErrorKind::VerificationCodeWanted | ErrorKind::WrongVerificationCode => Some("the code"),
//!         ErrorKind::WrongCredentials => Some("user name and password"),
//!         ErrorKind::EmailOnly => Some("the email address"),
//!         ErrorKind::HomePinWanted | ErrorKind::WrongHomePin => Some("the PIN"),
//!         _ => None, // show `error`
//!     }
//! }
//! ```
//!
//! # Secrets
//!
//! A [`Token`], passwords, codes and keys do not print: `Debug` hides them, there is no `Display`, and no error holds one, also
//! if a server sends it back. Their owners wipe them when they are dropped. `expose` is the one way to see a token. No token
//! or password is in a URL; two other secrets are, since the protocol wants them there ([`CheckPin`], [`SwitchHomeUser`]).
//!
//! # Testing your own code
//!
//! Without a network: a transport is a function, so a test hands in one of its own, and `now` is whatever the test says. With
//! the feature `proptest`, `strategies` draws everything that Plex has been seen to answer, and no answer at all.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use plexauth_proto::{ClientInfo, Flow, PinLogin, Step};
//!
//! let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let now = SystemTime::UNIX_EPOCH;
//! let mut login = PinLogin::resume(7, &client);
//! assert!(matches!(login.poll(now), Step::Send(_)));
//! login.on_response(http::Response::new(r#"{"authToken":null,"expiresIn":900}"#), now);
//! assert!(matches!(login.poll(now), Step::Wait(_)), "nobody has approved it yet");
//! let later = now + Duration::from_secs(899);
//! assert!(matches!(login.poll(later), Step::Send(_)));
//! login.on_response(http::Response::new(r#"{"authToken":"hushhush"}"#), later);
//! assert!(matches!(login.poll(later), Step::Done(Ok(token)) if token.expose() == "hushhush"));
//! # Ok::<(), plexauth_proto::Error>(())
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `jwt` | on | device keys and JSON web tokens; without it there is no cryptography in the tree |
//! | `proptest` | off | `strategies` for property tests of applications |
//! | `tracing` | off | `trace`, a span for each exchange |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::string_slice, reason = "in a test a panic is the report")
)]

mod base_url;
mod client_info;
mod clock;
pub mod decode;
mod error;
mod error_body;
mod error_kind;
mod exchange;
mod failure;
mod flow;
pub mod flows;
#[cfg(feature = "jwt")]
pub mod jwt;
pub mod lenient;
mod limits;
pub mod model;
mod operation;
pub mod operations;
mod retry;
mod retry_after;
mod secret;
pub mod session;
mod source;
#[cfg(feature = "proptest")]
pub mod strategies;
mod token;
mod token_check;
#[cfg(feature = "tracing")]
pub mod trace;
mod words;

pub use base_url::BaseUrl;
pub use client_info::{ClientInfo, ClientInfoBuilder, X_PLEX_TOKEN};
pub use error::{ErrorKind, RequestError, ResponseError};
pub use exchange::Exchange;
pub use failure::{Error, Failure, TransportError};
pub use flow::{Flow, Step, Verdict};
#[cfg(feature = "jwt")]
pub use flows::Renewal;
pub use flows::{Attempt, FindServer, PinLogin};
pub use limits::{LimitedResponse, Limits, RequestTimeout};
pub use operation::Operation;
pub use operations::{
    CheckPin, CreatePin, GetClaimToken, GetHomeUsers, GetResources, GetServerIdentity,
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkPin, Ping, SignIn, SignOut,
    SignedIn, SwitchHomeUser,
};
#[cfg(feature = "jwt")]
pub use operations::{ExchangeDeviceJwt, GetNonce, GetPlexKeys, RegisterDeviceKey};
pub use retry::RetryPolicy;
pub use retry_after::RetryAfter;
pub use session::Session;
pub use source::Source;
pub use token::Token;
pub use token_check::TokenCheck;
pub use words::Words;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
