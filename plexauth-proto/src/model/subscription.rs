//! Plex Pass subscriptions.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::SubscriptionStatus;
use crate::lenient;
use crate::lenient::Words;

/// A Plex Pass subscription. Source: the API description of plex.tv, and recorded accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subscription {
    /// Whether the subscription is active.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub active: Option<bool>,
    /// When the subscription started.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub subscribed_at: Option<SystemTime>,
    /// The status of the subscription.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub status: Option<SubscriptionStatus>,
    /// The payment provider.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub payment_service: Option<String>,
    /// The plan, such as `lifetime`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub plan: Option<String>,
    /// The included features. There can be over a hundred.
    #[serde(default, deserialize_with = "lenient::words")]
    pub features: Words,
}

/// A subscription that has ended or will end. Source: recorded accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PastSubscription {
    /// When the subscription would have been renewed.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub renews_at: Option<SystemTime>,
    /// When it ended or will end.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub ends_at: Option<SystemTime>,
}
