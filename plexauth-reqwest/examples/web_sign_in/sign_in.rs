//! The redirect to Plex and the way back.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar as Cookies, SameSite};
use plexauth_reqwest::{Client, CreatePin, Error};

use crate::pages::{Failed, home, sorry, waiting};
use crate::waiting::{Outcome, Waiting};

#[derive(Clone, FromRef)]
struct App {
    plex: Client,
    /// The address of this application, from its configuration: anybody can forge the `Host` of a request.
    origin: String,
    /// Encrypts the cookies. Store it and keep it secret if sign-ins are to survive a restart.
    key: Key,
    waiting: Waiting,
}

/// `patience` is how long to wait for the approval once the browser is back. With a server, only people who may use it can
/// sign in.
pub(crate) fn routes(plex: Client, origin: String, patience: Duration, server: Option<String>) -> Router {
    let waiting = Waiting::new(plex.clone(), patience, server);
    let app = App { plex, origin, key: Key::generate(), waiting };
    let routes = Router::new().route("/", get(start)).route("/sign-in", post(sign_in));
    routes.route("/signed-in", get(signed_in)).route("/sign-out", post(sign_out)).with_state(app)
}

async fn start(cookies: Cookies) -> impl IntoResponse {
    home(cookies.get("session").as_ref().map(Cookie::value))
}

/// The PIN is in a cookie whose name contains the `state` of this sign-in. So tabs do not interfere, and a link from
/// somebody else signs nobody in.
async fn sign_in(State(app): State<App>, cookies: Cookies) -> Result<impl IntoResponse, Failed> {
    let pin = app.plex.send(&CreatePin::strong()).await?;
    let state = uuid::Uuid::new_v4();
    let back = format!("{}/signed-in?state={state}", app.origin);
    let url = pin.auth_url_forwarding(app.plex.info(), &back).map_err(Error::from)?;
    Ok((cookies.add(cookie(&app, format!("sign-in-{state}"), pin.id.to_string())), Redirect::to(&url)))
}

/// The browser may leave, reload or ask twice at any time: then nobody reads this response. What it would have said is still
/// there for the next request, because the cookie is, too.
async fn signed_in(
    State(app): State<App>,
    Query(query): Query<HashMap<String, String>>,
    cookies: Cookies,
) -> Response {
    let name = format!("sign-in-{}", query.get("state").map_or("", String::as_str));
    let Some(id) = cookies.get(&name).and_then(|cookie| cookie.value().parse().ok()) else {
        return sorry(StatusCode::BAD_REQUEST, "This sign-in did not start in this browser, or is over.");
    };
    let done = cookies.remove(Cookie::build(name).path("/"));
    match app.waiting.outcome(id).await {
        // Plex may send the browser back before the approval has arrived.
        None => waiting().into_response(),
        Some(Outcome::SignedIn(user)) => {
            (done.add(cookie(&app, "session".into(), user)), Redirect::to("/")).into_response()
        }
        Some(Outcome::NotApproved) => {
            (done, sorry(StatusCode::FORBIDDEN, "This sign-in was not approved.")).into_response()
        }
        Some(Outcome::Stranger) => {
            (done, sorry(StatusCode::FORBIDDEN, "This account may not use our server.")).into_response()
        }
        Some(Outcome::Failed(error)) => Failed::from(error).into_response(),
    }
}

async fn sign_out(cookies: Cookies) -> (Cookies, Redirect) {
    (cookies.remove(Cookie::build("session").path("/")), Redirect::to("/"))
}

fn cookie(app: &App, name: String, value: String) -> Cookie<'static> {
    let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
    cookie.secure(app.origin.starts_with("https:")).build()
}
