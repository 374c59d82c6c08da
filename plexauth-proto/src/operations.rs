//! The operations, one file each: how to ask, and how to understand the answer.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

mod get_source_connection_information;
mod get_transient_token;
mod get_user_details;
mod sign_in;

pub use get_source_connection_information::GetSourceConnectionInformation;
pub use get_transient_token::GetTransientToken;
pub use get_user_details::GetUserDetails;
pub use sign_in::{SignIn, SignedIn};

/// What is percent-encoded in queries and forms: all but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a Media Server wraps its answers in.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contained<T> {
    media_container: T,
}

#[cfg(test)]
mod testing {
    use http::{Request, Response};

    use crate::{BaseUrl, ClientInfo};

    pub(super) fn client() -> ClientInfo {
        ClientInfo::new("id-1", "App").unwrap()
    }

    pub(super) fn server() -> BaseUrl {
        "http://192.168.1.5:32400/plex/".parse().unwrap()
    }

    pub(super) fn response(status: u16, body: &str) -> Response<String> {
        Response::builder().status(status).body(body.to_owned()).unwrap()
    }

    /// A whole request as text, its headers in order.
    pub(super) fn written(request: &Request<Vec<u8>>) -> String {
        let mut headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        headers.sort_unstable();
        let body = String::from_utf8_lossy(request.body());
        format!("{} {}\n{}\n{body}", request.method(), request.uri(), headers.concat())
    }
}
