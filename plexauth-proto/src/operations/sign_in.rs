use http::{Method, Request, Response};
use serde::Deserialize;

use super::body::with_form;
use crate::client::{ClientInfo, Secret, Token};
use crate::decode::{self, Sent};
use crate::error::{ErrorKind, RequestError, ResponseError};
use crate::lenient;
use crate::model::Account;
use crate::operation::Operation;

/// Signs in with a password: `POST /users/signin` on plex.tv, which Plex calls `PostUsersSignInData`.
///
/// With two-factor authentication, the first attempt fails with
/// [`VerificationCodeWanted`](crate::ErrorKind::VerificationCodeWanted): sign in again with the same password and a
/// [`verification_code`](SignIn::verification_code). Do not retry a refused sign-in automatically: Plex locks out the
/// network address. Source: the API description of plex.tv.
///
/// The request body contains the password: do not log it.
///
/// # On the wire
///
/// ```http
#[doc = include_str!("wire/sign_in.http")]
/// ```
///
/// # Errors
///
/// [`WrongCredentials`](crate::ErrorKind::WrongCredentials),
/// [`VerificationCodeWanted`](crate::ErrorKind::VerificationCodeWanted),
/// [`WrongVerificationCode`](crate::ErrorKind::WrongVerificationCode), [`EmailOnly`](crate::ErrorKind::EmailOnly),
/// [`TooManyFailures`](crate::ErrorKind::TooManyFailures), [`RateLimited`](crate::ErrorKind::RateLimited).
///
/// # Examples
///
/// ```
/// use plexauth_proto::{ClientInfo, ErrorKind, Operation, SignIn};
///
/// let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")?;
/// let sign_in = SignIn::new("me@example.com", "correct horse");
/// let request = sign_in.request(&info)?; // send it
/// let body = r#"{"errors":[{"code":1029,"message":"Please enter the verification code","status":401}]}"#;
/// let response = http::Response::builder().status(401).body(body)?; // from the server
/// let error = sign_in.parse(&response).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::VerificationCodeWanted);
///
/// let sign_in = sign_in.verification_code("123456"); // typed by the user
/// let request = sign_in.request(&info)?; // send it
/// let response = http::Response::new(r#"{"id":1,"uuid":"9f0b","username":"alice","authToken":"a token"}"#);
/// let signed_in = sign_in.parse(&response)?;
/// assert_eq!(signed_in.display_name(), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "PostUsersSignInData")]
#[must_use = "an operation does nothing until it is sent"]
pub struct SignIn {
    login: String,
    password: Secret,
    verification_code: Option<Secret>,
    remember_me: Option<bool>,
}

impl SignIn {
    /// Signs in as `login`, a user name or an email address.
    pub fn new(login: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            login: login.into(),
            password: password.into().into(),
            verification_code: None,
            remember_me: None,
        }
    }

    /// Sets the code of the second factor: six digits from an authenticator app, or a longer backup code.
    pub fn verification_code(mut self, code: impl Into<String>) -> Self {
        self.verification_code = Some(code.into().into());
        self
    }

    /// Sets whether Plex remembers the device. By default, it does not.
    pub fn remember_me(mut self, remember: bool) -> Self {
        self.remember_me = Some(remember);
        self
    }

    /// Returns the verification code, trimmed because pasting often adds whitespace. The password is not trimmed:
    /// spaces may be part of it.
    fn code(&self) -> Option<&str> {
        self.verification_code.as_ref().map(|code| code.expose().trim())
    }
}

/// The result of [`SignIn`] and [`SwitchHomeUser`](crate::SwitchHomeUser).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SignedIn {
    /// The new token. Store it, and discard the password.
    pub token: Token,
    /// The account that the token belongs to. `None` if the response lacks its `id` or `uuid`, which has been seen:
    /// [`GetUserDetails`](crate::GetUserDetails) gets it.
    pub account: Option<Account>,
}

impl SignedIn {
    /// The best name of the account to display: see [`Account::display_name`].
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.account.as_ref()?.display_name()
    }
}

impl Operation for SignIn {
    type Output = SignedIn;

    fn request(&self, info: &ClientInfo) -> Result<Request<Vec<u8>>, RequestError> {
        let (login, password) = (self.login.trim(), self.password.expose());
        for (what, text) in [("the login", login), ("the password", password)] {
            if text.is_empty() {
                return Err(RequestError::Empty { what });
            }
        }
        if self.code() == Some("") {
            return Err(RequestError::Empty { what: "the verification code" });
        }
        let fields = [
            ("login", Some(login)),
            ("password", Some(password)),
            ("verificationCode", self.code()),
            ("rememberMe", self.remember_me.map(|remember| if remember { "true" } else { "false" })),
        ];
        Ok(with_form(info, Method::POST, info.plex_tv().join("/users/signin")?, &fields))
    }

    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<SignedIn, ResponseError> {
        let sent = Sent::password(self.password.expose()).and_secret(self.code());
        signed_in(response, &sent)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenAlone {
    #[serde(default, deserialize_with = "lenient::usable_token")]
    auth_token: Option<Token>,
}

/// Reads an account with a token. The token is the purpose of a sign-in, so it is enough.
pub(super) fn signed_in<B: AsRef<[u8]>>(
    response: &Response<B>,
    sent: &Sent<'_>,
) -> Result<SignedIn, ResponseError> {
    let account = match decode::json::<Account, _>(response, sent) {
        Ok(account) => Some(account),
        Err(error) if matches!(error.kind(), ErrorKind::NotUnderstood | ErrorKind::NotJson) => None,
        Err(error) => return Err(error),
    };
    if let Some(token) = account.as_ref().and_then(|account| account.auth_token.clone()) {
        return Ok(SignedIn { token, account });
    }
    let TokenAlone { auth_token } = decode::json(response, sent)?;
    match auth_token {
        Some(token) => Ok(SignedIn { token, account }),
        None => Err(ResponseError::not_understood(response.status(), "authToken", "missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_on_the_wire, info, response, written};
    use super::*;

    #[test]
    fn request_is_as_documented() {
        assert_on_the_wire(
            &SignIn::new("me@example.com", "correct horse").verification_code("123456"),
            include_str!("wire/sign_in.http"),
        );
    }

    #[test]
    fn display_name_is_that_of_the_account() {
        let name = |body| {
            let signed_in = SignIn::new("me", "x").parse(&response(201, body)).unwrap();
            signed_in.display_name().map(str::to_owned)
        };
        assert_eq!(
            name(r#"{"id":7,"uuid":"9f0b","authToken":"t","title":"alice"}"#).as_deref(),
            Some("alice")
        );
        assert_eq!(name(r#"{"authToken":"t"}"#), None);
    }

    #[test]
    fn request_is_a_form_without_a_token() {
        let request = SignIn::new("me@example.com", "correct horse").request(&info()).unwrap();
        assert_eq!(
            written(&request),
            "POST https://plex.tv/api/v2/users/signin\n\
             accept: application/json\n\
             content-type: application/x-www-form-urlencoded\n\
             x-plex-client-identifier: id-1\n\
             x-plex-product: App\n\n\
             login=me%40example.com&password=correct%20horse"
        );
    }

    #[test]
    fn code_and_remember_me_are_sent_if_set() {
        let body =
            |sign_in: SignIn| String::from_utf8(sign_in.request(&info()).unwrap().into_body()).unwrap();
        let sign_in = SignIn::new("me", "a&b=c%+ä").verification_code(" 123456\n");
        assert_eq!(
            body(sign_in.clone().remember_me(true)),
            "login=me&password=a%26b%3Dc%25%2B%C3%A4&verificationCode=123456&rememberMe=true"
        );
        assert!(body(sign_in.remember_me(false)).ends_with("&rememberMe=false"));
    }

    #[test]
    fn login_is_trimmed_and_password_is_not() {
        let request = SignIn::new(" me ", " p ").request(&info()).unwrap();
        assert_eq!(request.body(), b"login=me&password=%20p%20");
    }

    #[test]
    fn empty_inputs_are_rejected() {
        let refused = |sign_in: SignIn| sign_in.request(&info()).unwrap_err();
        assert_eq!(refused(SignIn::new(" ", "p")), RequestError::Empty { what: "the login" });
        assert_eq!(refused(SignIn::new("me", "")), RequestError::Empty { what: "the password" });
        let with_code = SignIn::new("me", "p").verification_code(" ");
        assert_eq!(refused(with_code), RequestError::Empty { what: "the verification code" });
    }

    #[test]
    fn success_contains_token_and_account() {
        for status in [200, 201] {
            let body = r#"{"id":7,"uuid":"9f0b","authToken":"hushhush"}"#;
            let signed_in = SignIn::new("me", "p").parse(&response(status, body)).unwrap();
            assert_eq!(signed_in.token, Token::new("hushhush"));
            let account = signed_in.account.unwrap();
            assert_eq!((account.id, account.auth_token), (7, Some(signed_in.token)));
        }
    }

    #[test]
    fn broken_name_does_not_lose_the_token() {
        let body =
            b"{\"authToken\":\"hushhush\",\"id\":1,\"uuid\":\"u\",\"username\":\"M\xfcller\"}".to_vec();
        let signed_in = SignIn::new("me", "p").parse(&http::Response::new(body)).unwrap();
        assert_eq!(signed_in, SignedIn { token: "hushhush".into(), account: None });
    }

    #[test]
    fn token_without_an_account_is_a_sign_in() {
        for body in [
            r#"{"authToken":"hushhush"}"#,
            r#"{"id":7,"authToken":"hushhush"}"#,
            r#"{"uuid":"9f0b","authToken":"hushhush"}"#,
        ] {
            let signed_in = SignIn::new("me", "p").parse(&response(201, body)).unwrap();
            assert_eq!(signed_in, SignedIn { token: "hushhush".into(), account: None }, "{body}");
        }
    }

    #[test]
    fn success_without_token_is_not_understood() {
        let refused = |body: &str| SignIn::new("me", "p").parse(&response(201, body)).unwrap_err();
        let expected =
            |problem| ResponseError::not_understood(http::StatusCode::CREATED, "authToken", problem);
        for body in [r#"{"id":7,"uuid":"9f0b"}"#, r#"{"id":7,"uuid":"9f0b","authToken":null}"#, "{}"] {
            assert_eq!(refused(body), expected("missing"), "{body}");
        }
        let long = "a".repeat(900_000);
        for token in ["a\\nb", &long] {
            assert_eq!(refused(&format!(r#"{{"authToken":"{token}"}}"#)), expected("invalid value"));
        }
    }

    #[test]
    fn error_code_determines_the_kind() {
        for (code, kind) in [
            (1001, ErrorKind::WrongCredentials),
            (1028, ErrorKind::WrongVerificationCode),
            (1029, ErrorKind::VerificationCodeWanted),
            (1030, ErrorKind::EmailOnly),
            (1031, ErrorKind::TooManyFailures),
        ] {
            let body = format!(r#"{{"errors":[{{"code":{code},"message":"m","status":401}}]}}"#);
            let error = SignIn::new("me", "p").parse(&response(401, &body)).unwrap_err();
            assert_eq!((error.kind(), error.code(), error.is_token_invalid()), (kind, Some(code), false));
        }
        let without_code = response(401, r#"{"error":"Invalid email, username, or password."}"#);
        assert_eq!(
            SignIn::new("me", "p").parse(&without_code).unwrap_err().kind(),
            ErrorKind::WrongCredentials
        );
        let of_proxy = response(401, "<html>Sign in to the proxy</html>");
        assert_eq!(SignIn::new("me", "p").parse(&of_proxy).unwrap_err().kind(), ErrorKind::NotPlex);
    }
}
