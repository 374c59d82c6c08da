//! The request that most faults are tested with, and its secrets.

use std::net::SocketAddr;
use std::time::Duration;

use plexauth_proto::{Error, GetUserDetails};

use super::matrix::Outcome;
use crate::common::{Adapter, Client, Settings, shown};

pub(crate) const TOKEN: &str = "s3cret-token";
pub(crate) const PASSWORD: &str = "s3cret-password";
pub(crate) const SECRETS: [&str; 2] = [TOKEN, PASSWORD];

/// The body of a correct response.
pub(crate) const ACCOUNT: &str = r#"{"id":7,"uuid":"9f0b"}"#;

/// Returns a 200 response with this body, as sent on the wire.
pub(crate) fn ok_response(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Returns the `http` origin of an address.
pub(crate) fn plain(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Requests the account once, with a new client.
pub(crate) fn ask(adapter: Adapter, origin: &str, time: Duration) -> Outcome {
    ask_with(&adapter.client(origin, &Settings::new(time)))
}

/// Requests the account. Panics if the response contains another one.
pub(crate) fn ask_with(client: &Client) -> Outcome {
    Outcome::of(client.send(&GetUserDetails::new(TOKEN)).inspect(|account| assert_eq!(account.id, 7)))
}

/// Asserts that neither the error nor its sources show a secret.
pub(crate) fn hides(error: &Error) {
    let shown = shown(error);
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} is shown in {shown}");
    }
}
