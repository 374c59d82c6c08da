use serde_json::{Value, json};

use crate::plex_tv::{MALFORMED, NOT_FOUND, Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

const PIN_REQUIRED: Refusal = Refusal(403, Some(1041), "A valid PIN is required");
const PIN_NOT_FOUR_DIGITS: Refusal = Refusal(400, Some(1038), "PIN must be 4 digits");

/// `GET /home/users`
pub(crate) fn users(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    signed_in_account(world, request)?;
    let users: Vec<Value> = world
        .accounts
        .iter()
        .map(|account| {
            json!({
                "id": account.id, "uuid": account.uuid(), "title": account.title, "username": account.username,
                "email": account.email, "thumb": format!("https://plex.tv/users/{}/avatar", account.uuid()),
                "hasPassword": account.password.is_some(), "restricted": account.managed,
                "restrictionProfile": if account.managed { "little_kid".into() } else { Value::Null },
                "admin": account.id == 1, "guest": false, "protected": account.home_pin.is_some(),
            })
        })
        .collect();
    let home = json!({ "id": 1, "name": "Home", "guestUserID": null, "guestEnabled": false, "subscription": true,
        "users": users });
    Ok(Success(200, "home", home))
}

/// `POST /home/users/UUID/switch`
pub(crate) fn switch(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    signed_in_account(world, request)?;
    let uuid =
        request.path.strip_suffix("/switch").and_then(|path| path.rsplit('/').next()).ok_or(NOT_FOUND)?;
    let index = world.accounts.iter().position(|account| account.uuid() == uuid).ok_or(NOT_FOUND)?;
    let pin = request.parameter("pin");
    if pin.as_ref().is_some_and(|pin| pin.len() != 4 || !pin.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(PIN_NOT_FOUR_DIGITS);
    }
    if !request.body.is_empty() {
        return Err(MALFORMED);
    }
    let expected = &world.accounts[index].home_pin;
    if expected.is_some() && *expected != pin {
        return Err(PIN_REQUIRED);
    }
    let token = world.issue("home");
    world.grant(&token, index);
    let access = crate::media_server::Access::Library;
    world.media_server.tokens.insert(token.clone(), access);
    Ok(Success(201, "user", world.accounts[index].to_json(&token)))
}
