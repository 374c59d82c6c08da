//! PINs as they are created and checked.

use plexauth_proto::{CheckPin, CreatePin};

use crate::{client, read};

/// Runs it.
pub fn run(body: &[u8]) {
    if let Some(pin) = read(&CreatePin::strong(), body) {
        assert!(!pin.code.is_empty());
        let url = pin.auth_url_forwarding(&client(), "https://app.example/");
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
        assert_eq!((url.matches('#').count(), url.matches('&').count()), (1, 3), "{url}");
    }
    if let Some(status) = read(&CheckPin::new(7), body) {
        assert!(status.auth_token.is_none_or(|token| !token.expose().is_empty()));
    }
}
