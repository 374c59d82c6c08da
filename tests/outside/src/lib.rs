//! Logs in by PIN and greets the user.

use plexauth_reqwest::{CreatePin, Error, GetUserDetails, Transport};

/// `show` tells the user where to approve the login, and is told the id of the PIN for tests.
pub async fn log_in(plex: &impl Transport, show: impl FnOnce(u64, &str) + Send) -> Result<String, Error> {
    let pin = plex.send(&CreatePin::short()).await?;
    show(pin.id, &pin.link_url()?);
    let token = plex.run(pin.login(plex.info())).await?;
    let account = plex.send(&GetUserDetails::new(&token)).await?;
    Ok(format!("Hello, {}.", account.display_name().unwrap_or("stranger")))
}
