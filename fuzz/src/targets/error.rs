//! Responses of any status with any headers and any body, for each of the operations.

use arbitrary::Arbitrary;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use plexauth_proto::{
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkPin, SignIn, SwitchHomeUser,
};

use crate::{SECRET, read_response, server, source, structured};

#[derive(Debug, Arbitrary)]
struct Answer<'a> {
    status: u16,
    location: Option<&'a [u8]>,
    retry_after: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
    /// Whether the server sends the secret back, somewhere in the body.
    echo: Option<u8>,
    body: &'a [u8],
}

/// Runs it.
pub fn run(data: &[u8]) {
    if let Some(answer) = structured(data) {
        play_out(answer);
    }
}

fn play_out(answer: Answer<'_>) {
    let mut body = answer.body.to_vec();
    if let Some(place) = answer.echo {
        let place = usize::from(place).min(body.len());
        body.splice(place..place, SECRET.bytes());
    }
    let mut response = Response::new(body.as_slice());
    *response.status_mut() = StatusCode::from_u16(100 + answer.status % 900).expect("100 to 999");
    for (name, value) in
        [(LOCATION, answer.location), (RETRY_AFTER, answer.retry_after), (CONTENT_TYPE, answer.content_type)]
    {
        if let Some(Ok(value)) = value.map(HeaderValue::from_bytes) {
            response.headers_mut().insert(name, value);
        }
    }
    read_response(&GetUserDetails::new(SECRET), &response);
    read_response(&GetTransientToken::new(server(), SECRET), &response);
    read_response(&GetSourceConnectionInformation::new(server(), SECRET, source()), &response);
    read_response(&SwitchHomeUser::new(SECRET, "9f0b").pin("zqxj"), &response);
    read_response(&LinkPin::new(SECRET, SECRET), &response);
    read_response(&SignIn::new("me", SECRET).verification_code(SECRET), &response);
}
