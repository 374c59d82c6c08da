//! What is shown. What a person has chosen, such as a name, is escaped by `html!`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use plexauth_reqwest::Error;

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

pub(crate) fn sorry(status: StatusCode, words: &str) -> Response {
    let body = html! { p { "This sign-in " (words) "." } p { a href="/" { "Back to the beginning" } } };
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

/// What went wrong between this application and Plex. No error of plexauth holds a secret.
pub(crate) struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        sorry(StatusCode::BAD_GATEWAY, &format!("does not work at the moment: {}", self.0))
    }
}
