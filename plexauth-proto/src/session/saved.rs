use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::Shared;
use crate::{ClientInfo, RequestError};

/// The version that is written. One that is later was written by a later version of this crate.
const VERSION: u32 = 1;

/// A [`Session`](super::Session) as it is stored: any format of serde's, in a place that only this application can read.
///
/// **This is the one type that shows its secrets, to a serializer.** It does not print them, and wipes them when it is
/// dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    version: u32,
    client_identifier: String,
    token: String,
    /// The key of the device, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_key: Option<String>,
    /// Separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    /// In Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewed_at: Option<u64>,
}

impl SavedSession {
    /// The identifier to make the [`ClientInfo`] with: a session belongs to the client that began it.
    #[must_use]
    pub fn client_identifier(&self) -> &str {
        &self.client_identifier
    }

    fn check(&self, client: &ClientInfo) -> Result<(), RequestError> {
        let refused = |problem| Err(RequestError::SavedSession { problem });
        if self.version != VERSION {
            return refused("it was written by another version; update the application, or log in again");
        }
        if self.client_identifier != client.identifier() {
            return refused("it belongs to another client identifier; use that, or log in again");
        }
        Ok(())
    }
}

#[cfg(not(feature = "jwt"))]
impl SavedSession {
    pub(super) fn of(client: &ClientInfo, shared: &Shared) -> Self {
        Self {
            version: VERSION,
            client_identifier: client.identifier().to_owned(),
            token: shared.token.expose().to_owned(),
            device_key: None,
            scopes: None,
            renewed_at: None,
        }
    }

    pub(super) fn shared(&self, client: &ClientInfo) -> Result<Shared, RequestError> {
        self.check(client)?;
        if self.device_key.is_some() {
            let problem = "it has a device key, for which the feature jwt is needed";
            return Err(RequestError::SavedSession { problem });
        }
        Ok(Shared { token: self.token.as_str().into(), renewals: 0 })
    }
}

#[cfg(feature = "jwt")]
mod with_keys {
    use std::time::{Duration, SystemTime};

    use zeroize::Zeroizing;

    use super::super::SessionKey;
    use super::*;
    use crate::jwt::{DeviceKey, Scopes, base64url, from_base64url, unix_seconds};

    impl SavedSession {
        pub(in crate::session) fn of(client: &ClientInfo, shared: &Shared) -> Self {
            let key = shared.key.as_ref();
            Self {
                version: VERSION,
                client_identifier: client.identifier().to_owned(),
                token: shared.token.expose().to_owned(),
                device_key: key.map(|key| base64url(*key.key.to_bytes())),
                scopes: key.map(|key| key.scopes.to_string()),
                renewed_at: key.and_then(|key| key.renewed_at).map(unix_seconds),
            }
        }

        pub(in crate::session) fn shared(&self, client: &ClientInfo) -> Result<Shared, RequestError> {
            self.check(client)?;
            let key = self.device_key.as_deref().map(|text| self.session_key(text)).transpose()?;
            Ok(Shared { token: self.token.as_str().into(), renewals: 0, key })
        }

        fn session_key(&self, text: &str) -> Result<SessionKey, RequestError> {
            let bytes = Zeroizing::new(from_base64url(text).unwrap_or_default());
            let bytes = <[u8; 32]>::try_from(bytes.as_slice());
            let bytes = bytes.map_err(|_| RequestError::SavedSession {
                problem: "its device key is damaged; log in again",
            })?;
            let renewed_at = self.renewed_at.map(Duration::from_secs);
            let scopes = Scopes::parse(self.scopes.as_deref().unwrap_or_default());
            let renewed_at = renewed_at.and_then(|time| SystemTime::UNIX_EPOCH.checked_add(time));
            Ok(SessionKey::new(DeviceKey::from_bytes(bytes), scopes, renewed_at))
        }
    }
}

impl Drop for SavedSession {
    fn drop(&mut self) {
        self.token.zeroize();
        self.device_key.zeroize();
    }
}

/// Without its secrets.
impl fmt::Debug for SavedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedSession")
            .field("version", &self.version)
            .field("client_identifier", &self.client_identifier)
            .finish_non_exhaustive()
    }
}
