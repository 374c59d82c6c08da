//! The client that asks, and the servers it asks.

mod base_url;
mod client_info;
mod header;
mod host;
mod origin;
mod proxy;
mod secret;
mod token;

pub use base_url::BaseUrl;
pub(crate) use client_info::with_empty_body;
pub use client_info::{ClientInfo, ClientInfoBuilder};
pub use header::X_PLEX_TOKEN;
pub(crate) use header::{RESERVED, X_PLEX_PRODUCT};
pub(crate) use origin::Origin;
pub use proxy::Proxy;
pub(crate) use secret::Secret;
pub use token::Token;
