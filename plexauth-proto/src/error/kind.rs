//! [`ErrorKind`]: the category of a failed response.

use std::fmt;

/// The category of a failed response: one kind for each way a caller might react.
///
/// Derived from the HTTP status and, where the body contains one, Plex's error code. The codes are listed in the
/// published description of plex.tv's API. The accompanying messages change, so they are only considered where Plex has no code:
/// `Invalid token`, and a word about a PIN in response to a switch of the Home user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The user name or the password is wrong (401, code 1001).
    WrongCredentials,
    /// The account uses two-factor authentication: ask for the code and sign in again with it (401, code 1029).
    VerificationCodeWanted,
    /// The verification code is wrong or has been used before (401, code 1028).
    WrongVerificationCode,
    /// The account signs in by email address only, not by user name (401, code 1030).
    EmailOnly,
    /// Too many failed sign-ins from this network address; each further attempt extends the lockout (401, code 1031).
    TooManyFailures,
    /// plex.tv says that the token is invalid or has been revoked: discard it and log in again (401 in plex.tv's own words
    /// in response to a token; 422 with the words `Invalid token`).
    TokenInvalid,
    /// The JWT has expired: renew it and repeat the request (498).
    TokenExpired,
    /// The Media Server does not accept this token: get the server's own token, as
    /// [`ServerToken`](crate::ServerToken) does (401 or 403 from a Media Server in response to a token). This says nothing
    /// about the login.
    ServerTokenRefused,
    /// The caller may not do this (403; 401 in response to a request without credentials).
    Forbidden,
    /// A managed Home user may not do this (403, code 1009).
    ManagedUser,
    /// The Home user is protected: ask for the PIN and switch again with it (401 or 403, code 1041, no PIN sent).
    HomePinWanted,
    /// The PIN of the Home user is wrong (401 or 403, code 1041, PIN sent), or does not have four digits.
    WrongHomePin,
    /// The account has no Plex Home: there is nobody to switch to (404 in response to
    /// [`GetHomeUsers`](crate::GetHomeUsers)).
    NoHome,
    /// The PIN is unknown or has expired: create another (404 with code 1020, 422 with code 1069).
    PinUnknownOrExpired,
    /// The device key is registered to another device: generate a new one (422 in response to a key).
    KeyTaken,
    /// Plex knows no key for the device JWT: the device was removed from the account, or the key belongs to another client
    /// identifier. Log in with a new identifier and a new key (code 1097).
    KeyUnknown,
    /// The device JWT was refused: its nonce has been used or is too old, or Plex knows another key for this device
    /// (401 or 422 in response to a device JWT).
    DeviceJwtRefused,
    /// The device JWT has expired by Plex's clock: the device's clock is wrong, or sending took too long (498 in
    /// response to a device JWT).
    DeviceJwtExpired,
    /// Too many requests: wait, for as long as [`retry_after`](super::ResponseError::retry_after) says if it is set
    /// (429, code 1003).
    RateLimited,
    /// The resource does not exist (404, 410).
    NotFound,
    /// The server rejected the request; repeating it will not help (every other 4xx).
    BadRequest,
    /// The server, or a proxy in front of it, is temporarily unavailable (5xx, 408, statuses outside HTTP's ranges, and a
    /// 2xx whose body reports an error).
    ServerFailure,
    /// The server redirected the request. It was not followed, because that would leak the token (3xx).
    Redirected,
    /// The response is not Plex's, but that of a proxy, a captive portal or a CDN. It says nothing about any credential:
    /// keep them and try again later (a 4xx or 2xx with a foreign page, foreign text, or no body).
    NotPlex,
    /// The response was successful, but its body is not JSON.
    NotJson,
    /// The response was successful and its body is JSON, but the expected data is missing.
    NotUnderstood,
}

impl ErrorKind {
    /// A stable identifier in snake case, for metrics and logs: `verification_code_wanted`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.describe().0
    }

    /// What the caller can do about it, as a short phrase.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        self.describe().2
    }

    /// The identifier, the description and the advice.
    const fn describe(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::WrongCredentials => {
                ("wrong_credentials", "the user name or the password is wrong", "ask for both again")
            }
            Self::VerificationCodeWanted => (
                "verification_code_wanted",
                "the account requires a verification code",
                "ask for it and sign in again with the same password",
            ),
            Self::WrongVerificationCode => {
                ("wrong_verification_code", "the verification code is wrong", "ask for a new one")
            }
            Self::EmailOnly => (
                "email_only",
                "the account signs in by email address only",
                "sign in with the email address instead of the user name",
            ),
            Self::TooManyFailures => (
                "too_many_failures",
                "too many failed sign-ins from this network address",
                "wait some minutes before the next attempt",
            ),
            Self::TokenInvalid => {
                ("token_invalid", "the token is invalid", "discard the token and log in again")
            }
            Self::TokenExpired => {
                ("token_expired", "the token has expired", "renew the token and repeat the request")
            }
            Self::ServerTokenRefused => (
                "server_token_refused",
                "the Media Server does not accept this token",
                "keep the login, and get the token of this server again, or use its owner's",
            ),
            Self::Forbidden => ("forbidden", "access is denied", "use a token with sufficient rights"),
            Self::ManagedUser => {
                ("managed_user", "managed users may not do this", "use the account of the Home's owner")
            }
            Self::HomePinWanted => (
                "home_pin_wanted",
                "the Home user is protected by a PIN",
                "ask for it and switch again with it",
            ),
            Self::WrongHomePin => ("wrong_home_pin", "the PIN of the Home user is wrong", "ask for it again"),
            Self::NoHome => ("no_home", "the account has no Plex Home", "use the account itself"),
            Self::PinUnknownOrExpired => {
                ("pin_unknown_or_expired", "the PIN is unknown or has expired", "create another PIN")
            }
            Self::KeyTaken => {
                ("key_taken", "the device key is registered to another device", "generate a new device key")
            }
            Self::KeyUnknown => (
                "key_unknown",
                "Plex knows no key for the device JWT",
                "log in with a new client identifier and a new device key",
            ),
            Self::DeviceJwtRefused => (
                "device_jwt_refused",
                "the device JWT was refused",
                "sign again with a fresh nonce, or log in again",
            ),
            Self::DeviceJwtExpired => (
                "device_jwt_expired",
                "the device JWT has expired",
                "correct the clock of this device and sign again",
            ),
            Self::RateLimited => ("rate_limited", "too many requests", "wait before the next request"),
            Self::NotFound => (
                "not_found",
                "the resource does not exist",
                "check the address of the server and the identifier",
            ),
            Self::BadRequest => {
                ("bad_request", "the request was rejected", "change the request; repeating it will not help")
            }
            Self::ServerFailure => (
                "server_failure",
                "the server is temporarily unavailable",
                "keep the token and try again later",
            ),
            Self::Redirected => (
                "redirected",
                "the server redirected the request, which was not followed",
                "check the address of the server",
            ),
            Self::NotPlex => (
                "not_plex",
                "the response is not from Plex, but from a proxy or a captive portal",
                "keep all credentials, check the network, and try again later",
            ),
            Self::NotJson => (
                "not_json",
                "the response is not JSON",
                "check the address, and whether a proxy changes requests",
            ),
            Self::NotUnderstood => (
                "not_understood",
                "the response lacks the expected data",
                "report this together with the path named here",
            ),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_stable_identifiers() {
        assert_eq!(ErrorKind::VerificationCodeWanted.as_str(), "verification_code_wanted");
    }
}
