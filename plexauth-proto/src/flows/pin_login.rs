use std::fmt;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Response};

use crate::client::{ClientInfo, Secret, Token};
use crate::clock::{self, Stopwatch};
use crate::error::{Error, ErrorKind, ResponseError, TransportError, TransportErrorKind};
use crate::flow::{Flow, Label, Outgoing, Step};
use crate::model::{Pin, PinStatus};
use crate::operation::Operation;
use crate::operations::CheckPin;

#[cfg(feature = "jwt")]
mod device_key;
mod pace;
mod saved;

pub use pace::PinPace;
pub use saved::SavedPin;

/// The time between checks. Plex limits the rate of clients that check more often.
const BETWEEN_CHECKS: Duration = Duration::from_secs(1);
/// The wait after a rate limit without `Retry-After`; doubled for each one in a row.
const AFTER_RATE_LIMIT: Duration = Duration::from_secs(5);
const AFTER_RATE_LIMITS: Duration = Duration::from_secs(60);
/// The wait after a failure; doubled for each one in a row.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const AFTER_FAILURES: Duration = Duration::from_secs(30);
/// The time that the last request may take beyond the end of the PIN.
const LAST_REQUEST: Duration = Duration::from_secs(10);
/// The longest credible lifetime of a PIN; Plex grants half an hour.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);
/// The longer of the two lifetimes that Plex is known to grant, for a PIN of unknown age.
const LONGEST_USUAL_LIFE: Duration = Duration::from_secs(1800);
/// Plex's code for a PIN that has expired, rather than is unknown.
const EXPIRED: u32 = 1069;
/// A device JWT with less time left than this is replaced.
const JWT_MARGIN: Duration = Duration::from_secs(60);

/// Waits until somebody approves a [`Pin`], and gives the token.
///
/// It checks once a second, and less often when Plex is busy or unreachable; neither ends it. It ends with the token, when
/// the PIN expires, at the caller's [`timeout`](PinLogin::timeout) or [`deadline`](PinLogin::deadline), or with a response
/// that waiting will not change. Run it once per PIN: two at a time exceed Plex's rate limit.
///
/// If the clock jumps past the end of the PIN, or the device was suspended that long, it asks Plex once more before it
/// gives up.
///
/// # Many logins at once
///
/// Plex limits the requests of a network address, so an application that waits for many people, such as a bot, checks their
/// PINs in turn: see [`PinPace`]. With [`to_saved`](PinLogin::to_saved), pending logins survive a restart.
///
/// # Errors
///
/// [`Error::PinExpired`], [`Error::PinNotFound`], [`Error::DeadlineReached`], and [`Error::Response`] for a response that
/// waiting will not change.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::model::Pin;
/// use plexauth_proto::{ClientInfo, PinLogin};
///
/// /// For an adapter's `run`.
/// fn wait_for(pin: &Pin, info: &ClientInfo) -> PinLogin {
///     println!("Open {} and type {}", Pin::LINK_PAGE, pin.code);
///     pin.login(info).timeout(Duration::from_secs(120))
/// }
/// ```
#[must_use = "a flow does nothing until it is driven"]
pub struct PinLogin {
    id: u64,
    info: ClientInfo,
    deadline: Option<SystemTime>,
    /// The time left until the deadline, from the first poll on.
    until_deadline: Duration,
    stopwatch: Stopwatch,
    /// The time left until the PIN expires. It runs down with the clock, and each response corrects it.
    life: Duration,
    /// The life of the PIN when it was first known, and the time by Plex's clock then. A PIN that was resumed may have
    /// expired long ago.
    first_life: Option<(Duration, Option<SystemTime>)>,
    /// The time left until the next request.
    wait: Duration,
    /// The time between two checks.
    interval: Duration,
    /// The pace that this login keeps with others, and whether it has its turn.
    pace: Option<PinPace>,
    has_turn: bool,
    /// Limits the requests, whatever the responses claim and the clock does.
    requests_left: u64,
    most_requests: u64,
    rate_limits: u32,
    failures: u32,
    /// The time by Plex's clock, which decides whether a device JWT is valid.
    plex_time: Option<SystemTime>,
    /// Signs a device JWT for a login with a key.
    sign: Option<Sign>,
    jwt: Option<Secret>,
    jwt_life: Duration,
    jwt_was_refused: bool,
    state: State,
}

/// Signs a device JWT that is valid from this time on, and says for how long.
type Sign = Box<dyn Fn(&ClientInfo, SystemTime) -> (Secret, Duration) + Send + Sync>;

#[derive(Debug)]
enum State {
    Waiting,
    Checking(CheckPin),
    Ended(Result<Token, Error>),
    Done,
}

impl Pin {
    /// The flow that waits until somebody approves this PIN and gives the token, for an adapter's `run`. Start it soon.
    pub fn login(&self, info: &ClientInfo) -> PinLogin {
        PinLogin::new(self, info)
    }
}

impl PinLogin {
    /// Waits for `pin`, as the client that created it.
    pub fn new(pin: &Pin, info: &ClientInfo) -> Self {
        let mut login = Self::with_life(pin.id, pin.lifetime().min(LONGEST_LIFE), info);
        // Otherwise the first response says how long the PIN lives.
        login.first_life = pin.known_lifetime().map(|_| (login.life, pin.server_time));
        login.plex_time = pin.server_time;
        login
    }

    /// Waits for a PIN of which only the [`id`](Pin::id) was kept, as the client that created it. Web applications need
    /// this, because their user leaves and comes back. The first response says how long the PIN remains valid.
    ///
    /// Keep the `id` where nobody else can read or replace it, such as an encrypted cookie: together with your client
    /// identifier it is enough to fetch the token.
    ///
    /// Plex gives out the token once. If a login is dropped while a request is under way, the token may be lost with it,
    /// and the next one ends with [`Error::PinNotFound`]. So run it in a task of its own, not in the handler of a web
    /// request, which ends when the browser goes away.
    ///
    /// ```
    /// use plexauth_proto::{ClientInfo, PinLogin};
    ///
    /// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
    /// let login = PinLogin::resume(564_964_751, &info); // for an adapter's `run`
    /// # Ok::<(), plexauth_proto::RequestError>(())
    /// ```
    pub fn resume(id: u64, info: &ClientInfo) -> Self {
        Self::with_life(id, LONGEST_USUAL_LIFE, info)
    }

    fn with_life(id: u64, life: Duration, info: &ClientInfo) -> Self {
        Self {
            id,
            info: info.clone(),
            deadline: None,
            until_deadline: Duration::MAX,
            stopwatch: Stopwatch::default(),
            life,
            first_life: None,
            wait: Duration::ZERO,
            interval: BETWEEN_CHECKS,
            pace: None,
            has_turn: false,
            requests_left: most_requests(life),
            most_requests: most_requests(life),
            rate_limits: 0,
            failures: 0,
            plex_time: None,
            sign: None,
            jwt: None,
            jwt_life: Duration::ZERO,
            jwt_was_refused: false,
            state: State::Waiting,
        }
    }

    /// Gives up at that moment, if the PIN has not expired before. Setting the clock back later does not postpone it. A
    /// check that is under way then is lost, with the token that it may have taken.
    pub fn deadline(mut self, deadline: SystemTime) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Gives up this long after the first [`poll`](Flow::poll), if the PIN has not expired before. The same applies to a
    /// check that is under way then as with [`deadline`](PinLogin::deadline).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.until_deadline = timeout;
        self
    }

    /// Sets the time between two checks. 1 s by default, which is also the least: Plex limits the rate of clients that check more
    /// often. With many logins at once, use a [`PinPace`] instead.
    pub fn interval(mut self, time: Duration) -> Self {
        self.interval = time.max(BETWEEN_CHECKS);
        self
    }

    /// Checks in turn with the other logins of this pace.
    pub fn pace(mut self, pace: &PinPace) -> Self {
        self.pace = Some(pace.clone());
        self
    }

    /// Advances the timers.
    fn tick(&mut self, now: SystemTime) {
        let passed = self.stopwatch.lap(now);
        self.until_deadline = match self.deadline.take() {
            Some(deadline) => deadline.duration_since(now).unwrap_or_default().min(self.until_deadline),
            None => self.until_deadline.saturating_sub(passed),
        };
        self.life = self.life.saturating_sub(passed);
        self.wait = self.wait.saturating_sub(passed);
        if self.sign.is_some() {
            self.jwt_life = self.jwt_life.saturating_sub(passed);
            self.plex_time = self.plex_time.and_then(|time| time.checked_add(passed));
        }
    }

    fn next(&mut self, now: SystemTime) -> Step<Token> {
        if self.until_deadline.is_zero() {
            return self.end(Error::DeadlineReached);
        }
        // The clock may have jumped, so a PIN that seems to have expired is checked once more where no wait forbids it.
        if self.requests_left == 0 || self.life.is_zero() && !self.wait.is_zero() {
            return self.end(Error::PinExpired);
        }
        if !self.wait.is_zero() {
            return self.wait();
        }
        if let Some(pace) = self.pace.as_ref().filter(|_| !self.has_turn) {
            self.wait = pace.take_turn(now);
            self.has_turn = true;
            if !self.wait.is_zero() {
                return self.wait();
            }
        }
        self.has_turn = false;
        self.requests_left = self.requests_left.saturating_sub(1);
        let check = self.check(now);
        match check.request(&self.info) {
            Ok(request) => {
                // Attempts count from the last time that Plex answered the question.
                let failed = self.rate_limits.saturating_add(self.failures);
                let label = Label::new(check.name()).after(failed);
                let timeout = self.life.max(LAST_REQUEST).min(self.until_deadline);
                self.state = State::Checking(check);
                Step::Send(Outgoing::new(request, label).with_timeout(timeout))
            }
            Err(error) => self.end(error.into()),
        }
    }

    fn wait(&mut self) -> Step<Token> {
        Step::Wait(self.stopwatch.ask(self.wait.min(self.life).min(self.until_deadline)))
    }

    fn end(&mut self, error: Error) -> Step<Token> {
        self.state = State::Done;
        Step::Done(Err(error))
    }

    /// The next check, with a valid device JWT if the login has a key.
    fn check(&mut self, now: SystemTime) -> CheckPin {
        let Some(sign) = &self.sign else { return CheckPin::new(self.id) };
        let jwt = match self.jwt.take().filter(|_| self.jwt_life > JWT_MARGIN) {
            Some(jwt) => jwt,
            None => {
                let (jwt, life) = sign(&self.info, self.plex_time.unwrap_or(now));
                self.jwt_life = life;
                jwt
            }
        };
        self.jwt = Some(jwt.clone());
        CheckPin::with_device_jwt(self.id, jwt)
    }

    fn on_status(&mut self, status: PinStatus) {
        if let Some(token) = status.auth_token {
            self.state = State::Ended(Ok(token));
            return;
        }
        if let Some(life) = status.expires_in {
            self.life = life.min(LONGEST_LIFE);
            if self.first_life.is_none() {
                self.first_life = Some((self.life, self.plex_time));
                self.set_most_requests(most_requests(self.life));
            }
            // The PIN may live longer than was said, or thought, at first.
            let most = most_requests(self.life.min(LONGEST_USUAL_LIFE));
            self.set_most_requests(self.most_requests.max(most));
        }
        self.wait = self.interval;
        self.rate_limits = 0;
        self.failures = 0;
        self.jwt_was_refused = false;
    }

    /// Sets how many requests the login may send in total.
    fn set_most_requests(&mut self, most: u64) {
        let sent = self.most_requests.saturating_sub(self.requests_left);
        self.requests_left = most.saturating_sub(sent);
        self.most_requests = most;
    }

    fn on_error(&mut self, error: ResponseError, headers: &HeaderMap, now: SystemTime) {
        let server_time = clock::server_time(headers).unwrap_or(now);
        // Nothing that exceeds the life of any PIN is sensible.
        let asked =
            error.retry_after().map(|asked| asked.wait(server_time)).filter(|asked| *asked < LONGEST_LIFE);
        match error.kind() {
            ErrorKind::PinUnknownOrExpired => {
                let says_expired = error.code() == Some(EXPIRED);
                let error =
                    if self.is_young() && !says_expired { Error::PinNotFound } else { Error::PinExpired };
                self.state = State::Ended(Err(error));
            }
            ErrorKind::RateLimited => {
                self.wait = match asked {
                    Some(asked) if !asked.is_zero() => asked.max(BETWEEN_CHECKS),
                    _ => doubled(AFTER_RATE_LIMIT, self.rate_limits).min(AFTER_RATE_LIMITS),
                };
                self.rate_limits = self.rate_limits.saturating_add(1);
                if let Some(pace) = &self.pace {
                    pace.postpone(self.wait, now);
                }
            }
            ErrorKind::ServerFailure | ErrorKind::NotPlex | ErrorKind::NotJson | ErrorKind::NotUnderstood => {
                self.back_off(asked.unwrap_or_default());
            }
            // Once, with a fresh JWT by the clock that the response shows.
            ErrorKind::DeviceJwtRefused | ErrorKind::DeviceJwtExpired if !self.jwt_was_refused => {
                self.jwt = None;
                self.jwt_was_refused = true;
                self.wait = BETWEEN_CHECKS;
            }
            _ => self.state = State::Ended(Err(error.into())),
        }
    }

    /// Whether most of the PIN's life is left, by this clock and by Plex's, as far as is known.
    fn is_young(&self) -> bool {
        let Some((life, since)) = self.first_life else { return true };
        let passed = || self.plex_time?.duration_since(since?).ok();
        let left = self.life.min(life.saturating_sub(passed().unwrap_or_default()));
        left.saturating_mul(2) > life
    }

    fn back_off(&mut self, at_least: Duration) {
        self.wait = doubled(AFTER_FAILURE, self.failures).min(AFTER_FAILURES).max(at_least);
        self.failures = self.failures.saturating_add(1);
    }
}

/// Shows neither the id of the PIN, which is enough to fetch the token, nor the token.
impl fmt::Debug for PinLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Waiting => "Waiting",
            State::Checking(_) => "Checking",
            State::Ended(_) => "Ended",
            State::Done => "Done",
        };
        f.debug_struct("PinLogin")
            .field("state", &state)
            .field("wait", &self.wait)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// One a second, and some more.
fn most_requests(life: Duration) -> u64 {
    life.as_secs().saturating_add(60)
}

fn doubled(time: Duration, times: u32) -> Duration {
    time.saturating_mul(2_u32.saturating_pow(times))
}

impl Flow for PinLogin {
    type Output = Token;

    fn poll(&mut self, now: SystemTime) -> Step<Token> {
        self.tick(now);
        if let State::Waiting = self.state {
            return self.next(now);
        }
        match std::mem::replace(&mut self.state, State::Done) {
            State::Ended(result) => Step::Done(result),
            _ => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn handle(&mut self, result: Result<Response<Vec<u8>>, TransportError>, now: SystemTime) {
        self.tick(now);
        let check = match std::mem::replace(&mut self.state, State::Waiting) {
            State::Checking(check) => check,
            other => {
                self.state = other;
                return;
            }
        };
        match result {
            // The credentials may be known elsewhere by now, and no wait changes that.
            Err(error) if error.kind() == TransportErrorKind::RedirectFollowed => {
                self.state = State::Ended(Err(error.into()));
            }
            // Even an untrusted certificate may only be that of a captive portal.
            Err(_) => self.back_off(Duration::ZERO),
            Ok(response) => {
                self.plex_time = clock::server_time(response.headers()).or(self.plex_time);
                match check.parse(&response) {
                    Ok(status) => self.on_status(status),
                    Err(error) => {
                        #[cfg(feature = "tracing")]
                        crate::trace::record_kind(&response, error.kind());
                        self.on_error(error, response.headers(), now);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
