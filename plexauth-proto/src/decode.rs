//! Parsing responses, for an [`Operation`](crate::Operation) of your own.
//!
//! ```
//! use plexauth_proto::decode::{self, Sent};
//! use plexauth_proto::{ClientInfo, Operation, RequestError, ResponseError, Token, lenient};
//! use serde::Deserialize;
//!
//! /// Gets the part of `GET /user` that a greeting needs.
//! struct GetGreeting {
//!     token: Token,
//! }
//!
//! #[derive(Deserialize)]
//! struct Greeting {
//!     #[serde(deserialize_with = "lenient::required")] // the response is an error without it
//!     id: u64,
//!     #[serde(default, deserialize_with = "lenient::optional")] // an unexpected value counts as absent
//!     title: Option<String>,
//! }
//!
//! impl Operation for GetGreeting {
//!     type Output = Greeting;
//!
//!     fn request(&self, info: &ClientInfo) -> Result<http::Request<Vec<u8>>, RequestError> {
//!         info.request_with_token(http::Method::GET, info.plex_tv().join("/user")?, &self.token)
//!     }
//!
//!     fn parse<B: AsRef<[u8]>>(&self, response: &http::Response<B>) -> Result<Greeting, ResponseError> {
//!         decode::json(response, &Sent::token(&self.token)) // no error quotes the token
//!     }
//! }
//!
//! let get = GetGreeting { token: Token::new("a stored token") }; // an adapter's `send` accepts it like any other
//! let greeting = get.parse(&http::Response::new(r#"{"id":"7","title":null}"#))?;
//! assert_eq!((greeting.id, greeting.title), (7, None));
//! # Ok::<(), ResponseError>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::uri::Authority;
use http::{HeaderMap, Response, StatusCode};
use memchr::{memchr, memmem};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::client::Token;
use crate::error::{ErrorKind, ResponseError, RetryAfter};
use crate::lenient::accept::OUT_OF_RANGE;

mod classify;
mod error_body;
mod objects;
mod path;

use classify::{Author, Credential, Recipient, Refusal, is_specific, kind_of, kind_of_code};

/// The maximum length of a quote from a body, in characters.
const QUOTE: usize = 200;

/// The byte order mark, in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the XML of plex.tv and of Media Servers begins.
const PLEXS_XML: [&str; 6] = ["<?xml", "<Response", "<pong", "<user", "<MediaContainer", "<MyPlex"];

/// Finds `error`, `errors` and `Error`. Building a searcher costs more than searching a short body.
static ERROR: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("rror"));

/// The recipient of a request and the credentials that it carried. They decide the meaning of a refusal, and no error
/// quotes a body that contains the credentials.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    recipient: Recipient,
    credential: Credential,
    secrets: [Option<&'a str>; 2],
}

impl<'a> Sent<'a> {
    /// Neither a token nor a password was sent to plex.tv: its 401 is [`ErrorKind::Forbidden`].
    #[must_use]
    pub const fn nothing() -> Self {
        Self::with(Credential::Nothing, None)
    }

    /// A token was sent to plex.tv: its 401, and its 422 with the words `Invalid token`, are [`ErrorKind::TokenInvalid`].
    #[must_use]
    pub fn token(token: &'a Token) -> Self {
        let credential = if token.is_jwt() { Credential::Jwt } else { Credential::Token };
        Self::with(credential, Some(token.expose()))
    }

    /// A password was sent to plex.tv: its 401 is [`ErrorKind::WrongCredentials`].
    #[must_use]
    pub const fn password(password: &'a str) -> Self {
        Self::with(Credential::Password, Some(password))
    }

    const fn with(credential: Credential, secret: Option<&'a str>) -> Self {
        Self { recipient: Recipient::PlexTv, credential, secrets: [secret, None] }
    }

    /// The recipient was a Media Server: its 401 in response to a token is [`ErrorKind::ServerTokenRefused`].
    #[must_use]
    pub const fn to_media_server(mut self) -> Self {
        self.recipient = Recipient::MediaServer;
        self
    }

    /// Sets a second secret, such as a verification code or a PIN.
    #[must_use]
    pub const fn and_secret(mut self, secret: Option<&'a str>) -> Self {
        self.secrets = [self.secrets[0], secret];
        self
    }

    fn secrets(&self) -> impl Iterator<Item = &'a str> {
        self.secrets.into_iter().flatten().filter(|secret| !secret.is_empty())
    }

    /// Whether a text contains one of the secrets, as it is or percent-encoded as in URLs and forms.
    fn is_in(&self, text: &[u8]) -> bool {
        let has = |byte| memchr(byte, text).is_some();
        let is_within =
            |text: &[u8]| self.secrets().any(|secret| memmem::find(text, secret.as_bytes()).is_some());
        let is_within_decoded = |text| is_within(&Cow::from(percent_encoding::percent_decode(text)));
        // In a form, a plus sign is a space. This only matters if a secret contains a space.
        let may_be_form = || has(b'+') && self.secrets().any(|secret| secret.contains(' '));
        let spaced = || text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect::<Vec<_>>();
        is_within(text)
            || has(b'%') && is_within_decoded(text)
            || may_be_form() && is_within_decoded(&spaced())
    }

    /// The code, unless it is a secret: a Home PIN has four digits, too.
    fn showable(&self, code: Option<u32>) -> Option<u32> {
        code.filter(|code| self.secrets().all(|secret| secret.trim().parse() != Ok(*code)))
    }

    /// The message, limited to [`QUOTE`] characters and without invisible characters. `None` if the message is empty, or if the
    /// message or the body contains a secret.
    ///
    /// If the request carried a secret, only Plex's own words are quoted: others may return the secret in any encoding.
    fn quotable(&self, message: &str, body: &[u8], author: Author) -> Option<String> {
        let is_plexs = match author {
            Author::PlexTv => true,
            Author::MediaServer => self.recipient == Recipient::MediaServer,
            _ => false,
        };
        if !is_plexs && self.secrets().next().is_some() || self.is_in(body) || self.is_in(message.as_bytes())
        {
            return None;
        }
        // Includes enough text after the quote that no secret is cut in two, even a percent-encoded one.
        let longest = self.secrets().map(str::len).max().unwrap_or_default().saturating_mul("%XX".len());
        let mut words = words_of(message, longest.saturating_add(QUOTE).saturating_add(1));
        // White space, invisible characters and backslashes may have hidden a secret from the first check.
        let mut is_secret = self.is_in(words.as_bytes())
            || words.contains('\\') && self.is_in(words.replace('\\', "").as_bytes());
        if !words.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            is_secret |= self.is_in(words.replace(is_invisible, "").as_bytes());
            words = words.replace(is_invisible, "\u{fffd}");
        }
        if is_secret || words.is_empty() {
            return None;
        }
        let mut ends = words.char_indices().map(|(at, _)| at).skip(QUOTE.saturating_sub(1));
        if let (Some(end), Some(_)) = (ends.next(), ends.next()) {
            words.truncate(end);
            words.push('…');
        }
        Some(words)
    }
}

impl fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("credential", &self.credential).finish_non_exhaustive()
    }
}

/// Control characters, and those that change the direction of text or take no space.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The words of a text, separated by single spaces, up to this many characters that are not white space.
fn words_of(text: &str, mut characters: usize) -> String {
    let mut words = String::with_capacity(text.len().min(characters.saturating_mul(2)));
    let mut push = |word: &str| {
        words.push_str(if words.is_empty() || word.is_empty() { "" } else { " " });
        words.push_str(word);
    };
    let (mut word, mut end) = (0, text.len());
    for (at, character) in text.char_indices() {
        if character.is_whitespace() {
            push(text.get(word..at).unwrap_or_default());
            word = at.saturating_add(character.len_utf8());
        } else if characters == 0 {
            end = at;
            break;
        } else {
            characters = characters.saturating_sub(1);
        }
    }
    push(text.get(word..end).unwrap_or_default());
    words
}

/// Returns the body of a successful response. Any 2xx status is a success, because Plex's descriptions disagree about
/// the status of an endpoint, unless the body reports an error or is a web page.
///
/// # Errors
///
/// - For any other status. The kind of the error depends on the status, the body, and `sent`.
/// - For a 2xx whose body reports an error in Plex's form: the kind of its code, or [`ErrorKind::ServerFailure`].
/// - [`ErrorKind::NotPlex`] for a 2xx with a web page, such as that of a network which wants a sign-in first.
pub fn success<'r, B: AsRef<[u8]>>(
    response: &'r Response<B>,
    sent: &Sent<'_>,
) -> Result<&'r [u8], ResponseError> {
    let body = response.body().as_ref();
    if !response.status().is_success() {
        return Err(refusal(response.status(), response.headers(), body, sent));
    }
    match false_success(response.status(), response.headers(), body, sent) {
        Some(error) => Err(error),
        None => Ok(body),
    }
}

/// Checks a response from which nothing is needed: it must be successful, and its body empty, a JSON object, or XML.
///
/// # Errors
///
/// Those of [`json`].
pub fn acknowledged<B: AsRef<[u8]>>(response: &Response<B>, sent: &Sent<'_>) -> Result<(), ResponseError> {
    #[derive(serde::Deserialize)]
    struct AnyObject {}
    let body = success(response, sent)?.trim_ascii();
    match body.first() {
        None => Ok(()),
        // A fragment of HTML looks like XML, but does not begin like Plex's.
        Some(b'<') if PLEXS_XML.iter().any(|start| body.starts_with(start.as_bytes())) => Ok(()),
        Some(b'<') => Err(ResponseError::not_plex(response.status(), "the body is a web page")),
        Some(_) => json::<AnyObject, _>(response, sent).map(drop),
    }
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], sent: &Sent<'_>) -> ResponseError {
    if status.is_redirection() {
        let origin = headers.get(LOCATION).and_then(|value| origin_of(value.to_str().ok()?));
        // Case makes no difference in a host.
        let has_secret = |origin: &str| {
            sent.secrets().any(|secret| origin.to_lowercase().contains(&secret.to_lowercase()))
        };
        let origin = origin.filter(|origin| !has_secret(origin));
        return ResponseError::redirected(
            status,
            origin.and_then(|origin| sent.quotable(&origin, b"", Author::PlexTv)),
        );
    }
    let text = error_body::text(body);
    let details = error_body::read(&text);
    let is_invalid_token =
        |message: &str| message.trim().trim_end_matches('.').eq_ignore_ascii_case("invalid token");
    let refusal = Refusal {
        status,
        code: details.code,
        author: details.author,
        says_invalid_token: details.message.as_deref().is_some_and(is_invalid_token),
        has_challenge: headers.contains_key(WWW_AUTHENTICATE),
    };
    let kind = kind_of(&refusal, sent.recipient, sent.credential);
    let author = details.author;
    let message = details.message.and_then(|message| sent.quotable(&message, body, author));
    ResponseError::refused(
        kind,
        status,
        sent.showable(details.code),
        message,
        RetryAfter::from_headers(headers),
    )
}

/// The error in a response whose status says that there is none.
fn false_success(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    sent: &Sent<'_>,
) -> Option<ResponseError> {
    let may_be_error = match body.trim_ascii_start().strip_prefix(BOM).unwrap_or(body).trim_ascii_start() {
        [b'<', ..] => true,
        [b'{', ..] => ERROR.find(body).is_some(),
        _ => false,
    };
    if !may_be_error {
        return None;
    }
    let text = error_body::text(body);
    let details = error_body::read(&text);
    match details.author {
        Author::PlexTv | Author::Unknown if details.is_error => {
            // Nobody knows what Plex means by a code in such a response, if the code does not say it.
            let kind = kind_of_code(details.code).filter(|_| is_specific(details.code));
            let kind = kind.unwrap_or(ErrorKind::ServerFailure);
            let author = details.author;
            let message = details.message.and_then(|message| sent.quotable(&message, body, author));
            let retry_after = RetryAfter::from_headers(headers);
            Some(ResponseError::refused(kind, status, sent.showable(details.code), message, retry_after))
        }
        Author::MediaServer | Author::Page => Some(ResponseError::not_plex(status, "the body is a web page")),
        Author::PlexTv | Author::Nobody | Author::Unknown => None,
    }
}

/// The scheme, host and port of a `Location`. The path and the user information may contain secrets.
fn origin_of(location: &str) -> Option<String> {
    // `http::Uri` cannot parse `//host/path`, and takes a single word for a host.
    let (prefix, rest) = match location.split_once("//")? {
        ("", rest) => ("//", rest),
        ("http:", rest) => ("http://", rest),
        ("https:", rest) => ("https://", rest),
        _ => return None,
    };
    let authority: Authority = rest.split(['/', '?', '#']).next()?.parse().ok()?;
    let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{prefix}{}{port}", authority.host()))
}

/// Deserializes the JSON body of a successful response, in a single pass.
///
/// With the [`lenient`](crate::lenient) functions, an unexpected value in an optional field does not fail the whole
/// response. A struct at the top, but not inside an `Option` or a `Vec`, is read from an object only; serde would accept an
/// array of its fields. For structs inside it, [`lenient`](crate::lenient) does the same.
///
/// # Errors
///
/// - Those of [`success`].
/// - [`ErrorKind::NotJson`] if the body is not JSON.
/// - [`ErrorKind::NotUnderstood`] if the JSON does not match the type. The path is exact if [`lenient`](crate::lenient)
///   or serde's own types refused the value. If your own function refused it after reading it, the path may be that of
///   the enclosing object.
///
/// The last two never quote the body.
pub fn json<T, B>(response: &Response<B>, sent: &Sent<'_>) -> Result<T, ResponseError>
where
    T: DeserializeOwned,
    B: AsRef<[u8]>,
{
    let body = success(response, sent)?;
    let body = body.strip_prefix(BOM).unwrap_or(body);
    // Validating the whole body as UTF-8 is cheaper than validating each string.
    let escaped;
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(_) => {
            escaped = with_invalid_utf8_escaped(body);
            escaped.as_str()
        }
    };
    objects::from_str(text).map_err(|error| {
        if error.is_data() || error.to_string().starts_with(OUT_OF_RANGE) {
            not_understood(response.status(), path_of(text, &error, sent), &error)
        } else {
            ResponseError::not_json(response.status(), not_json(body, &error))
        }
    })
}

/// Replaces invalid UTF-8 with an invalid escape, which is an error in a string that is read, but harmless in one that
/// is skipped.
fn with_invalid_utf8_escaped(body: &[u8]) -> Zeroizing<String> {
    // The question marks keep it invalid next to a backslash or the other half of a surrogate pair.
    const INVALID: &str = r"?\ud800?";
    // Enough not to move the text, which may contain a token.
    let runs = body.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty() && !chunk.valid().is_empty());
    let length = runs.count().saturating_add(1).saturating_mul(INVALID.len()).saturating_add(body.len());
    let mut text = Zeroizing::new(String::with_capacity(length));
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() && !text.ends_with(INVALID) {
            text.push_str(INVALID);
        }
    }
    text
}

/// The path to the error, or `.` if it contains a secret: the names in it come from the body.
fn path_of(text: &str, error: &serde_json::Error, sent: &Sent<'_>) -> String {
    let path = path::to_error(text, error);
    if sent.is_in(path.as_bytes()) { ".".to_owned() } else { path }
}

fn not_understood(status: StatusCode, path: String, error: &serde_json::Error) -> ResponseError {
    // serde's messages quote values, and a value may be a token. Field names are safe.
    let message = error.to_string();
    let named = |prefix: &str| Some(message.strip_prefix(prefix)?.split_once('`')?.0.to_owned());
    if let Some(field) = named("missing field `") {
        let path = if path == "." { field } else { format!("{path}.{field}") };
        return ResponseError::not_understood(status, path, "missing");
    }
    let problem = if named("duplicate field `").is_some() { "duplicate field" } else { "invalid value" };
    ResponseError::not_understood(status, path, problem)
}

fn not_json(body: &[u8], error: &serde_json::Error) -> Cow<'static, str> {
    match body.trim_ascii().first() {
        None => "the body is empty".into(),
        Some(b'<') => {
            "the body is XML, as if the request had lost its header Accept: application/json".into()
        }
        // The first two bytes of gzip (RFC 1952, section 2.3.1).
        Some(0x1f) if body.starts_with(&[0x1f, 0x8b]) => {
            "the body is compressed, which was not requested".into()
        }
        Some(_) => match std::str::from_utf8(body) {
            Err(broken) => format!("invalid UTF-8 at byte {}", broken.valid_up_to()).into(),
            Ok(_) if error.is_eof() => format!("unexpected end at byte {}", body.len()).into(),
            Ok(_) => format!("syntax error at line {}, column {}", error.line(), error.column()).into(),
        },
    }
}

#[cfg(test)]
mod tests;
