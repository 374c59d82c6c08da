//! [`Origin`]: the scheme, host and port of an address.

use std::borrow::Cow;

use http::Uri;
use http::uri::Scheme;

use crate::client::host;
use crate::error::RequestError;

/// The checked part of an address before its path. The adapters check every request, so most addresses take no allocation.
pub(crate) struct Origin<'a> {
    pub(super) scheme: Scheme,
    /// The canonical form.
    pub(super) host: Cow<'a, str>,
    /// The port, if it is not the default of the scheme.
    pub(super) port: Option<u16>,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(uri: &'a Uri) -> Result<Self, RequestError> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return refused(NOT_A_URL);
        };
        let (scheme, default_port) = match scheme {
            http if *http == Scheme::HTTP => (Scheme::HTTP, 80),
            https if *https == Scheme::HTTPS => (Scheme::HTTPS, 443),
            // Only a `Uri` that was not parsed can have it. HTTP libraries differ in what they do with it.
            other if other == "http" || other == "https" => {
                return refused("its scheme is not in lower case");
            }
            _ => return refused("its scheme is neither http nor https"),
        };
        if authority.as_str().contains('@') {
            return refused("it has user information; remove the part before the @");
        }
        let host = authority.host();
        let rest = authority.as_str().strip_prefix(host).unwrap_or_default();
        let host = host::canonical(host).or_else(refused)?;
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            None => return refused(NOT_A_URL),
            Some(digits) => match digits.parse() {
                Ok(port) if port > 0 && is_short_number(digits) => Some(port),
                _ => return refused("its port is not a number from 1 to 65535, in at most five digits"),
            },
        };
        Ok(Self { scheme, host, port: port.filter(|port| *port != default_port) })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}

/// Whether a port has at most five digits, also with leading zeros, and no sign.
fn is_short_number(port: &str) -> bool {
    port.len() <= 5 && port.bytes().all(|digit| digit.is_ascii_digit())
}

pub(super) const NOT_A_URL: &str = "it is not a valid URL; write it like http://192.168.1.5:32400";

pub(super) fn refused<T>(problem: &'static str) -> Result<T, RequestError> {
    Err(RequestError::BaseUrl { problem })
}
