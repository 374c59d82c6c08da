//! [`Session`]: a login that lasts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::{ClientInfo, Token};
use crate::error::{ErrorKind, ResponseError};
#[cfg(feature = "jwt")]
use crate::flows::Renewal;

mod authenticated;
#[cfg(feature = "jwt")]
mod key;
mod saved;
mod token_check;

pub use authenticated::Authenticated;
#[cfg(feature = "jwt")]
pub use key::Freshness;
pub use saved::SavedSession;
pub use token_check::TokenCheck;

/// A login that lasts: the client, its current token and, with a device key, the means to renew it.
///
/// A clone is the same session, shared by tasks and threads. [`authenticated`](Session::authenticated) turns any
/// operation into a flow that renews the token when necessary; only one flow at a time does so. [`token`](Session::token)
/// gives the current token to other libraries.
///
/// ```
/// use plexauth_proto::{ClientInfo, GetUserDetails, Session};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let session = Session::new(&info, "a stored token");
/// let get_account = session.authenticated(|token| GetUserDetails::new(token)); // for an adapter's `run`
/// assert_eq!(session.token().expose(), "a stored token");
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    info: ClientInfo,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    token: Token,
    renewals: u64,
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

    /// The current token, which may have expired.
    #[must_use]
    pub fn token(&self) -> Token {
        self.lock().token.clone()
    }

    /// The number of renewals so far. Save the session again when it changes.
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
        self.lock().account_id.get_or_insert(id);
    }

    /// What the error of a request with this session's token means for the session. By hand, do not renew more than once in a while:
    /// only [`authenticated`](Session::authenticated) pauses between renewals.
    #[must_use]
    pub fn on_response_error(&self, error: &ResponseError) -> SessionAdvice {
        match error.kind() {
            #[cfg(feature = "jwt")]
            ErrorKind::TokenExpired => self.renewal().map_or(SessionAdvice::LogInAgain, SessionAdvice::Renew),
            #[cfg(not(feature = "jwt"))]
            ErrorKind::TokenExpired => SessionAdvice::LogInAgain,
            ErrorKind::TokenInvalid | ErrorKind::KeyUnknown | ErrorKind::DeviceJwtRefused => {
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

#[cfg(test)]
mod tests;
