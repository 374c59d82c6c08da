//! Base URLs: what is accepted keeps its promises, whatever is joined to it.

use plexauth_proto::BaseUrl;

/// Runs it.
pub fn run(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        match text.parse::<BaseUrl>() {
            Ok(base) => {
                let written = base.to_string();
                assert_eq!(written.parse::<BaseUrl>().as_ref(), Ok(&base), "it can be read back");
                assert!(!written.contains(['#', '?', ' ']) && !base.host().contains('@'));
                let joined = base.join("/user").expect("a path that fits every base").to_string();
                assert_eq!(joined, format!("{written}/user"));
            }
            Err(error) => {
                let shown = format!("{error} {error:?}");
                assert!(shown.len() < 400, "an error does not quote the address");
            }
        }
    }
}
