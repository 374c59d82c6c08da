//! Waits for the approval of sign-ins, each in a task of its own.
//!
//! axum drops the future of a request whose browser has gone. The check of a PIN that is under way then may already have
//! taken the token, which Plex gives out once. A task is not dropped, and keeps its outcome for the next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plexauth_reqwest::model::ServerAccess;
use plexauth_reqwest::{Client, Error, GetResources, GetUserDetails, PinLogin, SignOut, Token};
use tokio::sync::watch;

/// How long a request waits. The page that waits loads itself again.
const PER_REQUEST: Duration = Duration::from_millis(900);
/// How long an outcome is kept: as long as a browser may take to come back.
const KEPT: Duration = Duration::from_secs(1800);

#[derive(Clone)]
pub(crate) enum Outcome {
    /// With the name to display.
    SignedIn(String),
    NotApproved,
    /// A person who may not use the server.
    Stranger,
    Failed(Arc<Error>),
}

type Outcomes = HashMap<u64, watch::Receiver<Option<Outcome>>>;

#[derive(Clone)]
pub(crate) struct Waiting {
    plex: Client,
    patience: Duration,
    /// The machine identifier of the server whose users may sign in.
    server: Option<Arc<str>>,
    /// By the id of the PIN.
    outcomes: Arc<Mutex<Outcomes>>,
}

impl Waiting {
    pub(crate) fn new(plex: Client, patience: Duration, server: Option<String>) -> Self {
        Self { plex, patience, server: server.map(Arc::from), outcomes: Arc::default() }
    }

    /// The outcome of a sign-in, or `None` if there is none yet. The first call for a PIN starts its task.
    pub(crate) async fn outcome(&self, id: u64) -> Option<Outcome> {
        let mut outcome = self.with(|outcomes| outcomes.entry(id).or_insert_with(|| self.start(id)).clone());
        let outcome = tokio::time::timeout(PER_REQUEST, outcome.wait_for(Option::is_some)).await;
        outcome.ok()?.ok()?.clone()
    }

    fn start(&self, id: u64) -> watch::Receiver<Option<Outcome>> {
        let (sender, receiver) = watch::channel(None);
        let this = self.clone();
        tokio::spawn(async move {
            let outcome = match this.log_in(id).await {
                Ok(outcome) => outcome,
                Err(Error::DeadlineReached | Error::PinExpired | Error::PinNotFound) => Outcome::NotApproved,
                Err(error) => Outcome::Failed(Arc::new(error)),
            };
            sender.send_replace(Some(outcome));
            tokio::time::sleep(KEPT).await;
            this.with(|outcomes| outcomes.remove(&id));
        });
        receiver
    }

    async fn log_in(&self, id: u64) -> Result<Outcome, Error> {
        let token = self.plex.run(PinLogin::resume(id, self.plex.info()).timeout(self.patience)).await?;
        let outcome = self.admit(&token).await;
        // An application that uses the token keeps it on the server. This one only wants to know who it is.
        if let Err(error) = self.plex.send(&SignOut::new(&token)).await {
            eprintln!("signing out failed: {error}");
        }
        outcome
    }

    async fn admit(&self, token: &Token) -> Result<Outcome, Error> {
        if let Some(server) = &self.server {
            let resources = self.plex.send(&GetResources::new(token)).await?;
            if ServerAccess::of(&resources, server).is_none() {
                return Ok(Outcome::Stranger);
            }
        }
        let account = self.plex.send(&GetUserDetails::new(token)).await?;
        Ok(Outcome::SignedIn(account.display_name().unwrap_or("nameless user").to_owned()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Outcomes) -> T) -> T {
        act(&mut self.outcomes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
