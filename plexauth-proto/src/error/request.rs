//! [`RequestError`]: an input that cannot be sent.

use thiserror::Error;

/// An input that cannot be sent. Nothing was sent.
///
/// The error names the input and never shows its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A required input is empty.
    #[error("{what} is empty")]
    Empty {
        /// The input.
        what: &'static str,
    },
    /// An input contains control characters, which HTTP headers do not allow.
    #[error("{what} contains control characters, which HTTP headers do not allow; remove them")]
    NotAHeader {
        /// The input.
        what: &'static str,
    },
    /// The base URL is invalid.
    #[error("the base URL is invalid: {problem}")]
    BaseUrl {
        /// What is wrong with it and how to fix it.
        problem: &'static str,
    },
    /// The address of the proxy is invalid.
    #[error("the address of the proxy is invalid: {problem}")]
    Proxy {
        /// What is wrong with it and how to fix it.
        problem: &'static str,
    },
    /// A base URL that replaces plex.tv is plain `http` and does not point to this machine.
    #[error(
        "plex.tv must be reached over https to keep credentials private; use an https:// URL, or allow plain http if this is a \
         test"
    )]
    Insecure,
    /// The source is neither `server://…` nor `provider://…`.
    #[error("the source is invalid: {problem}")]
    Source {
        /// What is wrong with it and how to fix it.
        problem: &'static str,
    },
    /// The PIN of a Home user does not have four digits.
    #[error("the PIN of a Home user has four digits; ask for it again")]
    HomePin,
    /// The Home user is protected, and no PIN was given.
    #[error("the Home user is protected by a PIN; ask for it and continue with it")]
    HomePinWanted,
    /// A PIN with a short code has no link for the Auth App, which accepts long codes only.
    #[error(
        "the PIN has a short code, which the Auth App does not accept; use `Pin::link_url`, or create a strong PIN"
    )]
    ShortPin,
    /// A PIN with a long code has no link for `plex.tv/link`, where short codes are typed.
    #[error(
        "the PIN has a long code, which plex.tv/link does not accept; use `Pin::auth_url`, or create a short PIN"
    )]
    StrongPin,
    /// Two devices have the same client identifier, of which Plex keeps one token.
    #[error(
        "both devices have the same client identifier, for which Plex keeps one token; generate another for the second"
    )]
    SameDevice,
    /// The saved PIN cannot be restored.
    #[error("the saved PIN cannot be restored: {problem}")]
    SavedPin {
        /// What is wrong with it and how to fix it.
        problem: &'static str,
    },
    /// The saved session cannot be restored.
    #[error("the saved session cannot be restored: {problem}")]
    SavedSession {
        /// What is wrong with it and how to fix it.
        problem: &'static str,
    },
    /// The path of an operation does not form a URL.
    #[error(
        "the path does not form a URL: it is too long, or contains characters that must be percent-encoded"
    )]
    Path,
}
