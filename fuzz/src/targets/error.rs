//! Responses with arbitrary statuses, headers and bodies, parsed by operations with different secrets.

use arbitrary::Arbitrary;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use plexauth_proto::{
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkPin, SignIn, SwitchHomeUser,
};

use crate::{SECRET, read_response, server, source, structured};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    status: u16,
    location: Option<&'a [u8]>,
    retry_after: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
    /// The position in the body at which the server echoes the secret.
    echo: Option<u8>,
    body: &'a [u8],
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(input) = structured(data) {
        check(input);
    }
}

fn check(input: Input<'_>) {
    let mut body = input.body.to_vec();
    if let Some(position) = input.echo {
        let position = usize::from(position).min(body.len());
        body.splice(position..position, SECRET.bytes());
    }
    let mut response = Response::new(body.as_slice());
    *response.status_mut() = StatusCode::from_u16(100 + input.status % 900).expect("100 to 999");
    for (name, value) in
        [(LOCATION, input.location), (RETRY_AFTER, input.retry_after), (CONTENT_TYPE, input.content_type)]
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
