//! [`Session`]: a login that lasts.

use std::fmt;
use std::sync::{Arc, PoisonError};

use crate::client::{ClientInfo, Token};
use crate::error::{Error, ErrorKind};
#[cfg(feature = "jwt")]
use crate::flows::Renewal;
use crate::sync::{Mutex, MutexGuard};

mod authenticated;
mod fresh_token;
// Without the feature, a session has no key.
#[cfg_attr(not(feature = "jwt"), path = "session/keyless.rs")]
mod key;
mod saved;
mod token_check;

pub use authenticated::Authenticated;
pub use fresh_token::FreshToken;
#[cfg(feature = "jwt")]
pub use key::Freshness;
pub use saved::SavedSession;
pub use token_check::TokenCheck;

/// A login that lasts: the client, its current token and, with a device key, the means to renew it.
///
/// A clone is the same session, shared by tasks and threads. [`authenticated`](Session::authenticated) turns any
/// operation into a flow that renews the token when necessary, and [`fresh_token`](Session::fresh_token) gives a valid token to
/// other libraries; only one flow at a time renews it. [`take_changed`](Session::take_changed) says when to store the session.
///
/// ```
/// use plexauth_proto::{ClientInfo, GetUserDetails, Session};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let session = Session::new(&info, "a stored token");
/// let get_account = session.authenticated(GetUserDetails::new); // for an adapter's `run`
/// assert_eq!(session.token().expose(), "a stored token");
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
///
/// # Several processes
///
/// Processes that share a stored session do each other no harm: each renews its own copy, and the tokens of both remain
/// valid until they expire. The copy that was stored last is the one to start from next time, even if it is the older one,
/// because the key does not change. Replace the file as a whole, so that nobody reads half of it.
#[derive(Clone)]
pub struct Session {
    info: ClientInfo,
    state: Arc<Mutex<State>>,
}

struct State {
    token: Token,
    renewals: u64,
    /// Whether it differs from the copy that was saved last.
    is_changed: bool,
    /// The account that the token belongs to, if known.
    account_id: Option<u64>,
    #[cfg(feature = "jwt")]
    key: Option<key::SessionKey>,
}

/// What an error means for a session.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionAdvice {
    /// The token has expired: run this flow, pass its result to [`Session::renewed`], and repeat the request.
    #[cfg(feature = "jwt")]
    Renew(Renewal),
    /// The token is invalid, or cannot be renewed: discard the session and log in again.
    LogInAgain,
    /// The error says nothing about the session: keep it.
    Keep,
}

impl Session {
    /// A session with a legacy token, which is valid until it is revoked.
    pub fn new(info: &ClientInfo, token: impl Into<Token>) -> Self {
        let state = State {
            token: token.into(),
            renewals: 0,
            is_changed: true,
            account_id: None,
            #[cfg(feature = "jwt")]
            key: None,
        };
        Self::with_state(info, state)
    }

    fn with_state(info: &ClientInfo, state: State) -> Self {
        Self { info: info.clone(), state: Arc::new(Mutex::new(state)) }
    }

    /// The client that logged in.
    #[must_use]
    pub fn info(&self) -> &ClientInfo {
        &self.info
    }

    /// The current token, which may have expired. [`fresh_token`](Session::fresh_token) renews it if necessary.
    #[must_use]
    pub fn token(&self) -> Token {
        self.lock().token.clone()
    }

    /// The number of renewals so far, for metrics.
    #[must_use]
    pub fn renewals(&self) -> u64 {
        self.lock().renewals
    }

    /// The numeric ID of the account that the session belongs to: from its JWT, or from
    /// [`set_account_id`](Session::set_account_id).
    #[must_use]
    pub fn account_id(&self) -> Option<u64> {
        self.lock().account_id
    }

    /// Binds the session to an account, if its token does not name one: a renewed token of another account is refused then.
    pub fn set_account_id(&self, id: u64) {
        let mut state = self.lock();
        if state.account_id.is_none() {
            state.account_id = Some(id);
            state.is_changed = true;
        }
    }

    /// What the error of a request with this session's token means for the session. By hand, do not renew more than once in
    /// a while: only [`authenticated`](Session::authenticated) pauses between renewals.
    #[must_use]
    pub fn on_error(&self, error: &Error) -> SessionAdvice {
        if let Error::AnotherAccount = error {
            return SessionAdvice::LogInAgain;
        }
        match error.kind() {
            #[cfg(feature = "jwt")]
            Some(ErrorKind::TokenExpired) => {
                self.renewal().map_or(SessionAdvice::LogInAgain, SessionAdvice::Renew)
            }
            #[cfg(not(feature = "jwt"))]
            Some(ErrorKind::TokenExpired) => SessionAdvice::LogInAgain,
            Some(ErrorKind::TokenInvalid | ErrorKind::KeyUnknown | ErrorKind::DeviceJwtRefused) => {
                SessionAdvice::LogInAgain
            }
            _ => SessionAdvice::Keep,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In one line, without secrets.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Session")
            .field("client_identifier", &self.info.identifier())
            .field("account_id", &state.account_id)
            .field("renewals", &state.renewals)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
