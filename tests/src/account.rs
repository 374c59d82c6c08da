use serde_json::{Value, json};

/// An account or a managed user.
#[derive(Debug, Clone)]
pub struct Account {
    /// The numeric identifier.
    pub id: u64,
    /// Empty for a managed user.
    pub username: String,
    /// Empty for a managed user.
    pub email: String,
    /// The display name.
    pub title: String,
    /// `None` for a managed user.
    pub password: Option<String>,
    /// The code for two-factor authentication, if enabled.
    pub verification_code: Option<String>,
    /// Backup codes that can replace the verification code. Each works once.
    pub backup_codes: Vec<String>,
    /// Whether signing in by user name is refused.
    pub email_only: bool,
    /// Whether this is a managed user.
    pub managed: bool,
    /// The PIN required to switch to this user, if any.
    pub home_pin: Option<String>,
    /// The number of the Home that the account belongs to, if any.
    pub home: Option<u64>,
    /// Whether the account owns its Home.
    pub home_admin: bool,
    /// Whether this account switches to protected users without a PIN if it sends none, as has been seen at Plex.
    pub switches_without_pin: bool,
}

impl Account {
    /// Creates an ordinary account.
    #[must_use]
    pub fn new(id: u64, username: &str, password: &str) -> Self {
        Self {
            id,
            username: username.into(),
            email: format!("{username}@example.com"),
            title: username.into(),
            password: Some(password.into()),
            verification_code: None,
            backup_codes: Vec::new(),
            email_only: false,
            managed: false,
            home_pin: None,
            home: None,
            home_admin: false,
            switches_without_pin: false,
        }
    }

    /// Creates a managed user.
    #[must_use]
    pub fn managed(id: u64, title: &str) -> Self {
        Self {
            username: String::new(),
            email: String::new(),
            title: title.into(),
            password: None,
            managed: true,
            ..Self::new(id, "", "")
        }
    }

    /// Returns the textual identifier.
    #[must_use]
    pub fn uuid(&self) -> String {
        format!("{:016x}", self.id)
    }

    pub(crate) fn has_login(&self, login: &str) -> bool {
        !login.is_empty() && (self.username == login || self.email == login)
    }

    /// Returns the account in plex.tv's representation.
    pub(crate) fn to_json(&self, token: &str) -> Value {
        let mut push = json!({ "identifier": "push", "endpoint": "https://push.example", "token": null, "secret": null,
            "status": "half asleep" });
        if self.managed {
            // Such a field has been seen to be missing.
            push.as_object_mut().expect("an object").remove("secret");
        }
        let features: Vec<String> = (1..=47).map(|number| format!("feature-{number}")).collect();
        json!({
            "id": self.id,
            "uuid": self.uuid(),
            "username": self.username,
            "title": self.title,
            "email": self.email,
            "friendlyName": "",
            "locale": null,
            "confirmed": !self.managed,
            "emailOnlyAuth": self.email_only,
            "hasPassword": self.password.is_some(),
            "protected": self.home_pin.is_some(),
            "thumb": format!("https://plex.tv/users/{}/avatar?c=1680893707", self.uuid()),
            "authToken": token,
            "mailingListStatus": if self.managed { Value::Null } else { "unsubscribed".into() },
            "mailingListActive": false,
            "scrobbleTypes": "",
            "country": "AT",
            "subscription": {
                "active": !self.managed,
                "subscribedAt": if self.managed { Value::Null } else { "2021-04-12 18:21:12 UTC".into() },
                "status": if self.managed { "Inactive" } else { "Active" },
                "paymentService": null,
                "plan": if self.managed { Value::Null } else { "lifetime".into() },
                "features": features,
            },
            "subscriptionDescription": if self.managed { Value::Null } else { "Lifetime Plex Pass".into() },
            "restricted": self.managed,
            "anonymous": null,
            "home": self.home.is_some(),
            "guest": false,
            "homeSize": if self.home.is_some() { 3 } else { 1 },
            "homeAdmin": self.home_admin,
            "maxHomeSize": 15,
            "rememberExpiresAt": if self.managed { Value::Null } else { 1_680_893_707_u64.into() },
            "profile": {
                "autoSelectAudio": true,
                "defaultAudioLanguage": "en",
                "defaultAudioLanguages": null,
                "defaultSubtitleLanguage": "en",
                "defaultSubtitleLanguages": null,
                "autoSelectSubtitle": if self.managed { "1".into() } else { Value::from(1) },
                "defaultSubtitleAccessibility": 0,
                "defaultSubtitleForced": 0,
                "watchedIndicator": 1,
                "mediaReviewsVisibility": 0,
                "mediaReviewsLanguages": ["en"],
                "mediaPostsVisibility": 1,
                "defaultAudioAccessibility": 0,
            },
            "entitlements": if self.managed { Value::from("[]") } else { json!([]) },
            "roles": ["beta"],
            "services": [
                { "identifier": "metadata-dev", "endpoint": "https://epg.example", "token": "sim-service-token",
                  "secret": null, "status": "online" },
                push,
            ],
            "adsConsent": null,
            "adsConsentSetAt": null,
            "adsConsentReminderAt": null,
            "experimentalFeatures": false,
            "twoFactorEnabled": self.verification_code.is_some(),
            "backupCodesCreated": !self.backup_codes.is_empty(),
            "joinedAt": 1_556_281_940,
            "attributionPartner": null,
            "restrictionProfile": if self.managed { "little_kid".into() } else { Value::Null },
            "pastSubscriptions": [],
            "trials": [],
            "aFieldOfTomorrow": { "kept": false },
        })
    }
}
