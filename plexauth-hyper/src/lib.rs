//! Log in to Plex over [hyper](https://docs.rs/hyper), or over any [tower](https://docs.rs/tower) service: async, on tokio.
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
//! use plexauth_hyper::{Client, ClientInfo, ErrorKind, GetUserDetails, SignIn};
//!
//! # fn ask_for_the_code() -> String { String::new() }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Who is asking. Make the identifier once, store it, and use it for good.
//! let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
//! let plex = Client::new(info)?;
//!
//! let sign_in = SignIn::new("me@example.com", "correct horse");
//! let signed_in = match plex.send(&sign_in).await {
//!     Err(error) if error.kind() == Some(ErrorKind::VerificationCodeWanted) => {
//!         plex.send(&sign_in.verification_code(ask_for_the_code())).await?
//!     }
//!     other => other?,
//! };
//! let account = plex.send(&GetUserDetails::new(signed_in.token)).await?;
//! println!("hello, {:?}", account.display_name());
//! # Ok(())
//! # }
//! ```
//!
//! # Run a flow
//!
//! [`run`](Client::run) drives what takes more than one request, such as a login without a password. To stop it, drop the future.
//!
//! ```no_run
//! # use plexauth_hyper::{Client, CreatePin, Error, Token};
//! async fn log_in(plex: &Client) -> Result<Token, Error> {
//!     let pin = plex.send(&CreatePin::short()).await?;
//!     println!("Open {} and type {}", pin.link_url(), pin.code);
//!     plex.run(pin.login(plex.info())).await // until somebody approves
//! }
//! ```
//!
//! # Stay logged in
//!
//! [`authenticated`](Client::authenticated) sends an operation with the token of a [`Session`], which is renewed where that is
//! due; [`check_token`](Client::check_token) looks at a token that was stored.
//!
//! ```no_run
//! # use plexauth_hyper::{Client, Error, GetResources, Session};
//! async fn servers(plex: &Client, session: &Session) -> Result<usize, Error> {
//!     let resources = plex.authenticated(session, |token| GetResources::new(token)).await?;
//!     Ok(resources.iter().filter(|resource| resource.is_server()).count())
//! }
//! ```
//!
//! [`exchange`](Client::exchange) sends any other request under the same limits. [`ClientBuilder`] has other limits, other
//! roots, and an HTTP client of your own.
//!
//! # Test without a network
//!
//! A service that answers by itself takes the place of the HTTP stack:
//!
//! ```
//! use bytes::Bytes;
//! use http_body_util::Full;
//! use plexauth_hyper::{Client, ClientInfo, GetUserDetails};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! let plex_tv = tower::service_fn(|_: http::Request<Full<Bytes>>| async {
//!     let body = Full::<Bytes>::from(r#"{"id":1,"uuid":"9f0b","title":"alice"}"#);
//!     Ok::<_, std::convert::Infallible>(http::Response::new(body))
//! });
//! let plex = Client::with_http(ClientInfo::new("id-1", "My Cool App")?, plex_tv);
//! let account = plex.send(&GetUserDetails::new("a token")).await?;
//! assert_eq!(account.display_name(), Some("alice"));
//! # Ok::<(), plexauth_hyper::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `jwt` | on | device keys and JSON web tokens |
//! | `tracing` | off | each exchange in a span, with the name of the operation, the attempt, the status and the time (`trace`) |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod service;

pub use builder::ClientBuilder;
#[doc(no_inline)]
pub use plexauth_proto::{self as proto, *};
pub use service::DefaultService;

use std::pin::pin;
use std::time::{Duration, SystemTime};

use bytes::{Buf, Bytes};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use tower::BoxError;
use tower::timeout::error::Elapsed;
use tower::util::ServiceExt;
use tower_service::Service;

/// Sends Plex's operations through a tower service, which is hyper's client unless another is given.
#[derive(Debug, Clone)]
pub struct Client<S = DefaultService> {
    info: ClientInfo,
    http: S,
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
}

impl<S, B> Client<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    S::Error: Into<BoxError>,
    B: http_body::Body,
    B::Error: Into<BoxError>,
{
    /// Over a service of your own; see [`ClientBuilder::with_http`] for what it owes.
    #[must_use]
    pub fn with_http(info: ClientInfo, http: S) -> Self {
        ClientBuilder::new(info).with_http(http)
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
    pub async fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.run(Attempt::new(operation, &self.info, self.retry)).await
    }

    /// Sends an operation with the token of a session, which is renewed where that is due: see [`Session::authenticated`].
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), and those of the renewal if there is no token that is good.
    pub async fn authenticated<F, O>(&self, session: &Session, operation: F) -> Result<O::Output, Error>
    where
        F: FnMut(&Token) -> O,
        O: Operation,
    {
        self.run(session.authenticated(operation).retry(self.retry)).await
    }

    /// Whether a token that was stored is still good: see [`TokenCheck`].
    pub async fn check_token(&self, token: &Token) -> TokenCheck {
        self.send(&GetUserDetails::new(token)).await.into()
    }

    /// Drives a flow to its end. To stop it, drop the future.
    ///
    /// # Errors
    ///
    /// Those of the flow, and [`Error::Transport`] where it does not go on in spite of it.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` would hold the flow twice")]
    pub fn run<F: Flow>(&self, mut flow: F) -> impl Future<Output = Result<F::Output, Error>> {
        async move {
            loop {
                // What is awaited inside of the match would be awaited with the step in hand, which may hold an account.
                let (request, time) = match flow.poll(SystemTime::now()) {
                    Step::Send(request) => (Some(request), Duration::ZERO),
                    Step::Wait(time) => (None, time),
                    Step::Done(result) => return result,
                };
                match request {
                    Some(request) => {
                        let result = self.exchange_as(flow.current_exchange(), request).await;
                        flow.on_exchange(result, SystemTime::now())?;
                    }
                    None => tokio::time::sleep(time).await,
                }
            }
        }
    }

    /// Sends any request under the same limits, and gives back the response whatever its status. The headers of
    /// [`info`](Self::info) are not added; [`ClientInfo::request`] makes a request that has them.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] without a complete response, [`Error::Response`] if its body is longer than the limit.
    pub async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        self.exchange_as(Exchange::new("exchange"), request).await
    }

    /// In a span.
    #[cfg(feature = "tracing")]
    async fn exchange_as(
        &self,
        what: Exchange,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, Error> {
        use tracing::Instrument;
        let (span, start) = (trace::span(what), std::time::Instant::now());
        let result = self.exchange_untraced(request).instrument(span.clone()).await;
        trace::record(&span, &result, start.elapsed());
        result
    }

    #[cfg(not(feature = "tracing"))]
    fn exchange_as(
        &self,
        _: Exchange,
        request: Request<Vec<u8>>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, Error>> {
        self.exchange_untraced(request)
    }

    async fn exchange_untraced(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        let timeout = self.limits.timeout_of(&request);
        match tokio::time::timeout(timeout, self.exchange_untimed(request)).await {
            Ok(result) => result,
            Err(elapsed) => Err(TransportError::new(Failure::Timeout, elapsed).into()),
        }
    }

    async fn exchange_untimed(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let response = self.http.clone().oneshot(request).await.map_err(failed)?;
        let (parts, body) = response.into_parts();
        let mut response = self.limits.read(parts);
        let mut body = pin!(body);
        while let Some(frame) = body.frame().await {
            if let Ok(mut piece) = frame.map_err(failed)?.into_data() {
                while piece.has_remaining() {
                    let length = piece.chunk().len();
                    response.push(piece.chunk())?;
                    piece.advance(length);
                }
            }
        }
        Ok(response.finish())
    }
}

fn failed(error: impl Into<BoxError>) -> Error {
    let error = TransportError::new(Failure::Broken, error);
    let connecting = error.cause::<legacy::Error>().is_some_and(legacy::Error::is_connect);
    let failure = match (connecting, error.cause::<Elapsed>().is_some()) {
        (true, false) if error.cause::<rustls::Error>().is_some() => Failure::Tls,
        (true, true) => Failure::ConnectTimeout,
        (true, false) => Failure::Connect,
        (false, true) => Failure::Timeout,
        (false, false) => Failure::Broken,
    };
    error.with_failure(failure).into()
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
