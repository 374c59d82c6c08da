use http::{Method, Request, Response, StatusCode};
use percent_encoding::utf8_percent_encode;

use super::body::with_form;
use super::sign_in::{SignedIn, signed_in};
use crate::client::{ClientInfo, RESERVED, Secret, Token, X_PLEX_TOKEN, with_empty_body};
use crate::decode::Sent;
use crate::error::{ErrorKind, RequestError, ResponseError};
use crate::operation::Operation;

/// Switches to another user of the same Plex Home: `POST /home/users/UUID/switch` on plex.tv.
///
/// A protected user has a PIN of four digits, which is in the request body: do not log bodies. Some
/// accounts let a protected user in **without a PIN** if none is sent: if the lock matters, ask for the PIN where
/// [`protected`](crate::model::HomeUser::protected) says so. The new token is a legacy token, even if `token` is a JWT.
/// Source: the API description of plex.tv, and clients in production.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/switch_home_user.http")]
/// ```
///
/// # Errors
///
/// [`HomePinWanted`](ErrorKind::HomePinWanted), [`WrongHomePin`](ErrorKind::WrongHomePin),
/// [`TokenInvalid`](ErrorKind::TokenInvalid), [`Forbidden`](ErrorKind::Forbidden).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, Operation, SwitchHomeUser};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let switch = SwitchHomeUser::new("a stored token", "9f0b").pin("1234"); // the `uuid` of a Home user
/// let request = switch.request(&info)?; // send it
/// let response = http::Response::new(r#"{"id":8,"uuid":"9f0b","title":"Kid","authToken":"the token of the user"}"#);
/// let switched = switch.parse(&response)?;
/// assert_eq!(switched.display_name(), Some("Kid"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an operation does nothing until it is sent"]
pub struct SwitchHomeUser {
    token: Token,
    uuid: String,
    pin: Option<Secret>,
}

impl SwitchHomeUser {
    /// Switches to the user with this [`uuid`](crate::model::HomeUser::uuid), on behalf of the account that `token`
    /// belongs to.
    pub fn new(token: impl Into<Token>, uuid: impl Into<String>) -> Self {
        Self { token: token.into(), uuid: uuid.into(), pin: None }
    }

    /// Sets the PIN of a protected user: four digits.
    pub fn pin(mut self, pin: impl Into<String>) -> Self {
        self.pin = Some(pin.into().into());
        self
    }

    fn pin_text(&self) -> Option<&str> {
        self.pin.as_ref().map(|pin| pin.expose().trim())
    }

    /// Code 1041 is about the PIN, and so are words about a PIN without a code. So is a 401 without a code in response to a
    /// PIN: Plex has been seen to send it for a wrong PIN, and asking for the PIN again is less harmful than logging the
    /// user out.
    fn about_the_pin(&self, error: ResponseError) -> ResponseError {
        let is_invalid =
            error.kind() == ErrorKind::TokenInvalid && error.status() == StatusCode::UNAUTHORIZED;
        let is_refused = is_invalid || error.kind() == ErrorKind::Forbidden;
        let names = |name: &str| {
            let message = error.message().unwrap_or_default();
            message.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(name))
        };
        let is_about_the_pin = match error.code() {
            Some(1041) => matches!(error.status().as_u16(), 401 | 403),
            Some(_) => false,
            None => is_invalid && self.pin.is_some() && !names("token") || is_refused && names("pin"),
        };
        match (is_about_the_pin, &self.pin) {
            (true, Some(_)) => error.with_kind(ErrorKind::WrongHomePin),
            (true, None) => error.with_kind(ErrorKind::HomePinWanted),
            (false, _) => error,
        }
    }
}

impl Operation for SwitchHomeUser {
    type Output = SignedIn;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let uuid = self.uuid.trim();
        if uuid.is_empty() {
            return Err(RequestError::Empty { what: "the uuid of the user" });
        }
        // HTTP libraries resolve dot segments, even if they are percent-encoded.
        if matches!(uuid, "." | "..") {
            return Err(RequestError::Path);
        }
        let url =
            info.plex_tv().join(&format!("/home/users/{}/switch", utf8_percent_encode(uuid, RESERVED)))?;
        let mut request = match self.pin_text() {
            None => with_empty_body(info.request(Method::POST, url)),
            Some(pin) if pin.len() == 4 && pin.bytes().all(|digit| digit.is_ascii_digit()) => {
                with_form(info, Method::POST, url, &[("pin", Some(pin))])
            }
            Some(_) => return Err(RequestError::HomePin),
        };
        request.headers_mut().insert(X_PLEX_TOKEN, self.token.header_value()?);
        Ok(request)
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<SignedIn, ResponseError> {
        let sent = Sent::token(&self.token).and_secret(self.pin_text());
        signed_in(response, &sent).map_err(|error| self.about_the_pin(error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, info, response, written};
    use super::*;
    use crate::flows::testing::REFUSED;

    fn switch() -> SwitchHomeUser {
        SwitchHomeUser::new("hushhush", "9f0b")
    }

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &SwitchHomeUser::new("TOKEN", "9f0b").pin("1234"),
            include_str!("wire/switch_home_user.http"),
        );
    }

    #[test]
    fn uuid_is_in_the_path_and_pin_in_the_body() {
        let headers = "x-plex-client-identifier: id-1\nx-plex-product: App\nx-plex-token: hushhush\n\n";
        let post = "POST https://plex.tv/api/v2/home/users/9f0b/switch\naccept: application/json\n";
        assert_eq!(
            written(&switch().request(&info()).unwrap()),
            format!("{post}content-length: 0\n{headers}")
        );
        assert_eq!(
            written(&switch().pin(" 0123\n").request(&info()).unwrap()),
            format!("{post}content-type: application/x-www-form-urlencoded\n{headers}pin=0123")
        );
        let odd = SwitchHomeUser::new("t", "a/../b?c").request(&info()).unwrap();
        assert_eq!(odd.uri().path(), "/api/v2/home/users/a%2F..%2Fb%3Fc/switch");
    }

    #[test]
    fn invalid_inputs_are_rejected() {
        let refused = |switch: SwitchHomeUser| switch.request(&info()).unwrap_err();
        for pin in ["", "123", "12345", "12a4", "١٢٣٤"] {
            assert_eq!(refused(switch().pin(pin)), RequestError::HomePin, "{pin}");
        }
        assert_eq!(
            refused(SwitchHomeUser::new("t", " ")),
            RequestError::Empty { what: "the uuid of the user" }
        );
        for uuid in [".", ".."] {
            assert_eq!(refused(SwitchHomeUser::new("t", uuid)), RequestError::Path, "{uuid}");
        }
    }

    #[test]
    fn success_contains_the_users_token() {
        for status in [200, 201] {
            let body = r#"{"id":7,"uuid":"9f0b","authToken":"other"}"#;
            assert_eq!(switch().parse(&response(status, body)).unwrap().token, Token::new("other"));
        }
        let error = switch().parse(&response(200, r#"{"id":7,"uuid":"9f0b"}"#)).unwrap_err();
        assert_eq!(error, ResponseError::not_understood(http::StatusCode::OK, "authToken", "missing"));
    }

    #[test]
    fn missing_and_wrong_pin_are_distinguished() {
        const INVALID_TOKEN: &str = r#"{"error":"Invalid authentication token."}"#;
        let coded = r#"{"errors":[{"code":1041,"message":"Valid PIN is required"}]}"#;
        let (xml, other_words) = (
            r#"<Response code="401" status="Incorrect PIN"/>"#,
            r#"<Response code="401" status="Invalid PIN"/>"#,
        );
        for (status, body, without, with) in [
            (403, coded, ErrorKind::HomePinWanted, ErrorKind::WrongHomePin),
            (401, coded, ErrorKind::HomePinWanted, ErrorKind::WrongHomePin),
            (401, xml, ErrorKind::HomePinWanted, ErrorKind::WrongHomePin),
            (403, other_words, ErrorKind::HomePinWanted, ErrorKind::WrongHomePin),
            (401, REFUSED, ErrorKind::TokenInvalid, ErrorKind::WrongHomePin),
            (401, INVALID_TOKEN, ErrorKind::TokenInvalid, ErrorKind::TokenInvalid),
            (422, r#"{"error":"Invalid token"}"#, ErrorKind::TokenInvalid, ErrorKind::TokenInvalid),
            (401, "<html>PIN</html>", ErrorKind::NotPlex, ErrorKind::NotPlex),
            (401, r#"{"errors":[{"code":1001}]}"#, ErrorKind::TokenInvalid, ErrorKind::TokenInvalid),
            (403, REFUSED, ErrorKind::Forbidden, ErrorKind::Forbidden),
            (403, r#"{"errors":[{"code":1043}]}"#, ErrorKind::Forbidden, ErrorKind::Forbidden),
            (400, r#"{"errors":[{"code":1038}]}"#, ErrorKind::WrongHomePin, ErrorKind::WrongHomePin),
            (500, coded, ErrorKind::ServerFailure, ErrorKind::ServerFailure),
        ] {
            let kind = |switch: SwitchHomeUser| switch.parse(&response(status, body)).unwrap_err().kind();
            assert_eq!((kind(switch()), kind(switch().pin("0123"))), (without, with), "{status} {body}");
        }
    }
}
