//! Logs in to Plex from a web page. The page, `index.html`, has the buttons and the window; this module has the login.
//!
//! Everything that a page stores can be read by every script of its origin: a page that includes foreign scripts should not
//! keep a token.

use plexauth_reqwest::jwt::{DeviceKey, Scopes};
use plexauth_reqwest::{
    BaseUrl, Client, ClientInfo, CreatePin, Error, ErrorKind, GetResources, GetUserDetails, PinLogin,
    SavedPin, SavedSession, Session, SessionAdvice, SignOut, Transport, TransportErrorKind,
    generate_device_key,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Storage;

/// Under these names the browser's storage has a login that waits for approval, and the session.
const PENDING: &str = "pending";
const SESSION: &str = "session";

/// A login that waits for approval, so that it survives a reload.
#[derive(Serialize, Deserialize)]
struct Pending {
    pin: SavedPin,
    key: [u8; 32],
}

/// The application.
#[wasm_bindgen]
pub struct App {
    plex: Client,
    storage: Storage,
}

#[wasm_bindgen]
impl App {
    /// The identifier is that of this browser: generated once, and stored. With the origin of a simulated Plex on this machine,
    /// that one is used.
    #[wasm_bindgen(constructor)]
    pub fn new(identifier: &str, simulator: Option<String>) -> Result<App, String> {
        let mut info = ClientInfo::builder(identifier, "plexauth in a browser");
        if let Some(origin) = simulator {
            let api: BaseUrl = format!("{origin}/api/v2").parse().map_err(in_words)?;
            let auth: BaseUrl = format!("{origin}/auth").parse().map_err(in_words)?;
            // A link could lead people to somebody else's Plex, which then gets their token.
            if !api.is_loopback() {
                return Err("A simulated Plex must run on this machine.".into());
            }
            info = info.api_at(api).app_plex_tv(auth);
        }
        let window = web_sys::window().ok_or("There is no window.")?;
        let storage = window.local_storage().ok().flatten().ok_or("The browser's storage is turned off.")?;
        let plex = info.build().map_err(Error::from).and_then(Client::new).map_err(in_words)?;
        Ok(App { plex, storage })
    }

    /// Whether a login waits for approval.
    pub fn is_pending(&self) -> bool {
        self.load::<Pending>(PENDING).is_some()
    }

    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.load::<SavedSession>(SESSION).is_some()
    }

    /// Starts a login, and returns the address of the page on which Plex asks for approval.
    pub async fn begin(&self) -> Result<String, String> {
        let key = generate_device_key().map_err(in_words)?;
        let pin = self.plex.send(&CreatePin::strong().device_key(&key)).await.map_err(in_words)?;
        let url = pin.auth_url(self.plex.info()).map_err(in_words)?;
        let pin = pin.login(self.plex.info()).to_saved(self.plex.now());
        self.store(PENDING, &Pending { pin, key: *key.to_bytes() });
        Ok(url)
    }

    /// Waits until the login is approved, and keeps its session.
    pub async fn finish(&self) -> Result<(), String> {
        let pending: Pending = self.load(PENDING).ok_or("This sign-in is over.")?;
        let key = DeviceKey::from_bytes(pending.key);
        let login =
            PinLogin::from_saved(&pending.pin, self.plex.info(), self.plex.now()).map_err(in_words)?;
        let result = self.plex.run(login.device_key(&key, Scopes::all())).await;
        // The user may have cancelled it meanwhile.
        if !self.is_pending() {
            return Err("This sign-in was cancelled.".into());
        }
        self.remove(PENDING);
        let session = Session::with_key(self.plex.info(), result.map_err(in_words)?, &key, Scopes::all());
        self.keep(&session);
        Ok(())
    }

    /// Forgets a login that waits for approval.
    pub fn cancel(&self) {
        self.remove(PENDING);
    }

    /// The account's name, and below it those of its servers. Renews the token if it has expired.
    pub async fn home(&self) -> Result<Vec<String>, String> {
        let session = self.session()?;
        let result = async {
            let account = self.plex.authenticated(&session, GetUserDetails::new).await?;
            let resources = self.plex.authenticated(&session, GetResources::new).await?;
            let servers = resources.into_iter().filter(|resource| resource.is_server());
            let name = account.display_name().unwrap_or("stranger").to_owned();
            Ok(std::iter::once(name).chain(servers.filter_map(|server| server.name)).collect())
        }
        .await;
        self.keep(&session);
        result.map_err(|error: Error| {
            if let SessionAdvice::LogInAgain = session.on_error(&error) {
                self.remove(SESSION);
            }
            in_words(error)
        })
    }

    /// Revokes the token, and forgets the session.
    pub async fn sign_out(&self) -> Result<(), String> {
        let session = self.session()?;
        self.remove(SESSION);
        self.plex.authenticated(&session, SignOut::new).await.map_err(in_words)
    }

    fn session(&self) -> Result<Session, String> {
        let saved: SavedSession = self.load(SESSION).ok_or("Nobody is signed in.")?;
        Session::from_saved(&saved, self.plex.info()).map_err(in_words)
    }

    /// Stores the session if it has changed.
    fn keep(&self, session: &Session) {
        if let Some(saved) = session.take_changed() {
            self.store(SESSION, &saved);
        }
    }

    fn load<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(&self.storage.get_item(name).ok()??).ok()
    }

    fn store(&self, name: &str, value: &impl Serialize) {
        if let Ok(json) = serde_json::to_string(value) {
            // If the storage is full, the next visit starts anew.
            let _ = self.storage.set_item(name, &json);
        }
    }

    fn remove(&self, name: &str) {
        let _ = self.storage.remove_item(name);
    }
}

/// What to tell the user.
fn in_words(error: impl Into<Error>) -> String {
    let error = error.into();
    match (error.kind(), error.transport().map(|error| error.kind())) {
        (Some(ErrorKind::PinUnknownOrExpired), _) => "This sign-in was not approved in time.".into(),
        (Some(ErrorKind::RateLimited), _) => "Plex has had too many requests. Wait a minute.".into(),
        (_, Some(TransportErrorKind::Timeout)) => "Plex did not answer in time. Try again.".into(),
        (_, Some(TransportErrorKind::BodyTooLarge)) => "Plex sent too much. Try again later.".into(),
        (_, Some(_)) => "Plex cannot be reached. Check your connection.".into(),
        _ if error.is_token_invalid() => "You were signed out. Sign in again.".into(),
        _ => format!("Something went wrong: {error}"),
    }
}
