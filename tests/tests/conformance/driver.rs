//! The ways to send an operation, behind one name.

use std::time::{Duration, SystemTime};

use axum::Router;
use http::Response;
use plexauth_proto::{
    Attempt, BaseUrl, ClientInfo, Error, Flow, GetUserDetails, Limits, Operation, Outgoing, RetryPolicy,
    Session, Step, Token, TokenCheck, TransportError,
};
use plexauth_tests::Simulator;
use tokio::runtime::{Builder, Runtime};

type Named = (&'static str, fn() -> Plex);

/// Every way to send an operation. One line each.
pub(crate) const DRIVERS: &[Named] = &[
    ("reqwest", || {
        Plex::new(Simulator::start(), |info, _| {
            Driver::Reqwest(plexauth_reqwest::Client::builder(info).retry(at_once()).build().unwrap())
        })
    }),
    ("ureq", || {
        Plex::new(Simulator::start(), |info, _| {
            Driver::Ureq(plexauth_ureq::Client::builder(info).retry(at_once()).build().unwrap())
        })
    }),
    ("hyper", || {
        Plex::new(Simulator::start(), |info, _| {
            Driver::Hyper(plexauth_hyper::Client::builder(info).retry(at_once()).build().unwrap())
        })
    }),
    ("tower", || {
        Plex::new(Simulator::in_memory(), |info, plex| {
            Driver::Tower(plexauth_hyper::Client::builder(info).retry(at_once()).build_with(plex.router()))
        })
    }),
    ("core", || Plex::new(Simulator::in_memory(), |info, _| Driver::Core(info))),
];

/// Two retries without a wait, and none if the server asks for one.
fn at_once() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::ZERO).max_delay(Duration::ZERO)
}

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

    pub(crate) fn info(&self) -> ClientInfo {
        who_asks(&self.simulator)
    }

    /// Who asks with the same driver from another device.
    pub(crate) fn another_device(&self) -> ClientInfo {
        named(&self.simulator, "another-device")
    }

    /// Sends an operation, once, in the name of whoever that is.
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
            Driver::Core(info) => self.drive(Attempt::new(operation, info, at_once())),
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
        F: FnMut(&Token) -> O,
        O: Operation,
    {
        match &self.driver {
            Driver::Reqwest(client) => self.runtime.block_on(client.authenticated(session, operation)),
            Driver::Ureq(client) => client.authenticated(session, operation),
            Driver::Hyper(client) => self.runtime.block_on(client.authenticated(session, operation)),
            Driver::Tower(client) => self.runtime.block_on(client.authenticated(session, operation)),
            Driver::Core(_) => self.drive(session.authenticated(operation).retry(at_once())),
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

    /// What the clock of the driver says.
    pub(crate) fn now(&self) -> SystemTime {
        match &self.driver {
            Driver::Core(_) => self.simulator.world().now() - Duration::from_secs(86_400),
            _ => SystemTime::now(),
        }
    }

    /// Drives a flow by hand. The clock runs with the simulator's, so that nobody sleeps, but a day behind it: flows must
    /// not care.
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

fn who_asks(simulator: &Simulator) -> ClientInfo {
    named(simulator, "3381b62b-9ab7-4e37-827b-203e9809eb58")
}

fn named(simulator: &Simulator, identifier: &str) -> ClientInfo {
    let base: BaseUrl = simulator.plex_tv_url().parse().unwrap();
    let info = ClientInfo::builder(identifier, "Conformance").device_name("Küche 客厅");
    info.api_at(base).build().unwrap()
}
