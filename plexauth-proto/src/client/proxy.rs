use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::client::base_url::BaseUrl;
use crate::client::secret::Secret;
use crate::error::RequestError;

/// An HTTP proxy, for the `proxy` method of an adapter's builder. No proxy is used unless you set one.
///
/// The address is `http://HOST:PORT`, or `http://USER:PASSWORD@HOST:PORT` with the user and the password percent-encoded. `Debug`
/// shows neither of them, and there is no `Display`.
///
/// ```
/// use plexauth_proto::Proxy;
///
/// let proxy: Proxy = "http://alice:s3cret@proxy.example:3128".parse()?;
/// assert_eq!(format!("{proxy:?}"), r#"Proxy("http://proxy.example:3128")"#);
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    address: BaseUrl,
    credentials: Option<(String, Secret)>,
}

impl Proxy {
    /// The address, without the credentials.
    #[must_use]
    pub fn address(&self) -> &BaseUrl {
        &self.address
    }

    /// The port: 80 if the address contains none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port().unwrap_or(80)
    }

    /// The user and the password in plain text, for the HTTP client.
    #[must_use]
    pub fn expose_credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password.expose()))
    }
}

impl FromStr for Proxy {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let refused = |problem| Err(RequestError::Proxy { problem });
        let Some(rest) = text.trim().strip_prefix("http://") else {
            return refused("only HTTP proxies are supported; write it like http://proxy.example:3128");
        };
        let (credentials, host) = match rest.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, rest),
        };
        let Ok(address) = format!("http://{}", host.trim_end_matches('/')).parse::<BaseUrl>() else {
            return refused("its host or port is invalid; write it like http://proxy.example:3128");
        };
        if address.has_path() {
            return refused("it has a path; remove everything after the port");
        }
        let credentials = credentials.map(|credentials| {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            Some((decoded(user)?, Secret::from(decoded(password)?)))
        });
        match credentials {
            Some(None) => refused("its user or password is not percent-encoded UTF-8"),
            Some(Some(credentials)) => Ok(Self { address, credentials: Some(credentials) }),
            None => Ok(Self { address, credentials: None }),
        }
    }
}

/// A user or a password, unless it contains what no header of a proxy can carry.
fn decoded(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?.into_owned();
    (!decoded.contains(char::is_control)).then_some(decoded)
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.address.to_string()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_decoded_and_hidden() {
        let proxy: Proxy = " http://al%20ice:p%40ss:word@Proxy.example:3128/ ".parse().unwrap();
        assert_eq!(proxy.expose_credentials(), Some(("al ice", "p@ss:word")));
        assert_eq!((proxy.address().to_string().as_str(), proxy.port()), ("http://proxy.example:3128", 3128));
        assert_eq!(format!("{proxy:?}"), r#"Proxy("http://proxy.example:3128")"#);
        let bare: Proxy = "http://[::1]".parse().unwrap();
        assert_eq!((bare.expose_credentials(), bare.port()), (None, 80));
        let user_only: Proxy = "http://alice@127.0.0.1:1".parse().unwrap();
        assert_eq!(user_only.expose_credentials(), Some(("alice", "")));
    }

    #[test]
    fn invalid_address_is_refused_and_not_quoted() {
        for (text, problem) in [
            ("proxy.example:3128", "only HTTP proxies"),
            ("https://hushhush@proxy.example", "only HTTP proxies"),
            ("socks5://hushhush@proxy.example", "only HTTP proxies"),
            ("http://", "its host or port"),
            ("http://hushhush@proxy.example:port", "its host or port"),
            ("http://hushhush:a@b@proxy.example:80000", "its host or port"),
            ("http://hushhush@proxy.example/path", "it has a path"),
            ("http://hushhush:%ff@proxy.example", "percent-encoded"),
            ("http://hushhush:a%0Ab@proxy.example", "percent-encoded"),
        ] {
            let error = text.parse::<Proxy>().unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("hushhush"), "{text}: {error}");
        }
    }
}
