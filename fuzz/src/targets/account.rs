//! The account, as `GET /user` answers it, as signing in does with its new token, and as switching to a Home user does.

use plexauth_proto::{GetUserDetails, SignIn, SwitchHomeUser};

use crate::{SECRET, read};

/// Runs it.
pub fn run(body: &[u8]) {
    let account = read(&GetUserDetails::new(SECRET), body);
    if let Some(account) = &account {
        assert!(!account.uuid.is_empty());
        assert!(!format!("{account:?}").contains("Token(\""), "a token prints nothing of itself");
    }
    let switched = read(&SwitchHomeUser::new(SECRET, "9f0b"), body);
    assert_eq!(
        switched.as_ref().map(|switched| &switched.account),
        account.as_ref().filter(|_| switched.is_some())
    );
    if let Some(signed_in) = read(&SignIn::new("me", SECRET), body) {
        assert!(!signed_in.token.expose().is_empty());
        assert_eq!(signed_in.account.auth_token, Some(signed_in.token));
        assert!(switched.is_some(), "one reads what the other does");
    }
}
