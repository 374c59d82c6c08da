//! Parsing of base URLs, and joining of paths to them: the `url` crate leaves both unchanged.

use plexauth_proto::BaseUrl;
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
    }
}
