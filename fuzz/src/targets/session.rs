//! Whole requests with a session, whatever Plex answers and the clock does.

use arbitrary::Arbitrary;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{GetUserDetails, Session};

use crate::conversation::{Bounds, TOKEN, Turn, play};
use crate::{info, structured};

#[derive(Debug, Arbitrary)]
struct Request<'a> {
    /// When the token expires, if it says so.
    expires: Option<u32>,
    has_key: bool,
    turns: Vec<Turn<'a>>,
}

/// Runs it.
pub fn run(data: &[u8]) {
    if let Some(request) = structured(data) {
        play_out(request);
    }
}

fn play_out(request: Request<'_>) {
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
    let (mut asked, mut exchanged) = (0, 0);
    play(
        session.authenticated(|token| GetUserDetails::new(token)),
        &request.turns,
        Bounds::default(),
        |outgoing, _, _| match outgoing.request.uri().path() {
            "/api/v2/user" => asked += 1,
            "/api/v2/auth/token" => exchanged += 1,
            "/api/v2/auth/nonce" => {}
            other => panic!("nobody asked for {other}"),
        },
    );
    // Three tries each time, and once more with a new token; at most one renewal ahead of time and one that was needed.
    assert!(asked <= 6 && exchanged <= 6, "{asked} requests, {exchanged} exchanges");
    assert!(session.renewals() <= 2 && (request.has_key || exchanged == 0));
}
