//! Accounts, as returned by `GET /user` and by signing in.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{MailingListStatus, PastSubscription, Profile, RestrictionProfile, ServiceStatus, Subscription};
use crate::client::Token;
use crate::lenient;
use crate::lenient::Words;

/// A Plex account.
///
/// Only `id` and `uuid` are required, because accounts vary more than Plex's API description says. Fields without a
/// documented meaning are omitted: `pin`, `providers`, `settings`, `subscriptions`, `trials`.
/// Source: the API description of plex.tv, and recorded accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Account {
    /// The numeric ID of the account. Always present, like `uuid`.
    #[serde(deserialize_with = "lenient::required")]
    pub id: u64,
    /// The UUID of the account.
    #[serde(deserialize_with = "lenient::required")]
    pub uuid: String,
    /// The user name for signing in. Managed users have none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub username: Option<String>,
    /// The title, a name to display.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub title: Option<String>,
    /// The email address. Managed users have none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email: Option<String>,
    /// The full name, if the owner entered one.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub friendly_name: Option<String>,
    /// The language, such as `en`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub locale: Option<String>,
    /// Whether the email address has been confirmed.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub confirmed: Option<bool>,
    /// Whether the account can only sign in with its email address.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email_only_auth: Option<bool>,
    /// Whether the account has a password. Accounts without one sign in through another service.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub has_password: Option<bool>,
    /// Whether switching to this Home user requires a PIN.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub protected: Option<bool>,
    /// The URL of the avatar.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub thumb: Option<String>,
    /// The account's token: a new one after signing in, otherwise the one that the request used.
    #[serde(default, deserialize_with = "lenient::optional", skip_serializing)]
    pub auth_token: Option<Token>,
    /// The newsletter subscription status.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub mailing_list_status: Option<MailingListStatus>,
    /// Whether the account receives newsletters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub mailing_list_active: Option<bool>,
    /// The types of media whose playback is reported to other services.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub scrobble_types: Words,
    /// The two-letter country code.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub country: Option<String>,
    /// The Plex Pass subscription.
    #[serde(default, deserialize_with = "lenient::object")]
    pub subscription: Option<Subscription>,
    /// A description of the Plex Pass subscription.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub subscription_description: Option<String>,
    /// Whether this is a managed user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restricted: Option<bool>,
    /// Whether this is an anonymous account, without a sign-up.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub anonymous: Option<bool>,
    /// Whether the account belongs to a Plex Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub home: Option<bool>,
    /// Whether the account is a guest in the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub guest: Option<bool>,
    /// The number of users in the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub home_size: Option<u32>,
    /// Whether the account owns the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub home_admin: Option<bool>,
    /// The maximum number of users in the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub max_home_size: Option<u32>,
    /// When a remembered sign-in expires.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub remember_expires_at: Option<SystemTime>,
    /// The playback preferences.
    #[serde(default, deserialize_with = "lenient::object")]
    pub profile: Option<Profile>,
    /// Purchases other than a subscription.
    #[serde(default, deserialize_with = "lenient::words")]
    pub entitlements: Words,
    /// The roles of the account.
    #[serde(default, deserialize_with = "lenient::words")]
    pub roles: Words,
    /// The services that the account uses.
    #[serde(default, deserialize_with = "lenient::list")]
    pub services: Vec<Service>,
    /// Whether the owner consented to personalized advertising. `None` if never asked.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub ads_consent: Option<bool>,
    /// When the owner gave or refused consent.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub ads_consent_set_at: Option<SystemTime>,
    /// When to ask for consent again.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub ads_consent_reminder_at: Option<SystemTime>,
    /// Whether the owner has opted in to experimental features.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub experimental_features: Option<bool>,
    /// Whether signing in requires a verification code.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub two_factor_enabled: Option<bool>,
    /// Whether backup codes for two-factor authentication have been created.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub backup_codes_created: Option<bool>,
    /// When the account was created.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub joined_at: Option<SystemTime>,
    /// The partner that referred the account to Plex.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub attribution_partner: Option<String>,
    /// The restriction profile of a managed user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restriction_profile: Option<RestrictionProfile>,
    /// More detailed restrictions of a managed user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub custom_restrictions: Option<String>,
    /// Subscriptions that have ended.
    #[serde(default, deserialize_with = "lenient::list")]
    pub past_subscriptions: Vec<PastSubscription>,
    /// The email address for adding items to the watchlist.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub queue_email: Option<String>,
    /// The identifier of the watchlist.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub queue_uid: Option<String>,
}

impl Account {
    /// Returns whether this is a managed user: a Home member without a user name, email address or password.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        self.restricted == Some(true)
    }

    /// Returns the name to display: the first that is present of full name, title, user name and email address.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        [&self.friendly_name, &self.title, &self.username, &self.email]
            .into_iter()
            .find_map(|name| name.as_deref())
    }
}

/// A service that an account uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Service {
    /// The identifier of the service, such as `metadata-dev`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub identifier: Option<String>,
    /// The URL of the service.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub endpoint: Option<String>,
    /// A credential for the service.
    #[serde(default, deserialize_with = "lenient::optional", skip_serializing)]
    pub token: Option<Token>,
    /// Another credential for the service.
    #[serde(default, deserialize_with = "lenient::optional", skip_serializing)]
    pub secret: Option<Token>,
    /// Whether the service is available.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub status: Option<ServiceStatus>,
}

#[cfg(test)]
mod tests;
