//! The fuzz targets, one file each. A target takes arbitrary bytes and panics if a guarantee is broken.

pub mod attempt;
pub mod base_url;
pub mod body;
pub mod date;
pub mod error;
pub mod error_body;
pub mod find_server;
pub mod jwt;
pub mod model;
pub mod pin_login;
pub mod renewal;
pub mod request;
pub mod server_token;
pub mod session;

/// The name of a target and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, by name.
pub const ALL: &[Target] = &[
    ("attempt", attempt::run),
    ("base_url", base_url::run),
    ("body", body::run),
    ("date", date::run),
    ("error", error::run),
    ("error_body", error_body::run),
    ("find_server", find_server::run),
    ("jwt", jwt::run),
    ("model", model::run),
    ("pin_login", pin_login::run),
    ("renewal", renewal::run),
    ("request", request::run),
    ("server_token", server_token::run),
    ("session", session::run),
];
