use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::account::Account;
use crate::device_key::DeviceKey;
use crate::devices::{Description, Device};
use crate::jwt::PlexKey;
use crate::media_server::MediaServer;
use crate::pin::Pin;
use crate::reply::{Received, Scripted};
use crate::tokens::Grant;

/// The lifetime of a claim token.
const CLAIM_LIFETIME: Duration = Duration::from_secs(240);
/// The number of failed sign-ins after which an address is locked out.
const MAX_FAILURES: u32 = 5;

/// The state of the simulated Plex.
///
/// The initial accounts are:
///
/// - `alice`: password `correct horse`. Owns a Home with carol and Kid.
/// - `bob`: password `battery staple`, verification code `123456`, backup code `backup-0001`. Has no Home.
/// - `carol`: password `tr0ub4dor`, signs in by email address only, Home PIN `1234`.
/// - `Kid`: a managed user.
/// - `dora`: password `explorer`, Home PIN `4321`. Owns a Home, and switches without a PIN if she sends none.
///
/// The initial tokens are `token-alice`, `token-kid` and `token-expired`. They belong to no device. Alice owns two Media
/// Servers, of which the second accepts JWTs. Dora owns one, and bob shares his.
#[derive(Debug)]
pub struct World {
    /// All accounts.
    pub accounts: Vec<Account>,
    /// Alice's Media Server. It accepts no JWTs.
    pub media_server: MediaServer,
    /// Alice's Media Server that accepts JWTs.
    pub modern_server: MediaServer,
    /// The Media Server that bob shares. It accepts the token listed with its resource, not the account's own.
    pub shared_server: MediaServer,
    /// Dora's Media Server.
    pub doras_server: MediaServer,
    /// A Media Server that can be claimed.
    pub new_server: MediaServer,
    /// The origin of both Media Servers, without their prefixes.
    pub(crate) media_server_origin: String,
    /// The rate limit of plex.tv, if any.
    pub rate_limit: Option<RateLimit>,
    /// If set to `n`, every `n`th request fails before it is processed. The failures rotate between a 503, a 429, no
    /// response, and an incomplete response.
    pub fault_every: Option<usize>,
    pub(crate) faults: [usize; 4],
    /// The lifetime of PINs. By default, 15 minutes for short codes and 30 for long ones.
    pub pin_lifetime: Option<Duration>,
    /// The number of nonces that a device may request in a minute.
    pub nonces_per_minute: usize,
    /// The index of the account that is signed in to the browser that approves logins. Alice by default.
    pub browser_account: usize,
    /// The number of checks that return no token after a PIN was approved in the browser, which is sent back at once.
    pub early_return: u32,
    pub(crate) pins: Vec<Pin>,
    pub(crate) pins_made: u64,
    pub(crate) device_keys: Vec<DeviceKey>,
    /// The nonces, each with its time of issue and the JWT that used it.
    pub(crate) nonces: HashMap<String, (SystemTime, Option<String>)>,
    /// The times at which each client requested nonces.
    pub(crate) nonce_times: HashMap<String, Vec<SystemTime>>,
    pub(crate) devices: Vec<Device>,
    pub(crate) devices_made: u64,
    /// The account and the client of each device that has had a JWT.
    pub(crate) jwt_devices: HashSet<(usize, String)>,
    /// How the client of the current request describes itself.
    pub(crate) description: Description,
    /// The claim tokens, each with its account and time of issue.
    claims: HashMap<String, (usize, SystemTime)>,
    /// Newest last.
    pub(crate) plex_keys: Vec<PlexKey>,
    pub(crate) requests: Vec<Received>,
    pub(crate) tokens: HashMap<String, Grant>,
    failures: HashMap<IpAddr, u32>,
    scripted: Vec<(String, Scripted)>,
    scripted_always: Option<(String, Scripted)>,
    issued: u32,
    /// The time, if the clock is stopped.
    time: Option<SystemTime>,
}

/// A limit on requests to plex.tv.
#[derive(Debug, Clone)]
pub struct RateLimit {
    /// The number of requests that are still allowed.
    pub remaining: u32,
    /// The value of `Retry-After` once the limit is reached. `None` omits the header.
    pub retry_after: Option<String>,
}

impl Default for World {
    fn default() -> Self {
        let mut bob = Account::new(2, "bob", "battery staple");
        bob.verification_code = Some("123456".into());
        bob.backup_codes = vec!["backup-0001".into()];
        let mut carol = Account::new(3, "carol", "tr0ub4dor");
        carol.email_only = true;
        carol.home_pin = Some("1234".into());
        carol.home = Some(1);
        let mut alice = Account::new(1, "alice", "correct horse");
        (alice.home, alice.home_admin) = (Some(1), true);
        let mut kid = Account::managed(4, "Kid");
        kid.home = Some(1);
        let mut dora = Account::new(5, "dora", "explorer");
        (dora.home, dora.home_admin, dora.home_pin) = (Some(2), true, Some("4321".into()));
        dora.switches_without_pin = true;
        let mut world = Self {
            accounts: vec![alice, bob, carol, kid, dora],
            media_server: MediaServer::den(),
            modern_server: MediaServer {
                accepts_jwts: true,
                ..MediaServer::named("Loft", "sim-loft", Some(0))
            },
            shared_server: MediaServer::shared(),
            doras_server: MediaServer::named("Dora's", "sim-dora", Some(4)),
            new_server: MediaServer::named("New", "sim-new", None),
            media_server_origin: String::new(),
            rate_limit: None,
            fault_every: None,
            faults: [0; 4],
            pin_lifetime: None,
            nonces_per_minute: 30,
            browser_account: 0,
            early_return: 0,
            pins: Vec::new(),
            pins_made: 0,
            device_keys: Vec::new(),
            nonces: HashMap::new(),
            nonce_times: HashMap::new(),
            devices: Vec::new(),
            devices_made: 0,
            jwt_devices: HashSet::new(),
            description: Description::default(),
            claims: HashMap::new(),
            plex_keys: vec![PlexKey::new(1)],
            requests: Vec::new(),
            tokens: HashMap::new(),
            failures: HashMap::new(),
            scripted: Vec::new(),
            scripted_always: None,
            issued: 0,
            time: None,
        };
        world.grant("token-alice", 0);
        world.grant("token-kid", 3);
        world.grant("token-expired", 0);
        world.expire("token-expired");
        world
    }
}

impl World {
    /// The Media Servers, each with the prefix of its path.
    pub(crate) fn servers(&self) -> [(&'static str, &MediaServer); 5] {
        [
            ("/plex", &self.media_server),
            ("/loft", &self.modern_server),
            ("/shared", &self.shared_server),
            ("/dora", &self.doras_server),
            ("/new", &self.new_server),
        ]
    }

    /// The server at this place of [`servers`](Self::servers).
    pub(crate) fn server_mut(&mut self, place: usize) -> &mut MediaServer {
        match place {
            0 => &mut self.media_server,
            1 => &mut self.modern_server,
            2 => &mut self.shared_server,
            3 => &mut self.doras_server,
            _ => &mut self.new_server,
        }
    }

    pub(crate) fn issue_claim(&mut self, account: usize) -> String {
        let (claim, now) = (self.issue("claim"), self.now());
        self.claims.insert(claim.clone(), (account, now));
        claim
    }

    /// Returns the account of a claim token, which can be used once.
    pub(crate) fn use_claim(&mut self, claim: &str) -> Option<usize> {
        let (account, issued) = self.claims.remove(claim)?;
        let age = self.now().duration_since(issued).unwrap_or_default();
        (age < CLAIM_LIFETIME).then_some(account)
    }

    /// The time by Plex's clock: the system time, unless a test has stopped the clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.time.unwrap_or_else(SystemTime::now)
    }

    /// Stops the clock at a time.
    pub fn hold_clock(&mut self, time: SystemTime) {
        self.time = Some(time);
    }

    /// Advances the clock and stops it there. It is Plex's clock only: a client that decides by its own, such as
    /// plexauth's `Session::fresh_token`, does not notice, while one that is told by Plex, such as `Session::authenticated`, renews.
    ///
    /// # Panics
    ///
    /// If the resulting time cannot be represented.
    pub fn advance(&mut self, time: Duration) {
        self.hold_clock(self.now() + time);
    }

    /// Switches to a new signing key. The old ones are still listed.
    ///
    /// # Panics
    ///
    /// If there are 255 keys already.
    pub fn rotate_keys(&mut self) {
        let number = u8::try_from(self.plex_keys.len() + 1).expect("at most 255 keys");
        self.plex_keys.push(PlexKey::new(number));
    }

    /// The number of injected faults of each kind, in the order given at [`fault_every`](Self::fault_every).
    #[must_use]
    pub fn faults(&self) -> [usize; 4] {
        self.faults
    }

    /// Overrides the response to the next request whose path ends with `path`.
    pub fn script(&mut self, path: &str, response: Scripted) {
        self.scripted.push((path.into(), response));
    }

    /// Overrides the response to every request whose path ends with `path`, until [`unscript`](Self::unscript).
    pub fn script_always(&mut self, path: &str, response: Scripted) {
        self.scripted_always = Some((path.into(), response));
    }

    /// Removes all overridden responses.
    pub fn unscript(&mut self) {
        self.scripted.clear();
        self.scripted_always = None;
    }

    pub(crate) fn take_scripted(&mut self, request: &Received) -> Option<Scripted> {
        let matches = |path: &String| request.path.ends_with(path.as_str());
        if let Some(index) = self.scripted.iter().position(|(path, _)| matches(path)) {
            return Some(self.scripted.remove(index).1);
        }
        self.scripted_always.as_ref().filter(|(path, _)| matches(path)).map(|(_, response)| response.clone())
    }

    /// Returns a new, unique value for a token or a nonce.
    pub(crate) fn issue(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}-{:08}", self.issued)
    }

    pub(crate) fn is_locked_out(&self, address: IpAddr) -> bool {
        self.failures.get(&address).is_some_and(|count| *count >= MAX_FAILURES)
    }

    pub(crate) fn count_failure(&mut self, address: IpAddr) {
        *self.failures.entry(address).or_default() += 1;
    }

    pub(crate) fn reset_failures(&mut self, address: IpAddr) {
        self.failures.remove(&address);
    }
}
