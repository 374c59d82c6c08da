//! Plex Homes and their users.

use std::marker::PhantomData;
use std::time::SystemTime;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess};
use serde::{Deserialize, Serialize};

use super::RestrictionProfile;
use crate::lenient;
use crate::lenient::accept::{Accept, Objects, anything};

/// A Plex Home and its users. Source: the API description of plex.tv.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Home {
    /// The numeric ID of the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub id: Option<u64>,
    /// The name of the Home.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub name: Option<String>,
    /// The ID of the guest user.
    #[serde(default, rename = "guestUserID", deserialize_with = "lenient::optional")]
    pub guest_user_id: Option<u64>,
    /// The UUID of the guest user.
    #[serde(default, rename = "guestUserUUID", deserialize_with = "lenient::optional")]
    pub guest_user_uuid: Option<String>,
    /// Whether guests are allowed.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub guest_enabled: bool,
    /// Whether the Home's owner has a Plex Pass.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub subscription: bool,
    /// The users of the Home.
    #[serde(deserialize_with = "users")]
    pub users: Vec<HomeUser>,
}

/// The users, whose list makes an object a Home.
fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<HomeUser>, D::Error> {
    anything(deserializer, Objects(PhantomData)).map(Option::unwrap_or_default)
}

/// A Home, or a bare list of its users.
pub(crate) struct HomeOrUsers(pub(crate) Home);

impl<'de> Deserialize<'de> for HomeOrUsers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let home = anything(deserializer, ObjectOrList)?;
        home.map(Self).ok_or_else(|| D::Error::custom("invalid value"))
    }
}

struct ObjectOrList;

impl<'de> Accept<'de> for ObjectOrList {
    type Value = Option<Home>;

    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<Option<Home>, A::Error> {
        Ok(Objects(PhantomData).list(list)?.map(|users| Home {
            id: None,
            name: None,
            guest_user_id: None,
            guest_user_uuid: None,
            guest_enabled: false,
            subscription: false,
            users,
        }))
    }

    fn object<A: MapAccess<'de>>(self, object: A) -> Result<Option<Home>, A::Error> {
        Home::deserialize(MapAccessDeserializer::new(object)).map(Some)
    }
}

/// A user of a Plex Home: a managed user, or one with an account. Source: the API description of plex.tv.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HomeUser {
    /// The numeric ID of the user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub id: Option<u64>,
    /// The UUID of the user, for switching to this user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub uuid: Option<String>,
    /// The title, a name to display. See [`display_name`](HomeUser::display_name).
    #[serde(default, deserialize_with = "lenient::optional")]
    pub title: Option<String>,
    /// The full name, if the user entered one.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub friendly_name: Option<String>,
    /// The user name for signing in. Managed users have none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub username: Option<String>,
    /// The email address. Managed users have none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub email: Option<String>,
    /// The URL of the user's picture.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub thumb: Option<String>,
    /// Whether the user has a password.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub has_password: bool,
    /// Whether this is a managed user.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub restricted: bool,
    /// The restriction profile of a managed user.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub restriction_profile: Option<RestrictionProfile>,
    /// Whether the user owns the Home.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub admin: bool,
    /// Whether this is the guest user.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub guest: bool,
    /// Whether switching to this user requires a PIN.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub protected: bool,
    /// When the user was last changed.
    #[serde(default, deserialize_with = "lenient::optional", serialize_with = "lenient::date")]
    pub updated_at: Option<SystemTime>,
}

impl HomeUser {
    /// The best name to display: the full name, the title, the user name or the email address.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        [&self.friendly_name, &self.title, &self.username, &self.email]
            .into_iter()
            .find_map(|name| name.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_name_is_the_first_that_is_known() {
        let name = |fields: &str| {
            let user: HomeUser = serde_json::from_str(&format!(r#"{{"id":7{fields}}}"#)).unwrap();
            user.display_name().map(str::to_owned)
        };
        assert_eq!(name(""), None);
        assert_eq!(name(r#","email":"e","username":"u""#).as_deref(), Some("u"));
        assert_eq!(name(r#","username":"u","title":"t""#).as_deref(), Some("t"));
        assert_eq!(name(r#","title":"t","friendlyName":"f""#).as_deref(), Some("f"));
    }

    #[test]
    fn every_field_is_read() {
        let json = r#"{"id":1,"name":"Home","guestUserID":9,"guestUserUUID":"9e","guestEnabled":false,"subscription":true,"new":{},
            "users":[{"id":7,"uuid":"9f0b","title":"Me","friendlyName":"My Name","updatedAt":7,"username":"me","email":"me@example.com","thumb":"https://t",
                "hasPassword":true,"restricted":false,"restrictionProfile":null,"admin":true,"guest":false,"protected":1},
                {"id":8,"uuid":"a1","title":"Kid","username":"","email":null,"restricted":"1",
                "restrictionProfile":"little_kid"},null]}"#;
        let empty = HomeUser {
            id: None,
            uuid: None,
            title: None,
            friendly_name: None,
            username: None,
            email: None,
            thumb: None,
            has_password: false,
            restricted: false,
            restriction_profile: None,
            admin: false,
            guest: false,
            protected: false,
            updated_at: None,
        };
        assert_eq!(
            serde_json::from_str::<Home>(json).unwrap(),
            Home {
                id: Some(1),
                name: Some("Home".into()),
                guest_user_id: Some(9),
                guest_user_uuid: Some("9e".into()),
                guest_enabled: false,
                subscription: true,
                users: vec![
                    HomeUser {
                        id: Some(7),
                        uuid: Some("9f0b".into()),
                        title: Some("Me".into()),
                        friendly_name: Some("My Name".into()),
                        updated_at: Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(7)),
                        username: Some("me".into()),
                        email: Some("me@example.com".into()),
                        thumb: Some("https://t".into()),
                        has_password: true,
                        admin: true,
                        protected: true,
                        ..empty.clone()
                    },
                    HomeUser {
                        id: Some(8),
                        uuid: Some("a1".into()),
                        title: Some("Kid".into()),
                        restricted: true,
                        restriction_profile: Some(RestrictionProfile::LittleKid),
                        ..empty
                    },
                ],
            }
        );
    }
}
