//! The [`ErrorKind`] of a response.

use http::StatusCode;

use crate::error::ErrorKind;

/// The credential that a request carried, which decides the meaning of a bare 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    Nothing,
    Token,
    Password,
}

/// The kind for a status, a code and a credential. A status that no code can override comes first, then a code with
/// a meaning of its own, then the remaining statuses.
pub(super) fn kind_of(status: StatusCode, code: Option<u32>, credential: Credential) -> ErrorKind {
    match status.as_u16() {
        300..=399 => ErrorKind::Redirected,
        498 => ErrorKind::TokenExpired,
        429 => ErrorKind::RateLimited,
        408 => ErrorKind::ServerFailure,
        400..=499 => kind_of_code(code).unwrap_or_else(|| kind_of_status(status, credential)),
        _ => ErrorKind::ServerFailure,
    }
}

/// The kind of a code that is more specific than its status.
pub(super) fn kind_of_code(code: Option<u32>) -> Option<ErrorKind> {
    Some(match code? {
        1003 => ErrorKind::RateLimited,
        1009 => ErrorKind::ManagedUser,
        1020 | 1069 => ErrorKind::PinUnknownOrExpired,
        1028 => ErrorKind::WrongVerificationCode,
        1029 => ErrorKind::VerificationCodeWanted,
        1030 => ErrorKind::EmailOnly,
        1031 => ErrorKind::TooManyFailures,
        _ => return None,
    })
}

fn kind_of_status(status: StatusCode, credential: Credential) -> ErrorKind {
    match (status.as_u16(), credential) {
        (401, Credential::Token) => ErrorKind::TokenInvalid,
        (401, Credential::Password) => ErrorKind::WrongCredentials,
        (401 | 403, _) => ErrorKind::Forbidden,
        (404 | 410, _) => ErrorKind::NotFound,
        _ => ErrorKind::BadRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, code: Option<u32>, credential: Credential) -> ErrorKind {
        kind_of(StatusCode::from_u16(status).unwrap(), code, credential)
    }

    /// Every row of Plex's table of codes, with the status that belongs to it.
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
    fn rate_limit_code_overrides_the_status() {
        assert_eq!(kind(400, Some(1003), Credential::Token), ErrorKind::RateLimited);
    }

    #[test]
    fn status_401_depends_on_the_credential() {
        assert_eq!(kind(401, None, Credential::Nothing), ErrorKind::Forbidden);
        assert_eq!(kind(401, Some(1001), Credential::Nothing), ErrorKind::Forbidden);
        assert_eq!(kind(401, None, Credential::Password), ErrorKind::WrongCredentials);
    }

    #[test]
    fn code_never_overrides_a_redirect_or_a_5xx() {
        for status in [302, 500, 502, 503, 520] {
            for code in 1000..1100 {
                let kind = kind(status, Some(code), Credential::Token);
                assert!(matches!(kind, ErrorKind::Redirected | ErrorKind::ServerFailure), "{status} {code}");
            }
        }
    }
}
