//! Parsing of base URLs, and joining of paths to them: the `url` crate leaves both unchanged. A request to any other address
//! is only sent if `url` accepts the address and reads the same host and port.

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
        if let Ok(uri) = text.parse() {
            addressed(text, uri);
        }
    }
}

fn addressed(text: &str, uri: Uri) {
    let origin = BaseUrl::try_from(&uri);
    let request = Request::get(uri).body(Vec::new()).expect("request");
    let checked = Outgoing::from(request).check(SystemTime::UNIX_EPOCH);
    assert_eq!(checked.is_ok(), origin.is_ok(), "{origin:?}");
    if let Ok(origin) = origin {
        let url = Url::parse(text).expect("valid URL");
        assert_eq!((url.host_str(), url.port()), (Some(origin.host()), origin.port()));
        assert_eq!(url.origin().ascii_serialization(), origin.to_string());
    }
}
