use std::time::Duration;

use http::Response;

use crate::client::{BaseUrl, ClientInfo, Token};
use crate::error::{
    ConnectionOutcome, Error, LeftOut, RequestError, TransportError, TransportErrorKind, TriedConnection,
};
use crate::flow::{Label, Outgoing};
use crate::model::Resource;
use crate::operation::Operation;
use crate::operations::{GetServerIdentity, ServerIdentity};
use candidate::{Candidate, candidates};
use race::{HeadStarts, Race, Runner, RunnerState, Started};

mod candidate;
mod race;
#[cfg(test)]
mod tests;

pub use candidate::{ConnectionTier, InsecureConnections};

/// The time limit for a probe that others of its tier have to wait for.
const CROWDED: Duration = Duration::from_secs(1);

/// Finds the best of a server's connections that works from here: a race of probes.
///
/// The connections of one tier are probed at once: those on the local network first, then public ones, then Plex's relay.
/// The next tier starts when all before have failed, or after a head start. The first response of the expected server wins.
/// No token is sent.
///
/// Each adapter's `find_server` runs the race. By hand: [`poll`](FindServer::poll) says which probe to start and how long
/// to wait, and [`handle`](FindServer::handle) takes the outcome of each. Time is passed in as the time since the start of
/// the race.
///
/// # Plain http
///
/// The connections of a server are `https` names of `plex.direct`, which do not resolve behind a router that guards against
/// DNS rebinding. If one cannot be resolved or connected to, `http://ADDRESS:PORT` is probed instead, after the others of
/// its tier that use https. It is never probed after anything else: not if the TLS handshake failed, and not if the time ran
/// out, because the handshake may have begun by then. [`InsecureConnections`] says where that is allowed.
///
/// # Errors
///
/// [`Error::ServerNotFound`] with the outcome of each connection, also of those that were left out; [`Error::Request`] if
/// the resource has no client identifier.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use std::time::{Duration, Instant};
/// use plexauth_proto::http::Response;
/// use plexauth_proto::model::Resource;
/// use plexauth_proto::{ClientInfo, Error, FindServer, FoundServer, Outgoing, RaceStep, TransportError};
///
/// fn find(
///     resource: &Resource,
///     info: &ClientInfo,
///     send: fn(Outgoing) -> Result<Response<Vec<u8>>, TransportError>,
/// ) -> Result<FoundServer, Error> {
///     let (start, mut race) = (Instant::now(), FindServer::new(resource, info));
///     let (report, reports) = mpsc::channel();
///     loop {
///         match race.poll(start.elapsed()) {
///             RaceStep::Start(probe) => {
///                 let report = report.clone();
///                 std::thread::spawn(move || report.send((probe.id, send(probe.outgoing))));
///             }
///             RaceStep::Wait(time) => {
///                 if let Ok((id, result)) = reports.recv_timeout(time) {
///                     race.handle(id, result, start.elapsed());
///                 }
///             }
///             RaceStep::Done(result) => return result,
///         }
///     }
/// }
/// ```
#[derive(Debug)]
#[must_use = "a race does nothing until it is run"]
pub struct FindServer {
    info: ClientInfo,
    resource: Box<Resource>,
    insecure: InsecureConnections,
    head_starts: HeadStarts,
    probe_timeout: Duration,
    timeout: Duration,
    probes_all: bool,
    race: Option<Race>,
    is_done: bool,
}

/// The next step of a race.
#[must_use = "a race does nothing by itself"]
#[derive(Debug)]
pub enum RaceStep {
    /// Start this probe beside those that are running.
    Start(Probe),
    /// Wait for the outcome of a probe, but at most this long.
    Wait(Duration),
    /// The race has ended: cancel the probes that are still running.
    Done(Result<FoundServer, Error>),
}

/// A request for the identity of the server at one address. It contains no token.
#[derive(Debug)]
#[non_exhaustive]
pub struct Probe {
    /// The number of the probe, for [`FindServer::handle`].
    pub id: usize,
    /// The request, with its time limit.
    pub outgoing: Outgoing,
}

/// A server that responded, with the address and the token to use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundServer {
    /// The address that works. Whether it uses https: [`BaseUrl::is_https`].
    pub base_url: BaseUrl,
    /// The kind of the connection.
    pub tier: ConnectionTier,
    /// The identity that the server reported, with its version.
    pub identity: ServerIdentity,
    /// The time from the start of the race to the response.
    pub elapsed: Duration,
    /// The token for this server only. Do not send it to any other. `None` if the resource has none that is likely to be
    /// accepted: [`ServerToken`](crate::ServerToken) obtains one.
    pub token: Option<Token>,
}

impl FindServer {
    /// Looks for the server that `resource` describes.
    pub fn new(resource: &Resource, info: &ClientInfo) -> Self {
        Self {
            info: info.clone(),
            resource: Box::new(resource.clone()),
            insecure: InsecureConnections::default(),
            head_starts: HeadStarts {
                local: Duration::from_millis(250),
                before_relay: Duration::from_millis(1500),
            },
            probe_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            probes_all: false,
            race: None,
            is_done: false,
        }
    }

    /// Sets where plain http is allowed. [`InsecureConnections::SameNetwork`] by default.
    pub fn insecure_connections(mut self, insecure: InsecureConnections) -> Self {
        self.insecure = insecure;
        self
    }

    /// Sets how long local connections are probed before public ones. 250 ms by default.
    pub fn local_head_start(mut self, time: Duration) -> Self {
        self.head_starts.local = time;
        self
    }

    /// Sets how long public connections are probed before Plex's relay. 1.5 s by default.
    pub fn relay_head_start(mut self, time: Duration) -> Self {
        self.head_starts.before_relay = time;
        self
    }

    /// Sets the time limit for each probe. 5 s by default; at most 1 s while other addresses of its tier wait for a place. Local
    /// addresses have 12 places, public ones 3 more, and the relay one more.
    pub fn probe_timeout(mut self, timeout: Duration) -> Self {
        self.probe_timeout = timeout;
        self
    }

    /// Sets the time limit for the race. 10 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Probes all connections, without head starts, and does not end with the first response.
    /// [`outcomes`](FindServer::outcomes) has the outcome of each.
    pub fn probe_all(mut self) -> Self {
        self.probes_all = true;
        self.head_starts = HeadStarts { local: Duration::ZERO, before_relay: Duration::ZERO };
        self
    }

    /// The next step, `elapsed` after the start of the race.
    pub fn poll(&mut self, elapsed: Duration) -> RaceStep {
        let step = self.step(elapsed).unwrap_or_else(|error| RaceStep::Done(Err(error)));
        self.is_done = matches!(step, RaceStep::Done(_));
        step
    }

    fn step(&mut self, elapsed: Duration) -> Result<RaceStep, Error> {
        if self.is_done {
            return Err(Error::OutOfTurn);
        }
        let Some(race) = &mut self.race else {
            if self.resource.client_identifier.as_deref().unwrap_or_default().is_empty() {
                return Err(RequestError::Empty { what: "the client identifier of the resource" }.into());
            }
            let (candidates, left_out) = candidates(&self.resource, self.insecure);
            self.race = Some(Race::new(candidates, left_out, self.head_starts));
            return self.step(elapsed);
        };
        race.advance(elapsed);
        let now = race.now;
        loop {
            let is_won = !self.probes_all && race.best().is_some();
            if is_won || race.is_over() || now >= self.timeout {
                return self.best();
            }
            let Some(Started { place: id, base_url, is_crowded }) = race.start_next() else {
                return Ok(RaceStep::Wait(race.next_opening().min(self.timeout).saturating_sub(now)));
            };
            let get_identity = GetServerIdentity::new(base_url);
            let Ok(request) = get_identity.request(&self.info) else {
                // For example, it is too long.
                race.fail(id, ConnectionOutcome::LeftOut(LeftOut::InvalidAddress));
                continue;
            };
            let crowded = if is_crowded { CROWDED } else { Duration::MAX };
            let limit = self.probe_timeout.min(crowded).min(self.timeout.saturating_sub(now));
            let outgoing = Outgoing::new(request, Label::new(get_identity.name())).with_timeout(limit);
            return Ok(RaceStep::Start(Probe { id, outgoing }));
        }
    }

    /// Takes the outcome of a probe, `elapsed` after the start of the race. Ignored if the probe is not running.
    pub fn handle(
        &mut self,
        id: usize,
        result: Result<Response<Vec<u8>>, TransportError>,
        elapsed: Duration,
    ) {
        let expected = self.resource.client_identifier.as_deref().unwrap_or_default();
        if let Some(race) = self.race.as_mut().filter(|_| !self.is_done) {
            race.finish(id, elapsed, |candidate| identify(candidate, expected, result));
        }
    }

    /// What became of each connection so far, best first, and last those that were left out.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Result<FoundServer, TriedConnection>> {
        let Some(race) = &self.race else { return Vec::new() };
        let left_out = race.left_out.iter().cloned().map(Err);
        let runners = race.runners.iter().filter(|runner| race.is_reported(runner));
        runners.map(|runner| self.found(runner)).chain(left_out).collect()
    }

    fn best(&self) -> Result<RaceStep, Error> {
        let best = self.race.as_ref().and_then(Race::best).and_then(|runner| self.found(runner).ok());
        let Some(server) = best else {
            return Err(Error::ServerNotFound(self.outcomes().into_iter().filter_map(Result::err).collect()));
        };
        Ok(RaceStep::Done(Ok(server)))
    }

    fn found(&self, runner: &Runner) -> Result<FoundServer, TriedConnection> {
        let Candidate { base_url, tier, .. } = &runner.candidate;
        let outcome = match &runner.state {
            RunnerState::Reached(identity, elapsed) => {
                return Ok(FoundServer {
                    base_url: base_url.clone(),
                    tier: *tier,
                    identity: identity.clone(),
                    elapsed: *elapsed,
                    token: self.resource.server_token().cloned(),
                });
            }
            RunnerState::Failed(outcome) => outcome.clone(),
            RunnerState::Running => ConnectionOutcome::NoResponse(TransportErrorKind::Timeout),
            RunnerState::Waiting => ConnectionOutcome::LeftOut(LeftOut::NotTried),
        };
        Err(TriedConnection::new(base_url, outcome))
    }
}

/// The identity of the server, or the reason why the connection does not lead to it.
fn identify(
    candidate: &Candidate,
    expected: &str,
    result: Result<Response<Vec<u8>>, TransportError>,
) -> Result<ServerIdentity, ConnectionOutcome> {
    let response = result.map_err(|error| ConnectionOutcome::NoResponse(error.kind()))?;
    let identity = GetServerIdentity::new(&candidate.base_url).parse(&response).map_err(|error| {
        #[cfg(feature = "tracing")]
        crate::trace::record_kind(&response, error.kind());
        ConnectionOutcome::Refused(error.kind())
    })?;
    if identity.machine_identifier == expected {
        Ok(identity)
    } else {
        // Another server may report an identifier of any length.
        Err(ConnectionOutcome::AnotherServer(identity.machine_identifier.chars().take(100).collect()))
    }
}
