//! [`BaseUrl`]: where a server is, checked once.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::RequestError;

/// The address of a server: `http` or `https`, a host, perhaps a port, perhaps a path prefix.
///
/// A prefix is kept when a path is joined to it, as a server behind a reverse proxy needs, and there is exactly
/// one `/` at the seam, whether or not the base ends with one.
///
/// ```
/// use plexauth_proto::BaseUrl;
///
/// let server: BaseUrl = "http://192.168.1.5:32400/plex/".parse()?;
/// assert_eq!(server.join("/identity")?, "http://192.168.1.5:32400/plex/identity");
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
///
/// Refused, each with an error that says what to change and never quotes the address: user information (a password
/// does not belong into an address), a query or a fragment, a missing host, any scheme but `http` and `https`, and a
/// path that HTTP libraries would rewrite (`..`, characters that want percent-encoding).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Empty, or begins with a slash and does not end with one.
    prefix: String,
}

impl BaseUrl {
    /// The full address of a path below this base. `path_and_query` may begin with `/` or not.
    ///
    /// # Errors
    ///
    /// [`RequestError::Path`] if `path_and_query` holds what an address cannot, or is too long (64 KiB).
    pub fn join(&self, path_and_query: &str) -> Result<Uri, RequestError> {
        let below = path_and_query.strip_prefix('/').unwrap_or(path_and_query);
        let mut path = String::with_capacity(self.prefix.len().saturating_add(below.len()).saturating_add(1));
        path.push_str(&self.prefix);
        path.push('/');
        path.push_str(below);
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| RequestError::Path)?);
        Uri::from_parts(parts).map_err(|_| RequestError::Path)
    }

    /// The base without the last segment of its prefix.
    pub(crate) fn parent(&self) -> Self {
        let prefix = self.prefix.rsplit_once('/').map_or("", |(parent, _)| parent);
        Self { prefix: prefix.to_owned(), ..self.clone() }
    }

    /// Whether requests to it are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether it names this very machine: `localhost`, a name that ends in `.localhost`, `127.0.0.0/8` or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        name == "localhost"
            || name.ends_with(".localhost")
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || without_brackets(host)
                .and_then(|inner| inner.parse::<Ipv6Addr>().ok())
                .is_some_and(|address| address.is_loopback())
    }

    /// The host: a name or an address, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port, where the address names one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.authority.port_u16()
    }
}

impl FromStr for BaseUrl {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let refused = |problem| Err(RequestError::BaseUrl { problem });
        let text = text.trim();
        // `http::Uri` drops a fragment without a word, so it is looked for first.
        if text.contains('#') {
            return refused("it has a fragment; leave out the # and what follows");
        }
        if text.contains('?') {
            return refused("it has a query; leave out the ? and what follows");
        }
        if !text.contains("://") {
            return refused("it has no scheme; write http:// or https:// in front");
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return refused("it cannot be read as an address such as http://192.168.1.5:32400");
        };
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return refused("it cannot be read as an address such as http://192.168.1.5:32400");
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return refused("its scheme is neither http nor https");
        }
        if authority.as_str().contains('@') {
            return refused("it has user information; leave out what stands before the @");
        }
        if let Some(problem) = host_problem(authority.host()) {
            return refused(problem);
        }
        let written_port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        if !written_port.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
            return refused("its port is no number from 1 to 65535");
        }
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        if let Some(problem) = path_problem(path) {
            return refused(problem);
        }
        Ok(Self { scheme, authority, prefix: path.trim_end_matches('/').to_owned() })
    }
}

/// As text, for configuration.
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

fn without_brackets(host: &str) -> Option<&str> {
    host.strip_prefix('[')?.strip_suffix(']')
}

fn host_problem(host: &str) -> Option<&'static str> {
    if host.is_empty() {
        return Some("it has no host");
    }
    if let Some(inner) = without_brackets(host) {
        return inner.parse::<Ipv6Addr>().is_err().then_some("what stands in brackets is no IPv6 address");
    }
    let name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
    (!host.bytes().all(name)).then_some(
        "its host has characters that no host name has; write an international name in its xn-- form",
    )
}

/// HTTP libraries differ in what they make of `..` and of characters outside RFC 3986, so neither is let in.
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
            return Some("its path has characters that must be percent-encoded");
        }
    }
    path.split('/')
        .any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
        .then_some("its path has . or .. segments; write the path that they lead to")
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
    fn in_configuration_it_is_text() {
        let base: BaseUrl = serde_json::from_str(r#""http://192.168.1.5:32400/plex/""#).unwrap();
        assert_eq!(serde_json::to_string(&base).unwrap(), r#""http://192.168.1.5:32400/plex""#);
        let error = serde_json::from_str::<BaseUrl>(r#""plex.tv/?token=hushhush""#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the base URL is invalid: it has a query; leave out the ? and what follows"
        );
    }

    fn base(text: &str) -> BaseUrl {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn problem(text: &str) -> String {
        text.parse::<BaseUrl>().expect_err(text).to_string()
    }

    #[test]
    fn joins_with_exactly_one_slash_and_keeps_the_prefix() {
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
    fn the_parent_has_one_segment_less() {
        for (at, parent) in
            [("https://h/api/v2", "https://h/api"), ("https://h/p", "https://h"), ("https://h", "https://h")]
        {
            assert_eq!(base(at).parent().to_string(), parent);
        }
    }

    #[test]
    fn a_path_that_no_address_can_hold_is_an_error() {
        assert_eq!(base("http://h").join("/a b"), Err(RequestError::Path));
        assert_eq!(base("http://h").join(&format!("/{}", "a".repeat(70_000))), Err(RequestError::Path));
    }

    #[test]
    fn accepts_what_servers_are_called() {
        for text in [
            "http://192.168.1.5:32400",
            "https://192-168-1-5.0123456789abcdef.plex.direct:32400",
            "HTTP://Media_Box.local",
            " https://plex.example/plex \n",
            "http://[::1]:32400",
            "http://[fe80::1]",
        ] {
            base(text);
        }
    }

    #[test]
    fn prints_itself_without_a_slash_at_the_end() {
        assert_eq!(base("https://h:1/p/").to_string(), "https://h:1/p");
        assert_eq!(format!("{:?}", base("https://h:1")), "BaseUrl(https://h:1)");
        assert_eq!(
            (base("https://h:1").host(), base("https://h:1").port(), base("https://h").port()),
            ("h", Some(1), None)
        );
    }

    #[test]
    fn refuses_user_information_without_quoting_it() {
        for text in ["https://me:hunter2@plex.tv", "http://token@host/", "http://@host"] {
            assert_eq!(
                problem(text),
                "the base URL is invalid: it has user information; leave out what stands before the @",
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_a_fragment_and_a_query() {
        assert!(problem("http://h/#x").contains("fragment"));
        assert!(problem("http://h#").contains("fragment"));
        assert!(problem("http://h/?x").contains("query"));
    }

    #[test]
    fn refuses_a_missing_host_or_scheme_and_a_bad_port() {
        for (text, words) in [
            ("", "no scheme"),
            ("192.168.1.5:32400", "no scheme"),
            ("/plex", "no scheme"),
            ("ftp://h", "neither http nor https"),
            ("http://", "cannot be read"),
            ("http:///path", "cannot be read"),
            ("http://:32400", "no host"),
            ("http://h:", "no number"),
            ("http://h:0", "no number"),
            ("http://h:65536", "no number"),
            ("http://h:x", "no number"),
            ("http://[::1", "cannot be read"),
            ("http://[::g]", "no IPv6 address"),
            ("http://[fe80::1%25eth0]", "no IPv6 address"),
            ("http://h!x", "no host name"),
            ("http://a b", "cannot be read"),
            ("http://h\r\nX: y", "cannot be read"),
        ] {
            let problem = problem(text);
            assert!(problem.contains(words), "{text:?} gave {problem:?}");
        }
    }

    #[test]
    fn refuses_a_path_that_http_libraries_would_rewrite() {
        for text in ["http://h/a/../b", "http://h/./b", "http://h/a/%2e%2E", "http://h/.%2e/x"] {
            assert!(problem(text).contains("segments"), "{text}");
        }
        for text in
            ["http://h/a%zz", "http://h/a%2", "http://h/a|b", "http://h/ä", "http://h/a\"b", "http://h/{x}"]
        {
            let problem = problem(text);
            assert!(
                problem.contains("percent-encoded") || problem.contains("cannot be read"),
                "{text}: {problem}"
            );
        }
    }

    #[test]
    fn knows_this_machine_by_its_names() {
        for text in [
            "http://localhost",
            "http://LOCALHOST.:80",
            "http://plex.localhost",
            "http://127.9.9.9:1",
            "http://[::1]",
        ] {
            assert!(base(text).is_loopback(), "{text}");
        }
        for text in
            ["http://localhost.example", "http://128.0.0.1", "http://[::2]", "http://127.0.0.1.example"]
        {
            assert!(!base(text).is_loopback(), "{text}");
        }
    }
}
