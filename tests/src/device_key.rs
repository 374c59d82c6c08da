use std::time::{Duration, SystemTime};

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::jwt;
use crate::plex_tv::{EXPIRED, MALFORMED, RATE_LIMITED, Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

/// The lifetime of a nonce.
const NONCE_LIFETIME: Duration = Duration::from_secs(300);
/// How far a device's clock may be ahead, in seconds.
const MAX_CLOCK_SKEW: u64 = 60;
/// The longest lifetime of a device JWT, in seconds.
const MAX_JWT_LIFETIME: u64 = 86_400;
/// The lifetime of a token.
const TOKEN_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

pub(crate) const JWT_REFUSED: Refusal = Refusal(422, None, "JWT could not be verified");
/// The status is not known.
const KEY_UNKNOWN: Refusal = Refusal(401, Some(1097), "No key was found for this JWT");
const KEY_TAKEN: Refusal = Refusal(422, None, "Thumbprint is already registered");

/// The public key of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jwk {
    pub(crate) kid: String,
    x: String,
}

impl Jwk {
    /// Parses a JWK. Every member must be valid; `use` may be missing.
    pub(crate) fn read(jwk: &Value) -> Result<Self, Refusal> {
        for (name, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
            if jwk[name] != value && !(name == "use" && jwk[name].is_null()) {
                return Err(MALFORMED);
            }
        }
        let text = |name: &str| jwk[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { kid: text("kid").ok_or(MALFORMED)?, x: text("x").ok_or(MALFORMED)? })
    }
}

/// A key that is registered to a device and an account.
#[derive(Debug, Clone)]
pub(crate) struct DeviceKey {
    pub(crate) jwk: Jwk,
    pub(crate) client: String,
    pub(crate) account: usize,
}

/// Parses the JSON body of a request. Its content type must be JSON.
pub(crate) fn json_body(request: &Received) -> Result<Value, Refusal> {
    let content_type = request.header(CONTENT_TYPE).unwrap_or_default();
    if content_type.split(';').next() != Some("application/json") {
        return Err(MALFORMED);
    }
    serde_json::from_slice(&request.body).map_err(|_| MALFORMED)
}

/// `POST /auth/jwk`
pub(crate) fn register(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = signed_in_account(world, request)?;
    let jwk = Jwk::read(&json_body(request)?["jwk"])?;
    // The key is bound to the device of the token. A token that a test made up belongs to the client of the request.
    let token = request.plex("X-Plex-Token").unwrap_or_default();
    let client =
        world.token(&token).and_then(|grant| grant.client.clone()).unwrap_or_else(|| request.client());
    world.adopt(&token, &client);
    register_key(world, jwk, &client, account)?;
    Ok(Success(201, "jwk", json!({})))
}

/// Refuses a key that is registered to another device.
pub(crate) fn check_available(world: &World, jwk: &Jwk, client: &str) -> Result<(), Refusal> {
    let taken = world.device_keys.iter().any(|key| key.jwk.kid == jwk.kid && key.client != client);
    if taken { Err(KEY_TAKEN) } else { Ok(()) }
}

pub(crate) fn register_key(world: &mut World, jwk: Jwk, client: &str, account: usize) -> Result<(), Refusal> {
    check_available(world, &jwk, client)?;
    world.device_keys.retain(|key| key.client != client);
    world.device_keys.push(DeviceKey { jwk, client: client.into(), account });
    Ok(())
}

/// `GET /auth/nonce`
pub(crate) fn nonce(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let now = world.now();
    let limit = world.nonces_per_minute;
    let times = world.nonce_times.entry(request.client()).or_default();
    times.retain(|time| now.duration_since(*time).is_ok_and(|passed| passed < Duration::from_secs(60)));
    if times.len() >= limit {
        return Err(RATE_LIMITED);
    }
    times.push(now);
    let nonce = world.issue("nonce");
    world.nonces.insert(nonce.clone(), (now, None));
    Ok(Success(200, "nonce", json!({ "nonce": nonce })))
}

/// `GET /auth/keys`
pub(crate) fn keys(world: &mut World, _: &Received) -> Result<Success, Refusal> {
    let keys: Vec<Value> = world.plex_keys.iter().map(jwt::PlexKey::jwk).collect();
    Ok(Success(200, "keys", json!({ "keys": keys })))
}

/// `POST /auth/token`
pub(crate) fn exchange(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let body = json_body(request)?;
    let signed = body["jwt"].as_str().ok_or(MALFORMED)?;
    let kid = jwt::kid(signed).ok_or(JWT_REFUSED)?;
    let key = world.device_keys.iter().find(|key| key.jwk.kid == kid).cloned().ok_or(KEY_UNKNOWN)?;
    let client = key.client.clone();
    if jwt::issuer(signed).as_ref() != Some(&client) {
        return Err(KEY_UNKNOWN);
    }
    let claims = check_signed(world, signed, &key.jwk, &client)?;
    use_nonce(world, &claims, None)?;
    let token = issue(world, &claims, &key.jwk, &client, key.account);
    Ok(Success(200, "token", json!({ "auth_token": token })))
}

/// Verifies a device JWT: its key, its signature, its times by Plex's clock, and its scopes. Returns its claims.
pub(crate) fn check_signed(world: &World, signed: &str, jwk: &Jwk, client: &str) -> Result<Value, Refusal> {
    if jwt::kid(signed).as_deref() != Some(&jwk.kid) {
        return Err(JWT_REFUSED);
    }
    let claims = jwt::verified_claims(signed, &jwk.x, client).ok_or(JWT_REFUSED)?;
    let now = unix_seconds(world.now());
    // Both are usual, and neither is required.
    let issued = claims["iat"].as_u64().unwrap_or(now);
    let expires = claims["exp"].as_u64().unwrap_or(now + 1);
    if expires <= now {
        return Err(EXPIRED);
    }
    if issued > now + MAX_CLOCK_SKEW || expires > issued.max(now) + MAX_JWT_LIFETIME + MAX_CLOCK_SKEW {
        return Err(JWT_REFUSED);
    }
    let known = ["username", "email", "friendly_name", "restricted", "anonymous", "joinedAt"];
    let scope = claims["scope"].as_str().unwrap_or_default();
    if scope.split(',').any(|word| !word.is_empty() && !known.contains(&word)) {
        return Err(JWT_REFUSED);
    }
    Ok(claims)
}

/// Marks a nonce as used. It is valid for one JWT. A login passes that JWT as `repeatable`, and may present it again.
pub(crate) fn use_nonce(world: &mut World, claims: &Value, repeatable: Option<&str>) -> Result<(), Refusal> {
    let now = world.now();
    let nonce = claims["nonce"].as_str().ok_or(JWT_REFUSED)?;
    let (issued, used_by) = world.nonces.get_mut(nonce).ok_or(JWT_REFUSED)?;
    if now.duration_since(*issued).is_ok_and(|age| age > NONCE_LIFETIME) {
        return Err(JWT_REFUSED);
    }
    match (&used_by, repeatable) {
        (None, _) => *used_by = Some(repeatable.unwrap_or_default().to_owned()),
        (Some(used), Some(repeated)) if used == repeated => {}
        _ => return Err(JWT_REFUSED),
    }
    Ok(())
}

/// Issues a token to a device, with the claims that the requested scopes name.
pub(crate) fn issue(world: &mut World, requested: &Value, jwk: &Jwk, client: &str, account: usize) -> String {
    let now = world.now();
    let expires = now + TOKEN_LIFETIME;
    let profile = world.accounts[account].clone();
    let mut claims = json!({
        "iss": "plex.tv", "aud": ["plex.tv", client], "iat": unix_seconds(now), "exp": unix_seconds(expires),
        "thumbprint": jwk.kid, "jti": world.issue("jwt"), "user": { "id": profile.id },
    });
    for scope in requested["scope"].as_str().unwrap_or_default().split(',').filter(|scope| !scope.is_empty())
    {
        claims[scope] = match scope {
            "username" => profile.username.clone().into(),
            "email" => profile.email.clone().into(),
            "friendly_name" => profile.title.clone().into(),
            "restricted" => profile.managed.into(),
            "anonymous" => false.into(),
            _ => 1_556_281_940.into(),
        };
    }
    let token = world.plex_keys.last().expect("there is at least one key").sign(&claims);
    world.issue_jwt(&token, account, client, expires);
    token
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
