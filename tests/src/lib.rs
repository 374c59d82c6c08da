//! A simulated Plex for tests: plex.tv and a Media Server, on loopback or in memory without sockets.
//!
//! It implements the known parts of Plex's protocol and shares no types with the crates under test. It validates
//! requests as strictly as Plex does, and records all of them for tests to inspect.
//!
//! ```
//! let plex = plexauth_tests::Simulator::start();
//! assert!(plex.plex_tv_url().starts_with("http://127.0.0.1:"));
//! ```

#![recursion_limit = "256"]

mod account;
mod auth_app;
mod device_key;
mod devices;
mod fault;
mod home;
mod jwt;
mod legacy;
mod media_server;
mod pin;
mod plex_tv;
mod reply;
mod resources;
mod simulator;
mod tokens;
mod wire;
mod world;
mod xml;

pub use account::Account;
pub use media_server::{Access, DeviceShape, MediaServer};
pub use pin::Pin;
pub use reply::{Received, Scripted};
pub use simulator::Simulator;
pub use wire::{Closed, Peer, Wire};
pub use world::{RateLimit, World};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
