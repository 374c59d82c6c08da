//! The part of a login that has a device key.

use std::time::{Duration, SystemTime};

use crate::ClientInfo;
use crate::jwt::{DeviceJwt, DeviceKey, Scopes};
use crate::operations::Nonce;

/// A JWT with less to live than this is not sent any more.
const MARGIN: Duration = Duration::from_secs(60);

/// Signs with a nonce of Plex's, and anew before that ages out.
#[derive(Debug)]
pub(super) struct Device {
    key: DeviceKey,
    scopes: Scopes,
    jwt: Option<DeviceJwt>,
    /// What is left of the JWT's life.
    life: Duration,
    was_refused: bool,
}

impl Device {
    pub(super) fn new(key: &DeviceKey, scopes: Scopes) -> Self {
        Self { key: key.clone(), scopes, jwt: None, life: Duration::ZERO, was_refused: false }
    }

    pub(super) fn tick(&mut self, passed: Duration) {
        self.life = self.life.saturating_sub(passed);
    }

    /// The JWT to send; nothing if a nonce is wanted first.
    pub(super) fn jwt(&self) -> Option<&DeviceJwt> {
        self.jwt.as_ref().filter(|_| self.life > MARGIN)
    }

    /// Signs by Plex's clock, which checks it: this device's may be wrong.
    pub(super) fn sign(&mut self, client: &ClientInfo, nonce: &Nonce, now: SystemTime) {
        let now = nonce.server_time.unwrap_or(now);
        self.jwt = Some(self.key.sign(client, &nonce.value, self.scopes, now));
        self.life = DeviceKey::JWT_LIFETIME;
    }

    pub(super) fn on_accepted(&mut self) {
        self.was_refused = false;
    }

    /// Whether to try with a fresh JWT: once, until one is accepted again.
    pub(super) fn on_refused(&mut self) -> bool {
        self.jwt = None;
        !std::mem::replace(&mut self.was_refused, true)
    }
}
