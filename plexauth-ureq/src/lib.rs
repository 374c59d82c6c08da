//! Log in to Plex over [ureq](https://docs.rs/ureq): blocking, without a runtime.
//!
//! A thin driver for plexauth-proto. It re-exports all items of that crate, so one dependency is enough. Redirects are not
//! followed, because that would forward the token to another host; proxies from the environment and cookies are not used;
//! time and size are limited ([`Limits`]).
//!
//! # Send an operation
//!
//! [`send`](Client::send) sends an operation, retries it where that is safe and can help, and reads the response.
//!
//! ```no_run
//! use plexauth_ureq::{Client, ClientInfo, ErrorKind, GetUserDetails, SignIn};
//!
//! # fn ask_for_the_code() -> String { String::new() }
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Generate the identifier once, store it, and use it from then on.
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let plex = Client::new(info)?;
//!
//! let sign_in = SignIn::new("me@example.com", "correct horse");
//! let signed_in = match plex.send(&sign_in) {
//!     Err(error) if error.kind() == Some(ErrorKind::VerificationCodeWanted) => {
//!         plex.send(&sign_in.verification_code(ask_for_the_code()))?
//!     }
//!     other => other?,
//! };
//! let account = plex.send(&GetUserDetails::new(signed_in.token))?;
//! println!("hello, {:?}", account.display_name());
//! # Ok(())
//! # }
//! ```
//!
//! # Run a flow
//!
//! [`run`](Client::run) drives a flow of several requests, such as a login by PIN. To cancel it from another thread, see
//! [`run_until`](Client::run_until).
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
//! # Stay logged in
//!
//! [`authenticated`](Client::authenticated) sends an operation with the token of a [`Session`], which it renews when
//! necessary; [`check_token`](Client::check_token) checks a stored token.
//!
//! ```no_run
//! # use plexauth_ureq::{Client, Error, GetResources, Session};
//! fn servers(plex: &Client, session: &Session) -> Result<usize, Error> {
//!     let resources = plex.authenticated(session, GetResources::new)?;
//!     Ok(resources.iter().filter(|resource| resource.is_server()).count())
//! }
//! ```
//!
//! [`exchange`](Client::exchange) sends any other request within the same limits. [`ClientBuilder`] sets other limits, other
//! root certificates, or an HTTP client of your own.
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
mod find_server;
mod transport;

pub use builder::{ClientBuilder, RootCertificateError};
pub use cancel::CancelHandle;
#[doc(inline)]
pub use plexauth_proto::*;
pub use transport::block_on;

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use ureq::{Agent, AsSendBody, Body, Timeout};

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
        let outgoing = outgoing.into();
        outgoing.check(SystemTime::now())?;
        let timeout = self.limits.timeout_for(&outgoing);
        #[cfg(feature = "tracing")]
        let (span, start) = (trace::span(outgoing.label), std::time::Instant::now());
        #[cfg(feature = "tracing")]
        let entered = span.enter();
        #[cfg_attr(not(feature = "tracing"), expect(unused_mut, reason = "the span is added"))]
        let mut result = self.execute(outgoing.request, timeout);
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
    ) -> Result<Response<Vec<u8>>, TransportError> {
        // ureq would send any `Vec` as a body, even an empty one with a GET.
        let incoming = if request.body().is_empty() {
            self.dispatch(request.map(drop), timeout)?
        } else {
            self.dispatch(request, timeout)?
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
    ) -> Result<Response<Body>, TransportError> {
        // A new agent has an empty jar. It costs a connection for each request.
        let agent = match self.keeps_cookies {
            true => &Agent::new_with_config(self.agent.config().clone()),
            false => &self.agent,
        };
        let request = agent
            .configure_request(request)
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        agent.run(request).map_err(failed)
    }
}

/// An error after the head of the response has arrived, so there was a connection.
fn failed_later(error: ureq::Error) -> TransportError {
    match failed(error) {
        error if error.kind().is_connect() => error.with_kind(TransportErrorKind::Broken),
        error => error,
    }
}

fn failed(error: ureq::Error) -> TransportError {
    let kind = match error {
        // These two show the address.
        ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => {
            let source = "ureq does not accept the address, or requires https";
            return TransportError::new(TransportErrorKind::Connect, source);
        }
        // ureq's error does not return these two as its source.
        ureq::Error::Io(error) => return TransportError::new(kind_of_io(&error), error),
        ureq::Error::Rustls(error) => return TransportError::new(kind_of_tls(&error), error),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => TransportErrorKind::ConnectTimeout,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => {
            TransportErrorKind::Connect
        }
        ureq::Error::Tls(_) => TransportErrorKind::Tls,
        _ => TransportErrorKind::Broken,
    };
    TransportError::new(kind, error)
}

/// ureq does not say whether an IO error occurred while connecting, so its kind decides.
fn kind_of_io(error: &io::Error) -> TransportErrorKind {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return kind_of_tls(error);
    }
    match error.kind() {
        ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable => {
            TransportErrorKind::Connect
        }
        _ if is_failed_lookup(error) => TransportErrorKind::Connect,
        _ => TransportErrorKind::Broken,
    }
}

/// The standard library has no kind for a failed DNS lookup. This is its message on Unix, and the error codes of Windows.
fn is_failed_lookup(error: &io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address information")
        || cfg!(windows) && matches!(error.raw_os_error(), Some(11_001..=11_004))
}

/// The errors of a handshake. Any other error occurs on an established connection, when a request may have been sent.
fn kind_of_tls(error: &rustls::Error) -> TransportErrorKind {
    use rustls::AlertDescription::{
        HandshakeFailure, InsufficientSecurity, NoApplicationProtocol, ProtocolVersion, UnrecognisedName,
    };
    use rustls::Error::{
        AlertReceived, InvalidCertificate, InvalidMessage, NoCertificatesPresented, PeerIncompatible,
    };
    match error {
        AlertReceived(
            HandshakeFailure
            | InsufficientSecurity
            | NoApplicationProtocol
            | ProtocolVersion
            | UnrecognisedName,
        )
        | InvalidCertificate(_)
        | InvalidMessage(_)
        | NoCertificatesPresented
        | PeerIncompatible(_) => TransportErrorKind::Tls,
        _ => TransportErrorKind::Broken,
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// An alert can arrive at any time, and a request may have been sent by then.
    #[test]
    fn only_handshake_errors_are_connect_errors() {
        use rustls::{AlertDescription, CertificateError};
        let tls = |error: rustls::Error| ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let expired = || rustls::Error::InvalidCertificate(CertificateError::Expired);
        assert_eq!(failed(tls(expired())).kind(), TransportErrorKind::Tls);
        assert_eq!(failed(ureq::Error::Rustls(expired())).kind(), TransportErrorKind::Tls);
        assert_eq!(failed(ureq::Error::Tls("no name")).kind(), TransportErrorKind::Tls);
        for none in [ureq::Error::HostNotFound, ureq::Error::ConnectionFailed] {
            assert_eq!(failed(none).kind(), TransportErrorKind::Connect);
        }
        let alert = |alert| tls(rustls::Error::AlertReceived(alert));
        assert_eq!(failed(alert(AlertDescription::HandshakeFailure)).kind(), TransportErrorKind::Tls);
        for later in [AlertDescription::InternalError, AlertDescription::CertificateRequired] {
            assert_eq!(failed(alert(later)).kind(), TransportErrorKind::Broken);
        }
        assert_eq!(failed_later(tls(expired())).kind(), TransportErrorKind::Broken, "the response had begun");
        assert_eq!(failed_later(ureq::Error::Timeout(Timeout::RecvBody)).kind(), TransportErrorKind::Timeout);
    }

    #[test]
    fn address_is_not_shown() {
        for error in [
            ureq::Error::BadUri("h/?pin=9876".into()),
            ureq::Error::RequireHttpsOnly("http://h/?pin=9876".into()),
        ] {
            let error = failed(error);
            let shown = format!("{error} {error:?}");
            assert!(error.kind().is_connect() && !shown.contains("9876"), "{shown}");
        }
    }

    #[test]
    fn agent_has_the_limits() {
        let client = Client::new(ClientInfo::new("id-1", "App").unwrap()).unwrap();
        let config = client.agent.config();
        assert_eq!(config.timeouts().resolve, Some(Duration::from_secs(10)));
        assert_eq!(config.timeouts().connect, Some(Duration::from_secs(10)));
        assert!(config.proxy().is_none());
    }
}
