//! Refusals whose meaning depends on the request.

use http::StatusCode;

use crate::error::{ErrorKind, ResponseError};

/// In response to a key, Plex's 422 without further details means that the key is registered to another device.
pub(super) fn key_taken(error: ResponseError) -> ResponseError {
    match (error.status(), error.kind()) {
        (StatusCode::UNPROCESSABLE_ENTITY, ErrorKind::BadRequest) => error.with_kind(ErrorKind::KeyTaken),
        _ => error,
    }
}

/// In response to a device JWT without a token, Plex's 401, 422 or 498 without further details is about that JWT.
pub(super) fn device_jwt_refused(error: ResponseError) -> ResponseError {
    match (error.status().as_u16(), error.kind()) {
        (401, ErrorKind::Forbidden) | (422, ErrorKind::BadRequest) => {
            error.with_kind(ErrorKind::DeviceJwtRefused)
        }
        (498, ErrorKind::TokenExpired) => error.with_kind(ErrorKind::DeviceJwtExpired),
        _ => error,
    }
}
