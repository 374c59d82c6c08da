//! [`TokenCheck`]: the result of checking a stored token.

use crate::error::Error;
use crate::model::Account;

/// The result of checking a stored token.
///
/// An adapter's `check_token` returns it. You can also convert the result of [`GetUserDetails`](crate::GetUserDetails).
/// There are three outcomes, so that an outage of plex.tv does not log users out. Source: the API description of
/// plex.tv.
#[derive(Debug)]
#[must_use = "the result says whether to keep the token"]
pub enum TokenCheck {
    /// The token is valid and belongs to this account.
    Valid(Box<Account>),
    /// The token is invalid or has been revoked: discard it and log in again.
    Invalid,
    /// The check was inconclusive: keep the token. If it [has expired](crate::ErrorKind::TokenExpired), renew it with
    /// the device key. After any other error, try again later.
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
    /// The account, if the token is valid.
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
    use crate::flows::testing::REFUSED;
    use crate::operation::Operation;
    use crate::operations::GetUserDetails;

    #[test]
    fn only_plexs_401_means_invalid() {
        for status in (100..600).chain([999]) {
            let response = Response::builder().status(status).body(r#"{"id":1,"uuid":"a"}"#).unwrap();
            let refusal = Response::builder().status(status).body(REFUSED).unwrap();
            let response = if response.status().is_success() { response } else { refusal };
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
