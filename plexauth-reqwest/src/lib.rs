//! Log in to Plex over [reqwest](https://docs.rs/reqwest): async, on tokio, or [in a browser](ClientBuilder#in-a-browser).
//!
//! A thin driver for plexauth-proto. It re-exports all items of that crate, so one dependency is enough. Redirects are not
//! followed, because that would forward the token to another host; proxies from the environment and cookies are not used;
//! time and size are limited ([`Limits`]).
//!
//! # The ten things that people do
//!
//! ## 1. Create a client
//!
//! Once, and clone it: clones share connections. [`ClientBuilder`] sets limits, retries, a proxy, root certificates, or an HTTP client
//! of your own.
//!
//! ```no_run
//! use plexauth_reqwest::{Client, ClientInfo, Error};
//!
//! fn client() -> Result<Client, Error> {
//!     // Generate the identifier once, store it, and use it from then on.
//!     Client::new(ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?)
//! }
//! ```
//!
//! ## 2. Log in by PIN
//!
//! The user approves the login on a page of Plex's, also with a Google, Apple or Facebook account. [`send`](Client::send) sends one
//! operation, [`run`](Client::run) drives a flow of several requests. To cancel it, drop the future. For web applications, see [`CreatePin::strong`] and
//! [`auth_url_forwarding`](model::Pin::auth_url_forwarding).
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, CreatePin, Error, Token};
//! async fn log_in(plex: &Client) -> Result<Token, Error> {
//!     let pin = plex.send(&CreatePin::short()).await?;
//!     println!("Open {}", pin.link_url()?);
//!     plex.run(pin.login(plex.info())).await // until somebody approves it
//! }
//! ```
//!
//! ## 3. Sign in with a password
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, Error, ErrorKind, SignIn, Token};
//! async fn sign_in(plex: &Client, password: &str, ask_for_code: fn() -> String) -> Result<Token, Error> {
//!     let sign_in = SignIn::new("me@example.com", password);
//!     let signed_in = match plex.send(&sign_in).await {
//!         Err(error) if error.kind() == Some(ErrorKind::VerificationCodeWanted) => {
//!             plex.send(&sign_in.verification_code(ask_for_code())).await?
//!         }
//!         other => other?,
//!     };
//!     Ok(signed_in.token)
//! }
//! ```
//!
//! ## 4. Keep a login
//!
//! A [`Session`] is shared by tasks and threads. It says when to store it: at first, and when its token was renewed.
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, ClientInfo, RequestError, SavedSession, Session, Token};
//! fn keep(plex: &Client, token: Token, store: fn(&SavedSession)) -> Session {
//!     let session = Session::new(plex.info(), token);
//!     if let Some(saved) = session.take_changed() {
//!         store(&saved); // with any format of serde's, where only this application can read it
//!     }
//!     session
//! }
//!
//! fn restore(saved: &SavedSession) -> Result<Session, RequestError> {
//!     let info = ClientInfo::new(saved.client_identifier(), "My Cool App")?;
//!     Session::from_saved(saved, &info)
//! }
//! ```
//!
//! ## 5. Have it renew itself
//!
//! With a device key the token is a JWT that expires after a week. Most Media Servers refuse JWTs: [`ServerToken`] is the way to those
//! of the account.
//!
//! ```no_run
//! # #[cfg(feature = "jwt")] mod with_a_key {
//! # use plexauth_reqwest::jwt::Scopes;
//! # use plexauth_reqwest::{Client, CreatePin, Error, Session, generate_device_key};
//! async fn log_in(plex: &Client) -> Result<Session, Error> {
//!     let key = generate_device_key()?;
//!     let pin = plex.send(&CreatePin::strong().device_key(&key)).await?;
//!     println!("Open {}", pin.auth_url(plex.info())?);
//!     let token = plex.run(pin.login(plex.info()).device_key(&key, Scopes::all())).await?;
//!     Ok(Session::with_key(plex.info(), token, &key, Scopes::all()))
//! }
//! # }
//! ```
//!
//! ## 6. Use it
//!
//! [`authenticated`](Client::authenticated) sends an operation with the session's token, renewed if necessary. [`token`](Client::token)
//! is a valid token for another library.
//!
//! ```no_run
//! # use plexauth_reqwest::model::Account;
//! # use plexauth_reqwest::{Client, Error, GetUserDetails, Session};
//! async fn account(plex: &Client, session: &Session) -> Result<Account, Error> {
//!     plex.authenticated(session, GetUserDetails::new).await
//! }
//! ```
//!
//! ## 7. Check a stored token
//!
//! [`check_token`](Client::check_token) has three outcomes, so that an outage of plex.tv logs nobody out.
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, Session, TokenCheck};
//! async fn must_log_in(plex: &Client, session: &Session) -> bool {
//!     match plex.check_token(&session.token()).await {
//!         TokenCheck::Valid(account) => { println!("Hello, {:?}.", account.display_name()); false }
//!         TokenCheck::Invalid => true,
//!         TokenCheck::Unknown(error) => { eprintln!("keeping the token: {error}"); false }
//!         _ => false,
//!     }
//! }
//! ```
//!
//! ## 8. Reach a server
//!
//! [`find_server`](Client::find_server) races the connections of a server. [`reachable`](Client::reachable) lists them all.
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, Error, FindServer, GetResources, GetTransientToken, ServerToken, Session, Token};
//! async fn transient_token(plex: &Client, session: &Session) -> Result<Option<Token>, Error> {
//!     let resources = plex.authenticated(session, GetResources::new).await?;
//!     let Some(server) = resources.iter().find(|resource| resource.is_server()) else { return Ok(None) };
//!     let found = plex.find_server(FindServer::new(server, plex.info())).await?;
//!     let token = plex.run(ServerToken::new(server, plex.token(session).await?, plex.info())).await?;
//!     Ok(Some(plex.send(&GetTransientToken::new(&found.base_url, &token)).await?))
//! }
//! ```
//!
//! ## 9. Switch to a Home user
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, Error, GetHomeUsers, Session, SwitchHomeUser, Token};
//! async fn switch(plex: &Client, session: &Session, name: &str, pin: &str) -> Result<Option<Token>, Error> {
//!     let home = plex.authenticated(session, GetHomeUsers::new).await?;
//!     let user = home.users.iter().find(|user| user.display_name() == Some(name));
//!     let Some(uuid) = user.and_then(|user| user.uuid.clone()) else { return Ok(None) };
//!     let switch = |token| SwitchHomeUser::new(token, &uuid).pin(pin);
//!     Ok(Some(plex.authenticated(session, switch).await?.token))
//! }
//! ```
//!
//! ## 10. Sign out
//!
//! It revokes the token. Discard a session only then, or if [`Session::on_error`] says to log in again.
//!
//! ```no_run
//! # use plexauth_reqwest::{Client, Error, Session, SignOut};
//! async fn sign_out(plex: &Client, session: &Session) -> Result<(), Error> {
//!     plex.authenticated(session, SignOut::new).await
//! }
//! ```
//!
//! Any other request of Plex's: [`exchange`](Client::exchange) sends it within the same limits, and
//! [`ClientInfo::request_with_token`] builds it.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `jwt` | on | device keys and JWTs |
//! | `tracing` | off | a span for each exchange, with the operation, the attempt, the status and the duration (`trace`) |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod find_server;
mod platform;
mod transport;

pub use builder::{ClientBuilder, RootCertificateError};
#[doc(inline)]
pub use plexauth_proto::*;

use std::time::Duration;

use http::Response;

/// A client that sends Plex's operations over reqwest. A clone shares the connections.
#[derive(Debug, Clone)]
pub struct Client {
    info: ClientInfo,
    http: reqwest::Client,
    limits: Limits,
    retry: RetryPolicy,
}

impl Client {
    /// A client with safe defaults: [`Limits::default`], no redirects, no proxies, Mozilla's root certificates.
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::build`].
    pub fn new(info: ClientInfo) -> Result<Self, Error> {
        Self::builder(info).build()
    }

    /// A builder for other limits, other root certificates, or an HTTP client of your own.
    pub fn builder(info: ClientInfo) -> ClientBuilder {
        ClientBuilder::new(info)
    }

    /// The application and device that the client identifies as.
    #[must_use]
    pub fn info(&self) -> &ClientInfo {
        &self.info
    }

    /// The limits on every exchange.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// When [`send`](Self::send) retries. Flows have a policy of their own; pass this one to use the same.
    pub fn retry_policy(&self) -> RetryPolicy {
        self.retry
    }

    /// Sends an operation and reads the response. Retries it where that is safe and can help: see [`RetryPolicy`].
    ///
    /// # Errors
    ///
    /// [`Error::Request`] if an input cannot be sent, [`Error::Transport`] without a complete response, and
    /// [`Error::Response`] with the kinds that the operation lists.
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.run(Attempt::new(operation, &self.info, self.retry)).await
    }

    /// Sends an operation with the token of a session, which is renewed when necessary: see [`Session::authenticated`].
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and those of the renewal if no valid token is left.
    pub async fn authenticated<F, O>(&self, session: &Session, operation: F) -> Result<O::Output, Error>
    where
        F: FnMut(Token) -> O,
        O: Operation,
    {
        self.run(session.authenticated(operation).retry(self.retry)).await
    }

    /// Returns a token that is valid now, for other libraries, and renews it if necessary: see [`Session::fresh_token`].
    ///
    /// # Errors
    ///
    /// Those of the renewal if no valid token is left.
    pub async fn token(&self, session: &Session) -> Result<Token, Error> {
        self.run(session.fresh_token().retry(self.retry)).await
    }

    /// Checks whether a stored token is still valid: see [`TokenCheck`].
    pub async fn check_token(&self, token: &Token) -> TokenCheck {
        self.send(&GetUserDetails::new(token)).await.into()
    }

    /// Drives a flow to its end. To cancel it, drop the future.
    ///
    /// What a dropped future has received is lost: a [`PinLogin`] may have taken the token, which Plex gives out once. A web
    /// framework drops the future of a request whose browser has gone, so run a login in a task of its own, such as with
    /// `tokio::spawn`.
    ///
    /// # Errors
    ///
    /// Those of the flow.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` would hold the flow twice")]
    pub fn run<F: Flow>(&self, mut flow: F) -> impl Future<Output = Result<F::Output, Error>> {
        async move {
            loop {
                // Awaiting inside this match would keep the whole step, with room for an account, in the future.
                let (outgoing, time) = match flow.poll(platform::now()) {
                    Step::Send(outgoing) => (Some(outgoing), Duration::ZERO),
                    Step::Wait(time) => (None, time),
                    Step::Done(result) => return result,
                };
                match outgoing {
                    Some(outgoing) => flow.handle(self.exchange(outgoing).await, platform::now()),
                    None => platform::sleep(time).await,
                }
            }
        }
    }

    /// Sends any request within the client's limits and returns the response, whatever its status. Adds no headers; use
    /// [`ClientInfo::request`] for a request with those of [`info`](Self::info).
    ///
    /// # Errors
    ///
    /// A [`TransportError`] without a complete response, if the body exceeds the limit, or if
    /// [a client of your own](ClientBuilder::build_with) followed a redirect.
    pub async fn exchange(&self, outgoing: impl Into<Outgoing>) -> Result<Response<Vec<u8>>, TransportError> {
        let outgoing = outgoing.into();
        outgoing.check(platform::now())?;
        let timeout = self.limits.timeout_for(&outgoing);
        #[cfg(feature = "tracing")]
        let (span, start) = (trace::span(outgoing.label), platform::Instant::now());
        let exchange = platform::exchange(&self.http, self.limits, outgoing.request, timeout);
        #[cfg(feature = "tracing")]
        let exchange = tracing::Instrument::instrument(exchange, span.clone());
        #[cfg_attr(not(feature = "tracing"), expect(unused_mut, reason = "the span is added"))]
        let mut result = exchange.await;
        #[cfg(feature = "tracing")]
        trace::record(&span, &mut result, start.elapsed());
        result
    }
}

/// Generates a device key from the operating system's random numbers.
///
/// # Errors
///
/// A [`TransportError`] of the kind [`Setup`](TransportErrorKind::Setup) if the operating system has none.
#[cfg(feature = "jwt")]
pub fn generate_device_key() -> Result<jwt::DeviceKey, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| TransportError::new(TransportErrorKind::Setup, error))?;
    Ok(jwt::DeviceKey::from_bytes(bytes))
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
