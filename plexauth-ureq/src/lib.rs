//! Log in to Plex over [ureq](https://docs.rs/ureq): blocking, without a runtime.
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
//! use plexauth_ureq::{Client, ClientInfo, Error};
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
//! operation, [`run`](Client::run) drives a flow of several requests. To cancel it from
//! another thread, see [`run_until`](Client::run_until). For web applications, see [`CreatePin::strong`] and
//! [`auth_url_forwarding`](model::Pin::auth_url_forwarding).
//!
//! ```no_run
//! # use plexauth_ureq::{Client, CreatePin, Error, Token};
//! fn log_in(plex: &Client) -> Result<Token, Error> {
//!     let pin = plex.send(&CreatePin::short())?;
//!     println!("Open {}", pin.link_url()?);
//!     plex.run(pin.login(plex.info())) // until somebody approves it
//! }
//! ```
//!
//! ## 3. Sign in with a password
//!
//! ```no_run
//! # use plexauth_ureq::{Client, Error, ErrorKind, SignIn, Token};
//! fn sign_in(plex: &Client, password: &str, ask_for_code: fn() -> String) -> Result<Token, Error> {
//!     let sign_in = SignIn::new("me@example.com", password);
//!     let signed_in = match plex.send(&sign_in) {
//!         Err(error) if error.kind() == Some(ErrorKind::VerificationCodeWanted) => {
//!             plex.send(&sign_in.verification_code(ask_for_code()))?
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
//! # use plexauth_ureq::{Client, ClientInfo, RequestError, SavedSession, Session, Token};
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
//! # use plexauth_ureq::jwt::Scopes;
//! # use plexauth_ureq::{Client, CreatePin, Error, Session, generate_device_key};
//! fn log_in(plex: &Client) -> Result<Session, Error> {
//!     let key = generate_device_key()?;
//!     let pin = plex.send(&CreatePin::strong().device_key(&key))?;
//!     println!("Open {}", pin.auth_url(plex.info())?);
//!     let token = plex.run(pin.login(plex.info()).device_key(&key, Scopes::all()))?;
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
//! # use plexauth_ureq::model::Account;
//! # use plexauth_ureq::{Client, Error, GetUserDetails, Session};
//! fn account(plex: &Client, session: &Session) -> Result<Account, Error> {
//!     plex.authenticated(session, GetUserDetails::new)
//! }
//! ```
//!
//! ## 7. Check a stored token
//!
//! [`check_token`](Client::check_token) has three outcomes, so that an outage of plex.tv logs nobody out.
//!
//! ```no_run
//! # use plexauth_ureq::{Client, Session, TokenCheck};
//! fn must_log_in(plex: &Client, session: &Session) -> bool {
//!     match plex.check_token(&session.token()) {
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
//! # use plexauth_ureq::{Client, Error, FindServer, GetResources, GetTransientToken, ServerToken, Session, Token};
//! fn transient_token(plex: &Client, session: &Session) -> Result<Option<Token>, Error> {
//!     let resources = plex.authenticated(session, GetResources::new)?;
//!     let Some(server) = resources.iter().find(|resource| resource.is_server()) else { return Ok(None) };
//!     let found = plex.find_server(FindServer::new(server, plex.info()))?;
//!     let token = plex.run(ServerToken::new(server, plex.token(session)?, plex.info()))?;
//!     Ok(Some(plex.send(&GetTransientToken::new(&found.base_url, &token))?))
//! }
//! ```
//!
//! ## 9. Switch to a Home user
//!
//! ```no_run
//! # use plexauth_ureq::{Client, Error, GetHomeUsers, Session, SwitchHomeUser, Token};
//! fn switch(plex: &Client, session: &Session, name: &str, pin: &str) -> Result<Option<Token>, Error> {
//!     let home = plex.authenticated(session, GetHomeUsers::new)?;
//!     let user = home.users.iter().find(|user| user.display_name() == Some(name));
//!     let Some(uuid) = user.and_then(|user| user.uuid.clone()) else { return Ok(None) };
//!     let switch = |token| SwitchHomeUser::new(token, &uuid).pin(pin);
//!     Ok(Some(plex.authenticated(session, switch)?.token))
//! }
//! ```
//!
//! ## 10. Sign out
//!
//! It revokes the token. Discard a session only then, or if [`Session::on_error`] says to log in again.
//!
//! ```no_run
//! # use plexauth_ureq::{Client, Error, Session, SignOut};
//! fn sign_out(plex: &Client, session: &Session) -> Result<(), Error> {
//!     plex.authenticated(session, SignOut::new)
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
//!
//! # Logs
//!
//! ureq logs through the crate `log`. **Never enable the level `trace` for the targets `ureq` and `ureq_proto`**: at that
//! level they log whole URLs, headers and bodies, including passwords and tokens. No setting of ureq prevents that.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod cancel;
mod failure;
mod find_server;
mod transport;

pub use builder::{ClientBuilder, RootCertificateError};
pub use cancel::CancelHandle;
#[doc(inline)]
pub use plexauth_proto::*;
pub use transport::block_on;

use std::io::Read;
use std::time::{Duration, SystemTime};

use failure::{failed, failed_later};
use http::{Request, Response};
use ureq::{Agent, AsSendBody, Body};

/// A client that sends Plex's operations over ureq. A clone shares the connections.
#[derive(Debug, Clone)]
pub struct Client {
    info: ClientInfo,
    agent: Agent,
    /// Whether another agent of the same configuration does the same.
    is_agent_ours: bool,
    /// Whether the agent keeps cookies, which would reach the requests of other users.
    keeps_cookies: bool,
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
    pub fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.run(Attempt::new(operation, &self.info, self.retry))
    }

    /// Sends an operation with the token of a session, which is renewed when necessary: see [`Session::authenticated`].
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and those of the renewal if no valid token is left.
    pub fn authenticated<F, O>(&self, session: &Session, operation: F) -> Result<O::Output, Error>
    where
        F: FnMut(Token) -> O,
        O: Operation,
    {
        self.run(session.authenticated(operation).retry(self.retry))
    }

    /// Returns a token that is valid now, for other libraries, and renews it if necessary: see [`Session::fresh_token`].
    ///
    /// # Errors
    ///
    /// Those of the renewal if no valid token is left.
    pub fn token(&self, session: &Session) -> Result<Token, Error> {
        self.run(session.fresh_token().retry(self.retry))
    }

    /// Checks whether a stored token is still valid: see [`TokenCheck`].
    pub fn check_token(&self, token: &Token) -> TokenCheck {
        self.send(&GetUserDetails::new(token)).into()
    }

    /// Drives a flow to its end.
    ///
    /// # Errors
    ///
    /// Those of the flow.
    pub fn run<F: Flow>(&self, flow: F) -> Result<F::Output, Error> {
        self.run_until(flow, &CancelHandle::new())
    }

    /// Drives a flow to its end, or until it is cancelled. A response that has arrived is not lost: a flow that ends with
    /// it gives its result.
    ///
    /// # Errors
    ///
    /// Those of the flow, and [`Error::Cancelled`].
    pub fn run_until<F: Flow>(&self, mut flow: F, cancel: &CancelHandle) -> Result<F::Output, Error> {
        loop {
            match flow.poll(SystemTime::now()) {
                Step::Done(result) => return result,
                _ if cancel.is_cancelled() => return Err(Error::Cancelled),
                Step::Send(outgoing) => flow.handle(self.exchange(outgoing), SystemTime::now()),
                Step::Wait(time) => cancel.wait(time),
            }
        }
    }

    /// Sends any request within the client's limits and returns the response, whatever its status. Adds no headers; use
    /// [`ClientInfo::request`] for a request with those of [`info`](Self::info).
    ///
    /// # Errors
    ///
    /// A [`TransportError`] without a complete response, or if the body exceeds the limit.
    pub fn exchange(&self, outgoing: impl Into<Outgoing>) -> Result<Response<Vec<u8>>, TransportError> {
        self.exchange_with(outgoing.into(), None)
    }

    /// Exchanges, and connects within this time limit if it is shorter than that of the agent.
    fn exchange_with(
        &self,
        outgoing: Outgoing,
        connect_timeout: Option<Duration>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        outgoing.check(SystemTime::now())?;
        let timeout = self.limits.timeout_for(&outgoing);
        #[cfg(feature = "tracing")]
        let (span, start) = (trace::span(outgoing.label), std::time::Instant::now());
        #[cfg(feature = "tracing")]
        let entered = span.enter();
        #[cfg_attr(not(feature = "tracing"), expect(unused_mut, reason = "the span is added"))]
        let mut result = self.execute(outgoing.request, timeout, connect_timeout);
        #[cfg(feature = "tracing")]
        {
            drop(entered);
            trace::record(&span, &mut result, start.elapsed());
        }
        result
    }

    fn execute(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
        connect_timeout: Option<Duration>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        // ureq would send any `Vec` as a body, even an empty one with a GET.
        let incoming = if request.body().is_empty() {
            self.dispatch(request.map(drop), timeout, connect_timeout)?
        } else {
            self.dispatch(request, timeout, connect_timeout)?
        };
        let (parts, body) = incoming.into_parts();
        let mut response = self.limits.limited_response(parts);
        let mut body = body.into_reader();
        let mut buffer = [0; 8192];
        loop {
            let length = body.read(&mut buffer).map_err(|error| failed_later(error.into()))?;
            match buffer.get(..length) {
                None | Some([]) => return Ok(response.finish()),
                Some(chunk) => response.push(chunk)?,
            }
        }
    }

    /// A client whose agent can be shut down without effect on this one, if the agent is ours.
    fn with_agent_of_its_own(&self) -> Self {
        match self.is_agent_ours {
            true => {
                let agent = Agent::new_with_config(self.agent.config().clone());
                Self { agent, keeps_cookies: false, ..self.clone() }
            }
            false => self.clone(),
        }
    }

    fn dispatch(
        &self,
        request: Request<impl AsSendBody>,
        timeout: Duration,
        connect_timeout: Option<Duration>,
    ) -> Result<Response<Body>, TransportError> {
        // A new agent has an empty jar. It costs a connection for each request.
        let agent = match self.keeps_cookies {
            true => &Agent::new_with_config(self.agent.config().clone()),
            false => &self.agent,
        };
        let usual = agent.config().timeouts().connect;
        let connect_timeout = connect_timeout.into_iter().chain(usual).min();
        let request = agent
            .configure_request(request)
            .timeout_connect(connect_timeout)
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        agent.run(request).map_err(failed)
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
