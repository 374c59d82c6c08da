use std::time::Duration;

use super::*;
use crate::model::{Account, SubscriptionStatus};

fn read(json: &str) -> Account {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

fn at(seconds: u64) -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn words(all: &[&str]) -> Words {
    all.iter().collect()
}

/// An account with only the required fields.
fn bare() -> Account {
    Account {
        id: 7,
        uuid: "9f0b".into(),
        username: None,
        title: None,
        email: None,
        friendly_name: None,
        locale: None,
        confirmed: None,
        email_only_auth: None,
        has_password: None,
        protected: None,
        thumb: None,
        auth_token: None,
        mailing_list_status: None,
        mailing_list_active: None,
        scrobble_types: Words::default(),
        country: None,
        subscription: None,
        subscription_description: None,
        restricted: None,
        anonymous: None,
        home: None,
        guest: None,
        home_size: None,
        home_admin: None,
        max_home_size: None,
        remember_expires_at: None,
        profile: None,
        entitlements: Words::default(),
        roles: Words::default(),
        services: Vec::new(),
        ads_consent: None,
        ads_consent_set_at: None,
        ads_consent_reminder_at: None,
        experimental_features: None,
        two_factor_enabled: None,
        backup_codes_created: None,
        joined_at: None,
        attribution_partner: None,
        restriction_profile: None,
        custom_restrictions: None,
        past_subscriptions: Vec::new(),
        queue_email: None,
        queue_uid: None,
    }
}

/// Contains every known field, with realistic values.
const FULL: &str = r#"{
    "id": 7, "uuid": "9f0b", "username": "me", "title": "Me", "email": "me@example.com", "friendlyName": "Me Myself",
    "locale": "en", "confirmed": true, "emailOnlyAuth": false, "hasPassword": true, "protected": false,
    "thumb": "https://plex.tv/users/9f0b/avatar", "authToken": "hushhush", "mailingListStatus": "removed",
    "mailingListActive": false, "scrobbleTypes": "1,2", "country": "AT",
    "subscription": {"active": true, "subscribedAt": "2021-04-12T18:21:12Z", "status": "Active",
        "paymentService": "stripe", "plan": "lifetime", "features": ["pass", "a brand new one"]},
    "subscriptionDescription": "Lifetime Plex Pass", "restricted": false, "anonymous": false, "home": true,
    "guest": false, "homeSize": 2, "homeAdmin": true, "maxHomeSize": 15, "rememberExpiresAt": 1680893707,
    "profile": {"autoSelectAudio": true, "defaultAudioLanguage": "ja", "defaultAudioLanguages": ["ja", "en"],
        "defaultSubtitleLanguage": "en", "defaultSubtitleLanguages": null, "autoSelectSubtitle": 1,
        "defaultSubtitleAccessibility": "0", "defaultSubtitleForced": 1, "watchedIndicator": "1",
        "mediaReviewsVisibility": 0, "defaultAudioAccessibility": 1, "mediaReviewsLanguages": "en,de",
        "mediaPostsVisibility": "2"},
    "entitlements": ["ios"], "roles": ["beta"],
    "services": [{"identifier": "metadata-dev", "endpoint": "https://epg.example", "token": "t0ken",
        "secret": "s3cret", "status": "online"}],
    "adsConsent": true, "adsConsentSetAt": 1000, "adsConsentReminderAt": 2000, "experimentalFeatures": false,
    "twoFactorEnabled": true, "backupCodesCreated": true, "joinedAt": 1556281940, "pin": "x",
    "attributionPartner": "somebody", "providers": [], "settings": [], "restrictionProfile": "teen",
    "customRestrictions": "", "subscriptions": [], "pastSubscriptions": [{"renewsAt": null, "endsAt": 3000, "id": 1}],
    "trials": [], "queueEmail": "queue@example.com", "queueUid": "q1", "aFieldOfTomorrow": {"deep": [1, {"er": null}]}
}"#;

#[test]
fn every_field_is_read() {
    assert_eq!(
        read(FULL),
        Account {
            id: 7,
            uuid: "9f0b".into(),
            username: Some("me".into()),
            title: Some("Me".into()),
            email: Some("me@example.com".into()),
            friendly_name: Some("Me Myself".into()),
            locale: Some("en".into()),
            confirmed: Some(true),
            email_only_auth: Some(false),
            has_password: Some(true),
            protected: Some(false),
            thumb: Some("https://plex.tv/users/9f0b/avatar".into()),
            auth_token: Some("hushhush".into()),
            mailing_list_status: Some(MailingListStatus::Removed),
            mailing_list_active: Some(false),
            scrobble_types: words(&["1", "2"]),
            country: Some("AT".into()),
            subscription: Some(Subscription {
                active: Some(true),
                subscribed_at: at(1_618_251_672),
                status: Some(SubscriptionStatus::Active),
                payment_service: Some("stripe".into()),
                plan: Some("lifetime".into()),
                features: words(&["pass", "a brand new one"]),
            }),
            subscription_description: Some("Lifetime Plex Pass".into()),
            restricted: Some(false),
            anonymous: Some(false),
            home: Some(true),
            guest: Some(false),
            home_size: Some(2),
            home_admin: Some(true),
            max_home_size: Some(15),
            remember_expires_at: at(1_680_893_707),
            profile: Some(Profile {
                default_audio_accessibility: Some(1),
                media_reviews_languages: ["en", "de"].into_iter().collect(),
                media_posts_visibility: Some(2),
                auto_select_audio: Some(true),
                default_audio_language: Some("ja".into()),
                default_audio_languages: words(&["ja", "en"]),
                default_subtitle_language: Some("en".into()),
                default_subtitle_languages: Words::default(),
                auto_select_subtitle: Some(1),
                default_subtitle_accessibility: Some(0),
                default_subtitle_forced: Some(1),
                watched_indicator: Some(1),
                media_reviews_visibility: Some(0),
            }),
            entitlements: words(&["ios"]),
            roles: words(&["beta"]),
            services: vec![Service {
                identifier: Some("metadata-dev".into()),
                endpoint: Some("https://epg.example".into()),
                token: Some("t0ken".into()),
                secret: Some("s3cret".into()),
                status: Some(ServiceStatus::Online),
            }],
            ads_consent: Some(true),
            ads_consent_set_at: at(1000),
            ads_consent_reminder_at: at(2000),
            experimental_features: Some(false),
            two_factor_enabled: Some(true),
            backup_codes_created: Some(true),
            joined_at: at(1_556_281_940),
            attribution_partner: Some("somebody".into()),
            restriction_profile: Some(RestrictionProfile::Teen),
            custom_restrictions: None,
            past_subscriptions: vec![PastSubscription { renews_at: None, ends_at: at(3000) }],
            queue_email: Some("queue@example.com".into()),
            queue_uid: Some("q1".into()),
        }
    );
}

#[test]
fn id_and_uuid_are_sufficient() {
    assert_eq!(read(r#"{"id":7,"uuid":"9f0b"}"#), bare());
    assert_eq!(read(r#"{"uuid":"9f0b","id":"7"}"#), bare(), "ID as a string");
}

#[test]
fn id_and_uuid_are_required() {
    for json in [r#"{"id":7}"#, r#"{"uuid":"9f0b"}"#, r#"{"id":null,"uuid":"9f0b"}"#, r#"{"id":7,"uuid":""}"#]
    {
        serde_json::from_str::<Account>(json).expect_err(json);
    }
}

/// Quirk: a single `null` makes generated clients reject the whole account.
#[test]
fn null_counts_as_absent() {
    let serde_json::Value::Object(mut fields) = serde_json::from_str(FULL).unwrap() else {
        panic!("not an object")
    };
    for (name, value) in &mut fields {
        if name != "id" && name != "uuid" {
            *value = serde_json::Value::Null;
        }
    }
    assert_eq!(read(&serde_json::to_string(&fields).unwrap()), bare());
}

/// Quirk: a single new word makes generated clients reject the whole account.
#[test]
fn unknown_words_are_kept() {
    let account = read(
        r#"{"id":7,"uuid":"9f0b","mailingListStatus":"paused","restrictionProfile":"toddler",
            "subscription":{"status":"Dormant","features":["f1"]},"services":[{"status":"asleep"}]}"#,
    );
    assert_eq!(account.mailing_list_status, Some(MailingListStatus::Other("paused".into())));
    assert_eq!(account.restriction_profile, Some(RestrictionProfile::Other("toddler".into())));
    assert_eq!(account.subscription.unwrap().status, Some(SubscriptionStatus::Other("Dormant".into())));
    assert_eq!(account.services[0].status, Some(ServiceStatus::Other("asleep".into())));
}

/// Quirk: `profile.autoSelectSubtitle` and similar fields are numbers or strings.
#[test]
fn profile_numbers_may_be_strings() {
    for json in ["2", "\"2\""] {
        let account = read(&format!(r#"{{"id":7,"uuid":"9f0b","profile":{{"autoSelectSubtitle":{json}}}}}"#));
        assert_eq!(account.profile.unwrap().auto_select_subtitle, Some(2), "{json}");
    }
}

/// Quirk: `services[].secret` is absent, null or set.
#[test]
fn service_secrets_may_be_absent_null_or_set() {
    let account = read(r#"{"id":7,"uuid":"9f0b","services":[{},{"secret":null},{"secret":"s","token":""}]}"#);
    let secrets: Vec<_> =
        account.services.into_iter().map(|service| (service.secret, service.token)).collect();
    assert_eq!(secrets, [(None, None), (None, None), (Some("s".into()), None)]);
}

/// Quirk: a published example has the string `"[]"` for an empty list.
#[test]
fn non_list_is_an_empty_list() {
    let json = r#"{"id":7,"uuid":"9f0b","entitlements":"[]","roles":{},"services":"","pastSubscriptions":0,"scrobbleTypes":""}"#;
    assert_eq!(read(json), bare());
}

/// Quirk: managed Home users have no user name or email address.
#[test]
fn managed_user_has_no_username_or_email() {
    for empty in ["\"\"", "null"] {
        let account = read(&format!(
            r#"{{"id":7,"uuid":"9f0b","username":{empty},"email":{empty},"title":"Kid","restricted":true,
                "mailingListStatus":null,"rememberExpiresAt":null,"restrictionProfile":"little_kid"}}"#
        ));
        assert!(account.is_managed());
        assert_eq!(account.display_name(), Some("Kid"));
        let mut expected = bare();
        expected.title = Some("Kid".into());
        expected.restricted = Some(true);
        expected.restriction_profile = Some(RestrictionProfile::LittleKid);
        assert_eq!(account, expected);
    }
}

#[test]
fn display_name_is_the_first_name_present() {
    let mut account = read(FULL);
    assert_eq!(account.display_name(), Some("Me Myself"));
    account.friendly_name = None;
    account.title = None;
    assert_eq!(account.display_name(), Some("me"));
    assert_eq!((bare().display_name(), bare().is_managed()), (None, false));
}

#[test]
fn both_date_formats_are_read() {
    for date in ["2021-04-12T18:21:12Z", "2021-04-12 18:21:12 UTC"] {
        let account = read(&format!(r#"{{"id":7,"uuid":"a","subscription":{{"subscribedAt":"{date}"}}}}"#));
        assert_eq!(account.subscription.unwrap().subscribed_at, at(1_618_251_672), "{date}");
    }
}

#[test]
fn debug_hides_credentials() {
    let shown = format!("{:?} {:#?}", read(FULL), read(FULL));
    for secret in ["hushhush", "t0ken", "s3cret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
