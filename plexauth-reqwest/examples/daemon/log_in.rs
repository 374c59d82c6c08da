//! The login, the only step that needs a person.

use plexauth_reqwest::jwt::Scopes;
use plexauth_reqwest::{Client, CreatePin, Session, generate_device_key};
use plexauth_testing::Plex;

/// Logs in with a device key, so the session can be renewed unattended. The simulated Plex approves by itself.
pub(crate) async fn log_in(plex: &Client, simulator: Option<&Plex>) -> crate::Result<Session> {
    let key = generate_device_key()?;
    let pin = plex.send(&CreatePin::strong().device_key(&key)).await?;
    println!("Open {}", pin.auth_url(plex.info())?);
    if let Some(simulator) = simulator {
        simulator.world().approve_pin(pin.id, 0);
    }
    let token = plex.run(pin.login(plex.info()).device_key(&key, Scopes::all())).await?;
    Ok(Session::with_key(plex.info(), token, &key, Scopes::all()))
}
