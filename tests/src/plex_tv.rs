use http::header::{HeaderValue, RETRY_AFTER};
use http::{Method, Response};
use serde_json::{Value, json};

use crate::reply::{Format, Received, Refusal, Scripted, json_response, xml_response};
use crate::tokens::Credential;
use crate::world::World;
use crate::{device_key, devices, home, pin, resources, xml};

const MISSING_CLIENT_IDENTIFIER: Refusal = Refusal(400, Some(1000), "X-Plex-Client-Identifier is missing");
const NO_IDENTIFIER_FOR_NONCE: Refusal = Refusal(422, None, "X-Plex-Client-Identifier is missing");
pub(crate) const UNAUTHENTICATED: Refusal = Refusal(401, Some(1001), "User could not be authenticated");
pub(crate) const NOT_FOUND: Refusal = Refusal(404, Some(1002), "Not Found");
pub(crate) const RATE_LIMITED: Refusal = Refusal(429, Some(1003), "Rate limit exceeded");
pub(crate) const MALFORMED: Refusal = Refusal(400, Some(1004), "Malformed request");
const METHOD_NOT_ALLOWED: Refusal = Refusal(405, Some(1005), "Method not allowed");
const NOT_ACCEPTABLE: Refusal = Refusal(406, Some(1006), "Not acceptable");
const WRONG_CODE: Refusal = Refusal(401, Some(1028), "Invalid verification code");
const CODE_REQUIRED: Refusal = Refusal(401, Some(1029), "Please enter the verification code");
const EMAIL_ONLY: Refusal = Refusal(401, Some(1030), "Please sign in with your email address");
const LOCKED_OUT: Refusal = Refusal(401, Some(1031), "Too many failed attempts from this address");
pub(crate) const EXPIRED: Refusal = Refusal(498, None, "Token has expired");

/// A successful response: the status, the name of the XML element, and the content.
pub(crate) struct Success(pub(crate) u16, pub(crate) &'static str, pub(crate) Value);

/// Responds as plex.tv. `path` is relative to the base path of the API.
pub(crate) fn respond(world: &mut World, path: &str, request: &Received) -> Response<Vec<u8>> {
    let format = request.format();
    match checked(world, path, request) {
        Ok(Success(status @ 204, ..)) => Scripted::new(status, "").response(),
        Ok(Success(status, _, body)) if format == Format::Json => json_response(status, &body),
        // The one element with text.
        Ok(Success(status, "pong", _)) => xml_response(status, "<pong>1</pong>"),
        Ok(Success(status, element, body)) => xml_response(status, &xml::element(element, &body)),
        Err(refusal) => {
            let mut response = refusal.response(format);
            let limit = world.rate_limit.as_ref().filter(|_| refusal.0 == RATE_LIMITED.0);
            if let Some(wait) = limit.and_then(|limit| limit.retry_after.as_deref()) {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from_str(wait).expect("the header value is valid"));
            }
            response
        }
    }
}

/// Checks what all endpoints require, then calls the endpoint.
fn checked(world: &mut World, path: &str, request: &Received) -> Result<Success, Refusal> {
    type Endpoint = fn(&mut World, &Received) -> Result<Success, Refusal>;
    let (method, endpoint): (Method, Endpoint) = match path {
        "/user" => (Method::GET, get_user),
        "/users/signin" => (Method::POST, sign_in),
        "/pins" | "/pins.json" => (Method::POST, pin::create),
        "/pins/link" => (Method::PUT, pin::link),
        _ if path.starts_with("/pins/") => (Method::GET, pin::check),
        "/ping" => (Method::GET, ping),
        "/users/signout" => (Method::DELETE, sign_out),
        "/resources" => (Method::GET, resources::list),
        "/devices" => (Method::GET, devices::list),
        "/home/users" => (Method::GET, home::users),
        _ if path.starts_with("/home/users/") && path.ends_with("/switch") => (Method::POST, home::switch),
        "/auth/jwk" => (Method::POST, device_key::register),
        "/auth/nonce" => (Method::GET, device_key::nonce),
        "/auth/token" => (Method::POST, device_key::exchange),
        "/auth/keys" => (Method::GET, device_key::keys),
        _ => return Err(NOT_FOUND),
    };
    if request.method != method {
        return Err(METHOD_NOT_ALLOWED);
    }
    if request.format() == Format::Unsupported {
        return Err(NOT_ACCEPTABLE);
    }
    if request.plex("X-Plex-Client-Identifier").is_none() {
        match path {
            "/auth/keys" => {}
            "/auth/nonce" => return Err(NO_IDENTIFIER_FOR_NONCE),
            _ => return Err(MISSING_CLIENT_IDENTIFIER),
        }
    }
    world.note_client(request);
    if let Some(limit) = &mut world.rate_limit {
        limit.remaining = limit.remaining.checked_sub(1).ok_or(RATE_LIMITED)?;
    }
    endpoint(world, request)
}

/// Returns the index of the account that the request's token belongs to.
pub(crate) fn signed_in_account(world: &World, request: &Received) -> Result<usize, Refusal> {
    let token = request.plex("X-Plex-Token").ok_or(UNAUTHENTICATED)?;
    match world.credential(&token) {
        Credential::Valid(index) => Ok(index),
        Credential::Expired => Err(EXPIRED),
        Credential::Invalid => Err(UNAUTHENTICATED),
    }
}

fn get_user(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = &world.accounts[signed_in_account(world, request)?];
    let token = request.plex("X-Plex-Token").unwrap_or_default();
    Ok(Success(200, "user", account.to_json(&token)))
}

fn ping(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    signed_in_account(world, request)?;
    Ok(Success(200, "pong", json!({ "pong": true })))
}

fn sign_out(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    signed_in_account(world, request)?;
    world.revoke(&request.plex("X-Plex-Token").unwrap_or_default());
    Ok(Success(204, "user", Value::Null))
}

/// `GET /api/claim/token.json`, which is outside the versioned API and has its own error format.
pub(crate) fn claim(world: &mut World, request: &Received) -> Response<Vec<u8>> {
    match signed_in_account(world, request) {
        Ok(account) => json_response(200, &json!({ "token": world.issue_claim(account) })),
        Err(_) => json_response(401, &json!({ "error": "Invalid authentication token." })),
    }
}

fn sign_in(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let login = request.form_field("login")?.ok_or(MALFORMED)?;
    let password = request.form_field("password")?.ok_or(MALFORMED)?;
    let remember = request.form_field("rememberMe")?.map(|word| word.to_ascii_lowercase());
    if !matches!(remember.as_deref(), None | Some("true" | "false" | "1" | "0")) {
        return Err(MALFORMED);
    }
    if world.is_locked_out(request.from) {
        return Err(LOCKED_OUT);
    }
    let result = authenticate(world, &login, &password, request.form_field("verificationCode")?);
    match result {
        Ok(_) => world.reset_failures(request.from),
        Err(Refusal(_, Some(1029 | 1030), _)) => {}
        Err(_) => world.count_failure(request.from),
    }
    let index = result?;
    let token = world.issue_legacy("token", index, &request.client());
    Ok(Success(201, "user", world.accounts[index].to_json(&token)))
}

/// Returns the index of the account that these credentials belong to.
fn authenticate(
    world: &mut World,
    login: &str,
    password: &str,
    code: Option<String>,
) -> Result<usize, Refusal> {
    let index = world.accounts.iter().position(|account| account.has_login(login)).ok_or(UNAUTHENTICATED)?;
    let account = &mut world.accounts[index];
    if account.email_only && account.email != login {
        return Err(EMAIL_ONLY);
    }
    if account.password.as_deref() != Some(password) {
        return Err(UNAUTHENTICATED);
    }
    match (&account.verification_code, code) {
        (None, _) => Ok(index),
        (Some(_), None) => Err(CODE_REQUIRED),
        (Some(expected), Some(code)) if *expected == code => Ok(index),
        (Some(_), Some(code)) => {
            let used = account.backup_codes.iter().position(|backup| *backup == code).ok_or(WRONG_CODE)?;
            account.backup_codes.remove(used);
            Ok(index)
        }
    }
}
