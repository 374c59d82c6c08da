//! The three adapters behind one name.

use std::error::Error as StdError;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Request, Response};
use plexauth_proto::{BaseUrl, ClientInfo, Error, GetUserDetails, Limits, Operation, RetryPolicy};
use rustls::pki_types::CertificateDer;
use tokio::runtime::{Builder, Runtime};

use super::matrix::Outcome;

pub(crate) const TOKEN: &str = "s3cret-token";
pub(crate) const PASSWORD: &str = "s3cret-password";
pub(crate) const SECRETS: [&str; 2] = [TOKEN, PASSWORD];

/// The answer that would be right.
pub(crate) const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b"}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Adapter {
    /// No HTTP stack: only bytes get here.
    Core,
    Reqwest,
    Ureq,
    Hyper,
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core => "core",
            Self::Reqwest => "reqwest",
            Self::Ureq => "ureq",
            Self::Hyper => "hyper",
        })
    }
}

impl Adapter {
    pub(crate) const ALL: [Self; 3] = [Self::Reqwest, Self::Ureq, Self::Hyper];

    /// A client for a plex.tv at an origin.
    pub(crate) fn client(self, origin: &str, settings: &Settings) -> Client {
        macro_rules! build {
            ($adapter:ident) => {{
                let mut builder = $adapter::Client::builder(info(origin))
                    .timeout(settings.time)
                    .connect_timeout(settings.time)
                    .body_limit(settings.body)
                    .retry(settings.retry);
                if let Some(root) = &settings.root {
                    builder = builder.root_certificate(root.clone());
                }
                builder.build().unwrap()
            }};
        }
        match self {
            Self::Core => panic!("the core has no client"),
            Self::Reqwest => Client::Reqwest(build!(plexauth_reqwest), runtime()),
            Self::Ureq => Client::Ureq(build!(plexauth_ureq)),
            Self::Hyper => Client::Hyper(build!(plexauth_hyper), runtime()),
        }
    }
}

/// What a client is set up with: that limit on time, no retries, and the rest as usual.
pub(crate) struct Settings {
    pub(crate) time: Duration,
    pub(crate) body: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) root: Option<CertificateDer<'static>>,
}

impl Settings {
    pub(crate) fn new(time: Duration) -> Self {
        Self { time, body: Limits::default().body, retry: RetryPolicy::none(), root: None }
    }

    /// With retries as usual, but without a wait.
    pub(crate) fn with_retries(self) -> Self {
        Self { retry: RetryPolicy::default().base_delay(Duration::ZERO).max_delay(Duration::ZERO), ..self }
    }
}

/// Who asks a plex.tv at an origin such as `http://127.0.0.1:5`.
pub(crate) fn info(origin: &str) -> ClientInfo {
    let base: BaseUrl = format!("{origin}/api/v2").parse().unwrap();
    let info = ClientInfo::builder("id-1", "Faults").plex_tv(base.clone());
    info.clients_plex_tv(base).build().unwrap()
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// An origin without TLS.
pub(crate) fn plain(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Asks for an account without retries, which has to be the right one if there is one.
pub(crate) fn ask(adapter: Adapter, origin: &str, time: Duration) -> Outcome {
    adapter.client(origin, &Settings::new(time)).ask()
}

pub(crate) enum Client {
    Reqwest(plexauth_reqwest::Client, Runtime),
    Ureq(plexauth_ureq::Client),
    Hyper(plexauth_hyper::Client, Runtime),
}

impl Client {
    pub(crate) fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.send(operation)),
            Self::Ureq(client) => client.send(operation),
            Self::Hyper(client, runtime) => runtime.block_on(client.send(operation)),
        }
    }

    pub(crate) fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.exchange(request)),
            Self::Ureq(client) => client.exchange(request),
            Self::Hyper(client, runtime) => runtime.block_on(client.exchange(request)),
        }
    }

    /// Asks for an account, which has to be the right one if there is one.
    pub(crate) fn ask(&self) -> Outcome {
        Outcome::of(self.send(&GetUserDetails::new(TOKEN)).inspect(|account| assert_eq!(account.id, 7)))
    }
}

/// Neither an error nor any of its sources shows a secret.
pub(crate) fn hides(error: &Error) {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut next: Option<&dyn StdError> = match error {
        Error::Transport(error) => Some(error.get_ref()),
        other => other.source(),
    };
    while let Some(source) = next {
        shown += &format!(" {source} {source:?}");
        next = source.source();
    }
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}
