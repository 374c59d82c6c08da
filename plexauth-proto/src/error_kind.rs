//! [`ErrorKind`]: what went wrong, told apart as far as a caller can act on it.

use std::fmt;

use http::StatusCode;

/// What went wrong with a response, told apart as far as a caller can act on it.
///
/// Made from the HTTP status and, where Plex names one, its own error code. The codes are listed in the published
/// description of plex.tv's API; their words change, so nothing here looks at those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The user name or the password is wrong (401, code 1001).
    WrongCredentials,
    /// The account has two-factor authentication: ask for the code and sign in again with it (401, code 1029).
    VerificationCodeWanted,
    /// The verification code is wrong or was used before (401, code 1028).
    WrongVerificationCode,
    /// The account signs in by its email address only, not by its user name (401, code 1030).
    EmailOnly,
    /// Too many failures from this network address; every further try prolongs it (401, code 1031).
    TooManyFailures,
    /// The token is not or no longer valid: forget it and log in again (401 where a token was sent).
    TokenInvalid,
    /// The JSON web token has expired: renew it and repeat (498).
    TokenExpired,
    /// Whoever asks may not do this (403; 401 where nothing was sent that could be wrong).
    Forbidden,
    /// A managed Home user may not do this (403, code 1009).
    ManagedUser,
    /// The Home user is protected: ask for the PIN and switch again with it (401 or 403, code 1041, where none was sent).
    HomePinWanted,
    /// The PIN of the Home user is wrong (401 or 403, code 1041, where one was sent).
    WrongHomePin,
    /// The PIN is unknown or has expired: make another (404 with code 1020, 422 with code 1069).
    PinUnknownOrExpired,
    /// The key is tied to another device: make a new one (422 where a key was sent).
    KeyTaken,
    /// The JWT that the device signed was not accepted: its nonce was used or is too old, or the key is not the one that
    /// Plex knows (401, 422 where such a JWT was sent).
    DeviceJwtRefused,
    /// The JWT that the device signed has expired by Plex's clock: the clock of the device is wrong, or it took too long
    /// (498 where such a JWT was sent).
    DeviceJwtExpired,
    /// Too many requests: wait, as long as [`retry_after`](crate::ResponseError::retry_after) says if it says
    /// anything (429, code 1003).
    RateLimited,
    /// There is no such thing (404, 410).
    NotFound,
    /// Plex does not accept the request as it is; repeating it will not help (every other 4xx).
    BadRequest,
    /// The server, or something in front of it, cannot answer at the moment (5xx, 408, and statuses outside HTTP's).
    ServerFailure,
    /// The server wants the request sent elsewhere, which would carry the token along; it was not followed (3xx).
    Redirected,
    /// The response was a success, but its body is no JSON.
    NotJson,
    /// The response was a success and its body JSON, but what was asked for is not in it.
    NotUnderstood,
    /// The body is longer than the limit, and was not read on.
    BodyTooLarge,
}

/// What a request carried to be let in, which decides what a bare 401 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    Nothing,
    Token,
    Password,
}

impl ErrorKind {
    /// What a caller can do about it, in a few words.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::WrongCredentials => "ask for both again",
            Self::VerificationCodeWanted => "ask for it and sign in again with the same password",
            Self::WrongVerificationCode => "ask for a new one",
            Self::EmailOnly => "sign in with the email address instead of the user name",
            Self::TooManyFailures => "wait some minutes before the next try",
            Self::TokenInvalid => "forget the token and log in again",
            Self::TokenExpired => "renew the token and repeat the request",
            Self::Forbidden => "use a token that has the right to do it",
            Self::ManagedUser => "use the account of the Home's owner",
            Self::HomePinWanted => "ask for it and switch again with it",
            Self::WrongHomePin => "ask for it again",
            Self::PinUnknownOrExpired => "create another PIN",
            Self::KeyTaken => "make a new device key",
            Self::DeviceJwtRefused => "sign anew with a fresh nonce, or log in again",
            Self::DeviceJwtExpired => "set the clock of this device right and sign anew",
            Self::RateLimited => "wait before the next request",
            Self::NotFound => "check the address of the server and the identifier",
            Self::BadRequest => "change the request; repeating it will not help",
            Self::ServerFailure => "try again later and keep the token",
            Self::Redirected => "check the address of the server",
            Self::NotJson => "check that the address is that of a Plex server",
            Self::NotUnderstood => "please report this with the path named here",
            Self::BodyTooLarge => "check that the address is that of a Plex server, or raise the limit",
        }
    }

    /// Status and code together: the status wins where it says something that no code can outdo, then a code with a
    /// meaning of its own, then the rest of the statuses.
    pub(crate) fn of(status: StatusCode, code: Option<u32>, credential: Credential) -> Self {
        match status.as_u16() {
            300..=399 => Self::Redirected,
            498 => Self::TokenExpired,
            429 => Self::RateLimited,
            408 => Self::ServerFailure,
            400..=499 => Self::of_code(code).unwrap_or_else(|| Self::of_status(status, credential)),
            _ => Self::ServerFailure,
        }
    }

    /// The codes that say more than their status.
    pub(crate) fn of_code(code: Option<u32>) -> Option<Self> {
        Some(match code? {
            1003 => Self::RateLimited,
            1009 => Self::ManagedUser,
            1020 | 1069 => Self::PinUnknownOrExpired,
            1028 => Self::WrongVerificationCode,
            1029 => Self::VerificationCodeWanted,
            1030 => Self::EmailOnly,
            1031 => Self::TooManyFailures,
            _ => return None,
        })
    }

    fn of_status(status: StatusCode, credential: Credential) -> Self {
        match (status.as_u16(), credential) {
            (401, Credential::Token) => Self::TokenInvalid,
            (401, Credential::Password) => Self::WrongCredentials,
            (401 | 403, _) => Self::Forbidden,
            (404 | 410, _) => Self::NotFound,
            _ => Self::BadRequest,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongCredentials => "the user name or the password is wrong",
            Self::VerificationCodeWanted => "the account wants a verification code",
            Self::WrongVerificationCode => "the verification code is wrong",
            Self::EmailOnly => "the account signs in by email address only",
            Self::TooManyFailures => "too many failed sign-ins from this network address",
            Self::TokenInvalid => "the token is not valid",
            Self::TokenExpired => "the token has expired",
            Self::Forbidden => "this is not allowed",
            Self::ManagedUser => "a managed user may not do this",
            Self::HomePinWanted => "the Home user is protected by a PIN",
            Self::WrongHomePin => "the PIN of the Home user is wrong",
            Self::PinUnknownOrExpired => "the PIN is unknown or has expired",
            Self::KeyTaken => "the key is tied to another device",
            Self::DeviceJwtRefused => "the JWT of this device was not accepted",
            Self::DeviceJwtExpired => "the JWT of this device has expired",
            Self::RateLimited => "too many requests",
            Self::NotFound => "there is no such thing",
            Self::BadRequest => "the request was not accepted",
            Self::ServerFailure => "the server cannot answer at the moment",
            Self::Redirected => "the server redirected the request, which was not followed",
            Self::NotJson => "the answer is not JSON",
            Self::NotUnderstood => "the answer does not hold what was asked for",
            Self::BodyTooLarge => "the answer is longer than the limit",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, code: Option<u32>, credential: Credential) -> ErrorKind {
        ErrorKind::of(StatusCode::from_u16(status).unwrap(), code, credential)
    }

    /// Every row of the code table, with the status it comes with.
    #[test]
    fn every_code_has_its_kind() {
        use ErrorKind::*;
        for (code, status, with_token, with_password) in [
            (1000, 400, BadRequest, BadRequest),
            (1001, 401, TokenInvalid, WrongCredentials),
            (1002, 404, NotFound, NotFound),
            (1003, 429, RateLimited, RateLimited),
            (1004, 400, BadRequest, BadRequest),
            (1005, 405, BadRequest, BadRequest),
            (1006, 406, BadRequest, BadRequest),
            (1007, 500, ServerFailure, ServerFailure),
            (1008, 422, BadRequest, BadRequest),
            (1009, 403, ManagedUser, ManagedUser),
            (1012, 403, Forbidden, Forbidden),
            (1013, 403, Forbidden, Forbidden),
            (1013, 503, ServerFailure, ServerFailure),
            (1014, 422, BadRequest, BadRequest),
            (1020, 404, PinUnknownOrExpired, PinUnknownOrExpired),
            (1028, 401, WrongVerificationCode, WrongVerificationCode),
            (1029, 401, VerificationCodeWanted, VerificationCodeWanted),
            (1030, 401, EmailOnly, EmailOnly),
            (1031, 401, TooManyFailures, TooManyFailures),
            (1038, 400, BadRequest, BadRequest),
            (1040, 403, Forbidden, Forbidden),
            (1041, 403, Forbidden, Forbidden),
            (1042, 403, Forbidden, Forbidden),
            (1043, 403, Forbidden, Forbidden),
            (1068, 403, Forbidden, Forbidden),
            (1069, 422, PinUnknownOrExpired, PinUnknownOrExpired),
            (1080, 403, Forbidden, Forbidden),
        ] {
            assert_eq!(kind(status, Some(code), Credential::Token), with_token, "{code} with a token");
            assert_eq!(
                kind(status, Some(code), Credential::Password),
                with_password,
                "{code} with a password"
            );
        }
    }

    #[test]
    fn every_status_without_a_code_has_its_kind() {
        for status in (100..=199).chain(300..=999) {
            let expected = match status {
                300..=399 => ErrorKind::Redirected,
                401 => ErrorKind::TokenInvalid,
                403 => ErrorKind::Forbidden,
                404 | 410 => ErrorKind::NotFound,
                408 => ErrorKind::ServerFailure,
                429 => ErrorKind::RateLimited,
                498 => ErrorKind::TokenExpired,
                400..=499 => ErrorKind::BadRequest,
                _ => ErrorKind::ServerFailure,
            };
            assert_eq!(kind(status, None, Credential::Token), expected, "{status}");
        }
    }

    #[test]
    fn a_rate_limit_is_known_by_its_code_too() {
        assert_eq!(kind(400, Some(1003), Credential::Token), ErrorKind::RateLimited);
    }

    #[test]
    fn a_401_is_about_the_token_only_if_one_was_sent() {
        assert_eq!(kind(401, None, Credential::Nothing), ErrorKind::Forbidden);
        assert_eq!(kind(401, Some(1001), Credential::Nothing), ErrorKind::Forbidden);
        assert_eq!(kind(401, None, Credential::Password), ErrorKind::WrongCredentials);
    }

    #[test]
    fn no_code_makes_a_server_failure_or_a_redirect_a_matter_of_the_token() {
        for status in [302, 500, 502, 503, 520] {
            for code in 1000..1100 {
                let kind = kind(status, Some(code), Credential::Token);
                assert!(matches!(kind, ErrorKind::Redirected | ErrorKind::ServerFailure), "{status} {code}");
            }
        }
    }
}
