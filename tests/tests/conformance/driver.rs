//! The adapters and the bare core, behind one interface.

use std::time::{Duration, SystemTime};

use axum::Router;
use http::Response;
use plexauth_proto::{
    Attempt, BaseUrl, ClientInfo, Error, FindServer, Flow, FoundServer, GetUserDetails, Limits, Operation,
    Outgoing, RaceStep, RetryPolicy, Session, Step, Token, TokenCheck, TransportError,
};
use plexauth_tests::Simulator;
use tokio::runtime::{Builder, Runtime};

type NamedDriver = (&'static str, fn() -> Plex);

/// The adapters and the bare core.
pub(crate) const DRIVERS: &[NamedDriver] = &[
    ("reqwest", || {
        Plex::new(Simulator::start(), |info, _| {
            Driver::Reqwest(
                plexauth_reqwest::Client::builder(info).retry(immediate_retries()).build().unwrap(),
            )
        })
    }),
    ("ureq", || {
        Plex::new(Simulator::start(), |info, _| {
            Driver::Ureq(plexauth_ureq::Client::builder(info).retry(immediate_retries()).build().unwrap())
        })
    }),
    ("hyper", || {
        Plex::new(Simulator::start(), |info, _| {
            Driver::Hyper(plexauth_hyper::Client::builder(info).retry(immediate_retries()).build().unwrap())
        })
    }),
    ("tower", || {
        Plex::new(Simulator::in_memory(), |info, plex| {
            Driver::Tower(
                plexauth_hyper::Client::builder(info).retry(immediate_retries()).build_with(plex.router()),
            )
        })
    }),
    ("core", || Plex::new(Simulator::in_memory(), |info, _| Driver::Core(info))),
];

/// Two immediate retries, but none if the server requires a wait.
fn immediate_retries() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::ZERO).max_delay(Duration::ZERO)
}

pub(crate) enum Driver {
    Reqwest(plexauth_reqwest::Client),
    Ureq(plexauth_ureq::Client),
    Hyper(plexauth_hyper::Client),
    /// An in-memory router, without sockets.
    Tower(plexauth_hyper::Client<Router>),
    /// No HTTP stack.
    Core(ClientInfo),
}

/// A simulated Plex and a driver that is connected to it.
pub(crate) struct Plex {
    pub(crate) simulator: Simulator,
    driver: Driver,
    runtime: Runtime,
}

impl Plex {
    fn new(simulator: Simulator, connect: fn(ClientInfo, &Simulator) -> Driver) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let driver = connect(client_info(&simulator), &simulator);
        Self { simulator, driver, runtime }
    }

    pub(crate) fn info(&self) -> ClientInfo {
        client_info(&self.simulator)
    }

    /// The client info of another device.
    pub(crate) fn another_device(&self) -> ClientInfo {
        client_info_with(&self.simulator, "another-device")
    }

    /// Sends an operation as the given client, without retries.
    pub(crate) fn send_as<O: Operation>(&self, info: &ClientInfo, operation: &O) -> Result<O::Output, Error> {
        self.run(Attempt::new(operation, info, RetryPolicy::none()))
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
            Driver::Core(info) => self.drive(Attempt::new(operation, info, immediate_retries())),
        }
    }

    pub(crate) fn check_token(&self, token: &Token) -> TokenCheck {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.check_token(token)),
            Driver::Ureq(client) => client.check_token(token),
            Driver::Hyper(client) => self.runtime.block_on(client.check_token(token)),
            Driver::Tower(client) => self.runtime.block_on(client.check_token(token)),
            Driver::Core(_) => self.send(&GetUserDetails::new(token)).into(),
        }
    }

    pub(crate) fn authenticated<F, O>(&self, session: &Session, operation: F) -> Result<O::Output, Error>
    where
        F: FnMut(Token) -> O,
        O: Operation,
    {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.authenticated(session, operation)),
            Driver::Ureq(client) => client.authenticated(session, operation),
            Driver::Hyper(client) => self.runtime.block_on(client.authenticated(session, operation)),
            Driver::Tower(client) => self.runtime.block_on(client.authenticated(session, operation)),
            Driver::Core(_) => self.drive(session.authenticated(operation).retry(immediate_retries())),
        }
    }

    pub(crate) fn run<F: Flow>(&self, flow: F) -> Result<F::Output, Error> {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.run(flow)),
            Driver::Ureq(client) => client.run(flow),
            Driver::Hyper(client) => self.runtime.block_on(client.run(flow)),
            Driver::Tower(client) => self.runtime.block_on(client.run(flow)),
            Driver::Core(_) => self.drive(flow),
        }
    }

    pub(crate) fn find_server(&self, search: FindServer) -> Result<FoundServer, Error> {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.find_server(search)),
            Driver::Ureq(client) => client.find_server(search),
            Driver::Hyper(client) => self.runtime.block_on(client.find_server(search)),
            Driver::Tower(client) => self.runtime.block_on(client.find_server(search)),
            Driver::Core(_) => self.race(search),
        }
    }

    /// Runs a race by hand, in simulated time: each probe ends before the next one starts.
    fn race(&self, mut search: FindServer) -> Result<FoundServer, Error> {
        let mut elapsed = Duration::ZERO;
        loop {
            match search.poll(elapsed) {
                RaceStep::Start(probe) => search.handle(probe.id, self.exchange(probe.outgoing), elapsed),
                RaceStep::Wait(time) => elapsed += time,
                RaceStep::Done(result) => return result,
            }
        }
    }

    /// The time by the driver's clock.
    pub(crate) fn now(&self) -> SystemTime {
        match &self.driver {
            Driver::Core(_) => self.simulator.world().now() - Duration::from_secs(86_400),
            _ => SystemTime::now(),
        }
    }

    /// Drives a flow by hand. Waiting advances the simulator's clock instead of sleeping. The flow's clock is a day
    /// behind it, which must not matter.
    fn drive<F: Flow>(&self, mut flow: F) -> Result<F::Output, Error> {
        loop {
            match flow.poll(self.now()) {
                Step::Send(outgoing) => {
                    let result = self.exchange(outgoing);
                    flow.handle(result, self.now());
                }
                Step::Wait(time) => self.simulator.world().advance(time),
                Step::Done(result) => return result,
            }
        }
    }

    pub(crate) fn exchange(
        &self,
        outgoing: impl Into<Outgoing>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let outgoing = outgoing.into();
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.exchange(outgoing)),
            Driver::Ureq(client) => client.exchange(outgoing),
            Driver::Hyper(client) => self.runtime.block_on(client.exchange(outgoing)),
            Driver::Tower(client) => self.runtime.block_on(client.exchange(outgoing)),
            Driver::Core(_) => {
                let (parts, body) = self.simulator.answer(outgoing.request).into_parts();
                let mut response = Limits::default().limited_response(parts);
                response.push(&body)?;
                Ok(response.finish())
            }
        }
    }
}

fn client_info(simulator: &Simulator) -> ClientInfo {
    client_info_with(simulator, "3381b62b-9ab7-4e37-827b-203e9809eb58")
}

fn client_info_with(simulator: &Simulator, identifier: &str) -> ClientInfo {
    let base: BaseUrl = simulator.plex_tv_url().parse().unwrap();
    let info = ClientInfo::builder(identifier, "Conformance").device_name("Küche 客厅");
    info.api_at(base).build().unwrap()
}
