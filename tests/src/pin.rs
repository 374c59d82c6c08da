use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::device_key::{self, Jwk};
use crate::devices::Description;
use crate::plex_tv::{MALFORMED, RATE_LIMITED, Success, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

pub(crate) const PIN_NOT_FOUND: Refusal = Refusal(404, Some(1020), "Code not found or expired");
/// The minimum time between two checks of a PIN. Earlier checks are refused as too many requests.
const MIN_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A PIN that has not been exchanged for a token yet.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The numeric identifier, which checks refer to.
    pub id: u64,
    /// The code that the user types, or that the link contains.
    pub code: String,
    /// Whether the code is long.
    pub strong: bool,
    client: String,
    description: Description,
    created: SystemTime,
    checked: Option<SystemTime>,
    approved: Option<Approval>,
    jwk: Option<Jwk>,
}

#[derive(Debug, Clone)]
struct Approval {
    /// The index of the account.
    account: usize,
    /// The number of checks that still return no token.
    checks: u32,
    /// Empty for a PIN with a key, whose token is issued to the check.
    token: String,
}

impl Pin {
    /// Returns the identifier of the client that created it.
    pub(crate) fn client(&self) -> &str {
        &self.client
    }

    pub(crate) fn is_expired(&self, world: &World) -> bool {
        self.created + self.lifetime(world) <= world.now()
    }

    fn lifetime(&self, world: &World) -> Duration {
        let usual = Duration::from_secs(if self.strong { 1800 } else { 900 });
        world.pin_lifetime.unwrap_or(usual)
    }

    fn json(&self, lifetime: Duration, now: SystemTime, token: Option<&str>) -> Value {
        let expires = self.created + lifetime;
        let remaining = expires.duration_since(now).unwrap_or_default();
        let date = |time| humantime::format_rfc3339_seconds(time).to_string();
        json!({
            "id": self.id, "code": self.code, "product": self.description.product, "trusted": false,
            "qr": format!("https://plex.tv/api/v2/pins/qr/{}", self.code),
            "clientIdentifier": self.client,
            "location": { "code": "AT", "european_union_member": true, "continent_code": "EU", "country": "Austria",
                "city": "Wien", "time_zone": "Europe/Vienna", "postal_code": 1010, "subdivisions": "Wien",
                "in_privacy_restricted_country": true, "in_privacy_restricted_region": false,
                "coordinates": "48.20849, 16.37208" },
            "expiresIn": remaining.as_secs(), "createdAt": date(self.created), "expiresAt": date(expires),
            "authToken": token, "newRegistration": null,
        })
    }
}

/// `POST /pins`
pub(crate) fn create(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let in_form = request.form_field("strong");
    let is_json = !request.body.is_empty() && in_form.is_err();
    let body = if is_json { device_key::json_body(request)? } else { Value::Null };
    let strong = request.parameter("strong").or(in_form.ok().flatten());
    let strong = strong.is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1"))
        || body["strong"].as_bool().unwrap_or_default();
    let jwk = match &body["jwk"] {
        Value::Null => None,
        jwk => Some(Jwk::read(jwk)?),
    };
    if let Some(jwk) = &jwk {
        device_key::check_available(world, jwk, &request.client())?;
    }
    world.pins_made += 1;
    let number = world.pins_made;
    let pin = Pin {
        id: 564_964_750 + number,
        code: if strong { format!("8lzjqnq8lye02n52jq3f{number:05}") } else { short_code(number) },
        strong,
        client: request.client(),
        description: world.description.clone(),
        created: world.now(),
        checked: None,
        approved: None,
        jwk,
    };
    let content = pin.json(pin.lifetime(world), pin.created, None);
    world.pins.push(pin);
    Ok(Success(201, "pin", content))
}

/// Returns a code of four characters, none of which look alike.
fn short_code(number: u64) -> String {
    // An odd factor permutes the 32^4 codes, so the first million numbers get different ones.
    let mut number = number.wrapping_mul(704_861);
    const CHARACTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let base = CHARACTERS.len() as u64;
    let mut code = String::new();
    for _ in 0..4 {
        code.insert(0, char::from(CHARACTERS[(number % base) as usize]));
        number /= base;
    }
    code
}

/// `GET /pins/ID`
pub(crate) fn check(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let id = request.path.rsplit('/').next().and_then(|id| id.parse::<u64>().ok()).ok_or(PIN_NOT_FOUND)?;
    let client = request.client();
    let index =
        world.pins.iter().position(|pin| pin.id == id && pin.client == client).ok_or(PIN_NOT_FOUND)?;
    let (now, lifetime) = (world.now(), world.pins[index].lifetime(world));
    if world.pins[index].is_expired(world) {
        return Err(PIN_NOT_FOUND);
    }
    let pin = &mut world.pins[index];
    let last = pin.checked.replace(now);
    if last.is_some_and(|last| now.duration_since(last).is_ok_and(|passed| passed < MIN_CHECK_INTERVAL)) {
        return Err(RATE_LIMITED);
    }
    let pin = pin.clone();
    let claims = match &pin.jwk {
        None => Value::Null,
        Some(jwk) => {
            let signed = request.parameter("deviceJWT").ok_or(MALFORMED)?;
            let claims = device_key::check_signed(world, &signed, jwk, &client)?;
            if claims.get("nonce").is_some() {
                device_key::use_nonce(world, &claims, Some(&signed))?;
            }
            claims
        }
    };
    let (account, token) = match &mut world.pins[index].approved {
        Some(Approval { account, checks: 0, token }) => (*account, token.clone()),
        Some(approval) => {
            approval.checks -= 1;
            return Ok(Success(200, "pin", pin.json(lifetime, now, None)));
        }
        None => return Ok(Success(200, "pin", pin.json(lifetime, now, None))),
    };
    let token = match &pin.jwk {
        Some(jwk) => device_key::issue(world, &claims, jwk, &client, account),
        None => token,
    };
    // The token is returned only once.
    world.pins.remove(index);
    Ok(Success(200, "pin", pin.json(lifetime, now, Some(&token))))
}

/// `PUT /pins/link`. Only Plex's own page sends this, and identifies itself as such.
pub(crate) fn link(world: &mut World, request: &Received) -> Result<Success, Refusal> {
    let account = signed_in_account(world, request)?;
    if request.plex("X-Plex-Product").as_deref() != Some("Plex SSO") {
        return Err(MALFORMED);
    }
    let code = request.form_field("code")?.ok_or(MALFORMED)?;
    let pin = world.pins.iter().find(|pin| pin.code.eq_ignore_ascii_case(&code)).ok_or(PIN_NOT_FOUND)?;
    if pin.is_expired(world) {
        return Err(PIN_NOT_FOUND);
    }
    let id = pin.id;
    world.approve_pin(id, account);
    Ok(Success(204, "pin", Value::Null))
}

impl World {
    /// Approves a PIN on behalf of the account at this index of [`accounts`](Self::accounts).
    ///
    /// # Panics
    ///
    /// If there is no such PIN.
    pub fn approve_pin(&mut self, id: u64, account: usize) {
        self.approve_pin_after(id, account, 0);
    }

    /// Approves a PIN, but the next `checks` checks still return no token. This simulates a browser that is sent back
    /// before Plex has completed the login.
    ///
    /// # Panics
    ///
    /// If there is no such PIN.
    pub fn approve_pin_after(&mut self, id: u64, account: usize, checks: u32) {
        let place = self.pins.iter().position(|pin| pin.id == id).expect("the PIN exists");
        let Pin { client, description, jwk, .. } = self.pins[place].clone();
        // An account and a client have one token: the one before ends now, even if nobody fetches the new one.
        self.end_tokens(account, &client, |_| true);
        self.description = description;
        let token = match jwk {
            None => self.issue_legacy("token", account, &client),
            Some(jwk) => {
                // It was available when the PIN was created.
                let _ = device_key::register_key(self, jwk, &client, account);
                String::new()
            }
        };
        self.pins[place].approved = Some(Approval { account, checks, token });
    }

    /// Returns the PINs that have not been exchanged for a token yet.
    #[must_use]
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }
}
