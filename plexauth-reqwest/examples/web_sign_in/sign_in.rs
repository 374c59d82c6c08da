//! The way to Plex and back.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar as Cookies, SameSite};
use plexauth_reqwest::{Client, CreatePin, Error, GetUserDetails, PinLogin, SignOut};

use crate::pages::{self, Failed, sorry};

#[derive(Clone, FromRef)]
struct App {
    plex: Client,
    /// Where this application is, by its configuration: the `Host` of a request is what anybody says.
    origin: String,
    /// For what is in cookies. Store one and keep it secret, if sign-ins are to outlive the program.
    key: Key,
    /// How long to wait for a PIN that is not there yet when the browser is back.
    patience: Duration,
}

pub(crate) fn routes(plex: Client, origin: String, patience: Duration) -> Router {
    let app = App { plex, origin, key: Key::generate(), patience };
    let routes = Router::new().route("/", get(home)).route("/sign-in", post(sign_in));
    routes.route("/signed-in", get(signed_in)).route("/sign-out", post(sign_out)).with_state(app)
}

async fn home(cookies: Cookies) -> impl IntoResponse {
    pages::home(cookies.get("session").as_ref().map(Cookie::value))
}

/// What is wanted when the browser is back is in a cookie of that browser, under a name that only this sign-in has: tabs
/// do not get in each other's way, and nobody can be signed in by a link from somebody else.
async fn sign_in(State(app): State<App>, cookies: Cookies) -> Result<impl IntoResponse, Failed> {
    let pin = app.plex.send(&CreatePin::strong()).await?;
    let state = uuid::Uuid::new_v4();
    let back = format!("{}/signed-in?state={state}", app.origin);
    let url = pin.auth_url_forwarding(app.plex.info(), &back);
    Ok((cookies.add(cookie(&app, format!("sign-in-{state}"), pin.id.to_string())), Redirect::to(&url)))
}

async fn signed_in(
    State(app): State<App>,
    Query(query): Query<HashMap<String, String>>,
    cookies: Cookies,
) -> Result<Response, Failed> {
    let name = format!("sign-in-{}", query.get("state").map_or("", String::as_str));
    let Some(id) = cookies.get(&name).and_then(|cookie| cookie.value().parse().ok()) else {
        return Ok(sorry(StatusCode::BAD_REQUEST, "was not begun in this browser, or is over"));
    };
    let cookies = cookies.remove(Cookie::build(name).path("/"));
    // Plex may send the browser back before the PIN is there: the flow asks until it is.
    let login = PinLogin::resume(id, app.plex.info()).timeout(app.patience);
    let token = match app.plex.run(login).await {
        Err(Error::DeadlineReached | Error::PinExpired) => {
            return Ok((cookies, sorry(StatusCode::FORBIDDEN, "was not approved")).into_response());
        }
        token => token?,
    };
    let account = app.plex.send(&GetUserDetails::new(&token)).await?;
    // Who goes on to use the token keeps it on the server. Here it was only about who that is.
    app.plex.send(&SignOut::new(&token)).await?;
    let name = account.display_name().unwrap_or("somebody without a name").to_owned();
    Ok((cookies.add(cookie(&app, "session".into(), name)), Redirect::to("/")).into_response())
}

async fn sign_out(cookies: Cookies) -> (Cookies, Redirect) {
    (cookies.remove(Cookie::build("session").path("/")), Redirect::to("/"))
}

fn cookie(app: &App, name: String, value: String) -> Cookie<'static> {
    let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
    cookie.secure(app.origin.starts_with("https:")).build()
}
