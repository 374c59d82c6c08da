use std::time::{Duration, SystemTime};

use http::{HeaderMap, Request, Response};

use crate::clock::{self, Stopwatch};
use crate::exchange::type_name;
use crate::model::{Pin, PinStatus};
use crate::{
    CheckPin, ClientInfo, Error, ErrorKind, Exchange, Failure, Flow, Operation, RequestError, RequestTimeout,
    ResponseError, Step, Token, Verdict,
};

#[cfg(feature = "jwt")]
use crate::GetNonce;
#[cfg(feature = "jwt")]
use device::Device;

#[cfg(feature = "jwt")]
mod device;

/// Plex refuses to answer whoever checks a PIN more often.
const BETWEEN_CHECKS: Duration = Duration::from_secs(1);
/// After a refusal for that reason which does not say how long to wait; doubled for each in a row.
const AFTER_REFUSAL: Duration = Duration::from_secs(5);
const AFTER_REFUSALS: Duration = Duration::from_secs(60);
/// After a failure, doubled for each in a row.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const AFTER_FAILURES: Duration = Duration::from_secs(30);
/// By how much a request that is under way may outlast the PIN.
const LAST_REQUEST: Duration = Duration::from_secs(10);
/// Far more than the half hour that Plex gives a PIN; a longer life is not believed.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);
/// The longer of the two that Plex is known to give, for a PIN of which nothing is known.
const LONGEST_USUAL_LIFE: Duration = Duration::from_secs(1800);

/// Waits until somebody approves a [`Pin`], and gives the token.
///
/// It checks once a second, and less often when Plex is busy or cannot be reached: neither ends it. What ends it is the
/// token, the end of the PIN, the caller's [`timeout`](PinLogin::timeout) or [`deadline`](PinLogin::deadline), or an answer
/// that waiting will not change. Run it once for a PIN: two at a time are too often for Plex.
///
/// When the clock jumps past the end of the PIN (or the device slept that long), it asks Plex once more before it
/// believes that.
///
/// # Errors
///
/// [`Error::PinExpired`], [`Error::DeadlineReached`], and [`Error::Response`] for what waiting will not change.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use plexauth_proto::model::Pin;
/// use plexauth_proto::{ClientInfo, PinLogin};
///
/// /// For an adapter's `run`, or a loop of your own.
/// fn wait_for(pin: &Pin, client: &ClientInfo) -> PinLogin {
///     println!("Open {} and type {}", pin.link_url(), pin.code);
///     pin.login(client).timeout(Duration::from_secs(120))
/// }
/// ```
#[derive(Debug)]
#[must_use = "a flow does nothing until it is driven"]
pub struct PinLogin {
    id: u64,
    client: ClientInfo,
    deadline: Option<SystemTime>,
    /// What is left until the deadline, from the first poll on.
    until_deadline: Duration,
    stopwatch: Stopwatch,
    /// What is left of the PIN's life. It runs down with the clock, and every answer sets it right.
    life: Duration,
    /// What is left of the wait for the next request.
    wait: Duration,
    /// A bound on the requests, whatever the answers claim and the clock does.
    requests_left: u64,
    refusals: u32,
    failures: u32,
    state: State,
    #[cfg(feature = "jwt")]
    device: Option<Device>,
}

#[derive(Debug)]
enum State {
    Waiting,
    Checking(CheckPin),
    #[cfg(feature = "jwt")]
    GettingNonce,
    Ended(Result<Token, Error>),
    Done,
}

impl PinLogin {
    /// Waits for `pin`, as whoever created it.
    pub fn new(pin: &Pin, client: &ClientInfo) -> Self {
        Self::of(pin.id, pin.lifetime().min(LONGEST_LIFE), client)
    }

    /// Waits for a PIN of which no more was kept than its [`id`](Pin::id), as whoever created it: for web applications,
    /// which send their user away and get them back. How long it still lives, the first answer tells.
    ///
    /// Take the identifier from where only you can have put it, such as a signed cookie: whoever knows it and your client
    /// identifier gets the token.
    ///
    /// ```
    /// use plexauth_proto::{ClientInfo, PinLogin};
    ///
    /// let client = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
    /// let login = PinLogin::resume(564_964_751, &client); // for an adapter's `run`
    /// # Ok::<(), plexauth_proto::RequestError>(())
    /// ```
    pub fn resume(id: u64, client: &ClientInfo) -> Self {
        Self::of(id, LONGEST_USUAL_LIFE, client)
    }

    fn of(id: u64, life: Duration, client: &ClientInfo) -> Self {
        Self {
            id,
            client: client.clone(),
            deadline: None,
            until_deadline: Duration::MAX,
            stopwatch: Stopwatch::default(),
            life,
            wait: Duration::ZERO,
            requests_left: life.as_secs().saturating_add(60),
            refusals: 0,
            failures: 0,
            state: State::Waiting,
            #[cfg(feature = "jwt")]
            device: None,
        }
    }

    /// Gives up at that moment, if the PIN has not expired before. A clock that is set back later on does not put it off.
    pub fn deadline(mut self, deadline: SystemTime) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Gives up after so long, from the first [`poll`](Flow::poll) on, if the PIN has not expired before.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.until_deadline = timeout;
        self
    }

    /// For a PIN that was [created with this key](crate::CreatePin::device_key): the token is a JSON web token then. It
    /// tells what `scopes` say of the account.
    #[cfg(feature = "jwt")]
    pub fn device_key(mut self, key: &crate::jwt::DeviceKey, scopes: crate::jwt::Scopes) -> Self {
        self.device = Some(Device::new(key, scopes));
        self
    }

    /// Lets the time pass that passed.
    fn tick(&mut self, now: SystemTime) {
        let passed = self.stopwatch.lap(now);
        self.until_deadline = match self.deadline.take() {
            Some(deadline) => deadline.duration_since(now).unwrap_or_default().min(self.until_deadline),
            None => self.until_deadline.saturating_sub(passed),
        };
        self.life = self.life.saturating_sub(passed);
        self.wait = self.wait.saturating_sub(passed);
        #[cfg(feature = "jwt")]
        if let Some(device) = &mut self.device {
            device.tick(passed);
        }
    }

    fn next(&mut self) -> Step<Token> {
        if self.until_deadline.is_zero() {
            return self.end(Error::DeadlineReached);
        }
        // A PIN whose life is over is asked for once more where nothing forbids it: the clock may have jumped.
        if self.requests_left == 0 || self.life.is_zero() && !self.wait.is_zero() {
            return self.end(Error::PinExpired);
        }
        if !self.wait.is_zero() {
            return Step::Wait(self.wait.min(self.life).min(self.until_deadline));
        }
        self.requests_left = self.requests_left.saturating_sub(1);
        match self.request() {
            Ok(mut request) => {
                let timeout = self.life.max(LAST_REQUEST).min(self.until_deadline);
                request.extensions_mut().insert(RequestTimeout(timeout));
                Step::Send(request)
            }
            Err(error) => self.end(error.into()),
        }
    }

    fn end(&mut self, error: Error) -> Step<Token> {
        self.state = State::Done;
        Step::Done(Err(error))
    }

    fn request(&mut self) -> Result<Request<Vec<u8>>, RequestError> {
        let check = CheckPin::new(self.id);
        #[cfg(feature = "jwt")]
        let check = match &self.device {
            None => check,
            Some(device) => match device.jwt() {
                Some(jwt) => check.device_jwt(jwt.clone()),
                None => {
                    self.state = State::GettingNonce;
                    return GetNonce::new().request(&self.client);
                }
            },
        };
        let request = check.request(&self.client);
        self.state = State::Checking(check);
        request
    }

    fn on_status(&mut self, status: PinStatus) {
        if let Some(token) = status.auth_token {
            self.state = State::Ended(Ok(token));
            return;
        }
        if let Some(life) = status.expires_in {
            self.life = life.min(LONGEST_LIFE);
        }
        self.wait = BETWEEN_CHECKS;
        self.refusals = 0;
        self.failures = 0;
        #[cfg(feature = "jwt")]
        if let Some(device) = &mut self.device {
            device.on_accepted();
        }
    }

    fn on_error(&mut self, error: ResponseError, headers: &HeaderMap, now: SystemTime) {
        let server_time = clock::server_time(headers).unwrap_or(now);
        // Longer than any PIN lives is nonsense, not advice.
        let asked =
            error.retry_after().map(|asked| asked.wait(server_time)).filter(|asked| *asked < LONGEST_LIFE);
        match error.kind() {
            ErrorKind::PinUnknownOrExpired => self.state = State::Ended(Err(Error::PinExpired)),
            ErrorKind::RateLimited => {
                self.wait = match asked {
                    Some(asked) if !asked.is_zero() => asked.max(BETWEEN_CHECKS),
                    _ => doubled(AFTER_REFUSAL, self.refusals).min(AFTER_REFUSALS),
                };
                self.refusals = self.refusals.saturating_add(1);
            }
            ErrorKind::ServerFailure
            | ErrorKind::NotJson
            | ErrorKind::NotUnderstood
            | ErrorKind::BodyTooLarge => self.back_off(asked.unwrap_or_default()),
            #[cfg(feature = "jwt")]
            ErrorKind::DeviceJwtRefused | ErrorKind::DeviceJwtExpired
                if self.device.as_mut().is_some_and(Device::on_refused) =>
            {
                self.wait = BETWEEN_CHECKS;
            }
            _ => self.state = State::Ended(Err(error.into())),
        }
    }

    fn back_off(&mut self, at_least: Duration) {
        self.wait = doubled(AFTER_FAILURE, self.failures).min(AFTER_FAILURES).max(at_least);
        self.failures = self.failures.saturating_add(1);
    }
}

fn doubled(time: Duration, times: u32) -> Duration {
    time.saturating_mul(2_u32.saturating_pow(times))
}

impl Flow for PinLogin {
    type Output = Token;

    fn poll(&mut self, now: SystemTime) -> Step<Token> {
        self.tick(now);
        if let State::Waiting = self.state {
            return self.next();
        }
        match std::mem::replace(&mut self.state, State::Done) {
            State::Ended(result) => Step::Done(result),
            _ => Step::Done(Err(Error::OutOfTurn)),
        }
    }

    fn on_response<B: AsRef<[u8]>>(&mut self, response: Response<B>, now: SystemTime) {
        self.tick(now);
        let result = match std::mem::replace(&mut self.state, State::Waiting) {
            State::Checking(check) => check.parse(&response).map(|status| self.on_status(status)),
            #[cfg(feature = "jwt")]
            State::GettingNonce => GetNonce::new().parse(&response).map(|nonce| {
                if let Some(device) = &mut self.device {
                    device.sign(&self.client, &nonce, now);
                }
            }),
            other => {
                self.state = other;
                return;
            }
        };
        if let Err(error) = result {
            self.on_error(error, response.headers(), now);
        }
    }

    fn on_failure(&mut self, failure: Failure, now: SystemTime) -> Verdict {
        self.tick(now);
        match self.state {
            State::Waiting | State::Ended(_) | State::Done => Verdict::GiveUp,
            // No wait mends that. A wrong certificate may be that of a network that wants a sign-in first.
            _ if failure == Failure::RedirectFollowed => {
                self.state = State::Done;
                Verdict::GiveUp
            }
            _ => {
                self.state = State::Waiting;
                self.back_off(Duration::ZERO);
                Verdict::GoOn
            }
        }
    }

    /// Its attempts are those since Plex last said whether somebody has approved.
    fn current_exchange(&self) -> Exchange {
        let operation = match &self.state {
            #[cfg(feature = "jwt")]
            State::GettingNonce => type_name::<GetNonce>(),
            _ => type_name::<CheckPin>(),
        };
        Exchange::new(operation).after(self.refusals.saturating_add(self.failures))
    }
}

#[cfg(test)]
mod tests;
