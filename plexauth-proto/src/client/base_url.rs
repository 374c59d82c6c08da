//! [`BaseUrl`]: the validated address of a server.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::host;
use crate::client::origin::{NOT_A_URL, Origin, refused};
use crate::error::RequestError;

/// The longest path that recent versions of `http` accept, in bytes.
const LONGEST_PATH: usize = 65_534;

/// The address of a server: `http` or `https`, a host, and optionally a port and a path prefix.
///
/// [`join`](BaseUrl::join) keeps the prefix, which a server behind a reverse proxy may need. A trailing `/` makes no
/// difference.
///
/// ```
/// use plexauth_proto::BaseUrl;
///
/// let server: BaseUrl = "http://192.168.1.5:32400/plex/".parse()?;
/// assert_eq!(server.join("/identity")?, "http://192.168.1.5:32400/plex/identity");
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
///
/// Parsing rejects user information (a URL is no place for a password), a query, a fragment, a missing host, any scheme
/// other than `http` and `https`, a path that HTTP libraries would rewrite (`..` segments, characters that must be
/// percent-encoded), and a host or a port that HTTP libraries would refuse. A host is converted to lower case, an
/// international one to its `xn--` form, and the default port is removed. The error says what to change and never quotes
/// the address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Either empty, or with a leading and without a trailing slash.
    prefix: String,
}

impl BaseUrl {
    /// Returns the URL of a path below this base. The leading `/` of `path_and_query` is optional.
    ///
    /// # Errors
    ///
    /// [`RequestError::Path`] if `path_and_query` contains invalid characters or is too long (64 KiB).
    pub fn join(&self, path_and_query: &str) -> Result<Uri, RequestError> {
        let below = path_and_query.strip_prefix('/').unwrap_or(path_and_query);
        let mut path = String::with_capacity(self.prefix.len().saturating_add(below.len()).saturating_add(1));
        path.push_str(&self.prefix);
        path.push('/');
        path.push_str(below);
        // Not all versions of `http` refuse it.
        if path.len() > LONGEST_PATH {
            return Err(RequestError::Path);
        }
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| RequestError::Path)?);
        Uri::from_parts(parts).map_err(|_| RequestError::Path)
    }

    fn new(origin: Origin<'_>, prefix: &str) -> Result<Self, RequestError> {
        let authority = match origin.port {
            Some(port) => format!("{}:{port}", origin.host),
            None => origin.host.into_owned(),
        };
        let authority = authority.try_into().or_else(|_| refused(NOT_A_URL))?;
        Ok(Self { scheme: origin.scheme, authority, prefix: prefix.to_owned() })
    }

    /// Returns this base without the last segment of its prefix.
    pub(crate) fn parent(&self) -> Self {
        let prefix = self.prefix.rsplit_once('/').map_or("", |(parent, _)| parent);
        Self { prefix: prefix.to_owned(), ..self.clone() }
    }

    pub(crate) fn has_path(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Whether requests to this address are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `[::1]`. Other names are resolved by the system, also
    /// those that end in `.localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || host::without_brackets(host)
                .and_then(|inner| inner.parse::<Ipv6Addr>().ok())
                .is_some_and(|address| address.is_loopback())
    }

    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port, if the address contains one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.authority.port_u16()
    }
}

impl FromStr for BaseUrl {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let text = text.trim();
        // `http::Uri` silently drops a fragment, so check for one first.
        if text.contains('#') {
            return refused("it has a fragment; remove the # and everything after it");
        }
        if text.contains('?') {
            return refused("it has a query; remove the ? and everything after it");
        }
        if !text.contains("://") {
            return refused("it has no scheme; put http:// or https:// in front");
        }
        let text = if text.is_ascii() { Cow::Borrowed(text) } else { with_ascii_host(text)?.into() };
        let Ok(uri) = text.parse::<Uri>() else {
            return refused(NOT_A_URL);
        };
        let origin = Origin::of(&uri)?;
        if let Some(problem) = path_problem(uri.path()) {
            return refused(problem);
        }
        Self::new(origin, uri.path().trim_end_matches('/'))
    }
}

/// Serializes as a string, for configuration files.
impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The URL with an international host in its `xn--` form.
fn with_ascii_host(text: &str) -> Result<String, RequestError> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at_checked(end).unwrap_or_default();
    let host = host::to_ascii(host).map_err(|problem| RequestError::BaseUrl { problem })?;
    Ok(format!("{scheme}://{host}{rest}"))
}

/// HTTP libraries differ in their treatment of `..` and of characters outside RFC 3986, so both are rejected.
fn path_problem(path: &str) -> Option<&'static str> {
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let fine = match byte {
            b'%' => {
                let mut hex = || rest.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                hex() && hex()
            }
            b'/' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
            | b',' | b';' | b'=' | b':' | b'@' => true,
            other => other.is_ascii_alphanumeric(),
        };
        if !fine {
            return Some("its path contains characters that must be percent-encoded");
        }
    }
    path.split('/')
        .any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
        .then_some("its path contains . or .. segments; write the resolved path")
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

impl From<&Self> for BaseUrl {
    fn from(base: &Self) -> Self {
        base.clone()
    }
}

/// The origin of a URL, without its path. The scheme must be in lower case, as it is in a parsed `Uri`.
impl TryFrom<&Uri> for BaseUrl {
    type Error = RequestError;

    fn try_from(uri: &Uri) -> Result<Self, RequestError> {
        Self::new(Origin::of(uri)?, "")
    }
}

impl TryFrom<&str> for BaseUrl {
    type Error = RequestError;

    fn try_from(text: &str) -> Result<Self, RequestError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serializes_as_a_string() {
        let base: BaseUrl = serde_json::from_str(r#""http://192.168.1.5:32400/plex/""#).unwrap();
        assert_eq!(serde_json::to_string(&base).unwrap(), r#""http://192.168.1.5:32400/plex""#);
        let error = serde_json::from_str::<BaseUrl>(r#""plex.tv/?token=hushhush""#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the base URL is invalid: it has a query; remove the ? and everything after it"
        );
    }

    fn base(text: &str) -> BaseUrl {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn problem(text: &str) -> String {
        text.parse::<BaseUrl>().expect_err(text).to_string()
    }

    #[test]
    fn join_keeps_the_prefix_and_inserts_one_slash() {
        for (at, path, expected) in [
            ("http://h:32400", "/identity", "http://h:32400/identity"),
            ("http://h:32400/", "/identity", "http://h:32400/identity"),
            ("http://h:32400/", "identity", "http://h:32400/identity"),
            ("http://h:32400", "identity", "http://h:32400/identity"),
            ("http://h:32400/plex", "/identity", "http://h:32400/plex/identity"),
            ("http://h:32400/plex/", "/identity", "http://h:32400/plex/identity"),
            ("http://h:32400/plex//", "/identity", "http://h:32400/plex/identity"),
            ("https://h/a/b%20c/", "/x?y=1&z=%2F", "https://h/a/b%20c/x?y=1&z=%2F"),
            ("https://plex.tv/api/v2", "/user", "https://plex.tv/api/v2/user"),
            ("https://[2001:db8::1]:32400/p", "/user", "https://[2001:db8::1]:32400/p/user"),
        ] {
            assert_eq!(base(at).join(path).unwrap().to_string(), expected, "{at} + {path}");
        }
    }

    #[test]
    fn default_port_is_left_out() {
        for (text, expected) in [
            ("http://h:80", "http://h"),
            ("https://h:443/p", "https://h/p"),
            ("https://h:00443", "https://h"),
            ("http://h:443", "http://h:443"),
            ("https://h:80", "https://h:80"),
        ] {
            assert_eq!(base(text).to_string(), expected);
        }
    }

    #[test]
    fn parent_has_one_segment_less() {
        for (at, parent) in
            [("https://h/api/v2", "https://h/api"), ("https://h/p", "https://h"), ("https://h", "https://h")]
        {
            assert_eq!(base(at).parent().to_string(), parent);
        }
    }

    #[test]
    fn joining_an_invalid_path_is_an_error() {
        assert_eq!(base("http://h").join("/a b"), Err(RequestError::Path));
        let longest = "a".repeat(LONGEST_PATH - 1);
        assert!(base("http://h").join(&longest).is_ok());
        for beyond in [1, 2, 5000] {
            let path = format!("{longest}{}", "a".repeat(beyond));
            assert_eq!(base("http://h").join(&path), Err(RequestError::Path), "{beyond}");
        }
    }

    #[test]
    fn usual_server_addresses_are_accepted() {
        for text in [
            "http://192.168.1.5:32400",
            "https://192-168-1-5.0123456789abcdef.plex.direct:32400",
            "HTTP://Media_Box.local",
            " https://plex.example/plex \n",
            "https://Küche.example:32400/plex",
            "http://[::1]:32400",
            "http://[fe80::1]",
        ] {
            base(text);
        }
    }

    #[test]
    fn display_has_no_trailing_slash() {
        assert_eq!(base("https://h:1/p/").to_string(), "https://h:1/p");
        assert_eq!(format!("{:?}", base("https://h:1")), "BaseUrl(https://h:1)");
        assert_eq!(
            (base("https://h:1").host(), base("https://h:1").port(), base("https://h").port()),
            ("h", Some(1), None)
        );
    }

    #[test]
    fn user_information_is_rejected_and_not_quoted() {
        for text in ["https://me:hunter2@plex.tv", "http://token@host/", "http://@host"] {
            assert_eq!(
                problem(text),
                "the base URL is invalid: it has user information; remove the part before the @",
                "{text}"
            );
        }
    }

    #[test]
    fn fragment_and_query_are_rejected() {
        assert!(problem("http://h/#x").contains("fragment"));
        assert!(problem("http://h#").contains("fragment"));
        assert!(problem("http://h/?x").contains("query"));
    }

    #[test]
    fn invalid_scheme_host_or_port_is_rejected() {
        for (text, words) in [
            ("", "no scheme"),
            ("192.168.1.5:32400", "no scheme"),
            ("/plex", "no scheme"),
            ("ftp://h", "neither http nor https"),
            ("http://", "not a valid URL"),
            ("http:///path", "not a valid URL"),
            ("http://:32400", "no host"),
            ("http://h:", "not a number"),
            ("http://h:0", "not a number"),
            ("http://h:65536", "not a number"),
            ("http://h:032400", "not a number"),
            ("http://h:x", "not a number"),
            ("http://[::1", "not a valid URL"),
            ("http://[::1]evil.example:1", "not a valid URL"),
            ("http://[::1]1", "not a valid URL"),
            ("http://[::g]", "not a valid IPv6 address"),
            ("http://[fe80::1%25eth0]", "not a valid IPv6 address"),
            ("http://h!x", "invalid characters"),
            ("http://a b", "not a valid URL"),
            ("http://h\r\nX: y", "not a valid URL"),
        ] {
            let problem = problem(text);
            assert!(problem.contains(words), "{text:?} gave {problem:?}");
        }
    }

    #[test]
    fn path_that_clients_would_rewrite_is_rejected() {
        for text in ["http://h/a/../b", "http://h/./b", "http://h/a/%2e%2E", "http://h/.%2e/x"] {
            assert!(problem(text).contains("segments"), "{text}");
        }
        for text in
            ["http://h/a%zz", "http://h/a%2", "http://h/a|b", "http://h/ä", "http://h/a\"b", "http://h/{x}"]
        {
            let problem = problem(text);
            assert!(
                problem.contains("percent-encoded") || problem.contains("not a valid URL"),
                "{text}: {problem}"
            );
        }
    }

    #[test]
    fn loopback_hosts_are_recognized() {
        for text in ["http://localhost", "http://LOCALHOST:80", "http://127.9.9.9:1", "http://[::1]"] {
            assert!(base(text).is_loopback(), "{text}");
        }
        for text in [
            "http://plex.localhost",
            "http://localhost.example",
            "http://128.0.0.1",
            "http://[::2]",
            "http://127.0.0.1.example",
        ] {
            assert!(!base(text).is_loopback(), "{text}");
        }
    }
}
