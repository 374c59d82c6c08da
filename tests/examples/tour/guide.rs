use std::time::{Duration, Instant};

use plexauth_proto::{Error, FindServer, Flow, FoundServer, Operation};
use tokio::runtime::Runtime;

pub enum Transport {
    Reqwest(plexauth_reqwest::Client, Runtime),
    Ureq(plexauth_ureq::Client),
    Hyper(plexauth_hyper::Client, Runtime),
}

impl Transport {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reqwest(..) => "reqwest",
            Self::Ureq(..) => "ureq",
            Self::Hyper(..) => "hyper",
        }
    }

    fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.send(operation)),
            Self::Ureq(client) => client.send(operation),
            Self::Hyper(client, runtime) => runtime.block_on(client.send(operation)),
        }
    }

    fn find_server(&self, search: FindServer) -> Result<FoundServer, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.find_server(search)),
            Self::Ureq(client) => client.find_server(search),
            Self::Hyper(client, runtime) => runtime.block_on(client.find_server(search)),
        }
    }

    fn run<F: Flow>(&self, flow: F) -> Result<F::Output, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.run(flow)),
            Self::Ureq(client) => client.run(flow),
            Self::Hyper(client, runtime) => runtime.block_on(client.run(flow)),
        }
    }
}

/// A row of the table.
pub struct Row {
    pub operation: &'static str,
    pub transport: &'static str,
    pub outcome: String,
    pub expected: &'static str,
    pub time: Duration,
}

/// Runs operations and flows over one transport, and records the outcomes.
pub struct Guide<'a> {
    pub transport: &'a Transport,
    pub rows: Vec<Row>,
}

impl Guide<'_> {
    /// Sends an operation and records the outcome.
    pub fn send<O: Operation>(
        &mut self,
        name: &'static str,
        operation: &O,
        expected: &'static str,
        describe: impl FnOnce(&O::Output) -> String,
    ) -> Option<O::Output> {
        self.record(name, expected, |transport| transport.send(operation), describe)
    }

    /// Runs a flow and records the outcome.
    pub fn run<F: Flow>(
        &mut self,
        name: &'static str,
        flow: F,
        expected: &'static str,
        describe: impl FnOnce(&F::Output) -> String,
    ) -> Option<F::Output> {
        self.record(name, expected, |transport| transport.run(flow), describe)
    }

    /// Runs a race for the address of a server and records the outcome.
    pub fn find_server(
        &mut self,
        search: FindServer,
        expected: &'static str,
        describe: impl FnOnce(&FoundServer) -> String,
    ) -> Option<FoundServer> {
        self.record("FindServer", expected, |transport| transport.find_server(search), describe)
    }

    /// Records the outcome of a series of requests.
    pub fn finish(&mut self, operation: &'static str, outcome: &str, expected: &'static str) {
        let (outcome, transport) = (outcome.to_owned(), self.transport.name());
        self.rows.push(Row { operation, transport, outcome, expected, time: Duration::ZERO });
    }

    fn record<T>(
        &mut self,
        operation: &'static str,
        expected: &'static str,
        act: impl FnOnce(&Transport) -> Result<T, Error>,
        describe: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let start = Instant::now();
        let result = act(self.transport);
        let time = start.elapsed();
        let outcome = match &result {
            Ok(output) => describe(output),
            Err(Error::Response(error)) => format!("{:?}", error.kind()),
            Err(error) => error.to_string(),
        };
        self.rows.push(Row { operation, transport: self.transport.name(), outcome, expected, time });
        result.ok()
    }
}
