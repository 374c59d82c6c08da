//! Parsing of base URLs, and joining of paths to them: the `url` crate leaves both unchanged. It also reads
//! the same scheme, host and port in the address of any request that passes the check.

use std::time::SystemTime;

use http::{Request, Uri};
use plexauth_proto::{BaseUrl, Outgoing};
use url::Url;

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        match text.parse::<BaseUrl>() {
            Ok(base) => {
                let written = base.to_string();
                assert_eq!(written.parse::<BaseUrl>().as_ref(), Ok(&base), "text round trip");
                assert!(!written.contains(['#', '?', ' ']) && !base.host().contains('@'));
                let joined = base.join("/user").expect("path fits every base URL").to_string();
                assert_eq!(joined, format!("{written}/user"));
                let url = Url::parse(&joined).expect("valid URL");
                assert_eq!((url.as_str(), url.host_str()), (joined.as_str(), Some(base.host())));
                assert_eq!((url.username(), url.password()), ("", None));
            }
            Err(error) => {
                let shown = format!("{error} {error:?}");
                assert!(shown.len() < 400, "errors do not quote the URL");
            }
        }
        let uris = [text.parse().ok(), built(text)];
        uris.into_iter().flatten().for_each(check_address);
    }
}

/// A `Uri` built from parts can have a scheme in upper case and an authority of any length.
fn built(text: &str) -> Option<Uri> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split('/').next()?;
    Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build().ok()
}

fn check_address(uri: Uri) {
    let outgoing = Outgoing::from(Request::get(uri).body(Vec::new()).expect("request"));
    if outgoing.check(SystemTime::UNIX_EPOCH).is_ok() {
        let uri = outgoing.request.uri();
        let origin = BaseUrl::try_from(uri).expect("base URL");
        let url = Url::parse(&uri.to_string()).expect("valid URL");
        assert_eq!(Some(url.scheme()), uri.scheme_str());
        assert_eq!((url.host_str(), url.port()), (Some(origin.host()), origin.port()));
        assert_eq!(url.origin().ascii_serialization(), origin.to_string());
        // A name of 253 characters, a dot at its end, a colon, and a port.
        assert!(uri.authority().is_some_and(|authority| authority.as_str().len() <= 260));
    }
}
