use serde_json::{Value, json};

use crate::account::Account;
use crate::plex_tv::{NOT_FOUND, Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

const PIN_REQUIRED: Refusal = Refusal(403, Some(1041), "A valid PIN is required to perform this action");
const PIN_NOT_FOUR_DIGITS: Refusal = Refusal(400, Some(1038), "PIN must be 4 digits");

/// The users of the Home that the account at this index belongs to. Refused if it belongs to none.
pub(crate) fn users_of(world: &World, account: usize) -> Result<Vec<&Account>, Refusal> {
    let home = world.accounts[account].home.ok_or(NOT_FOUND)?;
    Ok(world.accounts.iter().filter(|user| user.home == Some(home)).collect())
}

/// `GET /home/users`
pub(crate) fn users(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = signed_in_account(world, request)?;
    let users: Vec<Value> = users_of(world, account)?.into_iter().map(user).collect();
    let home = json!({ "id": world.accounts[account].home, "name": "Home", "guestUserID": null, "guestUserUUID": null,
        "guestEnabled": false, "subscription": true, "users": users });
    Ok(Success(200, "home", home))
}

/// A user of a Home.
pub(crate) fn user(account: &Account) -> Value {
    json!({
        "id": account.id, "uuid": account.uuid(), "title": account.title, "friendlyName": "",
        "username": account.username, "email": account.email,
        "thumb": format!("https://plex.tv/users/{}/avatar", account.uuid()),
        "hasPassword": account.password.is_some(), "restricted": account.managed,
        "restrictionProfile": if account.managed { "little_kid".into() } else { Value::Null },
        "admin": account.home_admin, "guest": false, "protected": account.home_pin.is_some(),
        "updatedAt": 1_680_893_707,
    })
}

/// `POST /home/users/UUID/switch`, with the number or the uuid of the user.
pub(crate) fn switch(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let (index, token) = switched(world, request)?;
    Ok(Success(201, "user", world.accounts[index].to_json(&token)))
}

/// Switches to the user in the path. Returns the user's index and the new token, which is a legacy one.
pub(crate) fn switched(world: &mut World, request: &Received) -> Result<(usize, String), Refusal> {
    let account = signed_in_account(world, request)?;
    let name =
        request.path.strip_suffix("/switch").and_then(|path| path.rsplit('/').next()).ok_or(NOT_FOUND)?;
    let home = world.accounts[account].home.ok_or(NOT_FOUND)?;
    let is_meant =
        |user: &Account| user.home == Some(home) && (user.uuid() == name || user.id.to_string() == name);
    let index = world.accounts.iter().position(is_meant).ok_or(NOT_FOUND)?;
    let pin = request.parameter("pin").or_else(|| request.form_field("pin").ok().flatten());
    if pin.as_ref().is_some_and(|pin| pin.len() != 4 || !pin.bytes().all(|digit| digit.is_ascii_digit())) {
        return Err(PIN_NOT_FOUR_DIGITS);
    }
    let is_open = pin.is_none() && world.accounts[account].switches_without_pin;
    let expected = &world.accounts[index].home_pin;
    if expected.is_some() && *expected != pin && !is_open {
        return Err(PIN_REQUIRED);
    }
    let token = world.issue_legacy("home", index, &request.client());
    Ok((index, token))
}
