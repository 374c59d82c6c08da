//! Logs in once, and keeps the session fresh from then on: in a file, across starts, without anybody.
//!
//! `cargo run -p plexauth-reqwest --example daemon -- FILE [--sim]`; days fly by for the simulated Plex. Ctrl-C leaves.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person")]

use std::path::Path;
use std::time::Duration;

use plexauth_reqwest::jwt::{DeviceKey, Scopes};
use plexauth_reqwest::session::SessionAdvice;
use plexauth_reqwest::{Client, ClientInfo, CreatePin, Error, Ping, Session};
use plexauth_tests::Simulator;
use tokio::signal::ctrl_c;
use tokio::time::timeout;

mod session_file;

async fn log_in(plex: &Client, simulator: Option<&Simulator>) -> Result<Session, Box<dyn std::error::Error>> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let key = DeviceKey::from_bytes(bytes);
    let pin = plex.send(&CreatePin::strong().device_key(&key)).await?;
    println!("Open {}", pin.auth_url(plex.info()));
    if let Some(simulator) = simulator {
        simulator.world().approve_pin(pin.id, 0);
    }
    let token = plex.run(pin.login(plex.info()).device_key(&key, Scopes::all())).await?;
    Ok(Session::with_key(plex.info(), token, &key, Scopes::all()))
}

/// Fails where the session has ended, and not because Plex has a bad day.
async fn keep_fresh(plex: &Client, session: &Session) -> Result<(), String> {
    let ends = |error: &_| matches!(session.on_response_error(error), SessionAdvice::LogInAgain);
    match plex.authenticated(session, |token| Ping::new(token)).await {
        Err(Error::Response(error)) if ends(&error) => return Err(format!("the session has ended: {error}")),
        Err(error) => eprintln!("The session is kept, though {error}"),
        Ok(()) => {}
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word == "--sim");
    let file = Path::new(files.first().ok_or("usage: daemon FILE [--sim]")?);
    let simulator = flags.first().map(|_| Simulator::start());
    let info = |identifier: &str| {
        let mut info = ClientInfo::builder(identifier, "plexauth daemon");
        if let Some(simulator) = &simulator {
            info = info.api_at(simulator.plex_tv_url().parse()?);
        }
        info.build()
    };
    let session = match session_file::load(file, info)? {
        Some(session) => session,
        None => log_in(&Client::new(info(&uuid::Uuid::new_v4().to_string())?)?, simulator.as_ref()).await?,
    };
    session_file::store(file, &session)?;
    let plex = Client::new(session.client().clone())?;
    let mut stored = session.renewals();
    loop {
        keep_fresh(&plex, &session).await?;
        if session.renewals() != stored {
            session_file::store(file, &session)?;
            stored = session.renewals();
            println!("The token was renewed, and is stored.");
        }
        let pause = Duration::from_millis(if simulator.is_some() { 10 } else { 3_600_000 });
        if timeout(pause, ctrl_c()).await.is_ok() {
            println!("Stopped.");
            return Ok(());
        }
        if let Some(simulator) = &simulator {
            simulator.world().advance(Duration::from_secs(3 * 86_400));
        }
    }
}
