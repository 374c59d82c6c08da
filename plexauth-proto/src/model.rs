//! What responses are made of, where several operations share it.
//!
//! Every type tolerates what Plex is known to send and what it may send tomorrow: a field that is missing, `null` or
//! of the wrong kind is `None` (or empty, or `false`), a field nobody knows is skipped, an unknown word is kept.
//! Moments are [`SystemTime`](std::time::SystemTime), so that no choice of a date library is forced on anybody.
//!
//! They grow with Plex, so they have no constructors. A test makes one from JSON:
//!
//! ```
//! use plexauth_proto::model::Account;
//!
//! let account: Account = serde_json::from_str(r#"{"id":1,"uuid":"9f0b","title":"alice"}"#)?;
//! assert_eq!(account.display_name(), Some("alice"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod account;
mod device;
mod home;
mod pin;
mod profile;
mod resource;
mod subscription;
mod vocabulary;

pub use account::{Account, Service};
pub use device::{Connection, Device};
pub use home::{Home, HomeUser};
pub use pin::{Pin, PinLocation, PinStatus};
pub use profile::Profile;
pub use resource::Resource;
pub use subscription::{PastSubscription, Subscription};
pub use vocabulary::{MailingListStatus, RestrictionProfile, ServiceStatus, SubscriptionStatus};
