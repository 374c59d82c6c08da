//! The pages. `html!` escapes everything a user may have chosen, such as a name.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use plexauth_reqwest::{Error, ErrorKind};

pub(crate) fn home(name: Option<&str>) -> Markup {
    page(html! {
        @match name {
            Some(name) => {
                p { "Hello, " (name) "." }
                form method="post" action="/sign-out" { button { "Sign out" } }
            },
            None => form method="post" action="/sign-in" { button { "Sign in with Plex" } },
        }
    })
}

/// Loads itself again until Plex has the approval.
pub(crate) fn waiting() -> Markup {
    page(html! {
        meta http-equiv="refresh" content="2";
        p { "Waiting for Plex to confirm your sign-in…" }
        p { a href="/" { "Cancel" } }
    })
}

pub(crate) fn sorry(status: StatusCode, words: &str) -> Response {
    let body = html! { p { (words) } p { a href="/" { "Back to the start" } } };
    (status, page(body)).into_response()
}

fn page(body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Sign in with Plex" }
                style { "body{font:18px/1.5 system-ui,sans-serif;max-width:30rem;margin:4rem auto;padding:0 1rem}"
                    "button{font:inherit;padding:.4em 1.2em;border:0;border-radius:.3em;background:#e5a00d}" }
            }
            body { h1 { "My Cool App" } (body) }
        }
    }
}

/// An error between this application and Plex: its text for the log, words of our own for the user.
pub(crate) struct Failed(Arc<Error>);

impl<E: Into<Arc<Error>>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        eprintln!("sign-in failed: {}", self.0);
        sorry(StatusCode::BAD_GATEWAY, words_for_users(&self.0))
    }
}

/// The text of an error is for developers. These words are for users.
fn words_for_users(error: &Error) -> &'static str {
    match error.kind() {
        Some(ErrorKind::RateLimited) => "Plex is busy. Please try again in a minute.",
        Some(ErrorKind::TokenInvalid) => "Plex has ended this sign-in. Please start again.",
        Some(ErrorKind::ServerFailure) => "Plex has a problem. Please try again later.",
        _ if error.is_timeout() => "Plex does not answer. Please try again later.",
        _ => "Plex cannot be reached at the moment. Please try again later.",
    }
}
