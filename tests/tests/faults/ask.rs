//! The question that most faults are put to, and the secrets in it.

use std::net::SocketAddr;
use std::time::Duration;

use plexauth_proto::{Error, GetUserDetails};

use super::matrix::Outcome;
use crate::common::{Adapter, Client, Settings, shown};

pub(crate) const TOKEN: &str = "s3cret-token";
pub(crate) const PASSWORD: &str = "s3cret-password";
pub(crate) const SECRETS: [&str; 2] = [TOKEN, PASSWORD];

/// The answer that would be right.
pub(crate) const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b"}"#;

/// A success with that body, as bytes on the wire.
pub(crate) fn fine(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// An origin without TLS.
pub(crate) fn plain(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Asks for an account, once, with a client of its own.
pub(crate) fn ask(adapter: Adapter, origin: &str, time: Duration) -> Outcome {
    ask_with(&adapter.client(origin, &Settings::new(time)))
}

/// Asks for an account, which has to be the right one if there is one.
pub(crate) fn ask_with(client: &Client) -> Outcome {
    Outcome::of(client.send(&GetUserDetails::new(TOKEN)).inspect(|account| assert_eq!(account.id, 7)))
}

/// Neither an error nor any of its sources shows a secret.
pub(crate) fn hides(error: &Error) {
    let shown = shown(error);
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}
