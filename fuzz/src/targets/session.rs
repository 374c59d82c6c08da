//! Requests with a session, with arbitrary responses and clock changes.

use arbitrary::Arbitrary;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{GetUserDetails, Session};

use crate::conversation::{Bounds, TOKEN, Turn, play};
use crate::{info, structured};

#[derive(Debug, Arbitrary)]
struct Request<'a> {
    /// The expiry of a JWT. `None` is a legacy token.
    expires: Option<u32>,
    has_key: bool,
    turns: Vec<Turn<'a>>,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(request) = structured(data) {
        check(request);
    }
}

fn check(request: Request<'_>) {
    use base64::Engine;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = match request.expires {
        Some(expires) => {
            format!("{}.{}.", encode(r#"{"alg":"EdDSA"}"#), encode(&format!(r#"{{"exp":{expires}}}"#)))
        }
        None => TOKEN.to_owned(),
    };
    let session = match request.has_key {
        true => Session::with_key(&info(), token, &DeviceKey::from_bytes([7; 32]), Scopes::all()),
        false => Session::new(&info(), token),
    };
    let (mut sent, mut exchanged) = (0, 0);
    play(session.authenticated(GetUserDetails::new), &request.turns, Bounds::default(), |outgoing, _, _| {
        match outgoing.request.uri().path() {
            "/api/v2/user" => sent += 1,
            "/api/v2/auth/token" => exchanged += 1,
            "/api/v2/auth/nonce" => {}
            other => panic!("unexpected request to {other}"),
        }
    });
    // Up to three attempts with each of two tokens. At most two renewals: before the request, and after a 498.
    assert!(sent <= 6 && exchanged <= 8, "{sent} requests, {exchanged} exchanges");
    assert!(session.renewals() <= 2 && (request.has_key || exchanged == 0));
}
