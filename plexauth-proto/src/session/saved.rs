use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(feature = "jwt")]
use super::key::SessionKey;
use super::{Session, State};
use crate::client::{ClientInfo, Secret, Token};
use crate::error::RequestError;
use crate::lenient;

/// The version of the format that is written.
const VERSION: u32 = 1;

/// A [`Session`] in storable form, for any format of serde's. Store it where only this application can read it.
///
/// Unknown fields are an error: a build that does not know a field would lose it when it saves the session again.
///
/// **This is the one type that reveals its secrets to a serializer.** `Debug` hides them, and they are wiped on drop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct SavedSession {
    version: u32,
    client_identifier: String,
    token: Secret,
    /// The device key, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_key: Option<Secret>,
    /// Separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    /// In Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewed_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<u64>,
}

impl SavedSession {
    /// The identifier to create the [`ClientInfo`] with: a session belongs to the client that logged in.
    #[must_use]
    pub fn client_identifier(&self) -> &str {
        &self.client_identifier
    }

    fn check(&self, info: &ClientInfo) -> Result<(), RequestError> {
        let refused = |problem| Err(RequestError::SavedSession { problem });
        if self.version != VERSION {
            return refused("another version wrote it; update the application, or log in again");
        }
        if self.client_identifier != info.identifier() {
            return refused("it belongs to another client identifier; use that one, or log in again");
        }
        Ok(())
    }
}

impl Session {
    /// The session in storable form, including its secrets.
    #[must_use]
    pub fn to_saved(&self) -> SavedSession {
        self.save(&self.lock())
    }

    /// The session in storable form if it has changed since the last call: it is new, its token was renewed, or its account
    /// became known. Call it after each use, and store the result: of several tasks, only one is told of a change.
    ///
    /// ```
    /// # use plexauth_proto::{ClientInfo, Session};
    /// # let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
    /// # fn store(json: String) {}
    /// let session = Session::new(&info, "a token");
    /// if let Some(saved) = session.take_changed() {
    ///     store(serde_json::to_string(&saved)?);
    /// }
    /// assert_eq!(session.take_changed(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "what is not stored is lost"]
    pub fn take_changed(&self) -> Option<SavedSession> {
        let mut state = self.lock();
        std::mem::take(&mut state.is_changed).then(|| self.save(&state))
    }

    fn save(&self, state: &State) -> SavedSession {
        #[cfg(feature = "jwt")]
        let (device_key, scopes, renewed_at) = SessionKey::save(state.key.as_ref());
        #[cfg(not(feature = "jwt"))]
        let (device_key, scopes, renewed_at) = (None, None, None);
        SavedSession {
            version: VERSION,
            client_identifier: self.info.identifier().to_owned(),
            token: Secret::from(state.token.expose()),
            device_key,
            scopes,
            renewed_at,
            account_id: state.account_id,
        }
    }

    /// Restores a session for a client with the same identifier.
    ///
    /// # Errors
    ///
    /// [`RequestError::SavedSession`] if another version wrote it, if it belongs to another client, if it is damaged, or
    /// if it has a device key and the feature `jwt` is off.
    pub fn from_saved(saved: &SavedSession, info: &ClientInfo) -> Result<Self, RequestError> {
        saved.check(info)?;
        let token = Token::new(saved.token.expose());
        if !token.is_usable() {
            return Err(RequestError::SavedSession { problem: "its token is damaged; log in again" });
        }
        #[cfg(not(feature = "jwt"))]
        if saved.device_key.is_some() {
            let problem = "it has a device key, which requires the feature jwt";
            return Err(RequestError::SavedSession { problem });
        }
        #[cfg(feature = "jwt")]
        let restore =
            |key: &Secret| SessionKey::restore(key.expose(), saved.scopes.as_deref(), saved.renewed_at);
        // Sessions of JWTs were once saved without it.
        #[cfg(feature = "jwt")]
        let account_id = saved.account_id.or_else(|| super::key::account_of(&token));
        #[cfg(not(feature = "jwt"))]
        let account_id = saved.account_id;
        let state = State {
            token,
            renewals: 0,
            is_changed: false,
            account_id,
            #[cfg(feature = "jwt")]
            key: saved.device_key.as_ref().map(restore).transpose()?,
        };
        Ok(Self::with_state(info, state))
    }
}

impl Serialize for SavedSession {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// In formats that people can read, from an object only: the derived function also accepts an array of the fields.
impl<'de> Deserialize<'de> for SavedSession {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields(SavedSession);
        impl<'de> Deserialize<'de> for Fields {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                SavedSession::deserialize(deserializer).map(Self)
            }
        }
        lenient::stored_object(deserializer).map(|Fields(saved)| saved)
    }
}

/// Hides the secrets.
impl fmt::Debug for SavedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedSession")
            .field("version", &self.version)
            .field("client_identifier", &self.client_identifier)
            .finish_non_exhaustive()
    }
}
