//! Who holds which token, and when it ends.

use std::time::SystemTime;

use crate::world::World;

/// A token of plex.tv.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) account: usize,
    /// The client identifier of the device that holds it. `None` for tokens that a test made up.
    pub(crate) client: Option<String>,
    /// `None` for legacy tokens, which do not expire.
    expires: Option<SystemTime>,
}

/// The status of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Credential {
    /// The index of its account.
    Valid(usize),
    Expired,
    Invalid,
}

/// Whether a token is a JWT.
pub(crate) fn is_jwt(token: &str) -> bool {
    token.starts_with("eyJ")
}

impl World {
    /// Makes a token valid for the account at this index of [`accounts`](Self::accounts). It belongs to no device.
    pub fn grant(&mut self, token: &str, account: usize) {
        self.tokens.insert(token.into(), Grant { account, client: None, expires: None });
    }

    /// Makes a token expire. At Plex, only JWTs expire.
    pub fn expire(&mut self, token: &str) {
        self.tokens.entry(token.into()).and_modify(|grant| grant.expires = Some(SystemTime::UNIX_EPOCH));
    }

    /// Revokes a token, as signing out does.
    pub fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// Issues a legacy token to a device.
    pub(crate) fn issue_legacy(&mut self, kind: &str, account: usize, client: &str) -> String {
        let token = self.issue(kind);
        self.tokens.insert(token.clone(), Grant { account, client: Some(client.into()), expires: None });
        self.note_device(account, client, &token);
        token
    }

    /// Records a JWT that was issued to a device. The first one ends the device's legacy tokens.
    pub(crate) fn issue_jwt(&mut self, token: &str, account: usize, client: &str, expires: SystemTime) {
        if self.jwt_devices.insert((account, client.into())) {
            self.end_tokens(account, client, |token| !is_jwt(token));
        }
        let grant = Grant { account, client: Some(client.into()), expires: Some(expires) };
        self.tokens.insert(token.into(), grant);
        self.note_device(account, client, token);
    }

    /// Gives a token that belongs to no device to one.
    pub(crate) fn adopt(&mut self, token: &str, client: &str) {
        if let Some(grant) = self.tokens.get_mut(token) {
            grant.client.get_or_insert(client.into());
        }
    }

    /// Ends the tokens of a device for which the condition holds.
    pub(crate) fn end_tokens(&mut self, account: usize, client: &str, ends: impl Fn(&str) -> bool) {
        self.tokens.retain(|token, grant| {
            grant.account != account || grant.client.as_deref() != Some(client) || !ends(token)
        });
    }

    pub(crate) fn token(&self, token: &str) -> Option<&Grant> {
        self.tokens.get(token)
    }

    pub(crate) fn credential(&self, token: &str) -> Credential {
        match self.tokens.get(token) {
            None => Credential::Invalid,
            Some(grant) if grant.expires.is_some_and(|expires| expires <= self.now()) => Credential::Expired,
            Some(grant) => Credential::Valid(grant.account),
        }
    }
}
