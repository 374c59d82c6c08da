//! Log in to Plex over [ureq](https://docs.rs/ureq): blocking, without a runtime.
//!
//! A thin driver for [`plexauth_proto`], whose items are all here too: the operations, their results, their errors.
//! Redirects are not followed, since that would carry the token along to another host; proxies in the environment and
//! cookies play no part; time and length are limited ([`Limits`]).
//!
//! # Send an operation
//!
//! [`send`](Client::send) sends it, again where that is safe and can help, and reads the answer.
//!
//! ```no_run
//! use plexauth_ureq::{Client, ClientInfo, ErrorKind, GetUserDetails, SignIn};
//!
//! # fn ask_for_the_code() -> String { String::new() }
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Who is asking. Make the identifier once, store it, and use it for good.
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
//! [`run`](Client::run) drives what takes more than one request, such as a login without a password. To stop it from another thread, see [`run_until`](Client::run_until).
//!
//! ```no_run
//! # use plexauth_ureq::{Client, CreatePin, Error, Token};
//! fn log_in(plex: &Client) -> Result<Token, Error> {
//!     let pin = plex.send(&CreatePin::short())?;
//!     println!("Open {} and type {}", pin.link_url(), pin.code);
//!     plex.run(pin.login(plex.info())) // until somebody approves
//! }
//! ```
//!
//! # Stay logged in
//!
//! [`authenticated`](Client::authenticated) sends an operation with the token of a [`Session`], which is renewed where that is
//! due; [`check_token`](Client::check_token) looks at a token that was stored.
//!
//! ```no_run
//! # use plexauth_ureq::{Client, Error, GetResources, Session};
//! fn servers(plex: &Client, session: &Session) -> Result<usize, Error> {
//!     let resources = plex.authenticated(session, |token| GetResources::new(token))?;
//!     Ok(resources.iter().filter(|resource| resource.is_server()).count())
//! }
//! ```
//!
//! [`exchange`](Client::exchange) sends any other request under the same limits. [`ClientBuilder`] has other limits, other
//! roots, and an HTTP client of your own.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `jwt` | on | device keys and JSON web tokens |
//! | `tracing` | off | each exchange in a span, with the name of the operation, the attempt, the status and the time (`trace`) |
//!
//! # Logs
//!
//! ureq logs through the crate `log`. **Never let the targets `ureq` and `ureq_proto` log at level `trace`**: there
//! they show whole URLs, headers and bodies, and with them passwords and tokens. No setting of ureq stops that.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod stop;

pub use builder::ClientBuilder;
#[doc(no_inline)]
pub use plexauth_proto::{self as proto, *};
pub use stop::Stop;

use std::io::{self, Read};
use std::time::SystemTime;

use http::{Request, Response};
use ureq::{Agent, AsSendBody, Body, Timeout};

/// Sends Plex's operations over ureq. A clone shares the connections.
#[derive(Debug, Clone)]
pub struct Client {
    info: ClientInfo,
    agent: Agent,
    limits: Limits,
    retry: RetryPolicy,
}

impl Client {
    /// With safe defaults: [`Limits::default`], no redirects, no proxies, Mozilla's roots.
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::build`].
    pub fn new(info: ClientInfo) -> Result<Self, Error> {
        Self::builder(info).build()
    }

    /// With other limits, other roots, or an HTTP client of your own.
    pub fn builder(info: ClientInfo) -> ClientBuilder {
        ClientBuilder::new(info)
    }

    /// Over an `Agent` of your own; see [`ClientBuilder::with_http`] for what still holds.
    #[must_use]
    pub fn with_http(info: ClientInfo, agent: Agent) -> Self {
        Self::builder(info).with_http(agent)
    }

    /// Who is asking.
    #[must_use]
    pub fn info(&self) -> &ClientInfo {
        &self.info
    }

    /// The limits that every exchange holds to.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// When [`send`](Self::send) tries again. A flow has its own policy; give it this one where it is to be the same.
    pub fn retry_policy(&self) -> RetryPolicy {
        self.retry
    }

    /// Sends an operation and reads the answer. Where it is safe and can help, it is sent again: see [`RetryPolicy`].
    ///
    /// # Errors
    ///
    /// [`Error::Request`] before anything is sent, [`Error::Transport`] without a response, [`Error::Response`] for what
    /// the operation's own page says.
    pub fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.run(Attempt::new(operation, &self.info, self.retry))
    }

    /// Sends an operation with the token of a session, which is renewed where that is due: see [`Session::authenticated`].
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and those of the renewal if there is no token that is good.
    pub fn authenticated<F, O>(&self, session: &Session, operation: F) -> Result<O::Output, Error>
    where
        F: FnMut(&Token) -> O,
        O: Operation,
    {
        self.run(session.authenticated(operation).retry(self.retry))
    }

    /// Whether a token that was stored is still good: see [`TokenCheck`].
    pub fn check_token(&self, token: &Token) -> TokenCheck {
        self.send(&GetUserDetails::new(token)).into()
    }

    /// Drives a flow to its end.
    ///
    /// # Errors
    ///
    /// Those of the flow, and [`Error::Transport`] where it does not go on in spite of it.
    pub fn run<F: Flow>(&self, flow: F) -> Result<F::Output, Error> {
        self.run_until(flow, &Stop::new())
    }

    /// Drives a flow to its end, or until it is stopped.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`Error::Stopped`].
    pub fn run_until<F: Flow>(&self, mut flow: F, stop: &Stop) -> Result<F::Output, Error> {
        loop {
            match flow.poll(SystemTime::now()) {
                Step::Done(result) => return result,
                _ if stop.is_stopped() => return Err(Error::Stopped),
                Step::Send(request) => {
                    let result = self.exchange_as(flow.current_exchange(), request);
                    flow.on_exchange(result, SystemTime::now())?;
                }
                Step::Wait(time) => stop.wait(time),
            }
        }
    }

    /// Sends any request under the same limits, and gives back the response whatever its status. The headers of
    /// [`info`](Self::info) are not added; [`ClientInfo::request`] makes a request that has them.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] without a complete response, [`Error::Response`] if its body is longer than the limit.
    pub fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        self.exchange_as(Exchange::new("exchange"), request)
    }

    /// In a span.
    #[cfg(feature = "tracing")]
    fn exchange_as(&self, what: Exchange, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        let (span, start) = (trace::span(what), std::time::Instant::now());
        let result = span.in_scope(|| self.exchange_untraced(request));
        trace::record(&span, &result, start.elapsed());
        result
    }

    #[cfg(not(feature = "tracing"))]
    fn exchange_as(&self, _: Exchange, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        self.exchange_untraced(request)
    }

    fn exchange_untraced(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        // ureq takes any `Vec` for a body, even an empty one with a GET.
        let incoming = if request.body().is_empty() {
            self.dispatch(request.map(drop))?
        } else {
            self.dispatch(request)?
        };
        let (parts, body) = incoming.into_parts();
        let mut response = self.limits.read(parts);
        let mut body = body.into_reader();
        let mut piece = [0; 8192];
        loop {
            let length = body.read(&mut piece).map_err(|error| failed_later(error.into()))?;
            match piece.get(..length) {
                None | Some([]) => return Ok(response.finish()),
                Some(piece) => response.push(piece)?,
            }
        }
    }

    fn dispatch(&self, request: Request<impl AsSendBody>) -> Result<Response<Body>, Error> {
        let timeout = self.limits.timeout_of(&request);
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        self.agent.run(request).map_err(failed)
    }
}

/// Once there was an answer, there was a connection.
fn failed_later(error: ureq::Error) -> Error {
    match failed(error) {
        Error::Transport(error) if error.failure().is_connect() => error.with_failure(Failure::Broken).into(),
        other => other,
    }
}

fn failed(error: ureq::Error) -> Error {
    let failure = match error {
        // These show the address.
        ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => {
            return TransportError::new(
                Failure::Connect,
                "ureq does not take the address, or it has to be https",
            )
            .into();
        }
        // ureq's error does not name these two as its source.
        ureq::Error::Io(error) => return TransportError::new(of_io(&error), error).into(),
        ureq::Error::Rustls(error) => return TransportError::new(of_tls(&error), error).into(),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Failure::ConnectTimeout,
        ureq::Error::Timeout(_) => Failure::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => Failure::Connect,
        ureq::Error::Tls(_) => Failure::Tls,
        _ => Failure::Broken,
    };
    TransportError::new(failure, error).into()
}

/// ureq does not say whether an error of IO came while connecting, so it is told by what it is.
fn of_io(error: &io::Error) -> Failure {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return of_tls(error);
    }
    match error.kind() {
        ConnectionRefused | HostUnreachable | NetworkUnreachable | AddrNotAvailable => Failure::Connect,
        _ if is_about_a_name(error) => Failure::Connect,
        _ => Failure::Broken,
    }
}

/// The standard library has no kind for a name that does not resolve. These are its own words on Unix, and the numbers of
/// Windows for it.
fn is_about_a_name(error: &io::Error) -> bool {
    error.to_string().starts_with("failed to lookup address information")
        || cfg!(windows) && matches!(error.raw_os_error(), Some(11_001..=11_004))
}

/// What goes wrong with a handshake. The rest happens to a connection in use, by when a request was sent.
fn of_tls(error: &rustls::Error) -> Failure {
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
        | PeerIncompatible(_) => Failure::Tls,
        _ => Failure::Broken,
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn failure(error: Error) -> Failure {
        error.failure().unwrap()
    }

    /// An alert can come at any time, and by then a request was sent.
    #[test]
    fn only_what_belongs_to_a_handshake_is_about_connecting() {
        use rustls::{AlertDescription, CertificateError};
        let tls = |error: rustls::Error| ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let expired = || rustls::Error::InvalidCertificate(CertificateError::Expired);
        assert_eq!(failure(failed(tls(expired()))), Failure::Tls);
        assert_eq!(failure(failed(ureq::Error::Rustls(expired()))), Failure::Tls);
        assert_eq!(failure(failed(ureq::Error::Tls("no name"))), Failure::Tls);
        for none in [ureq::Error::HostNotFound, ureq::Error::ConnectionFailed] {
            assert_eq!(failure(failed(none)), Failure::Connect);
        }
        let alert = |alert| tls(rustls::Error::AlertReceived(alert));
        assert_eq!(failure(failed(alert(AlertDescription::HandshakeFailure))), Failure::Tls);
        for later in [AlertDescription::InternalError, AlertDescription::CertificateRequired] {
            assert_eq!(failure(failed(alert(later))), Failure::Broken);
        }
        assert_eq!(failure(failed_later(tls(expired()))), Failure::Broken, "there was an answer before");
        assert_eq!(failure(failed_later(ureq::Error::Timeout(Timeout::RecvBody))), Failure::Timeout);
    }

    #[test]
    fn an_address_is_not_shown() {
        for error in [
            ureq::Error::BadUri("h/?pin=9876".into()),
            ureq::Error::RequireHttpsOnly("http://h/?pin=9876".into()),
        ] {
            let error = failed(error);
            let shown = format!("{error} {error:?}");
            assert!(error.is_connect() && !shown.contains("9876"), "{shown}");
        }
    }

    #[test]
    fn the_agent_is_set_up_with_the_limits() {
        let client = Client::new(ClientInfo::new("id-1", "App").unwrap()).unwrap();
        let config = client.agent.config();
        assert_eq!(config.timeouts().resolve, Some(Duration::from_secs(10)));
        assert_eq!(config.timeouts().connect, Some(Duration::from_secs(10)));
        assert!(config.proxy().is_none());
    }
}
