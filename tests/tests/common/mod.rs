//! The three adapters behind a common interface.

#![allow(dead_code, reason = "not every test uses everything")]

#[cfg(target_os = "linux")]
pub(crate) mod process;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use plexauth_proto::{
    BaseUrl, ClientInfo, Error, FindServer, Flow, FoundServer, Limits, Operation, RetryPolicy,
    TransportError, TriedConnection,
};
use rustls::pki_types::CertificateDer;
use tokio::runtime::{Builder, Runtime};

/// Whether this is a test of the crate `tests/unified`.
pub(crate) const UNIFIED: bool = matches!(env!("CARGO_PKG_NAME").as_bytes(), b"plexauth-unified");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Adapter {
    /// The core alone, without an HTTP stack.
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

    /// Builds a client for a plex.tv at an origin such as `http://127.0.0.1:5`.
    pub(crate) fn client(self, origin: &str, settings: &Settings) -> Client {
        macro_rules! build {
            ($adapter:ident) => {{
                let limits = Limits::default()
                    .with_timeout(settings.time)
                    .with_connect_timeout(settings.time)
                    .with_body(settings.body);
                let mut builder =
                    $adapter::Client::builder(info(origin)).limits(limits).retry(settings.retry);
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

/// The settings of a client.
pub(crate) struct Settings {
    pub(crate) time: Duration,
    pub(crate) body: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) root: Option<CertificateDer<'static>>,
}

impl Settings {
    /// Returns the defaults, with this time limit and without retries.
    pub(crate) fn new(time: Duration) -> Self {
        Self { time, body: Limits::default().body, retry: RetryPolicy::none(), root: None }
    }

    /// Enables the default number of retries, without delays.
    pub(crate) fn with_retries(self) -> Self {
        Self { retry: RetryPolicy::default().base_delay(Duration::ZERO).max_delay(Duration::ZERO), ..self }
    }
}

/// Returns the client information for a plex.tv at this origin.
pub(crate) fn info(origin: &str) -> ClientInfo {
    let base: BaseUrl = format!("{origin}/api/v2").parse().unwrap();
    ClientInfo::builder("id-1", "Tests").api_at(base).build().unwrap()
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns a `reqwest` builder as an application might set it up: with reqwest's default of following redirects.
pub(crate) fn anybodys_reqwest() -> reqwest::ClientBuilder {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy()
}

/// Returns the `Debug` and `Display` output of an error and its sources.
pub(crate) fn shown(error: &Error) -> String {
    let mut shown = format!("{error:?}\n{error:#?}\n{error}\n");
    let mut next: Option<&dyn StdError> = error.source();
    while let Some(source) = next {
        shown += &format!("{source}\n{source:?}\n");
        next = source.source();
    }
    shown
}

#[derive(Debug)]
pub(crate) enum Client {
    Reqwest(plexauth_reqwest::Client, Runtime),
    Ureq(plexauth_ureq::Client),
    Hyper(plexauth_hyper::Client, Runtime),
}

impl Client {
    pub(crate) fn info(&self) -> &ClientInfo {
        match self {
            Self::Reqwest(client, _) => client.info(),
            Self::Ureq(client) => client.info(),
            Self::Hyper(client, _) => client.info(),
        }
    }

    /// Lets an async client notice closed connections, which it does only while its runtime runs.
    pub(crate) fn settle(&self) {
        let notice = async {
            // tokio checks its sockets at the latest after a fixed number of tasks.
            for _ in 0..500 {
                tokio::task::yield_now().await;
            }
        };
        match self {
            Self::Reqwest(_, runtime) | Self::Hyper(_, runtime) => runtime.block_on(notice),
            Self::Ureq(_) => {}
        }
    }

    pub(crate) fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.send(operation)),
            Self::Ureq(client) => client.send(operation),
            Self::Hyper(client, runtime) => runtime.block_on(client.send(operation)),
        }
    }

    pub(crate) fn find_server(&self, search: FindServer) -> Result<FoundServer, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.find_server(search)),
            Self::Ureq(client) => client.find_server(search),
            Self::Hyper(client, runtime) => runtime.block_on(client.find_server(search)),
        }
    }

    pub(crate) fn reachable(
        &self,
        search: FindServer,
    ) -> Result<Vec<Result<FoundServer, TriedConnection>>, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.reachable(search)),
            Self::Ureq(client) => client.reachable(search),
            Self::Hyper(client, runtime) => runtime.block_on(client.reachable(search)),
        }
    }

    pub(crate) fn run<F: Flow>(&self, flow: F) -> Result<F::Output, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.run(flow)),
            Self::Ureq(client) => client.run(flow),
            Self::Hyper(client, runtime) => runtime.block_on(client.run(flow)),
        }
    }

    pub(crate) fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.exchange(request)),
            Self::Ureq(client) => client.exchange(request),
            Self::Hyper(client, runtime) => runtime.block_on(client.exchange(request)),
        }
    }
}
