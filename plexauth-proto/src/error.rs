//! The two errors of the core: [`RequestError`] before anything is sent, [`ResponseError`] after.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;

use crate::RetryAfter;
pub use crate::error_kind::ErrorKind;

/// Why a request could not be made. Nothing was sent.
///
/// It names the input, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// An input that is needed is empty.
    Empty {
        /// Which input.
        what: &'static str,
    },
    /// An input has control characters, so that it cannot be a header.
    NotAHeader {
        /// Which input.
        what: &'static str,
    },
    /// A base URL is not one.
    BaseUrl {
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// A replaced base of plex.tv is `http`, and not on this machine.
    Insecure,
    /// A source is neither `server://…` nor `provider://…`.
    Source {
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// The PIN of a Home user is not four digits.
    HomePin,
    /// A stored session cannot be used.
    SavedSession {
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// The path of an operation does not make a URL.
    Path,
    /// For whoever opens TLS connections: an extra root certificate is not one.
    RootCertificate,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { what } => write!(f, "{what} is empty"),
            Self::NotAHeader { what } => {
                write!(f, "{what} holds control characters, which no header may carry; remove them")
            }
            Self::BaseUrl { problem } => write!(f, "the base URL cannot be used: {problem}"),
            Self::Insecure => f.write_str(
                "plex.tv is only reached over https, so that nobody reads along; write https:// in front",
            ),
            Self::Source { problem } => write!(f, "the source cannot be used: {problem}"),
            Self::SavedSession { problem } => write!(f, "the stored session cannot be used: {problem}"),
            Self::HomePin => f.write_str("the PIN of a Home user has four digits; ask for it again"),
            Self::RootCertificate => f.write_str("an extra root certificate cannot be read; it must be X.509 in DER"),
            Self::Path => f.write_str(
                "the path does not make a URL: it is too long, or has characters that must be percent-encoded",
            ),
        }
    }
}

impl std::error::Error for RequestError {}

/// Why a response does not give what was asked for.
///
/// Match on [`kind`](ResponseError::kind). It may quote what Plex said, at most 200 characters of it, and never from
/// a body that held something secret which the request had sent.
#[derive(Clone, PartialEq, Eq)]
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
    /// What is wrong with the body, for the kinds that are about the body.
    problem: Option<Cow<'static, str>>,
}

/// What is known, and no more: a program whose `main` fails shows it to a person.
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

    /// The same error, for an operation that knows better than the status what it means.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
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

    /// For an [`Operation`](crate::Operation) that finds a success without what it needs: `path` is where in the
    /// JSON (such as `MediaContainer.token`), `problem` what is wrong there (such as `missing`). Neither may hold
    /// anything from the body but field names.
    #[must_use]
    pub fn not_understood(status: StatusCode, path: impl Into<String>, problem: &'static str) -> Self {
        let mut error = Self::new(ErrorKind::NotUnderstood, status);
        error.0.path = Some(path.into());
        error.0.problem = Some(problem.into());
        error
    }

    /// For whoever reads the body: it is longer than `limit` bytes, and was not read on.
    #[must_use]
    pub fn body_too_large(status: StatusCode, limit: usize) -> Self {
        let mut error = Self::new(ErrorKind::BodyTooLarge, status);
        error.0.problem = Some(format!("{limit} bytes").into());
        error
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Plex's own error code, such as 1029, if the body named one.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.0.code
    }

    /// What Plex, or whatever answered in its place, said in words: at most 200 characters.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// How long the server asks to be left alone, if it says.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        self.0.retry_after
    }

    /// Where a redirect led: scheme, host and port, without the path, which may hold secrets. Nothing if it led to
    /// the same server or nowhere.
    #[must_use]
    pub fn redirect_origin(&self) -> Option<&str> {
        self.0.redirect_origin.as_deref()
    }

    /// Where in the JSON the trouble is, such as `MediaContainer.token`, for [`ErrorKind::NotUnderstood`].
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Whether Plex said that the token is not valid: then, and only then, forget it and log in again.
    ///
    /// True for a 401 on a request that carried a token, unless its code says that it is about something else.
    /// Nothing else says anything about a token: not a failing server, not a proxy's page, not a lost connection.
    #[must_use]
    pub fn is_token_invalid(&self) -> bool {
        self.0.kind == ErrorKind::TokenInvalid
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        write!(f, "{} (HTTP {}", details.kind, details.status.as_u16())?;
        if let Some(code) = details.code {
            write!(f, ", code {code}")?;
        }
        if let Some(message) = &details.message {
            write!(f, ", \"{message}\"")?;
        }
        if let Some(origin) = &details.redirect_origin {
            write!(f, ", to {origin}")?;
        }
        if let Some(path) = &details.path {
            write!(f, ", at {path}")?;
        }
        if let Some(problem) = &details.problem {
            write!(f, ", {problem}")?;
        }
        match details.retry_after {
            Some(RetryAfter::Delay(delay)) => write!(f, ", retry after {} s", delay.as_secs())?,
            Some(RetryAfter::At(moment)) => write!(f, ", retry at {}", httpdate::HttpDate::from(moment))?,
            None => {}
        }
        write!(f, "); {}", details.kind.advice())
    }
}

impl std::error::Error for ResponseError {}
