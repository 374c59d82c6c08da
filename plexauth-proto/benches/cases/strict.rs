//! The baseline for parsing: structs with the fields of this crate's models that accept a single form of each value.
#![allow(dead_code, reason = "the fields are only deserialized")]

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    id: u64,
    uuid: String,
    username: Option<String>,
    title: Option<String>,
    email: Option<String>,
    friendly_name: Option<String>,
    locale: Option<String>,
    confirmed: Option<bool>,
    email_only_auth: Option<bool>,
    has_password: Option<bool>,
    protected: Option<bool>,
    thumb: Option<String>,
    auth_token: Option<String>,
    mailing_list_status: Option<MailingListStatus>,
    mailing_list_active: Option<bool>,
    scrobble_types: Option<String>,
    country: Option<String>,
    subscription: Option<Subscription>,
    subscription_description: Option<String>,
    restricted: Option<bool>,
    anonymous: Option<bool>,
    home: Option<bool>,
    guest: Option<bool>,
    home_size: Option<u32>,
    home_admin: Option<bool>,
    max_home_size: Option<u32>,
    remember_expires_at: Option<u64>,
    profile: Option<Profile>,
    entitlements: Vec<String>,
    roles: Vec<String>,
    services: Vec<Service>,
    ads_consent: Option<bool>,
    ads_consent_set_at: Option<u64>,
    ads_consent_reminder_at: Option<u64>,
    experimental_features: Option<bool>,
    two_factor_enabled: Option<bool>,
    backup_codes_created: Option<bool>,
    joined_at: Option<u64>,
    attribution_partner: Option<String>,
    restriction_profile: Option<RestrictionProfile>,
    custom_restrictions: Option<String>,
    past_subscriptions: Vec<PastSubscription>,
    queue_email: Option<String>,
    queue_uid: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum MailingListStatus {
    Active,
    Unsubscribed,
    Removed,
}

#[derive(Deserialize)]
enum SubscriptionStatus {
    Active,
    Inactive,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ServiceStatus {
    Online,
    Offline,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RestrictionProfile {
    LittleKid,
    OlderKid,
    Teen,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    active: bool,
    subscribed_at: Option<String>,
    status: SubscriptionStatus,
    payment_service: Option<String>,
    plan: Option<String>,
    features: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PastSubscription {
    renews_at: Option<u64>,
    ends_at: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    auto_select_audio: bool,
    default_audio_language: Option<String>,
    default_audio_languages: Option<String>,
    default_subtitle_language: Option<String>,
    default_subtitle_languages: Option<String>,
    auto_select_subtitle: i64,
    default_subtitle_accessibility: i64,
    default_subtitle_forced: i64,
    watched_indicator: i64,
    media_reviews_visibility: i64,
}

#[derive(Deserialize)]
struct Service {
    identifier: String,
    endpoint: String,
    token: Option<String>,
    secret: Option<String>,
    status: ServiceStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    name: String,
    product: String,
    product_version: String,
    platform: Option<String>,
    platform_version: Option<String>,
    device: Option<String>,
    client_identifier: String,
    created_at: String,
    last_seen_at: String,
    provides: String,
    owner_id: Option<u64>,
    source_title: Option<String>,
    public_address: String,
    access_token: Option<String>,
    owned: bool,
    home: bool,
    synced: bool,
    relay: bool,
    presence: bool,
    https_required: bool,
    public_address_matches: bool,
    dns_rebinding_protection: bool,
    nat_loopback_supported: bool,
    connections: Vec<Connection>,
}

#[derive(Deserialize)]
struct Connection {
    protocol: String,
    address: String,
    port: u16,
    uri: String,
    local: bool,
    relay: bool,
    #[serde(rename = "IPv6")]
    ipv6: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    id: u64,
    code: String,
    product: Option<String>,
    trusted: bool,
    qr: Option<String>,
    client_identifier: String,
    location: Location,
    expires_in: u64,
    created_at: String,
    expires_at: String,
    auth_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinStatus {
    auth_token: Option<String>,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Location {
    code: String,
    european_union_member: bool,
    continent_code: String,
    country: String,
    city: String,
    time_zone: String,
    postal_code: String,
    in_privacy_restricted_country: bool,
    in_privacy_restricted_region: bool,
    subdivisions: String,
    coordinates: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Contained<T> {
    pub media_container: T,
}

#[derive(Deserialize)]
pub struct TransientToken {
    pub token: String,
}

#[derive(Deserialize)]
pub struct Devices {
    #[serde(rename = "Device")]
    pub devices: Vec<Device>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    name: String,
    client_identifier: String,
    access_token: String,
    #[serde(rename = "Connection")]
    connections: Vec<Connection>,
}
