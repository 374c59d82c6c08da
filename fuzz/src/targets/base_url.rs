//! Parsing of base URLs, and joining of paths to them.

use plexauth_proto::BaseUrl;

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
            }
            Err(error) => {
                let shown = format!("{error} {error:?}");
                assert!(shown.len() < 400, "errors do not quote the URL");
            }
        }
    }
}
