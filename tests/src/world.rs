use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::account::Account;
use crate::device_key::DeviceKey;
use crate::jwt::PlexKey;
use crate::media_server::MediaServer;
use crate::pin::Pin;
use crate::reply::{Received, Scripted};

/// The number of failed sign-ins after which an address is locked out.
const MAX_FAILURES: u32 = 5;

/// The state of the simulated Plex.
///
/// The initial accounts are:
///
/// - `alice`: password `correct horse`.
/// - `bob`: password `battery staple`, verification code `123456`, backup code `backup-0001`.
/// - `carol`: password `tr0ub4dor`, signs in by email address only, Home PIN `1234`.
/// - `Kid`: a managed user.
///
/// The initial tokens are `token-alice`, `token-kid` and `token-expired`. Alice owns one Media Server, and bob shares
/// another with her.
#[derive(Debug)]
pub struct World {
    /// All accounts.
    pub accounts: Vec<Account>,
    /// Alice's Media Server.
    pub media_server: MediaServer,
    /// The Media Server that bob shares with alice. It accepts the token listed with its resource, not alice's own.
    pub shared_server: MediaServer,
    /// The origin of both Media Servers, without their prefixes.
    pub(crate) media_server_origin: String,
    /// The rate limit of plex.tv, if any.
    pub rate_limit: Option<RateLimit>,
    /// If set to `n`, every `n`th request fails before it is processed. The failures rotate between a 503, a 429, no
    /// response, and an incomplete response.
    pub fault_every: Option<usize>,
    pub(crate) faults: [usize; 4],
    /// The lifetime of a PIN. Half an hour by default.
    pub pin_lifetime: Duration,
    /// The index of the account that is signed in to the browser that approves logins. Alice by default.
    pub browser_account: usize,
    /// The number of checks that return no token after a PIN was approved in the browser, which is sent back at once.
    pub early_return: u32,
    pub(crate) pins: Vec<Pin>,
    pub(crate) pins_made: u64,
    pub(crate) device_keys: Vec<DeviceKey>,
    /// The nonces, each with its time of issue and the JWT that used it.
    pub(crate) nonces: HashMap<String, (SystemTime, Option<String>)>,
    /// Newest last.
    pub(crate) plex_keys: Vec<PlexKey>,
    pub(crate) requests: Vec<Received>,
    tokens: HashMap<String, Grant>,
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

#[derive(Debug, Clone, Copy)]
struct Grant {
    account: usize,
    /// `None` for legacy tokens, which do not expire.
    expires: Option<SystemTime>,
}

/// The status of a token.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// The index of its account.
    Valid(usize),
    Expired,
    Invalid,
}

impl Default for World {
    fn default() -> Self {
        let mut bob = Account::new(2, "bob", "battery staple");
        bob.verification_code = Some("123456".into());
        bob.backup_codes = vec!["backup-0001".into()];
        let mut carol = Account::new(3, "carol", "tr0ub4dor");
        carol.email_only = true;
        carol.home_pin = Some("1234".into());
        let mut world = Self {
            accounts: vec![Account::new(1, "alice", "correct horse"), bob, carol, Account::managed(4, "Kid")],
            media_server: MediaServer::default(),
            shared_server: MediaServer::shared(),
            media_server_origin: String::new(),
            rate_limit: None,
            fault_every: None,
            faults: [0; 4],
            pin_lifetime: Duration::from_secs(1800),
            browser_account: 0,
            early_return: 0,
            pins: Vec::new(),
            pins_made: 0,
            device_keys: Vec::new(),
            nonces: HashMap::new(),
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
    /// Makes a token valid for the account at this index of [`accounts`](Self::accounts).
    pub fn grant(&mut self, token: &str, account: usize) {
        self.tokens.insert(token.into(), Grant { account, expires: None });
    }

    pub(crate) fn grant_until(&mut self, token: &str, account: usize, expires: SystemTime) {
        self.tokens.insert(token.into(), Grant { account, expires: Some(expires) });
    }

    /// Makes a token expire. At Plex, only JWTs expire.
    pub fn expire(&mut self, token: &str) {
        self.tokens.entry(token.into()).and_modify(|grant| grant.expires = Some(SystemTime::UNIX_EPOCH));
    }

    /// Revokes a token, as signing out does.
    pub fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
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

    /// Advances the clock and stops it there.
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

    pub(crate) fn credential(&self, token: &str) -> Credential {
        match self.tokens.get(token) {
            None => Credential::Invalid,
            Some(grant) if grant.expires.is_some_and(|expires| expires <= self.now()) => Credential::Expired,
            Some(grant) => Credential::Valid(grant.account),
        }
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
