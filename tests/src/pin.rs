use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::device_key::{self, Jwk};
use crate::plex_tv::{Answer, MALFORMED, RATE_LIMITED, signed_in_account};
use crate::reply::{Received, Refusal};
use crate::world::World;

pub(crate) const GONE: Refusal = Refusal(404, Some(1020), "Code not found or expired");
/// Whoever checks a PIN more often than that is told to slow down.
const BETWEEN_CHECKS: Duration = Duration::from_secs(1);

/// A PIN that somebody may approve.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The number to check it by.
    pub id: u64,
    /// The code to type, or that the link holds.
    pub code: String,
    /// Whether it has a long code.
    pub strong: bool,
    client: String,
    product: String,
    created: SystemTime,
    checked: Option<SystemTime>,
    /// By whom it was approved, and after how many more checks that shows.
    approved: Option<(usize, u32)>,
    jwk: Option<Jwk>,
}

impl Pin {
    /// The identifier of whoever made it.
    pub(crate) fn client(&self) -> &str {
        &self.client
    }

    pub(crate) fn is_over(&self, world: &World) -> bool {
        self.created + world.pin_lifetime <= world.now()
    }

    fn json(&self, lifetime: Duration, now: SystemTime, token: Option<&str>) -> Value {
        let expires = self.created + lifetime;
        let left = expires.duration_since(now).unwrap_or_default();
        let date = |time| humantime::format_rfc3339_seconds(time).to_string();
        json!({
            "id": self.id, "code": self.code, "product": self.product, "trusted": false,
            "qr": format!("https://plex.tv/api/v2/pins/qr/{}", self.code),
            "clientIdentifier": self.client,
            "location": { "code": "AT", "european_union_member": true, "continent_code": "EU", "country": "Austria",
                "city": "Wien", "time_zone": "Europe/Vienna", "postal_code": 1010, "subdivisions": "Wien",
                "in_privacy_restricted_country": true, "in_privacy_restricted_region": false,
                "coordinates": "48.20849, 16.37208" },
            "expiresIn": left.as_secs(), "createdAt": date(self.created), "expiresAt": date(expires),
            "authToken": token, "newRegistration": null,
        })
    }
}

/// `POST /pins`
pub(crate) fn create(world: &mut World, request: &Received) -> Result<Answer, Refusal> {
    let flag = |text: &str| matches!(text, "true" | "1");
    let (strong, jwk) = if request.body.is_empty() {
        (request.parameter("strong").is_some_and(|text| flag(&text)), None)
    } else {
        let body = device_key::json_body(request)?;
        let jwk = Jwk::read(&body["jwk"])?;
        device_key::check_free(world, &jwk, &request.client())?;
        (body["strong"].as_bool().unwrap_or_default(), Some(jwk))
    };
    world.pins_made += 1;
    let number = world.pins_made;
    let pin = Pin {
        id: 564_964_750 + number,
        code: if strong { format!("8lzjqnq8lye02n52jq3f{number:05}") } else { short_code(number) },
        strong,
        client: request.client(),
        product: request.plex("X-Plex-Product").ok_or(MALFORMED)?,
        created: world.now(),
        checked: None,
        approved: None,
        jwk,
    };
    let answer = pin.json(world.pin_lifetime, pin.created, None);
    world.pins.push(pin);
    Ok(Answer(201, "pin", answer))
}

/// Four characters that nobody mistakes for one another.
fn short_code(number: u64) -> String {
    // Odd, so that no two of a million numbers make the same code.
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
pub(crate) fn check(world: &mut World, request: &Received) -> Result<Answer, Refusal> {
    let id = request.path.rsplit('/').next().and_then(|id| id.parse::<u64>().ok()).ok_or(GONE)?;
    let client = request.client();
    let place = world.pins.iter().position(|pin| pin.id == id && pin.client == client).ok_or(GONE)?;
    let (now, lifetime) = (world.now(), world.pin_lifetime);
    let pin = &mut world.pins[place];
    if pin.created + lifetime <= now {
        return Err(GONE);
    }
    let last = pin.checked.replace(now);
    if last.is_some_and(|last| now.duration_since(last).is_ok_and(|passed| passed < BETWEEN_CHECKS)) {
        return Err(RATE_LIMITED);
    }
    let pin = pin.clone();
    let claims = match &pin.jwk {
        None => Value::Null,
        Some(jwk) => {
            let signed = request.parameter("deviceJWT").ok_or(MALFORMED)?;
            let claims = device_key::check_signed(world, &signed, jwk, &client)?;
            device_key::use_nonce(world, &claims, Some(&signed))?;
            claims
        }
    };
    let account = match &mut world.pins[place].approved {
        Some((account, 0)) => *account,
        Some((_, checks)) => {
            *checks -= 1;
            return Ok(Answer(200, "pin", pin.json(lifetime, now, None)));
        }
        None => return Ok(Answer(200, "pin", pin.json(lifetime, now, None))),
    };
    let token = match pin.jwk.clone() {
        None => {
            let token = world.issue("token");
            world.grant(&token, account);
            token
        }
        Some(jwk) => {
            device_key::tie(world, jwk.clone(), &client, account)?;
            device_key::issue(world, &claims, &jwk, &client, account)
        }
    };
    // The token is handed out once.
    world.pins.remove(place);
    Ok(Answer(200, "pin", pin.json(lifetime, now, Some(&token))))
}

/// `PUT /pins/link`, which only Plex's own page does, and says so.
pub(crate) fn link(world: &mut World, request: &Received) -> Result<Answer, Refusal> {
    let account = signed_in_account(world, request)?;
    if request.plex("X-Plex-Product").as_deref() != Some("Plex SSO") {
        return Err(MALFORMED);
    }
    let code = request.form_field("code")?.ok_or(MALFORMED)?;
    let pin =
        world.pins.iter().find(|pin| !pin.strong && pin.code.eq_ignore_ascii_case(&code)).ok_or(GONE)?;
    if pin.is_over(world) {
        return Err(GONE);
    }
    let id = pin.id;
    world.approve_pin(id, account);
    Ok(Answer(204, "pin", Value::Null))
}

impl World {
    /// Approves a PIN in the name of the account in that place of [`accounts`](Self::accounts).
    ///
    /// # Panics
    ///
    /// If there is no such PIN.
    pub fn approve_pin(&mut self, id: u64, account: usize) {
        self.approve_pin_after(id, account, 0);
    }

    /// The same, but so many checks are still answered with "not yet": the browser is sent back before Plex is done.
    ///
    /// # Panics
    ///
    /// If there is no such PIN.
    pub fn approve_pin_after(&mut self, id: u64, account: usize, checks: u32) {
        let pin = self.pins.iter_mut().find(|pin| pin.id == id).expect("a PIN with this number");
        pin.approved = Some((account, checks));
    }

    /// The PINs that nobody has got a token for.
    #[must_use]
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }
}
