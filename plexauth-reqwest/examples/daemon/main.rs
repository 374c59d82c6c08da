//! Logs in once and keeps the session fresh from then on, unattended. The session is stored in a file.
//!
//! `cargo run -p plexauth-reqwest --example daemon -- FILE [--sim]`; with the simulated Plex, days pass in milliseconds. Ctrl-C
//! stops it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::path::Path;
use std::time::Duration;

use plexauth_reqwest::{Client, ClientInfo, Ping, Session, SessionAdvice};
use plexauth_testing::Plex;

mod log_in;
mod session_file;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Returns when the session has ended, not when Plex is unavailable.
async fn keep_fresh(
    plex: &Client,
    session: &Session,
    file: &Path,
    pause: impl Fn() -> Duration,
) -> Result<()> {
    loop {
        if let Err(error) = plex.authenticated(session, Ping::new).await {
            if let SessionAdvice::LogInAgain = session.on_error(&error) {
                return Err(format!("the session has ended: {error}").into());
            }
            eprintln!("Keeping the session: {error}");
        }
        if let Some(saved) = session.take_changed() {
            session_file::store(file, &saved)?;
            println!("Renewed and stored the token.");
        }
        tokio::time::sleep(pause()).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word == "--sim");
    let file = Path::new(files.first().ok_or("usage: daemon FILE [--sim]")?);
    let simulator = flags.first().map(|_| Plex::start());
    let info = |identifier: &str| {
        let info = ClientInfo::builder(identifier, "plexauth daemon");
        match &simulator {
            Some(simulator) => info.api_at(simulator.plex_tv_url().parse()?).build(),
            None => info.build(),
        }
    };
    let session = match session_file::load(file, info)? {
        Some(session) => session,
        None => {
            let plex = Client::new(info(&uuid::Uuid::new_v4().to_string())?)?;
            log_in::log_in(&plex, simulator.as_ref()).await?
        }
    };
    if let Some(saved) = session.take_changed() {
        session_file::store(file, &saved)?;
    }
    let plex = Client::new(session.info().clone())?;
    let pause = || match &simulator {
        None => Duration::from_secs(3600),
        Some(simulator) => {
            simulator.world().advance(Duration::from_secs(3 * 86_400));
            Duration::from_millis(10)
        }
    };
    tokio::select! {
        result = keep_fresh(&plex, &session, file, pause) => return result,
        _ = tokio::signal::ctrl_c() => println!("Stopped."),
    }
    Ok(())
}
