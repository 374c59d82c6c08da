//! The redirect to Plex and the way back.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar as Cookies, SameSite};
use plexauth_reqwest::{Client, CreatePin, Error, GetUserDetails, PinLogin, SignOut};

use crate::pages::{Failed, home, sorry, waiting};

/// Long enough for one check. The page that waits loads itself again for the next one.
const ONE_CHECK: Duration = Duration::from_millis(900);

#[derive(Clone, FromRef)]
struct App {
    plex: Client,
    /// The address of this application, from its configuration: anybody can forge the `Host` of a request.
    origin: String,
    /// Encrypts the cookies. Store it and keep it secret if sign-ins are to survive a restart.
    key: Key,
    /// How long to wait for the approval once the browser is back.
    patience: Duration,
}

pub(crate) fn routes(plex: Client, origin: String, patience: Duration) -> Router {
    let app = App { plex, origin, key: Key::generate(), patience };
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

async fn signed_in(
    State(app): State<App>,
    Query(query): Query<HashMap<String, String>>,
    cookies: Cookies,
) -> Result<Response, Failed> {
    let name = format!("sign-in-{}", query.get("state").map_or("", String::as_str));
    let value = cookies.get(&name).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let (id, deadline) = value.split_once(' ').unwrap_or((&value, ""));
    let Ok(id) = id.parse() else {
        let words = "This sign-in did not start in this browser, or is over.";
        return Ok(sorry(StatusCode::BAD_REQUEST, words));
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let deadline = deadline.parse().map_or(now + app.patience, Duration::from_millis);
    let done = cookies.clone().remove(Cookie::build(name.clone()).path("/"));
    let token = match app.plex.run(PinLogin::resume(id, app.plex.info()).timeout(ONE_CHECK)).await {
        // Plex may send the browser back before the approval has arrived.
        Err(Error::DeadlineReached) if now < deadline => {
            let pending = cookie(&app, name, format!("{id} {}", deadline.as_millis()));
            return Ok((cookies.add(pending), waiting()).into_response());
        }
        Err(Error::DeadlineReached | Error::PinExpired | Error::PinNotFound) => {
            return Ok((done, sorry(StatusCode::FORBIDDEN, "This sign-in was not approved.")).into_response());
        }
        token => token?,
    };
    let account = app.plex.send(&GetUserDetails::new(&token)).await?;
    // An application that uses the token keeps it on the server. This one only wants to know the name.
    app.plex.send(&SignOut::new(&token)).await?;
    let user = account.display_name().unwrap_or("stranger").to_owned();
    Ok((done.add(cookie(&app, "session".into(), user)), Redirect::to("/")).into_response())
}

async fn sign_out(cookies: Cookies) -> (Cookies, Redirect) {
    (cookies.remove(Cookie::build("session").path("/")), Redirect::to("/"))
}

fn cookie(app: &App, name: String, value: String) -> Cookie<'static> {
    let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
    cookie.secure(app.origin.starts_with("https:")).build()
}
