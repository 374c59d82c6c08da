use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LONGEST_LIFE, PinLogin, State};
use crate::client::ClientInfo;
use crate::error::RequestError;
use crate::lenient;

/// The version of the format that is written.
const VERSION: u32 = 1;

/// A pending [`PinLogin`] in storable form, for any format of serde's: the application can be restarted while
/// somebody approves it.
///
/// **It reveals a secret to a serializer**: with the client identifier, the PIN's id is enough to fetch the
/// token. Store it where only this application can read it. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedPin(Fields);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    version: u32,
    client_identifier: String,
    id: u64,
    /// The lifetime when the PIN was first known, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lifetime: Option<u64>,
    /// When it was saved, in Unix milliseconds, by the clock of this device.
    saved_at: u64,
    /// The time that was left until the PIN expires, in milliseconds.
    expires_in: u64,
    /// The time that was left until the next check, in milliseconds.
    next_check_in: u64,
}

impl SavedPin {
    /// The identifier to create the [`ClientInfo`] with: a PIN belongs to the client that created it.
    #[must_use]
    pub fn client_identifier(&self) -> &str {
        &self.0.client_identifier
    }
}

impl PinLogin {
    /// The login in storable form. Save it right after the PIN was created and, for a planned restart, once
    /// more after the login was stopped: then the next check does not come too early, which Plex would
    /// punish with a rate limit.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use plexauth_proto::{ClientInfo, PinLogin, SavedPin};
    /// # use plexauth_proto::model::Pin;
    ///
    /// # let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
    /// # let pin: Pin = serde_json::from_str(r#"{"id":7,"code":"AB12","expiresIn":900}"#)?;
    /// let mut login = pin.login(&info);
    /// // … an adapter's `run(&mut login)`, which a signal interrupts …
    /// let stored = serde_json::to_string(&login.to_saved(SystemTime::now()))?;
    ///
    /// // In the next process:
    /// let saved: SavedPin = serde_json::from_str(&stored)?;
    /// let login = PinLogin::from_saved(&saved, &info, SystemTime::now())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_saved(&self, now: SystemTime) -> SavedPin {
        // The times count from the last poll.
        let mut stopwatch = self.stopwatch;
        let passed = stopwatch.lap(now);
        // A check that was dropped on its way counts for the rate limit.
        let wait = if let State::Checking(_) = self.state { self.interval } else { self.wait };
        SavedPin(Fields {
            version: VERSION,
            client_identifier: self.info.identifier().to_owned(),
            id: self.id,
            lifetime: self.first_life.map(|(life, _)| life.as_secs()),
            saved_at: unix_millis(now),
            expires_in: millis(self.life.saturating_sub(passed)),
            next_check_in: millis(wait.saturating_sub(passed)),
        })
    }

    /// Continues a stored login, as the client that created the PIN. For a login with a device key, pass the
    /// key again.
    ///
    /// # Errors
    ///
    /// [`RequestError::SavedPin`] if another version wrote it, or if it belongs to another client.
    pub fn from_saved(saved: &SavedPin, info: &ClientInfo, now: SystemTime) -> Result<Self, RequestError> {
        let Fields { version, client_identifier, id, lifetime, saved_at, expires_in, next_check_in } =
            &saved.0;
        if *version != VERSION {
            let problem = "another version wrote it; update the application, or create another PIN";
            return Err(RequestError::SavedPin { problem });
        }
        if client_identifier != info.identifier() {
            let problem = "it belongs to another client identifier; use that one, or create another PIN";
            return Err(RequestError::SavedPin { problem });
        }
        // Zero if the clock was set back since.
        let passed = unix_millis(now).saturating_sub(*saved_at);
        let left = |time: u64| Duration::from_millis(time.saturating_sub(passed)).min(LONGEST_LIFE);
        let mut login = Self::with_life(*id, left(*expires_in), info);
        login.first_life = lifetime.map(|seconds| (Duration::from_secs(seconds), None));
        login.wait = left(*next_check_in);
        Ok(login)
    }
}

fn unix_millis(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, millis)
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}

impl Serialize for SavedPin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SavedPin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::stored_object(deserializer).map(Self)
    }
}

/// Hides the secret.
impl fmt::Debug for SavedPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedPin")
            .field("version", &self.0.version)
            .field("client_identifier", &self.0.client_identifier)
            .finish_non_exhaustive()
    }
}
