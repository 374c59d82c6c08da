//! The Plex Pass.

use std::time::SystemTime;

use serde::Deserialize;

use super::SubscriptionStatus;
use crate::lenient;
use crate::lenient::Words;

/// A subscription (Plex Pass). Source: the API description of plex.tv, and recorded accounts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subscription {
    /// Whether it is in force.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub active: Option<bool>,
    /// Since when.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub subscribed_at: Option<SystemTime>,
    /// Whether it is in force, in a word.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub status: Option<SubscriptionStatus>,
    /// Who takes the money.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub payment_service: Option<String>,
    /// Which plan, such as `lifetime`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub plan: Option<String>,
    /// What it allows: over a hundred words.
    #[serde(default, deserialize_with = "lenient::words")]
    pub features: Words,
}

/// A subscription that has ended, or will. Source: recorded accounts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PastSubscription {
    /// When it would have been renewed.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub renews_at: Option<SystemTime>,
    /// When it ended.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub ends_at: Option<SystemTime>,
}
