//! Keeps a session in a file that only its owner can read, replaced as a whole or not at all.
//!
//! `cargo run -p plexauth-ureq --example session_file -- FILE`, against a simulated Plex: signs in, stores the session, reads
//! it as at the next start, uses it, and stores it again if its token was renewed.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a person")]

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use plexauth_tests::Simulator;
use plexauth_ureq::jwt::{DeviceKey, Scopes};
use plexauth_ureq::session::SavedSession;
use plexauth_ureq::{
    BaseUrl, Client, ClientInfo, GetUserDetails, RegisterDeviceKey, Renewal, RequestError, Session, SignIn,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A temporary file beside it, which is made with mode 0600, takes its place in one step.
fn store(path: &Path, session: &Session) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, &session.to_saved())?;
    file.flush()?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn load(path: &Path, base: &BaseUrl) -> Result<Session> {
    let saved: SavedSession = serde_json::from_slice(&fs::read(path)?)?;
    Ok(Session::from_saved(&saved, &info(saved.client_identifier(), base)?)?)
}

fn info(identifier: &str, base: &BaseUrl) -> std::result::Result<ClientInfo, RequestError> {
    let info = ClientInfo::builder(identifier, "plexauth session file");
    info.plex_tv(base.clone()).clients_plex_tv(base.clone()).build()
}

/// In the place of a login of your own.
fn begin(base: &BaseUrl) -> Result<Session> {
    let plex = Client::new(info("3381b62b-9ab7-4e37-827b-203e9809eb58", base)?)?;
    let token = plex.send(&SignIn::new("alice", "correct horse"))?.token;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let key = DeviceKey::from_bytes(bytes);
    plex.send(&RegisterDeviceKey::new(token, &key))?;
    let token = plex.run(Renewal::new(&key, plex.info()))?;
    Ok(Session::with_key(plex.info(), token, &key, Scopes::all()))
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path] = arguments.as_slice() else {
        eprintln!("usage: session_file FILE");
        return Ok(ExitCode::from(2));
    };
    let simulator = Simulator::start();
    let (path, base) = (Path::new(path), simulator.plex_tv_url().parse()?);
    store(path, &begin(&base)?)?;

    // At the next start, long after.
    simulator.world().advance(Duration::from_secs(30 * 86_400));
    let session = load(path, &base)?;
    let plex = Client::new(session.client().clone())?;
    let account = plex.authenticated(&session, |token| GetUserDetails::new(token))?;
    println!("the session in {} is that of {}", path.display(), account.display_name().unwrap_or("somebody"));
    if session.renewals() > 0 {
        store(path, &session)?;
        println!("its token was renewed, and it is stored again");
    }
    Ok(ExitCode::SUCCESS)
}
