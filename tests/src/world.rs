use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::account::Account;
use crate::device_key::DeviceKey;
use crate::jwt::PlexKey;
use crate::media_server::MediaServer;
use crate::pin::Pin;
use crate::reply::{Received, Scripted};

/// How many failed sign-ins an address has before it is locked out.
const FAILURES: u32 = 5;

/// What the simulated Plex knows.
///
/// It begins with `alice` (password `correct horse`), `bob` (password `battery staple`, second factor `123456`, backup
/// code `backup-0001`), `carol` (password `tr0ub4dor`, by email only, Home PIN `1234`) and the managed user `Kid`; with the tokens
/// `token-alice`, `token-kid` and `token-expired`; and with a Media Server that belongs to alice.
#[derive(Debug)]
pub struct World {
    /// Everybody.
    pub accounts: Vec<Account>,
    /// The Media Server.
    pub media_server: MediaServer,
    /// One that bob shares with alice. It lets in the token that its resource has, and not alice's own.
    pub shared_server: MediaServer,
    /// Where both are, without their prefixes.
    pub(crate) media_server_origin: String,
    /// How many more requests are answered by plex.tv, if that is limited.
    pub rate_limit: Option<RateLimit>,
    /// Every so manieth request fails, before anything is done about it, if that is set: in turn with a 503, with a 429,
    /// without an answer, and in the middle of one.
    pub fault_every: Option<usize>,
    pub(crate) faults: [usize; 4],
    /// How long a PIN lives: half an hour.
    pub pin_lifetime: Duration,
    /// The place among the accounts of whoever is signed in to the browser that approves logins: alice.
    pub browser_account: usize,
    /// How many checks of a PIN still say "not yet" after it was approved in the browser, which is sent back at once.
    pub early_return: u32,
    pub(crate) pins: Vec<Pin>,
    pub(crate) pins_made: u64,
    pub(crate) device_keys: Vec<DeviceKey>,
    /// Each with when it was given, and for which JWT it was used.
    pub(crate) nonces: HashMap<String, (SystemTime, Option<String>)>,
    /// Newest last.
    pub(crate) plex_keys: Vec<PlexKey>,
    pub(crate) requests: Vec<Received>,
    tokens: HashMap<String, Grant>,
    failures: HashMap<IpAddr, u32>,
    scripted: Vec<(String, Scripted)>,
    scripted_always: Option<(String, Scripted)>,
    issued: u32,
    /// What the clock says, if it is held.
    time: Option<SystemTime>,
}

/// A limit on requests to plex.tv.
#[derive(Debug, Clone)]
pub struct RateLimit {
    /// How many are answered still.
    pub remaining: u32,
    /// What `Retry-After` says then, if it is sent.
    pub retry_after: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Grant {
    account: usize,
    /// Old tokens do not expire.
    expires: Option<SystemTime>,
}

/// What a token turned out to be.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// The place among the accounts.
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
    /// Makes a token good for the account in that place of [`accounts`](Self::accounts).
    pub fn grant(&mut self, token: &str, account: usize) {
        self.tokens.insert(token.into(), Grant { account, expires: None });
    }

    pub(crate) fn grant_until(&mut self, token: &str, account: usize, expires: SystemTime) {
        self.tokens.insert(token.into(), Grant { account, expires: Some(expires) });
    }

    /// Lets a token expire, as only JSON web tokens do.
    pub fn expire(&mut self, token: &str) {
        self.tokens.entry(token.into()).and_modify(|grant| grant.expires = Some(SystemTime::UNIX_EPOCH));
    }

    /// Takes a token back, as signing out does.
    pub fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// What Plex's clock says: the time of this machine, unless a test holds it.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.time.unwrap_or_else(SystemTime::now)
    }

    /// Holds the clock at a time.
    pub fn hold_clock(&mut self, time: SystemTime) {
        self.time = Some(time);
    }

    /// Puts the clock forward, and holds it there.
    ///
    /// # Panics
    ///
    /// Beyond the end of time.
    pub fn advance(&mut self, time: Duration) {
        self.hold_clock(self.now() + time);
    }

    /// Signs with another key from now on. The old ones are still listed.
    ///
    /// # Panics
    ///
    /// After 255 keys.
    pub fn rotate_keys(&mut self) {
        let number = u8::try_from(self.plex_keys.len() + 1).expect("fewer than 256 keys");
        self.plex_keys.push(PlexKey::new(number));
    }

    /// How often each of the four happened that [`fault_every`](Self::fault_every) names.
    #[must_use]
    pub fn faults(&self) -> [usize; 4] {
        self.faults
    }

    /// Answers the next request to a path that ends in `path` with something else.
    pub fn script(&mut self, path: &str, answer: Scripted) {
        self.scripted.push((path.into(), answer));
    }

    /// Answers every request to a path that ends in `path` with something else, until [`unscript`](Self::unscript).
    pub fn script_always(&mut self, path: &str, answer: Scripted) {
        self.scripted_always = Some((path.into(), answer));
    }

    /// Answers as Plex does again.
    pub fn unscript(&mut self) {
        self.scripted.clear();
        self.scripted_always = None;
    }

    pub(crate) fn take_scripted(&mut self, request: &Received) -> Option<Scripted> {
        let fits = |path: &String| request.path.ends_with(path.as_str());
        if let Some(place) = self.scripted.iter().position(|(path, _)| fits(path)) {
            return Some(self.scripted.remove(place).1);
        }
        self.scripted_always.as_ref().filter(|(path, _)| fits(path)).map(|(_, answer)| answer.clone())
    }

    /// A new token with a name of its own.
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
        self.failures.get(&address).is_some_and(|count| *count >= FAILURES)
    }

    pub(crate) fn count_failure(&mut self, address: IpAddr) {
        *self.failures.entry(address).or_default() += 1;
    }

    pub(crate) fn forget_failures(&mut self, address: IpAddr) {
        self.failures.remove(&address);
    }
}
