//! The race for a server's address.

use std::sync::mpsc;
use std::time::Instant;

use plexauth_proto::{
    Error, FindServer, FoundServer, Probe, RaceStep, TransportError, TransportErrorKind, TriedConnection,
};

use crate::Client;

impl Client {
    /// Finds the best of a server's connections that works from here: runs the race of [`FindServer`]. A few hundred milliseconds
    /// suffice for most servers. When it ends, the probes that are still running are
    /// cancelled. Each probe has a thread, of which there are at most 16; one that is still connecting ends with its time limit.
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
        let (report, reports) = mpsc::channel();
        let result = loop {
            match search.poll(start.elapsed()) {
                RaceStep::Start(Probe { id, outgoing, .. }) => {
                    let (client, report) = (client.clone(), report.clone());
                    // Nobody may listen any more.
                    let probe = move || drop(report.send((id, client.exchange(outgoing))));
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
        // Wakes the threads that are waiting for a response.
        if self.is_agent_ours {
            client.agent.shutdown();
        }
        result
    }
}
