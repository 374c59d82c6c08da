//! The race for a server's address.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use http::Response;
use plexauth_proto::{
    Error, FindServer, FoundServer, Outgoing, Probe, RaceStep, TransportError, TransportErrorKind,
    TriedConnection,
};

use crate::Client;

/// How long a thread may outlive the race to which its attempt to connect belongs.
const CONNECT_ATTEMPT: Duration = Duration::from_secs(1);

impl Client {
    /// Finds the best of a server's connections that works from here: runs the race of [`FindServer`]. A few hundred milliseconds
    /// suffice for most servers.
    ///
    /// Each probe has a thread, of which there are at most 16. When the race ends, those that wait for a response are cancelled, and
    /// those that are connecting end within a second. Two things cannot be cancelled: the lookup of a name, for which ureq has
    /// a further thread until the system gives up, and the requests of [an agent of your own](crate::ClientBuilder::build_with),
    /// which end with the time limit of the probe.
    ///
    /// ```no_run
    /// # use plexauth_ureq::model::Resource;
    /// # use plexauth_ureq::{BaseUrl, Client, Error, FindServer};
    /// fn address(plex: &Client, server: &Resource) -> Result<BaseUrl, Error> {
    ///     let found = plex.find_server(FindServer::new(server, plex.info()))?;
    ///     Ok(found.base_url)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`FindServer`].
    pub fn find_server(&self, mut search: FindServer) -> Result<FoundServer, Error> {
        self.race(&mut search)
    }

    /// Probes all of a server's connections at once, for a choice: the outcome of each, best first, and last those that
    /// were left out.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] if the resource has no client identifier.
    pub fn reachable(&self, search: FindServer) -> Result<Vec<Result<FoundServer, TriedConnection>>, Error> {
        let mut search = search.probe_all();
        match self.race(&mut search) {
            Ok(_) | Err(Error::ServerNotFound(_)) => Ok(search.outcomes()),
            Err(error) => Err(error),
        }
    }

    fn race(&self, search: &mut FindServer) -> Result<FoundServer, Error> {
        let start = Instant::now();
        let client = self.with_agent_of_its_own();
        let is_over = Arc::new(AtomicBool::new(false));
        let (report, reports) = mpsc::channel();
        let result = loop {
            match search.poll(start.elapsed()) {
                RaceStep::Start(Probe { id, outgoing, .. }) => {
                    let (client, report, is_over) = (client.clone(), report.clone(), Arc::clone(&is_over));
                    // Nobody may listen any more.
                    let probe = move || drop(report.send((id, client.probe(&outgoing, &is_over))));
                    let thread = std::thread::Builder::new().name("plexauth-probe".to_owned());
                    if let Err(error) = thread.spawn(probe) {
                        let error = TransportError::new(TransportErrorKind::Setup, error);
                        search.handle(id, Err(error), start.elapsed());
                    }
                }
                RaceStep::Wait(time) => {
                    if let Ok((id, result)) = reports.recv_timeout(time) {
                        search.handle(id, result, start.elapsed());
                    }
                }
                RaceStep::Done(result) => break result,
            }
        };
        is_over.store(true, Ordering::Relaxed);
        // Wakes the threads that are waiting for a response.
        if self.is_agent_ours {
            client.agent.shutdown();
        }
        result
    }

    /// Connects again and again within the time limit, because an attempt to connect cannot be interrupted.
    fn probe(&self, outgoing: &Outgoing, is_over: &AtomicBool) -> Result<Response<Vec<u8>>, TransportError> {
        let (start, limit) = (Instant::now(), self.limits.timeout_for(outgoing));
        loop {
            let attempt = Outgoing::new(outgoing.request.clone(), outgoing.label)
                .with_timeout(limit.saturating_sub(start.elapsed()));
            let result = self.exchange_with(attempt, Some(CONNECT_ATTEMPT));
            let is_again = result.as_ref().is_err_and(is_connect_timeout)
                && start.elapsed() < limit
                && !is_over.load(Ordering::Relaxed);
            if !is_again {
                return result;
            }
        }
    }
}

fn is_connect_timeout(error: &TransportError) -> bool {
    matches!(error.find_source(), Some(ureq::Error::Timeout(ureq::Timeout::Connect)))
}
