//! What is fuzzed, one file a target. Each takes any bytes, and panics if a promise is broken.

pub mod account;
pub mod attempt;
pub mod base_url;
pub mod devices;
pub mod error;
pub mod find_server;
pub mod home;
pub mod jwt;
pub mod pin;
pub mod pin_login;
pub mod renewal;
pub mod request;
pub mod resources;
pub mod session;

/// One of the targets: its name, and what it does with any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them, by name.
pub const ALL: &[Target] = &[
    ("account", account::run),
    ("attempt", attempt::run),
    ("base_url", base_url::run),
    ("devices", devices::run),
    ("error", error::run),
    ("find_server", find_server::run),
    ("home", home::run),
    ("jwt", jwt::run),
    ("pin", pin::run),
    ("pin_login", pin_login::run),
    ("renewal", renewal::run),
    ("request", request::run),
    ("resources", resources::run),
    ("session", session::run),
];
