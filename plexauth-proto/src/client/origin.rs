//! [`Origin`]: the scheme, host and port of an address.

use std::borrow::Cow;

use http::Uri;
use http::uri::Scheme;

use crate::client::host;
use crate::error::RequestError;

/// The part of an address before its path, checked. The adapters check every request, so a canonical name is not copied.
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
            // Parsing a `Uri` converts its scheme to lower case, building one does not. HTTP libraries treat it differently.
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
            Some(digits) => {
                // `parse` would accept a sign, and any number of leading zeros.
                let is_short = digits.len() <= 5 && digits.bytes().all(|digit| digit.is_ascii_digit());
                match digits.parse() {
                    Ok(port) if port > 0 && is_short => Some(port),
                    _ => return refused("its port is not a number from 1 to 65535, in at most five digits"),
                }
            }
        };
        Ok(Self { scheme, host, port: port.filter(|port| *port != default_port) })
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}

pub(super) const NOT_A_URL: &str = "it is not a valid URL; write it like http://192.168.1.5:32400";

pub(super) fn refused<T>(problem: &'static str) -> Result<T, RequestError> {
    Err(RequestError::BaseUrl { problem })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::BaseUrl;

    #[test]
    fn scheme_of_a_uri_must_be_in_lower_case() {
        for scheme in ["HTTP", "Https"] {
            let uri = Uri::builder().scheme(scheme).authority("h").path_and_query("/").build().unwrap();
            let error = BaseUrl::try_from(&uri).unwrap_err();
            assert_eq!(error.to_string(), "the base URL is invalid: its scheme is not in lower case");
            let parsed: BaseUrl = uri.to_string().parse().unwrap();
            assert_eq!(parsed.to_string(), format!("{}://h", scheme.to_lowercase()));
        }
    }
}
