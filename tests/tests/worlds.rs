//! Worlds: a session that several flows share, a clock that jumps, requests that are lost, and a Plex that renews, refuses, limits the
//! rate or gives somebody else's token. Random, but the same in every run.
//!
//! In each world: no request carries another account's token, only one flow renews at a time, none renews sooner than Plex permits,
//! and once Plex works again, every flow ends. `WORLDS=1000000 cargo test --release -p plexauth-testing --test worlds`.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{Request, Response};
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{
    ClientInfo, Error, Flow, Ping, Session, Step, Token, TransportError, TransportErrorKind,
};
use serde_json::json;

const OURS: u64 = 7;
const ANOTHERS: u64 = 8;
/// The claim of a renewal that is no longer driven ends after this time.
const LONGEST_CLAIM: Duration = Duration::from_secs(120);

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Fine,
    /// 429 to renewals, with this `Retry-After` in seconds.
    Limiting(Option<u64>),
    Failing,
    KeyUnknown,
    /// Renewals give the token of another account.
    Confused,
}

/// As much of plex.tv as a session needs.
struct Plex {
    /// The account and the end of each token.
    tokens: HashMap<String, (u64, Duration)>,
    mood: Mood,
}

impl Plex {
    fn issue(&mut self, account: u64, now: Duration) -> String {
        let (issued, number) = (now.as_secs(), self.tokens.len());
        let claims =
            json!({ "iat": issued, "exp": issued + 604_800, "jti": number, "user": { "id": account } });
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let token = format!("{}.{}.AA", encode(r#"{"alg":"EdDSA"}"#), encode(&claims.to_string()));
        self.tokens.insert(token.clone(), (account, now + Duration::from_secs(604_800)));
        token
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Duration) -> Response<Vec<u8>> {
        let refuse = |status: u16, code: u16| {
            let error = json!({ "errors": [{ "code": code, "message": "no", "status": status }] });
            Response::builder().status(status).body(error.to_string().into_bytes()).unwrap()
        };
        let success = |body: String| Response::new(body.into_bytes());
        if self.mood == Mood::Failing {
            return refuse(503, 1);
        }
        if !is_renewal(request) {
            let token = request.headers().get("x-plex-token").map(|token| token.to_str().unwrap());
            return match token.and_then(|token| self.tokens.get(token)) {
                Some((_, end)) if *end <= now => Response::builder().status(498).body(Vec::new()).unwrap(),
                Some(_) => success(r#"{"pong":true}"#.into()),
                None => refuse(401, 1001),
            };
        }
        match self.mood {
            Mood::Limiting(wait) => {
                let response = Response::builder().status(429);
                let response = match wait {
                    Some(seconds) => response.header("Retry-After", seconds),
                    None => response,
                };
                response.body(Vec::new()).unwrap()
            }
            _ if request.uri().path().ends_with("/nonce") => success(r#"{"nonce":"n"}"#.into()),
            Mood::KeyUnknown => refuse(401, 1093),
            Mood::Confused => success(json!({ "auth_token": self.issue(ANOTHERS, now) }).to_string()),
            _ => success(json!({ "auth_token": self.issue(OURS, now) }).to_string()),
        }
    }
}

fn is_renewal(request: &Request<Vec<u8>>) -> bool {
    request.uri().path().contains("/auth/")
}

/// A flow, and what it waits for.
struct Task {
    flow: Box<dyn Flow<Output = Option<Token>>>,
    request: Option<Request<Vec<u8>>>,
    /// When it began to renew, by the device's clock, unless that was set meanwhile.
    renewing_since: Option<SystemTime>,
}

/// A flow with another output.
struct Mapped<F, M>(F, M);

impl<F: Flow, T, M: Fn(F::Output) -> T> Flow for Mapped<F, M> {
    type Output = T;

    fn poll(&mut self, now: SystemTime) -> Step<T> {
        match self.0.poll(now) {
            Step::Send(outgoing) => Step::Send(outgoing),
            Step::Wait(time) => Step::Wait(time),
            Step::Done(result) => Step::Done(result.map(&self.1)),
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        self.0.handle(result, now);
    }
}

struct World {
    random: Random,
    plex: Plex,
    session: Session,
    tasks: Vec<Task>,
    /// Plex's clock, and by how many seconds that of the device differs.
    now: Duration,
    ahead: i64,
    /// By the device's clock: renewals before this are too early, unless its clock was set meanwhile.
    not_before: Option<SystemTime>,
}

impl World {
    fn new(seed: u64) -> Self {
        let info = ClientInfo::new("id-1", "Worlds").unwrap();
        let mut plex = Plex { tokens: HashMap::new(), mood: Mood::Fine };
        let now = Duration::from_secs(1_800_000_000);
        let token = plex.issue(OURS, now);
        let session = Session::with_key(&info, token, &DeviceKey::from_bytes([7; 32]), Scopes::none());
        let random = Random(seed);
        Self { random, plex, session, tasks: Vec::new(), now, ahead: 0, not_before: None }
    }

    fn device_time(&self) -> SystemTime {
        let seconds = self.now.as_secs().saturating_add_signed(self.ahead);
        SystemTime::UNIX_EPOCH + Duration::new(seconds, self.now.subsec_nanos())
    }

    /// Something happens.
    fn step(&mut self) {
        match self.random.below(100) {
            0..15 if self.tasks.len() < 6 => self.spawn(),
            15..20 if !self.tasks.is_empty() => {
                let place = self.any_task();
                drop(self.tasks.swap_remove(place));
            }
            20..30 => self.now += Duration::from_millis(self.random.below(3_000)),
            30..34 => self.now += Duration::from_secs(self.random.below(9 * 86_400)),
            34..36 => self.set_clock(),
            36..42 => self.change_mood(),
            42..65 => self.deliver(),
            _ => self.poll_any(),
        }
    }

    fn any_task(&mut self) -> usize {
        self.random.below(self.tasks.len() as u64) as usize
    }

    fn spawn(&mut self) {
        let flow: Box<dyn Flow<Output = Option<Token>>> = match self.random.below(2) {
            0 => Box::new(Mapped(self.session.authenticated(Ping::new), |()| None)),
            _ => Box::new(Mapped(self.session.fresh_token(), Some)),
        };
        self.tasks.push(Task { flow, request: None, renewing_since: None });
    }

    fn set_clock(&mut self) {
        self.ahead = self.random.below(2 * 86_400) as i64 - 86_400;
        self.not_before = None;
        for since in self.tasks.iter_mut().filter_map(|task| task.renewing_since.as_mut()) {
            // Long ago: such a clock says nothing.
            *since = SystemTime::UNIX_EPOCH;
        }
    }

    fn change_mood(&mut self) {
        self.plex.mood = match self.random.below(8) {
            0 => Mood::Limiting(Some(1 + self.random.below(90))),
            1 => Mood::Limiting(None),
            2 => Mood::Failing,
            3 => Mood::KeyUnknown,
            4 => Mood::Confused,
            _ => Mood::Fine,
        };
    }

    /// A response arrives, or is lost.
    fn deliver(&mut self) {
        let waiting: Vec<_> =
            (0..self.tasks.len()).filter(|place| self.tasks[*place].request.is_some()).collect();
        if !waiting.is_empty() {
            let place = waiting[self.random.below(waiting.len() as u64) as usize];
            let is_lost = self.random.below(10) == 0;
            self.deliver_to(place, is_lost);
        }
    }

    fn deliver_to(&mut self, place: usize, is_lost: bool) {
        let now = self.device_time();
        let request = self.tasks[place].request.take().unwrap();
        let result = if is_lost {
            let kinds =
                [TransportErrorKind::Broken, TransportErrorKind::Timeout, TransportErrorKind::Connect];
            let kind = kinds[self.random.below(3) as usize];
            Err(TransportError::new(kind, "lost"))
        } else {
            Ok(self.plex.answer(&request, self.now))
        };
        if let (Ok(response), Mood::Limiting(Some(seconds)), true) =
            (&result, self.plex.mood, is_renewal(&request))
        {
            assert_eq!(response.status(), 429);
            let until = now + Duration::from_secs(seconds);
            self.not_before = self.not_before.max(Some(until));
        }
        // As the adapters do: nothing can happen between these two.
        self.tasks[place].flow.handle(result, now);
        self.poll(place);
    }

    fn poll_any(&mut self) {
        let ready: Vec<_> =
            (0..self.tasks.len()).filter(|place| self.tasks[*place].request.is_none()).collect();
        if !ready.is_empty() {
            let place = ready[self.random.below(ready.len() as u64) as usize];
            self.poll(place);
        }
    }

    /// Returns the time that the flow wants to wait, or `None` if it has ended.
    fn poll(&mut self, place: usize) -> Option<Duration> {
        let now = self.device_time();
        match self.tasks[place].flow.poll(now) {
            Step::Send(outgoing) => {
                self.check(place, &outgoing.request, now);
                let task = &mut self.tasks[place];
                task.renewing_since =
                    is_renewal(&outgoing.request).then_some(task.renewing_since.unwrap_or(now));
                task.request = Some(outgoing.request);
                Some(Duration::ZERO)
            }
            Step::Wait(time) => Some(time),
            Step::Done(result) => {
                if let Ok(Some(token)) = &result {
                    assert_eq!(self.plex.tokens[token.expose()].0, OURS, "another's token is given");
                }
                assert!(!matches!(result, Err(Error::OutOfTurn)));
                drop(self.tasks.swap_remove(place));
                None
            }
        }
    }

    /// The promises about what is sent.
    fn check(&self, place: usize, request: &Request<Vec<u8>>, now: SystemTime) {
        if let Some(token) = request.headers().get("x-plex-token") {
            assert_eq!(self.plex.tokens[token.to_str().unwrap()].0, OURS, "another's token is sent");
        }
        if !is_renewal(request) {
            return;
        }
        // A renewal that has been replaced after two minutes may go on.
        if self.tasks[place].renewing_since.is_some() {
            return;
        }
        assert!(self.not_before.is_none_or(|time| now >= time), "a renewal too early");
        let renewing = self.tasks.iter().filter(|task| task.request.as_ref().is_some_and(is_renewal));
        for since in renewing.filter_map(|task| task.renewing_since) {
            let age = now.duration_since(since).expect("time passes");
            assert!(age >= LONGEST_CLAIM, "two renewals at a time");
        }
    }

    /// Plex works again. Every flow ends, after a few minutes at most.
    fn settle(&mut self) {
        self.plex.mood = Mood::Fine;
        let start = self.now;
        while let Some(place) = self.tasks.len().checked_sub(1) {
            if self.tasks[place].request.is_some() {
                self.deliver_to(place, false);
                continue;
            }
            let wait = self.poll(place).unwrap_or_default();
            self.now += wait;
            // The others go on meanwhile.
            for other in (0..self.tasks.len().saturating_sub(1)).rev() {
                if self.tasks[other].request.is_some() {
                    self.deliver_to(other, false);
                } else {
                    self.poll(other);
                }
            }
            assert!(self.now - start < Duration::from_secs(900), "a flow waits for ever");
        }
    }
}

#[test]
fn sessions_keep_their_promises_in_all_worlds() {
    let worlds: u64 = std::env::var("WORLDS").map_or(10_000, |number| number.parse().unwrap());
    let first: u64 = std::env::var("FIRST_WORLD").map_or(0, |number| number.parse().unwrap());
    let mut renewals = 0;
    for seed in first..first + worlds {
        let outcome = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            for _ in 0..80 {
                world.step();
            }
            world.settle();
            world.session.renewals()
        });
        match outcome {
            Ok(renewed) => renewals += renewed,
            Err(_) => panic!("in world {seed}: FIRST_WORLD={seed} WORLDS=1"),
        }
    }
    // Worlds in which nothing happens would prove nothing.
    assert!(renewals >= worlds / 4, "{renewals} renewals in {worlds} worlds");
}
