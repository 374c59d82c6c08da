//! [`TokenCheck`]: what a look at a stored token says.

use crate::error::Error;
use crate::model::Account;

/// What asking for the account says about a token that was stored: make one from the result of
/// [`GetUserDetails`](crate::GetUserDetails), or have an adapter's `check_token` do it.
///
/// Three answers, so that nobody is logged out because plex.tv has a bad day. Source: the API description of plex.tv.
#[derive(Debug)]
#[must_use = "it says whether to keep the token"]
pub enum TokenCheck {
    /// The token is good, and whom it belongs to.
    Valid(Box<Account>),
    /// Plex does not know the token (any more): forget it, and log in again.
    Invalid,
    /// Nobody knows: keep the token. A token that [has expired](crate::ErrorKind::TokenExpired) is renewed with the key
    /// of the device; anything else is worth another try later.
    Unknown(Error),
}

impl From<Result<Account, Error>> for TokenCheck {
    fn from(result: Result<Account, Error>) -> Self {
        match result {
            Ok(account) => Self::Valid(Box::new(account)),
            Err(error) if error.is_token_invalid() => Self::Invalid,
            Err(error) => Self::Unknown(error),
        }
    }
}

impl TokenCheck {
    /// The account, if the token is good.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Valid(account) => Some(account),
            Self::Invalid | Self::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;
    use crate::error::{TransportError, TransportErrorKind};
    use crate::operation::Operation;
    use crate::operations::GetUserDetails;

    #[test]
    fn only_a_401_is_invalid_and_only_an_account_valid() {
        for status in (100..600).chain([999]) {
            let response = Response::builder().status(status).body(r#"{"id":1,"uuid":"a"}"#).unwrap();
            let result = GetUserDetails::new("t").parse(&response).map_err(Error::from);
            let check = TokenCheck::from(result);
            let is_success = (200..300).contains(&status);
            assert_eq!(check.account().is_some(), is_success, "{status}");
            assert_eq!(matches!(check, TokenCheck::Invalid), status == 401, "{status}");
            assert_eq!(matches!(check, TokenCheck::Unknown(_)), !is_success && status != 401, "{status}");
        }
        let lost = TokenCheck::from(Err(TransportError::new(TransportErrorKind::Broken, "reset").into()));
        assert!(matches!(lost, TokenCheck::Unknown(Error::Transport(_))));
    }
}
