//! Property tests for your own login code, with all known kinds of responses and with transport errors.
//!
//! Run the tests at the end with `cargo test -p plexauth-testing --features proptest --example property_test`. In an
//! application, add plexauth-testing with the feature `proptest` to the `dev-dependencies`.

use plexauth_proto::{ClientInfo, Error, GetUserDetails, Operation, RequestError, TokenCheck};

/// The first screen of an application.
#[derive(Debug, PartialEq)]
enum Screen {
    Home { name: String },
    LogIn,
    Offline { why: String },
}

type Outcome = Result<http::Response<Vec<u8>>, Error>;

/// The code under test: chooses the first screen for a stored token. `send` is the transport.
fn start(
    info: &ClientInfo,
    token: &str,
    send: impl FnOnce(http::Request<Vec<u8>>) -> Outcome,
) -> Result<Screen, RequestError> {
    let get = GetUserDetails::new(token);
    let result = send(get.request(info)?).and_then(|response| Ok(get.parse(&response)?));
    Ok(match TokenCheck::from(result) {
        TokenCheck::Valid(account) => {
            Screen::Home { name: account.display_name().unwrap_or("you").to_owned() }
        }
        TokenCheck::Invalid => Screen::LogIn,
        TokenCheck::Unknown(error) => Screen::Offline { why: error.to_string() },
    })
}

/// Runs the code once, without a network.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
    let body = br#"{"id":1,"uuid":"9f0b","title":"alice"}"#;
    let screen = start(&info, "a stored token", |_| Ok(http::Response::new(body.to_vec())))?;
    assert_eq!(screen, Screen::Home { name: "alice".into() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use plexauth_testing::strategies::{bodies, client_info, outcome, success, token};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_a_401_logs_the_user_out(
            info in client_info(),
            token in token(),
            outcome in outcome(success(bodies::account())),
        ) {
            let status = outcome.as_ref().ok().map(|response| response.status().as_u16());
            let result = outcome.map_err(Error::from);
            let screen = start(&info, token.expose(), |_| result).unwrap();
            match &screen {
                Screen::Home { name } => prop_assert!(!name.is_empty() && status < Some(300)),
                Screen::LogIn => prop_assert_eq!(status, Some(401)),
                // The text never contains the token, unless a short one occurs in it by chance.
                Screen::Offline { why } => prop_assert!(token.expose().len() < 8 || !why.contains(token.expose())),
            }
        }
    }
}
