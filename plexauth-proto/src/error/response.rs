//! [`ResponseError`]: a response without the expected result.

use std::borrow::Cow;
use std::fmt;
#[cfg(feature = "jwt")]
use std::time::Duration;

use http::StatusCode;
use thiserror::Error;

use crate::error::kind::ErrorKind;
use crate::error::retry_after::RetryAfter;

/// A response without the expected result.
///
/// Match on [`kind`](ResponseError::kind). The error may quote up to 200 characters of the server's message, but never
/// quotes a body that contains a secret from the request.
#[derive(Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ResponseError(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    kind: ErrorKind,
    status: StatusCode,
    code: Option<u32>,
    message: Option<String>,
    retry_after: Option<RetryAfter>,
    redirect_origin: Option<String>,
    path: Option<String>,
    /// The problem with the body of a successful response.
    problem: Option<Cow<'static, str>>,
}

/// Omits fields without a value: users see this output when `main` returns the error.
impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        let mut shown = f.debug_struct("ResponseError");
        shown.field("kind", &details.kind).field("status", &details.status.as_u16());
        if let Some(code) = details.code {
            shown.field("code", &code);
        }
        if let Some(retry_after) = &details.retry_after {
            shown.field("retry_after", retry_after);
        }
        for (name, text) in [
            ("message", details.message.as_deref()),
            ("redirect_origin", details.redirect_origin.as_deref()),
            ("path", details.path.as_deref()),
            ("problem", details.problem.as_deref()),
        ] {
            if let Some(text) = text {
                shown.field(name, &text);
            }
        }
        shown.finish()
    }
}

impl ResponseError {
    fn new(kind: ErrorKind, status: StatusCode) -> Self {
        Self(Box::new(Details {
            kind,
            status,
            code: None,
            message: None,
            retry_after: None,
            redirect_origin: None,
            path: None,
            problem: None,
        }))
    }

    pub(crate) fn refused(
        kind: ErrorKind,
        status: StatusCode,
        code: Option<u32>,
        message: Option<String>,
        retry_after: Option<RetryAfter>,
    ) -> Self {
        let mut error = Self::new(kind, status);
        error.0.code = code;
        error.0.message = message;
        error.0.retry_after = retry_after;
        error
    }

    /// Replaces the kind, for operations where the status has a more specific meaning.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Replaces how long to wait, for an error that is remembered.
    #[cfg(feature = "jwt")]
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(RetryAfter::Delay(wait));
        self
    }

    pub(crate) fn redirected(status: StatusCode, origin: Option<String>) -> Self {
        let mut error = Self::new(ErrorKind::Redirected, status);
        error.0.redirect_origin = origin;
        error
    }

    pub(crate) fn not_json(status: StatusCode, problem: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(ErrorKind::NotJson, status);
        error.0.problem = Some(problem.into());
        error
    }

    pub(crate) fn not_plex(status: StatusCode, problem: &'static str) -> Self {
        let mut error = Self::new(ErrorKind::NotPlex, status);
        error.0.problem = Some(problem.into());
        error
    }

    /// An error of the kind [`ErrorKind::NotUnderstood`], for a [`parse`](crate::Operation::parse) of your own.
    ///
    /// `path` is the location in the JSON, such as `MediaContainer.token`, and `problem` a description, such as
    /// `missing`. Neither may contain data from the body, except for field names.
    #[must_use]
    pub fn not_understood(status: StatusCode, path: impl Into<String>, problem: &'static str) -> Self {
        let mut error = Self::new(ErrorKind::NotUnderstood, status);
        error.0.path = Some(path.into());
        error.0.problem = Some(problem.into());
        error
    }

    /// The category of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Plex's error code, such as 1029, if the body contains one.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.0.code
    }

    /// The message from Plex, or from a proxy in front of it, in at most 200 characters.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// How long to wait before the next request, if the server said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        self.0.retry_after
    }

    /// The target of a redirect: scheme, host and port, without the path, which may contain secrets. `None` if the
    /// target is relative, invalid or missing.
    #[must_use]
    pub fn redirect_origin(&self) -> Option<&str> {
        self.0.redirect_origin.as_deref()
    }

    /// The location of the problem in the JSON, such as `MediaContainer.token`, for [`ErrorKind::NotUnderstood`].
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Whether Plex said that the token is invalid. Only then discard it and log in again.
    ///
    /// True for a 401 from plex.tv in its own words in response to a token, unless the error code has another meaning, and for
    /// a 422 with the words `Invalid token`. No
    /// other error means that the token is invalid: not the refusal of a Media Server, an error page of a proxy, an
    /// unavailable server, or a lost connection.
    #[must_use]
    pub fn is_token_invalid(&self) -> bool {
        self.0.kind == ErrorKind::TokenInvalid
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HTTP {}", self.kind, self.status.as_u16())?;
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ", \"{message}\"")?;
        }
        if let Some(origin) = &self.redirect_origin {
            write!(f, ", to {origin}")?;
        }
        if let Some(path) = &self.path {
            write!(f, ", at {path}")?;
        }
        if let Some(problem) = &self.problem {
            write!(f, ", {problem}")?;
        }
        match self.retry_after {
            Some(RetryAfter::Delay(delay)) => write!(f, ", retry after {} s", delay.as_secs())?,
            Some(RetryAfter::At(moment)) => write!(f, ", retry at {}", httpdate::HttpDate::from(moment))?,
            None => {}
        }
        write!(f, "); {}", self.kind.advice())
    }
}
