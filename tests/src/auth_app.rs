//! The page in the place of app.plex.tv on which a person approves a login.
//!
//! It reads the parameters behind `#?`, which no server sees, and is strict about them. Whoever refuses is sent back as if
//! they had approved; what Plex does then is not known, and an application has to bear it.

use http::{Method, Response};

use crate::pin::{GONE, Pin};
use crate::reply::{Format, Received, Refusal, Scripted, html_response, with_type};
use crate::world::World;

const PAGE: &str = include_str!("auth_app.html");

/// The page, and what its script asks.
pub(crate) fn answer(world: &mut World, path: &str, request: &Received) -> Response<Vec<u8>> {
    let answer = match (path, &request.method) {
        ("", &Method::GET) => return with_type(200, "text/html; charset=utf-8", PAGE.into()),
        ("/look", &Method::POST) => look(world, request),
        ("/approve", &Method::POST) => approve(world, request),
        _ => return html_response(404),
    };
    match answer {
        Ok(text) => Scripted::new(200, text).response(),
        Err(refusal) => refusal.response(Format::Json),
    }
}

/// In whose name the login would be.
fn look(world: &mut World, request: &Received) -> Result<String, Refusal> {
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
    let is_meant = |pin: &&Pin| Some(pin.client()) == client.as_deref() && Some(&pin.code) == code.as_ref();
    let pin = world.pins.iter().find(is_meant).ok_or(GONE)?;
    if pin.is_over(world) { Err(GONE) } else { Ok(pin.id) }
}
