//! [`Session`]: a login that lasts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "jwt")]
use std::time::Duration;
use std::time::SystemTime;

use crate::flows::Authenticated;
#[cfg(feature = "jwt")]
use crate::jwt::{DeviceKey, PlexJwt, Scopes};
use crate::{ClientInfo, Operation, RequestError, ResponseError, Token};
#[cfg(feature = "jwt")]
use crate::{ErrorKind, flows::Renewal};

pub use saved::SavedSession;

mod saved;

/// A token is renewed from that long before its end.
#[cfg(feature = "jwt")]
const SOON: Duration = Duration::from_secs(86_400);
/// While the token is still good, a renewal that came to nothing is not tried again before that.
#[cfg(feature = "jwt")]
const BETWEEN_TRIES: Duration = Duration::from_secs(300);
/// A flow that has not renewed the token by then is not waited for any more: perhaps nobody drives it.
#[cfg(feature = "jwt")]
const LONGEST_CLAIM: Duration = Duration::from_secs(120);

/// A login that lasts: who asks, and the token that is good now; with the key of the device also how to get the next.
///
/// A clone is the same session, so that tasks and threads share one. [`authenticated`](Session::authenticated) makes a
/// flow of any operation, which renews the token where that is due and of which only one at a time does so. Nothing is
/// hidden: [`token`](Session::token) says how things stand, and an application may renew by itself.
///
/// ```
/// use std::time::SystemTime;
/// use plexauth_proto::{ClientInfo, GetUserDetails, Session, session::Freshness};
///
/// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let session = Session::new(&client, "a stored token");
/// let get_account = session.authenticated(|token| GetUserDetails::new(token)); // for an adapter's `run`
/// assert!(matches!(session.token(SystemTime::now()), Freshness::Fresh(_)), "an old token does not expire");
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    client: ClientInfo,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    token: Token,
    renewals: u64,
    #[cfg(feature = "jwt")]
    key: Option<SessionKey>,
}

/// What a session with a key knows beside its token.
#[cfg(feature = "jwt")]
#[derive(Debug, Clone)]
struct SessionKey {
    key: DeviceKey,
    scopes: Scopes,
    /// When the token was got, by this device's clock, which may be far from Plex's.
    renewed_at: Option<SystemTime>,
    /// Since when some flow is renewing it.
    claimed_at: Option<SystemTime>,
    /// How often it was claimed, which tells one claim from another.
    claims: u64,
    /// When a renewal was last begun, if it has not succeeded.
    tried_at: Option<SystemTime>,
    /// How many have failed.
    failures: u64,
}

#[cfg(feature = "jwt")]
impl SessionKey {
    fn new(key: DeviceKey, scopes: Scopes, renewed_at: Option<SystemTime>) -> Self {
        Self { key, scopes, renewed_at, claimed_at: None, claims: 0, tried_at: None, failures: 0 }
    }
}

/// Whether that was less than so long ago. A moment in the future was not.
#[cfg(feature = "jwt")]
fn is_within(time: Duration, moment: Option<SystemTime>, now: SystemTime) -> bool {
    moment.is_some_and(|moment| now.duration_since(moment).is_ok_and(|passed| passed < time))
}

/// How a session's token stands.
#[derive(Debug)]
#[non_exhaustive]
pub enum Freshness {
    /// It is good, as far as is known without asking.
    Fresh(Token),
    /// It is good for less than a day: run this, and give the result to [`Session::renewed`].
    #[cfg(feature = "jwt")]
    RenewSoon(Token, Renewal),
    /// It has expired: run this, and give the result to [`Session::renewed`].
    #[cfg(feature = "jwt")]
    Expired(Renewal),
}

/// What an error means for a session.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionAdvice {
    /// The token has expired: run this, give the result to [`Session::renewed`], and repeat the request.
    #[cfg(feature = "jwt")]
    Renew(Renewal),
    /// Plex does not know the token (any more), or it cannot be renewed: forget the session, and log in again.
    LogInAgain,
    /// The error says nothing about the session: keep it.
    Keep,
}

impl Session {
    /// With an old token, which is good until it is revoked.
    pub fn new(client: &ClientInfo, token: impl Into<Token>) -> Self {
        Self::of(
            client,
            Shared {
                token: token.into(),
                renewals: 0,
                #[cfg(feature = "jwt")]
                key: None,
            },
        )
    }

    /// With a JSON web token and the key of the device that it was given for.
    #[cfg(feature = "jwt")]
    pub fn with_key(client: &ClientInfo, token: impl Into<Token>, key: &DeviceKey, scopes: Scopes) -> Self {
        let key = SessionKey::new(key.clone(), scopes, None);
        Self::of(client, Shared { token: token.into(), renewals: 0, key: Some(key) })
    }

    fn of(client: &ClientInfo, shared: Shared) -> Self {
        Self { client: client.clone(), shared: Arc::new(Mutex::new(shared)) }
    }

    /// Who asks.
    #[must_use]
    pub fn client(&self) -> &ClientInfo {
        &self.client
    }

    /// How the token stands at that time.
    #[must_use]
    pub fn token(&self, now: SystemTime) -> Freshness {
        let shared = self.lock();
        #[cfg(feature = "jwt")]
        if let Some(key) = &shared.key {
            let renewal = Renewal::new(&key.key, &self.client).scopes(key.scopes);
            return match shared.left(now) {
                None => Freshness::Fresh(shared.token.clone()),
                Some(Duration::ZERO) => Freshness::Expired(renewal),
                Some(left) if left <= SOON => Freshness::RenewSoon(shared.token.clone(), renewal),
                Some(_) => Freshness::Fresh(shared.token.clone()),
            };
        }
        let _ = now;
        Freshness::Fresh(shared.token.clone())
    }

    /// Takes the token that a renewal gave.
    pub fn renewed(&self, token: impl Into<Token>, now: SystemTime) {
        let mut shared = self.lock();
        shared.token = token.into();
        shared.renewals = shared.renewals.saturating_add(1);
        #[cfg(feature = "jwt")]
        if let Some(key) = &mut shared.key {
            key.renewed_at = Some(now);
            key.tried_at = None;
        }
        let _ = now;
    }

    /// How often the token was renewed. Save the session again when this has changed.
    #[must_use]
    pub fn renewals(&self) -> u64 {
        self.lock().renewals
    }

    /// What an error of a request with this session's token means for it.
    #[must_use]
    pub fn on_response_error(&self, error: &ResponseError) -> SessionAdvice {
        #[cfg(feature = "jwt")]
        if error.kind() == ErrorKind::TokenExpired {
            return match &self.lock().key {
                Some(key) => SessionAdvice::Renew(Renewal::new(&key.key, &self.client).scopes(key.scopes)),
                None => SessionAdvice::LogInAgain,
            };
        }
        #[cfg(feature = "jwt")]
        if error.kind() == ErrorKind::DeviceJwtRefused {
            return SessionAdvice::LogInAgain;
        }
        if error.is_token_invalid() { SessionAdvice::LogInAgain } else { SessionAdvice::Keep }
    }

    /// A flow that sends an operation with this session's token, and renews that where it is due.
    ///
    /// `operation` is called with the token, and once more with another if Plex says that the first has expired (498). It
    /// never loops. Of the flows of one session only one renews at a time; the others wait for it.
    pub fn authenticated<F, O>(&self, operation: F) -> Authenticated<F, O>
    where
        F: FnMut(&Token) -> O,
        O: Operation,
    {
        Authenticated::new(self.clone(), operation)
    }

    /// What to store, secrets and all.
    #[must_use]
    pub fn to_saved(&self) -> SavedSession {
        SavedSession::of(&self.client, &self.lock())
    }

    /// From what was stored, for a client with the same identifier.
    ///
    /// # Errors
    ///
    /// [`RequestError::SavedSession`] if it is of a later version, of another client, or damaged.
    pub fn from_saved(saved: &SavedSession, client: &ClientInfo) -> Result<Self, RequestError> {
        Ok(Self::of(client, saved.shared(client)?))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing is ever half changed, whoever panicked.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a flow does about the token.
#[derive(Debug)]
pub(crate) enum Claim {
    Use(Token),
    /// Another flow is renewing it; so many renewals have failed before.
    #[cfg(feature = "jwt")]
    Wait(u64),
    /// The renewal that was waited for has failed. This is the old token.
    #[cfg(feature = "jwt")]
    Failed(Token),
    /// This flow is to renew it. Others wait until the claim is dropped.
    #[cfg(feature = "jwt")]
    Renew(Box<Renewal>, RenewalClaim),
}

/// The right to renew, given back when it is dropped, whatever became of the flow.
#[cfg(feature = "jwt")]
#[derive(Debug)]
pub(crate) struct RenewalClaim {
    session: Session,
    number: u64,
    /// Whether there is no token that is good without it.
    pub(crate) is_pressing: bool,
}

#[cfg(feature = "jwt")]
impl Drop for RenewalClaim {
    fn drop(&mut self) {
        if let Some(key) = &mut self.session.lock().key
            && key.claims == self.number
        {
            key.claimed_at = None;
        }
    }
}

#[cfg(feature = "jwt")]
impl RenewalClaim {
    /// The renewal failed. Gives back the token, if it is still good.
    pub(crate) fn failed(&self, now: SystemTime) -> Option<Token> {
        let mut shared = self.session.lock();
        if let Some(key) = &mut shared.key {
            key.failures = key.failures.saturating_add(1);
        }
        (shared.left(now) != Some(Duration::ZERO)).then(|| shared.token.clone())
    }
}

impl Session {
    /// What to do about the token, of which `stale` was found to have expired before. Who was told to wait comes back with
    /// the number of failures that it was told.
    #[cfg(feature = "jwt")]
    pub(crate) fn claim(&self, stale: Option<&Token>, waited: Option<u64>, now: SystemTime) -> Claim {
        let mut shared = self.lock();
        let token = shared.token.clone();
        let left = shared.left(now);
        let Some(key) = &mut shared.key else { return Claim::Use(token) };
        let (is_due, is_pressing) = match stale {
            Some(stale) => (*stale == token, *stale == token),
            None => (left.is_some_and(|left| left <= SOON), left == Some(Duration::ZERO)),
        };
        let is_claimed = is_within(LONGEST_CLAIM, key.claimed_at, now);
        if !is_due || !is_pressing && (is_claimed || is_within(BETWEEN_TRIES, key.tried_at, now)) {
            return Claim::Use(token);
        }
        if waited.is_some_and(|failures| failures != key.failures) {
            return Claim::Failed(token);
        }
        if is_claimed {
            return Claim::Wait(key.failures);
        }
        key.claims = key.claims.wrapping_add(1);
        key.claimed_at = Some(now);
        key.tried_at = Some(now);
        let renewal = Renewal::new(&key.key, &self.client).scopes(key.scopes);
        let number = key.claims;
        Claim::Renew(Box::new(renewal), RenewalClaim { session: self.clone(), number, is_pressing })
    }

    /// An old token is what it is.
    #[cfg(not(feature = "jwt"))]
    pub(crate) fn claim(&self, _: Option<&Token>, _: Option<u64>, _: SystemTime) -> Claim {
        Claim::Use(self.lock().token.clone())
    }

    /// Whether there is another token to be had after this one.
    pub(crate) fn can_renew(&self) -> bool {
        #[cfg(feature = "jwt")]
        return self.lock().key.is_some();
        #[cfg(not(feature = "jwt"))]
        false
    }
}

#[cfg(feature = "jwt")]
impl Shared {
    /// How long the token is good for; nothing if it does not say. Its times are by Plex's clock, so that, once this
    /// device has seen it begin, only its length counts; unless the device's clock was set back since.
    fn left(&self, now: SystemTime) -> Option<Duration> {
        let jwt = PlexJwt::read(&self.token).ok()??;
        let expires_at = jwt.claims().expires_at?;
        let by_own_clock = || {
            let begun = self.key.as_ref()?.renewed_at.filter(|renewed_at| *renewed_at <= now)?;
            begun.checked_add(expires_at.duration_since(jwt.claims().issued_at?).ok()?)
        };
        Some(by_own_clock().unwrap_or(expires_at).duration_since(now).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
