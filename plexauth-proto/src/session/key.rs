//! The device key of a session: how fresh its token is, and which flow may renew it.

use std::time::{Duration, SystemTime};

use http::Response;
use zeroize::Zeroizing;

use super::{Session, State};
use crate::client::{ClientInfo, Secret, Token};
use crate::clock::Stopwatch;
use crate::error::{Error, ErrorKind, RequestError, ResponseError};
use crate::flows::Renewal;
use crate::jwt::{DeviceKey, PlexJwt, Scopes, base64url, from_base64url, unix_seconds};
use crate::operation::Operation;
use crate::operations::GetNonce;

mod token_renewal;

pub(super) use token_renewal::TokenRenewal;

/// A token is renewed at the earliest this long before it expires.
const SOON: Duration = Duration::from_secs(86_400);
/// The last part of a token's life, in which it is renewed, and the least time between two renewals, as a fraction of its life.
const FRACTION: u32 = 7;
/// The time between attempts to renew a token that is still valid, and between renewals of a token that lives for long.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(300);
/// The least time between two renewals, however short the life of a token is.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// The number of renewals that may be dropped before their end without a pause.
const ABANDONED: u32 = 3;
/// The pause after a failed renewal of a token that has expired; doubled for each one in a row.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const AFTER_FAILURES: Duration = Duration::from_secs(60);
/// The pause after a rate limit without `Retry-After`, and the longest that a server may ask for.
const AFTER_RATE_LIMIT: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);
/// After this time another flow may renew the token: perhaps the first one is no longer driven.
const LONGEST_CLAIM: Duration = Duration::from_secs(120);

/// The device key of a session, and the state of its renewals.
#[derive(Debug, Clone)]
pub(super) struct SessionKey {
    key: DeviceKey,
    scopes: Scopes,
    /// When the token was received, by this device's clock, which may differ from Plex's.
    renewed_at: Option<SystemTime>,
    /// When a flow began the renewal that is under way.
    claimed_at: Option<SystemTime>,
    /// The number of claims, which tells one from another.
    claims: u64,
    /// When the last unsuccessful renewal began.
    tried_at: Option<SystemTime>,
    /// The number of failed renewals.
    failures: u64,
    /// The number of them in a row.
    failures_in_a_row: u32,
    /// The rate limit that Plex imposed.
    limited: Option<RateLimit>,
    /// Whether the last renewal gave the token of another account.
    is_anothers: bool,
    /// The number of renewals that were dropped before their end.
    abandoned: u32,
}

/// A rate limit that is remembered, so that it is respected however many flows ask.
#[derive(Debug, Clone)]
struct RateLimit {
    error: ResponseError,
    left: Duration,
    stopwatch: Stopwatch,
}

impl RateLimit {
    /// The error, with what is left of the wait. `None` once that has passed.
    fn error(&mut self, now: SystemTime) -> Option<ResponseError> {
        self.left = self.left.saturating_sub(self.stopwatch.lap(now));
        (!self.left.is_zero()).then(|| self.error.clone().with_retry_after(self.left))
    }
}

/// How fresh a session's token is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Freshness {
    /// The token is valid, as far as its own times tell.
    Fresh(Token),
    /// The token is in the last seventh of its life, at most a day: run this flow, and pass its result to [`Session::renewed`].
    RenewSoon(Token, Renewal),
    /// The token has expired: run this flow, and pass its result to [`Session::renewed`].
    Expired(Renewal),
}

impl Session {
    /// A session with a JWT and the device key it was issued for.
    pub fn with_key(info: &ClientInfo, token: impl Into<Token>, key: &DeviceKey, scopes: Scopes) -> Self {
        let key = SessionKey::new(key.clone(), scopes, None);
        let token = token.into();
        let account_id = account_of(&token);
        Self::with_state(info, State { token, renewals: 0, is_changed: true, account_id, key: Some(key) })
    }

    /// How fresh the token is at that time. It gives a renewal each time, without a pause between them: only
    /// [`authenticated`](Session::authenticated) respects pauses and the waits that Plex asks for.
    #[must_use]
    pub fn freshness(&self, now: SystemTime) -> Freshness {
        let state = self.lock();
        let renewal = || Some(state.key.as_ref()?.renewal(&self.info));
        match (state.time_left(now), renewal()) {
            (Some(Duration::ZERO), Some(renewal)) => Freshness::Expired(renewal),
            (Some(left), Some(renewal)) if left <= state.soon() => {
                Freshness::RenewSoon(state.token.clone(), renewal)
            }
            _ => Freshness::Fresh(state.token.clone()),
        }
    }

    /// Replaces the token with a renewed one.
    ///
    /// # Errors
    ///
    /// [`Error::AnotherAccount`] if the new token belongs to another account, or does not say to which, unlike the old one;
    /// [`Error::Request`] if no request can carry it. The old token is kept.
    pub fn renewed(&self, token: impl Into<Token>, now: SystemTime) -> Result<(), Error> {
        let token = token.into();
        token.header_value()?;
        let account = account_of(&token);
        let mut state = self.lock();
        let is_expected = match account {
            Some(_) => state.account_id.is_none() || account == state.account_id,
            // A JWT must say whose it is, if the one before did.
            None => !token.is_jwt() || account_of(&state.token).is_none(),
        };
        if !is_expected {
            if let Some(key) = &mut state.key {
                key.is_anothers = true;
            }
            return Err(Error::AnotherAccount);
        }
        state.account_id = state.account_id.or(account);
        state.token = token;
        state.renewals = state.renewals.saturating_add(1);
        state.is_changed = true;
        if let Some(key) = &mut state.key {
            key.renewed_at = Some(now);
            key.tried_at = None;
            key.failures_in_a_row = 0;
            key.limited = None;
            key.is_anothers = false;
            key.abandoned = 0;
        }
        Ok(())
    }

    /// Whether the token is known to have expired.
    pub(super) fn has_expired(&self, now: SystemTime) -> bool {
        self.lock().time_left(now) == Some(Duration::ZERO)
    }

    /// Gives up the renewal of another flow, which is no longer driven.
    pub(super) fn release_claim(&self) {
        if let Some(key) = &mut self.lock().key {
            key.claimed_at = None;
        }
    }

    /// The flow that renews the token, if the session has a key.
    pub(super) fn renewal(&self) -> Option<Renewal> {
        Some(self.lock().key.as_ref()?.renewal(&self.info))
    }

    /// Decides what a flow does about the token. `stale` is a token that has turned out to be expired. `waited` is the
    /// number of failures from the first [`Claim::Wait`], if the flow is waiting for another.
    pub(super) fn claim(&self, stale: Option<&Token>, waited: Option<u64>, now: SystemTime) -> Claim {
        let mut state = self.lock();
        let token = state.token.clone();
        let (left, soon) = (state.time_left(now), state.soon());
        let between_renewals = soon.clamp(LEAST_PAUSE, BETWEEN_ATTEMPTS);
        let Some(key) = &mut state.key else { return Claim::Use(token) };
        let (is_due, is_pressing) = match stale {
            Some(stale) => (*stale == token, *stale == token),
            None => (left.is_some_and(|left| left <= soon), left == Some(Duration::ZERO)),
        };
        let is_claimed = is_within(LONGEST_CLAIM, key.claimed_at, now);
        let limit = key.limited.as_mut().and_then(|limited| limited.error(now));
        let must_wait = is_within(BETWEEN_ATTEMPTS, key.tried_at, now) || limit.is_some() || key.is_anothers;
        if !is_due || !is_pressing && (is_claimed || must_wait) {
            return Claim::Use(token);
        }
        let has_failed = waited.is_some_and(|failures| failures != key.failures);
        if is_claimed && !has_failed {
            return Claim::Wait(key.failures);
        }
        if key.is_anothers {
            return Claim::Anothers;
        }
        if let Some(error) = limit {
            return Claim::Limited(error);
        }
        // A server that takes every token for an expired one would otherwise cause a renewal for each request.
        let pause = key.pause();
        let is_too_soon =
            is_within(between_renewals, key.renewed_at, now) || is_within(pause, key.tried_at, now);
        if has_failed || is_too_soon {
            return Claim::Failed(token);
        }
        key.claims = key.claims.wrapping_add(1);
        key.claimed_at = Some(now);
        key.tried_at = Some(now);
        let number = key.claims;
        let renewal = key.renewal(&self.info);
        Claim::Renew(
            Box::new(renewal),
            RenewalClaim { session: self.clone(), number, is_pressing, has_ended: false },
        )
    }
}

/// Whether `moment` was less than `time` ago, or is less than that ahead, because the clock was set back since.
fn is_within(time: Duration, moment: Option<SystemTime>, now: SystemTime) -> bool {
    moment.is_some_and(|moment| {
        let distance = now.duration_since(moment).unwrap_or_else(|ahead| ahead.duration());
        distance < time
    })
}

/// What a flow does about the token.
#[derive(Debug)]
pub(super) enum Claim {
    /// Use this token.
    Use(Token),
    /// Another flow is renewing the token, after this many failures.
    Wait(u64),
    /// A renewal has just failed, or has not helped. This is the token that there is.
    Failed(Token),
    /// Plex asked to wait.
    Limited(ResponseError),
    /// The key belongs to another account by now.
    Anothers,
    /// Renew the token. Others wait until the claim is dropped.
    Renew(Box<Renewal>, RenewalClaim),
}

/// The exclusive right to renew, released on drop, whatever happened to the flow.
#[derive(Debug)]
pub(super) struct RenewalClaim {
    session: Session,
    number: u64,
    /// Whether there is no valid token without the renewal.
    pub(super) is_pressing: bool,
    has_ended: bool,
}

impl RenewalClaim {
    /// Records that the renewal has ended, whatever its result.
    pub(super) fn ended(&mut self) {
        self.has_ended = true;
    }

    /// Records a rate limit as soon as it arrives: the flow may be dropped while it waits for its next attempt.
    pub(super) fn respect(&self, response: &Response<Vec<u8>>, now: SystemTime) {
        if response.status().is_success() {
            return;
        }
        // All operations read a refusal alike.
        let refused = GetNonce::new().parse(response);
        if let (Err(error), Some(key)) = (refused, &mut self.session.lock().key) {
            key.respect(&error, now);
        }
    }

    /// Records that the renewal failed. Gives back the token if it is still valid.
    pub(super) fn failed(&self, error: &Error, now: SystemTime) -> Option<Token> {
        let mut state = self.session.lock();
        if let Some(key) = &mut state.key {
            key.failures = key.failures.saturating_add(1);
            key.failures_in_a_row = key.failures_in_a_row.saturating_add(1);
            if let Some(error) = error.response() {
                key.respect(error, now);
            }
        }
        (state.time_left(now) != Some(Duration::ZERO)).then(|| state.token.clone())
    }
}

impl Drop for RenewalClaim {
    fn drop(&mut self) {
        let mut state = self.session.lock();
        let Some(key) = &mut state.key else { return };
        if key.claims == self.number {
            key.claimed_at = None;
        }
        if !self.has_ended {
            key.abandoned = key.abandoned.saturating_add(1);
            if key.abandoned > ABANDONED {
                key.failures_in_a_row = key.failures_in_a_row.saturating_add(1);
            }
        }
    }
}

/// The account that a JWT names.
pub(super) fn account_of(token: &Token) -> Option<u64> {
    PlexJwt::read(token).ok()??.claims().user_id
}

impl State {
    /// How long before its end the token is renewed: a fraction of its life, because a token that lives for a day or less
    /// would be due at once.
    fn soon(&self) -> Duration {
        let life = || {
            let jwt = PlexJwt::read(&self.token).ok()??;
            jwt.claims().expires_at?.duration_since(jwt.claims().issued_at?).ok()
        };
        life().map_or(SOON, |life| life.checked_div(FRACTION).unwrap_or_default().min(SOON))
    }

    /// How long the token remains valid, if it says so. Its times are by Plex's clock. Once this device has received
    /// the token itself, only the lifetime counts, by its own clock, unless that clock was set back since.
    fn time_left(&self, now: SystemTime) -> Option<Duration> {
        let jwt = PlexJwt::read(&self.token).ok()??;
        let expires_at = jwt.claims().expires_at?;
        let by_own_clock = || {
            let begun = self.key.as_ref()?.renewed_at.filter(|renewed_at| *renewed_at <= now)?;
            begun.checked_add(expires_at.duration_since(jwt.claims().issued_at?).ok()?)
        };
        Some(by_own_clock().unwrap_or(expires_at).duration_since(now).unwrap_or_default())
    }
}

impl SessionKey {
    /// Remembers the wait that Plex asks for, if it does.
    fn respect(&mut self, error: &ResponseError, now: SystemTime) {
        if error.kind() == ErrorKind::RateLimited || error.retry_after().is_some() {
            let asked = error.retry_after().map(|asked| asked.wait(now)).filter(|asked| !asked.is_zero());
            let left = asked.unwrap_or(AFTER_RATE_LIMIT).min(LONGEST_PAUSE);
            // Of two limits, the longer one holds.
            if self.limited.as_mut().is_some_and(|limit| limit.error(now).is_some() && limit.left > left) {
                return;
            }
            let mut stopwatch = Stopwatch::default();
            stopwatch.lap(now);
            self.limited = Some(RateLimit { error: error.clone(), left, stopwatch });
        }
    }

    fn new(key: DeviceKey, scopes: Scopes, renewed_at: Option<SystemTime>) -> Self {
        Self {
            key,
            scopes,
            renewed_at,
            claimed_at: None,
            claims: 0,
            tried_at: None,
            failures: 0,
            failures_in_a_row: 0,
            limited: None,
            is_anothers: false,
            abandoned: 0,
        }
    }

    /// The pause after the failures in a row.
    fn pause(&self) -> Duration {
        let Some(doublings) = self.failures_in_a_row.checked_sub(1) else { return Duration::ZERO };
        AFTER_FAILURE.saturating_mul(2_u32.saturating_pow(doublings)).min(AFTER_FAILURES)
    }

    fn renewal(&self, info: &ClientInfo) -> Renewal {
        Renewal::new(&self.key, info).scopes(self.scopes)
    }

    /// The key, the scopes and the time of the last renewal in storable form.
    pub(super) fn save(key: Option<&Self>) -> (Option<Secret>, Option<String>, Option<u64>) {
        let renewed_at = key.and_then(|key| key.renewed_at).map(unix_seconds);
        let device_key = key.map(|key| base64url(key.key.to_bytes().as_slice()).into());
        (device_key, key.map(|key| key.scopes.to_string()), renewed_at)
    }

    pub(super) fn restore(
        device_key: &str,
        scopes: Option<&str>,
        renewed_at: Option<u64>,
    ) -> Result<Self, RequestError> {
        let bytes = Zeroizing::new(from_base64url(device_key).unwrap_or_default());
        let bytes = <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| RequestError::SavedSession { problem: "its device key is damaged; log in again" })?;
        let scopes = Scopes::of_words(scopes.unwrap_or_default());
        let renewed_at = renewed_at.map(Duration::from_secs);
        let renewed_at = renewed_at.and_then(|time| SystemTime::UNIX_EPOCH.checked_add(time));
        Ok(Self::new(DeviceKey::from_bytes(bytes), scopes, renewed_at))
    }
}
