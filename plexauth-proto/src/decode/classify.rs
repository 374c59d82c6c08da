//! The [`ErrorKind`] of a response: who wrote it decides its meaning.
//!
//! Only plex.tv can say that a login is over, in a body of its own form. A Media Server's refusal is about that server and
//! that token. Anything else comes from a proxy, a captive portal or a CDN, and says nothing about any credential.

use http::StatusCode;

use crate::error::ErrorKind;

/// The apparent author of a body, by its form.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// An error in the JSON or XML of plex.tv.
    PlexTv,
    /// The short page of a Media Server.
    MediaServer,
    /// The body is empty.
    Nobody,
    /// A page of somebody else.
    Page,
    /// Anything else.
    #[default]
    Unknown,
}

/// The server that a request was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recipient {
    PlexTv,
    MediaServer,
}

/// The credential that a request carried, which decides the meaning of a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    Nothing,
    Token,
    /// A token that is a JWT, which most Media Servers refuse.
    Jwt,
    Password,
}

/// What an unsuccessful response says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: Option<u32>,
    pub(super) author: Author,
    /// Whether the message is `Invalid token`.
    pub(super) says_invalid_token: bool,
    /// Whether it has `WWW-Authenticate`, which Plex does not send.
    pub(super) has_challenge: bool,
}

pub(super) fn kind_of(refusal: &Refusal, recipient: Recipient, credential: Credential) -> ErrorKind {
    match refusal.status.as_u16() {
        300..=399 => ErrorKind::Redirected,
        429 => ErrorKind::RateLimited,
        408 => ErrorKind::ServerFailure,
        400..=499 => match recipient {
            Recipient::PlexTv => said_by_plex_tv(refusal, credential),
            Recipient::MediaServer => said_by_media_server(refusal, credential),
        },
        _ => ErrorKind::ServerFailure,
    }
}

fn said_by_plex_tv(refusal: &Refusal, credential: Credential) -> ErrorKind {
    use Credential::{Jwt, Password, Token};
    let status = refusal.status.as_u16();
    let is_plexs = refusal.author == Author::PlexTv;
    if let Some(kind) = kind_of_code(refusal.code).filter(|_| is_plexs) {
        return kind;
    }
    // No proxy is known to use this status.
    if status == 498 {
        return ErrorKind::TokenExpired;
    }
    if !is_plexs || refusal.has_challenge && refusal.code.is_none() {
        return ErrorKind::NotPlex;
    }
    match (status, credential) {
        (401, Token | Jwt) => ErrorKind::TokenInvalid,
        (422, Token | Jwt) if refusal.says_invalid_token => ErrorKind::TokenInvalid,
        (401, Password) => ErrorKind::WrongCredentials,
        (401 | 403, _) => ErrorKind::Forbidden,
        (404 | 410, _) => ErrorKind::NotFound,
        _ => ErrorKind::BadRequest,
    }
}

/// A Media Server writes HTML, or nothing.
fn said_by_media_server(refusal: &Refusal, credential: Credential) -> ErrorKind {
    use Credential::{Jwt, Token};
    if matches!(refusal.author, Author::Page | Author::Unknown) || refusal.has_challenge {
        return ErrorKind::NotPlex;
    }
    match (refusal.status.as_u16(), credential) {
        // To some requests with a JWT, servers have been seen to respond with 400.
        (401 | 403 | 498, Token | Jwt) | (400, Jwt) => ErrorKind::ServerTokenRefused,
        (401 | 403, _) => ErrorKind::Forbidden,
        (404 | 410, _) => ErrorKind::NotFound,
        _ => ErrorKind::BadRequest,
    }
}

/// The kind of a code with one meaning, whatever the status. Code 1001 depends on the credential.
pub(super) fn kind_of_code(code: Option<u32>) -> Option<ErrorKind> {
    Some(match code? {
        1002 => ErrorKind::NotFound,
        1003 => ErrorKind::RateLimited,
        1000 | 1004 | 1005 | 1006 | 1008 | 1014 => ErrorKind::BadRequest,
        1009 => ErrorKind::ManagedUser,
        1012 | 1013 | 1040 | 1041 | 1042 | 1043 | 1068 | 1080 => ErrorKind::Forbidden,
        1020 | 1069 => ErrorKind::PinUnknownOrExpired,
        1028 => ErrorKind::WrongVerificationCode,
        1029 => ErrorKind::VerificationCodeWanted,
        1030 => ErrorKind::EmailOnly,
        1031 => ErrorKind::TooManyFailures,
        1038 => ErrorKind::WrongHomePin,
        1097 => ErrorKind::KeyUnknown,
        _ => return None,
    })
}

/// Whether a code says more than a status would.
pub(super) fn is_specific(code: Option<u32>) -> bool {
    !matches!(
        kind_of_code(code),
        None | Some(ErrorKind::NotFound | ErrorKind::BadRequest | ErrorKind::Forbidden)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorKind::*;

    fn refusal(status: u16, code: Option<u32>, author: Author) -> Refusal {
        let status = StatusCode::from_u16(status).unwrap();
        Refusal { status, code, author, says_invalid_token: false, has_challenge: false }
    }

    fn by_plex_tv(status: u16, code: Option<u32>, credential: Credential) -> ErrorKind {
        kind_of(&refusal(status, code, Author::PlexTv), Recipient::PlexTv, credential)
    }

    #[test]
    fn code_decides_whatever_the_status() {
        for (code, status, kind) in
            [(1002, 400, NotFound), (1003, 403, RateLimited), (1004, 404, BadRequest), (1012, 404, Forbidden)]
        {
            assert_eq!(by_plex_tv(status, Some(code), Credential::Token), kind, "{code}");
        }
    }

    /// Every row of Plex's table of codes, with the status that belongs to it.
    #[test]
    fn every_code_has_its_kind() {
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
            (1038, 400, WrongHomePin, WrongHomePin),
            (1040, 403, Forbidden, Forbidden),
            (1041, 403, Forbidden, Forbidden),
            (1042, 403, Forbidden, Forbidden),
            (1043, 403, Forbidden, Forbidden),
            (1068, 403, Forbidden, Forbidden),
            (1069, 422, PinUnknownOrExpired, PinUnknownOrExpired),
            (1080, 403, Forbidden, Forbidden),
            (1097, 400, KeyUnknown, KeyUnknown),
        ] {
            for (credential, kind) in [
                (Credential::Token, with_token),
                (Credential::Jwt, with_token),
                (Credential::Password, with_password),
            ] {
                assert_eq!(by_plex_tv(status, Some(code), credential), kind, "{code} with {credential:?}");
            }
        }
    }

    /// Only plex.tv's own 401, or 422 with the words, ends a login, if its code has no other meaning.
    #[test]
    fn only_plex_tv_ends_a_login() {
        let all = [Author::PlexTv, Author::MediaServer, Author::Nobody, Author::Page, Author::Unknown];
        for status in 100..=999 {
            for author in all {
                for recipient in [Recipient::PlexTv, Recipient::MediaServer] {
                    for code in [None].into_iter().chain((999..1100).map(Some)) {
                        for (has_challenge, says_invalid_token) in
                            [(false, false), (true, false), (false, true), (true, true)]
                        {
                            let refusal = Refusal {
                                has_challenge,
                                says_invalid_token,
                                ..refusal(status, code, author)
                            };
                            let kind = kind_of(&refusal, recipient, Credential::Token);
                            let is_own = author == Author::PlexTv && recipient == Recipient::PlexTv;
                            let ends = (status == 401 || status == 422 && says_invalid_token)
                                && is_own
                                && kind_of_code(code).is_none()
                                && !(has_challenge && code.is_none());
                            assert_eq!(kind == TokenInvalid, ends, "{refusal:?} {recipient:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_status_without_a_code_has_its_kind() {
        for status in (100..=199).chain(300..=999) {
            let of_proxy = match status {
                300..=399 => Redirected,
                408 => ServerFailure,
                429 => RateLimited,
                400..=499 => NotPlex,
                _ => ServerFailure,
            };
            let of_plex_tv = match status {
                401 => TokenInvalid,
                403 => Forbidden,
                404 | 410 => NotFound,
                498 => TokenExpired,
                400..=499 if of_proxy == NotPlex => BadRequest,
                _ => of_proxy,
            };
            let of_media_server = match status {
                401 | 403 | 498 => ServerTokenRefused,
                other => {
                    if other == 404 || other == 410 {
                        NotFound
                    } else {
                        of_plex_tv
                    }
                }
            };
            let kind =
                |author, recipient| kind_of(&refusal(status, None, author), recipient, Credential::Token);
            assert_eq!(kind(Author::PlexTv, Recipient::PlexTv), of_plex_tv, "{status}");
            for author in [Author::MediaServer, Author::Nobody, Author::PlexTv] {
                assert_eq!(kind(author, Recipient::MediaServer), of_media_server, "{status} {author:?}");
            }
            for author in [Author::Page, Author::Unknown] {
                assert_eq!(kind(author, Recipient::MediaServer), of_proxy, "{status} {author:?}");
            }
            let of_proxy = if status == 498 { TokenExpired } else { of_proxy };
            for author in [Author::MediaServer, Author::Nobody, Author::Page, Author::Unknown] {
                assert_eq!(kind(author, Recipient::PlexTv), of_proxy, "{status} {author:?}");
            }
        }
    }

    #[test]
    fn rate_limit_code_overrides_the_status() {
        assert_eq!(by_plex_tv(400, Some(1003), Credential::Token), RateLimited);
    }

    #[test]
    fn status_401_depends_on_the_credential() {
        assert_eq!(by_plex_tv(401, None, Credential::Nothing), Forbidden);
        assert_eq!(by_plex_tv(401, Some(1001), Credential::Nothing), Forbidden);
        assert_eq!(by_plex_tv(401, None, Credential::Password), WrongCredentials);
    }

    #[test]
    fn words_invalid_token_end_a_login() {
        let refusal = Refusal { says_invalid_token: true, ..refusal(422, None, Author::PlexTv) };
        assert_eq!(kind_of(&refusal, Recipient::PlexTv, Credential::Token), TokenInvalid);
        assert_eq!(kind_of(&refusal, Recipient::PlexTv, Credential::Nothing), BadRequest);
        let of_page = Refusal { author: Author::Unknown, ..refusal };
        assert_eq!(kind_of(&of_page, Recipient::PlexTv, Credential::Token), NotPlex);
    }

    #[test]
    fn server_may_refuse_a_jwt_with_400() {
        let refusal = refusal(400, None, Author::MediaServer);
        assert_eq!(kind_of(&refusal, Recipient::MediaServer, Credential::Jwt), ServerTokenRefused);
        assert_eq!(kind_of(&refusal, Recipient::MediaServer, Credential::Token), BadRequest);
    }

    #[test]
    fn code_never_overrides_a_redirect_or_a_5xx() {
        for status in [302, 500, 502, 503, 520] {
            for code in 1000..1100 {
                let kind = by_plex_tv(status, Some(code), Credential::Token);
                assert!(matches!(kind, Redirected | ServerFailure), "{status} {code}");
            }
        }
    }
}
