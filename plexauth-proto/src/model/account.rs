//! The account, as `GET /user` and signing in answer it.

use std::time::SystemTime;

use serde::Deserialize;

use super::{MailingListStatus, PastSubscription, Profile, RestrictionProfile, ServiceStatus, Subscription};
use crate::client::Token;
use crate::lenient;
use crate::lenient::Words;

/// A Plex account.
///
/// Accounts differ more than Plex's description admits, so only `id` and `uuid` are certain. Left out are fields that
/// no source gives a meaning to: `pin`, `providers`, `settings`, `subscriptions`, `trials`.
/// Source: the API description of plex.tv, and recorded accounts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Account {
    /// The number of the account. The only field beside `uuid` that every account has.
    #[serde(deserialize_with = "lenient::required")]
    pub id: u64,
    /// The identifier of the account in text.
    #[serde(deserialize_with = "lenient::required")]
    pub uuid: String,
    /// The name to sign in with. A managed user has none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub username: Option<String>,
    /// The name to show.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub title: Option<String>,
    /// The email address. A managed user has none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email: Option<String>,
    /// The full name, if the owner gave one.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub friendly_name: Option<String>,
    /// The language, such as `en`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub locale: Option<String>,
    /// Whether the email address was confirmed.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub confirmed: Option<bool>,
    /// Whether the account signs in by its email address only.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email_only_auth: Option<bool>,
    /// Whether the account has a password (otherwise it signs in through another service).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub has_password: Option<bool>,
    /// Whether switching to this Home user takes a PIN.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub protected: Option<bool>,
    /// The address of the picture.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub thumb: Option<String>,
    /// The token of the account: a new one after signing in, the one that was used otherwise.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auth_token: Option<Token>,
    /// Whether the account gets newsletters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub mailing_list_status: Option<MailingListStatus>,
    /// The same as a flag.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub mailing_list_active: Option<bool>,
    /// What is reported as watched to other services.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub scrobble_types: Words,
    /// The country, as a code of two letters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub country: Option<String>,
    /// The Plex Pass.
    #[serde(default, deserialize_with = "lenient::object")]
    pub subscription: Option<Subscription>,
    /// The Plex Pass in words.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub subscription_description: Option<String>,
    /// Whether this is a managed user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restricted: Option<bool>,
    /// Whether this is an account that nobody has signed up for yet.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub anonymous: Option<bool>,
    /// Whether the account is part of a Plex Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub home: Option<bool>,
    /// Whether it is a guest in that Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub guest: Option<bool>,
    /// How many users the Home has.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub home_size: Option<u32>,
    /// Whether the account owns the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub home_admin: Option<bool>,
    /// How many users the Home may have.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub max_home_size: Option<u32>,
    /// When a remembered sign-in ends.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub remember_expires_at: Option<SystemTime>,
    /// Preferences for playing.
    #[serde(default, deserialize_with = "lenient::object")]
    pub profile: Option<Profile>,
    /// What was bought beside a subscription.
    #[serde(default, deserialize_with = "lenient::words")]
    pub entitlements: Words,
    /// The roles of the account.
    #[serde(default, deserialize_with = "lenient::words")]
    pub roles: Words,
    /// The services that the account uses.
    #[serde(default, deserialize_with = "lenient::list")]
    pub services: Vec<Service>,
    /// Whether the owner agreed to personalised advertising. Nothing if never asked.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub ads_consent: Option<bool>,
    /// When that was decided.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub ads_consent_set_at: Option<SystemTime>,
    /// When to ask again.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub ads_consent_reminder_at: Option<SystemTime>,
    /// Whether the owner takes part in trials of new features.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub experimental_features: Option<bool>,
    /// Whether signing in takes a verification code.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub two_factor_enabled: Option<bool>,
    /// Whether the owner has made backup codes for that.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub backup_codes_created: Option<bool>,
    /// When the account was made.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub joined_at: Option<SystemTime>,
    /// Through whom the account came to Plex.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub attribution_partner: Option<String>,
    /// What a managed user may see.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restriction_profile: Option<RestrictionProfile>,
    /// What a managed user may see, in finer grain.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub custom_restrictions: Option<String>,
    /// Subscriptions that have ended.
    #[serde(default, deserialize_with = "lenient::list")]
    pub past_subscriptions: Vec<PastSubscription>,
    /// The address that puts what is mailed to it on the watch list.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub queue_email: Option<String>,
    /// The identifier of the watch list.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub queue_uid: Option<String>,
}

impl Account {
    /// Whether this is a managed user: a member of a Home without an own name, email and password.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        self.restricted == Some(true)
    }

    /// The name to show, from the first that the account has of its full name, title, user name and email address.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        [&self.friendly_name, &self.title, &self.username, &self.email]
            .into_iter()
            .find_map(|name| name.as_deref())
    }
}

/// A service that an account uses.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Service {
    /// What the service is called, such as `metadata-dev`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub identifier: Option<String>,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub endpoint: Option<String>,
    /// A credential for it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub token: Option<Token>,
    /// Another credential for it.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub secret: Option<Token>,
    /// Whether it can be reached.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub status: Option<ServiceStatus>,
}

#[cfg(test)]
mod tests;
