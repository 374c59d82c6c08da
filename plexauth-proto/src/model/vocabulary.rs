//! Enums for words with a known meaning. Unknown words are kept unchanged.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::lenient::FromScalar;

/// Whether an account receives Plex's newsletters. Source: the API description of plex.tv.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailingListStatus {
    /// `active`
    Active,
    /// `unsubscribed`
    Unsubscribed,
    /// `removed`
    Removed,
    /// Any other word.
    Other(String),
}

/// The status of a Plex Pass subscription. Source: recorded accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// `Active`
    Active,
    /// `Inactive`
    Inactive,
    /// Any other word.
    Other(String),
}

/// Whether a service of an account is available. Source: the API description of plex.tv.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceStatus {
    /// `online`
    Online,
    /// `offline`
    Offline,
    /// Any other word.
    Other(String),
}

/// The restriction profile of a managed user. Source: recorded Home users.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RestrictionProfile {
    /// `little_kid`
    LittleKid,
    /// `older_kid`
    OlderKid,
    /// `teen`
    Teen,
    /// Any other word.
    Other(String),
}

macro_rules! vocabulary {
    ($type:ident { $($name:ident = $word:literal),* }) => {
        impl $type {
            /// Returns the word as Plex writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $type {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl FromScalar for $type {
            fn from_text(text: &str) -> Option<Self> {
                (!text.is_empty()).then(|| Self::from(text))
            }
        }
    };
}

vocabulary!(MailingListStatus { Active = "active", Unsubscribed = "unsubscribed", Removed = "removed" });
vocabulary!(SubscriptionStatus { Active = "Active", Inactive = "Inactive" });
vocabulary!(ServiceStatus { Online = "online", Offline = "offline" });
vocabulary!(RestrictionProfile { LittleKid = "little_kid", OlderKid = "older_kid", Teen = "teen" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_round_trips() {
        for word in ["active", "unsubscribed", "removed", "ACTIVE", "brand new"] {
            assert_eq!(MailingListStatus::from(word).to_string(), word);
        }
        for word in ["Active", "Inactive", "Paused"] {
            assert_eq!(SubscriptionStatus::from(word).to_string(), word);
        }
        for word in ["online", "offline", "asleep"] {
            assert_eq!(ServiceStatus::from(word).to_string(), word);
        }
        for word in ["little_kid", "older_kid", "teen", "toddler"] {
            assert_eq!(RestrictionProfile::from(word).to_string(), word);
        }
    }

    #[test]
    fn words_are_case_sensitive_and_not_empty() {
        assert_eq!(ServiceStatus::from("online"), ServiceStatus::Online);
        assert_eq!(ServiceStatus::from("Online"), ServiceStatus::Other("Online".into()));
        assert_eq!(RestrictionProfile::from_text(""), None);
    }
}
