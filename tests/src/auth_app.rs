//! The simulator's replacement for app.plex.tv: the page on which users approve logins.
//!
//! Its script parses the parameters after `#?`, which browsers do not send to servers. Like the Auth App, it does not accept
//! short codes.
//! Cancelling sends the browser back just as approving does. It is unknown whether Plex does the same, so applications
//! must be prepared for it.

use http::{Method, Response};

use crate::pin::{PIN_NOT_FOUND, Pin};
use crate::reply::{Format, Received, Refusal, Scripted, html_response, with_type};
use crate::world::World;

const PAGE: &str = include_str!("auth_app.html");

/// Serves the page and the requests of its script.
pub(crate) fn respond(world: &mut World, path: &str, request: &Received) -> Response<Vec<u8>> {
    let result = match (path, &request.method) {
        ("" | "/", &Method::GET) => return with_type(200, "text/html; charset=utf-8", PAGE.into()),
        ("/look", &Method::POST) => account_title(world, request),
        ("/approve", &Method::POST) => approve(world, request),
        _ => return html_response(404),
    };
    match result {
        Ok(text) => Scripted::new(200, text).response(),
        Err(refusal) => refusal.response(Format::Json),
    }
}

/// Returns the title of the account that the login would use.
fn account_title(world: &mut World, request: &Received) -> Result<String, Refusal> {
    pin(world, request)?;
    Ok(world.accounts[world.browser_account].title.clone())
}

fn approve(world: &mut World, request: &Received) -> Result<String, Refusal> {
    let id = pin(world, request)?;
    world.approve_pin_after(id, world.browser_account, world.early_return);
    Ok(String::new())
}

fn pin(world: &World, request: &Received) -> Result<u64, Refusal> {
    let (client, code) = (request.form_field("clientID")?, request.form_field("code")?);
    let is_requested =
        |pin: &&Pin| Some(pin.client()) == client.as_deref() && Some(&pin.code) == code.as_ref();
    let pin = world.pins.iter().find(is_requested).ok_or(PIN_NOT_FOUND)?;
    if pin.is_expired(world) || !pin.strong { Err(PIN_NOT_FOUND) } else { Ok(pin.id) }
}
