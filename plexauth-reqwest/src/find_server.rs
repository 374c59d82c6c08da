//! The race for a server's address.

use std::future::pending;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use plexauth_proto::{Error, FindServer, FoundServer, RaceStep, TriedConnection};

use crate::Client;
use crate::platform::{Instant, timeout};

impl Client {
    /// Finds the best of a server's connections that works from here: runs the race of [`FindServer`]. A few hundred milliseconds
    /// suffice for most servers. When it ends, the probes that are still running are cancelled.
    ///
    /// The lookup of a name cannot be cancelled: tokio has a thread for it until the system gives up, and waits for that thread
    /// when the runtime is dropped, unless `Runtime::shutdown_background` ends it.
    ///
    /// ```no_run
    /// # use plexauth_reqwest::model::Resource;
    /// # use plexauth_reqwest::{BaseUrl, Client, Error, FindServer};
    /// async fn address(plex: &Client, server: &Resource) -> Result<BaseUrl, Error> {
    ///     let found = plex.find_server(FindServer::new(server, plex.info())).await?;
    ///     Ok(found.base_url)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`FindServer`].
    pub async fn find_server(&self, mut search: FindServer) -> Result<FoundServer, Error> {
        self.race(&mut search).await
    }

    /// Probes all of a server's connections at once, for a choice: the outcome of each, best first, and last those that
    /// were left out.
    ///
    /// # Errors
    ///
    /// [`Error::Request`] if the resource has no client identifier.
    pub async fn reachable(
        &self,
        search: FindServer,
    ) -> Result<Vec<Result<FoundServer, TriedConnection>>, Error> {
        let mut search = search.probe_all();
        match self.race(&mut search).await {
            Ok(_) | Err(Error::ServerNotFound(_)) => Ok(search.outcomes()),
            Err(error) => Err(error),
        }
    }

    async fn race(&self, search: &mut FindServer) -> Result<FoundServer, Error> {
        let start = Instant::now();
        // Dropping it cancels the probes.
        let mut probes = FuturesUnordered::new();
        loop {
            match search.poll(start.elapsed()) {
                RaceStep::Start(probe) => {
                    probes.push(async move { (probe.id, self.exchange(probe.outgoing).await) });
                }
                RaceStep::Wait(time) => {
                    let outcome = async {
                        match probes.next().await {
                            Some(outcome) => outcome,
                            None => pending().await,
                        }
                    };
                    if let Ok((id, result)) = timeout(time, outcome).await {
                        search.handle(id, result, start.elapsed());
                    }
                }
                RaceStep::Done(result) => return result,
            }
        }
    }
}
