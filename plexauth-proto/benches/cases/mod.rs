//! The cases to measure. Most have a baseline: the same work in code written for that single purpose.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "benchmarks report errors by panicking"
)]
#![allow(dead_code, unreachable_pub, reason = "not every benchmark uses everything")]

mod errors;
pub mod flows;
mod jwts;
mod requests;
mod responses;
mod strict;

use plexauth_proto::ClientInfo;

use crate::harness::case::Case;

pub fn cases() -> Vec<Case> {
    [requests::cases(), responses::cases(), errors::cases(), flows::cases(), jwts::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// A client with the usual optional headers.
pub fn info() -> ClientInfo {
    ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")
        .version("1.2.0")
        .platform("Linux")
        .platform_version("6.1")
        .device("PC")
        .device_name("Den")
        .language("en")
        .build()
        .unwrap()
}

const TOKEN: &str = "xxxxxxxxxxxxxxxxxxxx";
