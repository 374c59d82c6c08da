//! Plex authentication as values: requests to send and responses to read, without any IO.
//!
//! Every operation of Plex's authentication is a plain struct. It turns into an [`http::Request`], and turns the
//! [`http::Response`] to that into a typed result or a typed error. Who sends the request is not this crate's matter:
//! it opens no socket, reads no clock, never sleeps and draws no random numbers.
//!
//! If you do not want to bring an HTTP client, take one of the adapters, which all have the same names and the same
//! behaviour: `plexauth-reqwest`, `plexauth-ureq` (blocking), `plexauth-hyper` (also for any tower service).
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
//! A login that lasts is a [`Session`]: it renews its token where that is due, is shared by tasks and threads, and can be
//! stored. [`FindServer`] finds out which of a server's connections works.
//!
//! # What whoever sends the request owes
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
//! [`RequestError`] before anything is sent, [`ResponseError`] after. Match on [`ResponseError::kind`]; what a caller
//! does differently has its own [`ErrorKind`]. Forget a stored token only if [`ResponseError::is_token_invalid`] says
//! so. No error holds a token, a password or a code.
//!
//! # Features
//!
//! - `jwt`, on by default: device keys and JSON web tokens. Without it there is no cryptography in the tree.
//! - `proptest`, off by default: `strategies` for property tests of applications.
//! - `tracing`, off by default: `trace`, a span for each exchange.

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
