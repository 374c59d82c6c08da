//! Judges: libraries that share nothing with plexauth-proto, reading the same bytes.

pub mod date;
pub mod json;
pub mod jwt;
pub mod markup;
