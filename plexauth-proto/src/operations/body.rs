//! Request bodies.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Uri};
use percent_encoding::utf8_percent_encode;

use crate::client::{ClientInfo, RESERVED};

/// A request with a body of type `application/x-www-form-urlencoded`. Fields without a value are left out.
pub(super) fn with_form(
    info: &ClientInfo,
    method: Method,
    uri: Uri,
    fields: &[(&str, Option<&str>)],
) -> Request<Vec<u8>> {
    with_body(info, method, uri, "application/x-www-form-urlencoded", encoded(fields))
}

/// A request with a JSON body, which the caller has serialized.
pub(super) fn with_json(info: &ClientInfo, method: Method, uri: Uri, json: String) -> Request<Vec<u8>> {
    with_body(info, method, uri, "application/json", json.into_bytes())
}

fn with_body(
    info: &ClientInfo,
    method: Method,
    uri: Uri,
    content_type: &'static str,
    body: Vec<u8>,
) -> Request<Vec<u8>> {
    let mut request = info.request(method, uri);
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *request.body_mut() = body;
    request
}

/// Encodes the fields that have a value. The buffer never grows: reallocation would leave copies of a password behind.
fn encoded(fields: &[(&str, Option<&str>)]) -> Vec<u8> {
    let present = || fields.iter().filter_map(|&(name, value)| Some((name, value?)));
    let longest = |(name, value): (&str, &str)| {
        let value = value.len().saturating_mul("%XX".len());
        value.saturating_add(name.len()).saturating_add("&=".len())
    };
    let mut body = Vec::with_capacity(present().map(longest).fold(0, usize::saturating_add));
    for (name, value) in present() {
        if !body.is_empty() {
            body.push(b'&');
        }
        body.extend_from_slice(name.as_bytes());
        body.push(b'=');
        for piece in utf8_percent_encode(value, RESERVED) {
            body.extend_from_slice(piece.as_bytes());
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_buffer_never_grows() {
        let password = "ä".repeat(50);
        let body = encoded(&[("login", Some("me")), ("password", Some(&password)), ("code", None)]);
        assert_eq!(body.len(), "login=me&password=".len() + 100 * 3);
        assert_eq!(body.capacity(), "login=&password=&".len() + 2 * 3 + 100 * 3);
    }
}
