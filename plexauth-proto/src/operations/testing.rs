//! Helpers for the unit tests of the operations.

use http::{Request, Response};

use crate::client::{BaseUrl, ClientInfo, X_PLEX_TOKEN};
use crate::operation::Operation;

pub(crate) fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

pub(crate) fn server() -> BaseUrl {
    "http://192.168.1.5:32400/plex/".parse().unwrap()
}

pub(crate) fn response(status: u16, body: &str) -> Response<String> {
    Response::builder().status(status).body(body.to_owned()).unwrap()
}

/// Formats a request as text, with its headers sorted.
pub(crate) fn written(request: &Request<Vec<u8>>) -> String {
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort_unstable();
    let body = String::from_utf8_lossy(request.body());
    format!("{} {}\n{}\n{body}", request.method(), request.uri(), headers.concat())
}

/// The server in the documented requests.
pub(crate) fn documented_server() -> BaseUrl {
    "https://192-168-1-5.9f0b.plex.direct:32400".parse().unwrap()
}

/// Compares a request with the documented one: the target, the host, the headers sorted by name, and the body.
pub(crate) fn assert_on_the_wire(operation: &impl Operation, documented: &str) {
    let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App").unwrap();
    let request = operation.request(&info).unwrap();
    let uri = request.uri();
    assert_eq!(uri.scheme_str(), Some("https"));
    let mut headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{}: {}\n", capitalized(name.as_str()), value.to_str().unwrap()))
        .collect();
    headers.sort();
    let (target, host) = (uri.path_and_query().unwrap(), uri.authority().unwrap());
    let head = format!("{} {target} HTTP/1.1\nHost: {host}\n{}", request.method(), headers.concat());
    let body = String::from_utf8(request.body().clone()).unwrap();
    assert_eq!(if body.is_empty() { head } else { format!("{head}\n{body}\n") }, documented);
    let token = request.headers().get(X_PLEX_TOKEN);
    assert!(token.is_none_or(|token| token.is_sensitive()), "the token is not marked sensitive");
}

fn capitalized(name: &str) -> String {
    let words = name.split('-').map(|word| word[..1].to_ascii_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join("-")
}
