use std::time::{Duration, SystemTime};

use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::jwt;
use crate::plex_tv::{Answer, EXPIRED, MALFORMED, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

/// The time for which a nonce is good.
const NONCE: Duration = Duration::from_secs(300);
/// By how much the clock of a device may be ahead.
const AHEAD: u64 = 60;
/// The longest life of what a device signs.
const LONGEST: u64 = 600;
/// The life of a token.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

pub(crate) const REFUSED: Refusal = Refusal(422, None, "JWT could not be verified");
const TAKEN: Refusal = Refusal(422, None, "Thumbprint is already registered");

/// The public key of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jwk {
    pub(crate) kid: String,
    x: String,
}

impl Jwk {
    /// Every member must be right.
    pub(crate) fn read(jwk: &Value) -> Result<Self, Refusal> {
        for (name, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("use", "sig"), ("alg", "EdDSA")] {
            if jwk[name] != value {
                return Err(MALFORMED);
            }
        }
        let text = |name: &str| jwk[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { kid: text("kid").ok_or(MALFORMED)?, x: text("x").ok_or(MALFORMED)? })
    }
}

/// A key that is tied to a device and an account.
#[derive(Debug, Clone)]
pub(crate) struct DeviceKey {
    pub(crate) jwk: Jwk,
    client: String,
    account: usize,
}

/// The JSON in the body of a request that says that it is JSON.
pub(crate) fn json_body(request: &Received) -> Result<Value, Refusal> {
    let content_type = request.header(CONTENT_TYPE).unwrap_or_default();
    if content_type.split(';').next() != Some("application/json") {
        return Err(MALFORMED);
    }
    serde_json::from_slice(&request.body).map_err(|_| MALFORMED)
}

/// `POST /auth/jwk`
pub(crate) fn register(world: &mut World, request: &Received) -> Result<Answer, Refusal> {
    let account = signed_in_account(world, request)?;
    let jwk = Jwk::read(&json_body(request)?["jwk"])?;
    tie(world, jwk, &request.client(), account)?;
    Ok(Answer(201, "jwk", json!({})))
}

/// Refuses a key that another device has.
pub(crate) fn check_free(world: &World, jwk: &Jwk, client: &str) -> Result<(), Refusal> {
    let taken = world.device_keys.iter().any(|key| key.jwk.kid == jwk.kid && key.client != client);
    if taken { Err(TAKEN) } else { Ok(()) }
}

pub(crate) fn tie(world: &mut World, jwk: Jwk, client: &str, account: usize) -> Result<(), Refusal> {
    check_free(world, &jwk, client)?;
    world.device_keys.retain(|key| key.client != client);
    world.device_keys.push(DeviceKey { jwk, client: client.into(), account });
    Ok(())
}

/// `GET /auth/nonce`
pub(crate) fn nonce(world: &mut World, _: &Received) -> Result<Answer, Refusal> {
    let nonce = world.issue("nonce");
    let now = world.now();
    world.nonces.insert(nonce.clone(), (now, None));
    Ok(Answer(200, "nonce", json!({ "nonce": nonce })))
}

/// `GET /auth/keys`
pub(crate) fn keys(world: &mut World, _: &Received) -> Result<Answer, Refusal> {
    let keys: Vec<Value> = world.plex_keys.iter().map(jwt::PlexKey::jwk).collect();
    Ok(Answer(200, "keys", json!({ "keys": keys })))
}

/// `POST /auth/token`
pub(crate) fn exchange(world: &mut World, request: &Received) -> Result<Answer, Refusal> {
    let body = json_body(request)?;
    let signed = body["jwt"].as_str().ok_or(MALFORMED)?;
    let kid = jwt::kid(signed).ok_or(REFUSED)?;
    let client = request.client();
    let key = world.device_keys.iter().find(|key| key.jwk.kid == kid && key.client == client).cloned();
    let key = key.ok_or(REFUSED)?;
    let claims = check_signed(world, signed, &key.jwk, &client)?;
    use_nonce(world, &claims, None)?;
    let token = issue(world, &claims, &key.jwk, &client, key.account);
    Ok(Answer(200, "token", json!({ "auth_token": token })))
}

/// What a device says, if it signed it with that key and if it is good by Plex's clock.
pub(crate) fn check_signed(world: &World, signed: &str, jwk: &Jwk, client: &str) -> Result<Value, Refusal> {
    if jwt::kid(signed).as_deref() != Some(&jwk.kid) {
        return Err(REFUSED);
    }
    let claims = jwt::verified(signed, &jwk.x, client).ok_or(REFUSED)?;
    let (issued, expires) = (claims["iat"].as_u64().ok_or(REFUSED)?, claims["exp"].as_u64().ok_or(REFUSED)?);
    let now = unix_seconds(world.now());
    if expires <= now {
        return Err(EXPIRED);
    }
    if issued > now + AHEAD || expires > issued + LONGEST {
        return Err(REFUSED);
    }
    let known = ["username", "email", "friendly_name", "restricted", "anonymous", "joinedAt"];
    let scope = claims["scope"].as_str().ok_or(REFUSED)?;
    if scope.split(',').any(|word| !word.is_empty() && !known.contains(&word)) {
        return Err(REFUSED);
    }
    Ok(claims)
}

/// A nonce is good for one JWT, which a login may show as often as it likes; `shown` is that JWT.
pub(crate) fn use_nonce(world: &mut World, claims: &Value, shown: Option<&str>) -> Result<(), Refusal> {
    let now = world.now();
    let nonce = claims["nonce"].as_str().ok_or(REFUSED)?;
    let (issued, user) = world.nonces.get_mut(nonce).ok_or(REFUSED)?;
    if now.duration_since(*issued).is_ok_and(|age| age > NONCE) {
        return Err(REFUSED);
    }
    match (&user, shown) {
        (None, _) => *user = Some(shown.unwrap_or_default().to_owned()),
        (Some(user), Some(shown)) if user == shown => {}
        _ => return Err(REFUSED),
    }
    Ok(())
}

/// A new token for a device, which says of the account what was asked for.
pub(crate) fn issue(world: &mut World, asked: &Value, jwk: &Jwk, client: &str, account: usize) -> String {
    let now = world.now();
    let expires = now + WEEK;
    let about = world.accounts[account].clone();
    let mut claims = json!({
        "iss": "plex.tv", "aud": ["plex.tv", client], "iat": unix_seconds(now), "exp": unix_seconds(expires),
        "thumbprint": jwk.kid, "jti": world.issue("jwt"),
    });
    for scope in asked["scope"].as_str().unwrap_or_default().split(',').filter(|scope| !scope.is_empty()) {
        claims[scope] = match scope {
            "username" => about.username.clone().into(),
            "email" => about.email.clone().into(),
            "friendly_name" => about.title.clone().into(),
            "restricted" => about.managed.into(),
            "anonymous" => false.into(),
            _ => 1_556_281_940.into(),
        };
    }
    let token = world.plex_keys.last().expect("Plex has a key").sign(&claims);
    world.grant_until(&token, account, expires);
    token
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
