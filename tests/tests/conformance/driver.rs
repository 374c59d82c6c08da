//! The ways to send an operation, behind one name.

use axum::Router;
use http::{Request, Response};
use plexauth_proto::{BaseUrl, ClientInfo, Error, Limits, Operation, ResponseError};
use plexauth_tests::Simulator;
use tokio::runtime::{Builder, Runtime};

type Named = (&'static str, fn() -> Plex);

/// Every way to send an operation. One line each.
pub(crate) const DRIVERS: &[Named] = &[
    ("reqwest", || {
        Plex::new(Simulator::start(), |info, _| Driver::Reqwest(plexauth_reqwest::Client::new(info).unwrap()))
    }),
    ("ureq", || {
        Plex::new(Simulator::start(), |info, _| Driver::Ureq(plexauth_ureq::Client::new(info).unwrap()))
    }),
    ("hyper", || {
        Plex::new(Simulator::start(), |info, _| Driver::Hyper(plexauth_hyper::Client::new(info).unwrap()))
    }),
    ("tower", || {
        Plex::new(Simulator::in_memory(), |info, plex| {
            Driver::Tower(plexauth_hyper::Client::with_http(info, plex.router()))
        })
    }),
    ("core", || Plex::new(Simulator::in_memory(), |info, _| Driver::Core(info))),
];

pub(crate) enum Driver {
    Reqwest(plexauth_reqwest::Client),
    Ureq(plexauth_ureq::Client),
    Hyper(plexauth_hyper::Client),
    /// A router in memory, without a socket.
    Tower(plexauth_hyper::Client<Router>),
    /// No HTTP stack at all.
    Core(ClientInfo),
}

/// A simulated Plex and a way to talk to it.
pub(crate) struct Plex {
    pub(crate) simulator: Simulator,
    driver: Driver,
    runtime: Runtime,
}

impl Plex {
    fn new(simulator: Simulator, connect: fn(ClientInfo, &Simulator) -> Driver) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let driver = connect(who_asks(&simulator), &simulator);
        Self { simulator, driver, runtime }
    }

    pub(crate) fn media_server(&self) -> BaseUrl {
        self.simulator.media_server_url().parse().unwrap()
    }

    pub(crate) fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.send(operation)),
            Driver::Ureq(client) => client.send(operation),
            Driver::Hyper(client) => self.runtime.block_on(client.send(operation)),
            Driver::Tower(client) => self.runtime.block_on(client.send(operation)),
            Driver::Core(info) => Ok(operation.parse(&self.exchange(operation.request(info)?)?)?),
        }
    }

    pub(crate) fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.exchange(request)),
            Driver::Ureq(client) => client.exchange(request),
            Driver::Hyper(client) => self.runtime.block_on(client.exchange(request)),
            Driver::Tower(client) => self.runtime.block_on(client.exchange(request)),
            Driver::Core(_) => {
                // What whoever brings a transport owes: the limit on the body.
                let response = self.simulator.answer(request);
                let limit = Limits::default().body;
                if response.body().len() > limit {
                    return Err(ResponseError::body_too_large(response.status(), limit).into());
                }
                Ok(response)
            }
        }
    }
}

fn who_asks(simulator: &Simulator) -> ClientInfo {
    let base: BaseUrl = simulator.plex_tv_url().parse().unwrap();
    let info =
        ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "Conformance").device_name("Küche 客厅");
    info.plex_tv(base.clone()).clients_plex_tv(base).build().unwrap()
}
