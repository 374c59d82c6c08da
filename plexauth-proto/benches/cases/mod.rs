//! What is measured, each with its yardstick: the same work as somebody would write it who needs only that.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "programs that may end with an error"
)]
#![allow(dead_code, unreachable_pub, reason = "shared by programs that each need a part")]

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

/// An application that says of itself what most do.
pub fn client() -> ClientInfo {
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
