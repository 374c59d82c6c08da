//! Response types that several operations share.
//!
//! Deserialization is lenient, because Plex's responses vary and change. Except for the few required fields, a field
//! that is missing, `null` or of the wrong type is `None`, empty or `false`. Unknown fields are ignored, and unknown
//! words are kept. Dates are [`SystemTime`](std::time::SystemTime), so you can use any date library.
//!
//! They can be stored, in any self-describing format of serde's such as JSON, and read again. **Tokens are left out**:
//! store them where only your application can read them, with [`Token::serialize_exposed`](crate::Token::serialize_exposed)
//! in a struct of your own, or as a [`SavedSession`](crate::SavedSession). A [`Pin`] is stored as a
//! [`SavedPin`](crate::SavedPin).
//!
//! The types gain fields as Plex does, so they have no constructors. In tests, deserialize them from JSON:
//!
//! ```
//! use plexauth_proto::model::Account;
//!
//! let account: Account = serde_json::from_str(r#"{"id":1,"uuid":"9f0b","title":"alice"}"#)?;
//! assert_eq!(account.display_name(), Some("alice"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod account;
mod authorized_device;
mod device;
mod home;
mod pin;
mod profile;
mod resource;
mod subscription;
mod vocabulary;

pub use account::{Account, Service};
pub use authorized_device::AuthorizedDevice;
pub use device::{Connection, Device};
pub(crate) use home::HomeOrUsers;
pub use home::{Home, HomeUser};
pub use pin::{Pin, PinLocation, PinStatus};
pub use profile::Profile;
pub use resource::{Resource, ServerAccess};
pub use subscription::{PastSubscription, Subscription};
pub use vocabulary::{MailingListStatus, RestrictionProfile, ServiceStatus, SubscriptionStatus};
