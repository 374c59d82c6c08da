//! For programs that log in to Plex, with plexauth or anything else: a simulated Plex, strategies for property tests, and a
//! conformance kit for HTTP clients.
//!
//! # A simulated Plex
//!
//! [`Plex`] is plex.tv and some Media Servers, on loopback or in memory without sockets. It implements the known parts of Plex's
//! protocol and shares no types with plexauth-proto. It validates requests as strictly as Plex does, and records all of them for tests
//! to inspect.
//!
//! ```
//! let plex = plexauth_testing::Plex::start();
//! assert!(plex.plex_tv_url().starts_with("http://127.0.0.1:")); // for `ClientInfoBuilder::api_at`
//! ```
//!
//! [`World`] holds the accounts, PINs, keys and servers, and a clock that [`advance`](World::advance) sets ahead. [`Scripted`]
//! responses replace those of Plex for a path, once or always. [`Wire`] is a server on a raw socket, for faults below HTTP.
//!
//! The same as a program: `cargo install plexauth-testing`, then `plex-simulator`.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `conformance` | off | `conformance`, which checks an HTTP client against the requirements of plexauth-proto |
//! | `proptest` | off | `strategies` for property tests |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![recursion_limit = "256"]

mod account;
mod auth_app;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cors;
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
#[cfg(feature = "proptest")]
pub mod strategies;
mod tokens;
mod wire;
mod world;
mod xml;

pub use account::Account;
pub use media_server::{Access, DeviceShape, MediaServer};
pub use pin::Pin;
pub use reply::{Received, Scripted};
pub use simulator::Plex;
pub use wire::{Closed, Peer, Wire};
pub use world::{RateLimit, World};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// Here, because this crate has all adapters among its dependencies.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeOfTheWorkspace;
