//! Joining URLs preserves both parts.

use plexauth_proto::BaseUrl;
use plexauth_testing::strategies::base_url;
use proptest::prelude::*;
use url::Url;

use crate::config;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn join_preserves_prefix_and_query(base in base_url(), slash in "/?", path in "[a-z]{1,8}(/[a-z]{1,8}){0,3}", query in "(\\?[a-z]{1,8}=[a-z0-9%]{0,8}(&[a-z]=1){0,2})?") {
        let joined = base.join(&format!("{slash}{path}{query}")).unwrap();
        prop_assert_eq!(joined.to_string(), format!("{base}/{path}{query}"));
        let (base, joined) = (Url::parse(&base.to_string()).unwrap(), Url::parse(&joined.to_string()).unwrap());
        prop_assert_eq!((joined.scheme(), joined.host(), joined.port()), (base.scheme(), base.host(), base.port()));
        prop_assert_eq!(joined.path(), format!("{}/{path}", base.path().trim_end_matches('/')));
        prop_assert_eq!(joined.query().unwrap_or_default(), query.trim_start_matches('?'));
    }

    #[test]
    fn trailing_slash_is_ignored(base in base_url()) {
        let with_slash: BaseUrl = format!("{base}/").parse().unwrap();
        prop_assert_eq!(&with_slash, &base);
        prop_assert_eq!(with_slash.to_string(), base.to_string());
    }

    /// Every accepted base URL is one that the `url` crate accepts and leaves unchanged.
    #[test]
    fn url_crate_leaves_base_urls_unchanged(
        host in prop_oneof![
            "\\PC{0,12}",
            "[a-zA-Z.@:0-9\\[\\]\\\\]{0,12}",
            "(0x)?[0-9a-f]{0,9}(\\.(0x)?[0-9a-f]{0,4}){0,5}\\.?",
            "([a-z0-9]{1,4}\\.){0,2}xn--[a-z0-9-]{0,12}(\\.[a-z]{1,3})?",
            "\\[[0-9a-fA-F:.]{0,24}\\]",
            "\\[[0-9a-f:]{2,8}\\][a-z.:0-9]{0,6}",
        ],
        port in "(:[0-9+]{0,6}|:80|:443)?",
        scheme in "https?",
        path in "(/\\PC{0,6})?",
    ) {
        if let Ok(base) = format!("{scheme}://{host}{port}{path}").parse::<BaseUrl>() {
            let url = Url::parse(&base.to_string()).unwrap();
            let slash = if url.path() == "/" { "/" } else { "" };
            prop_assert_eq!(url.as_str(), format!("{base}{slash}"));
            let joined = base.join("/identity").unwrap().to_string();
            let parsed = Url::parse(&joined).unwrap();
            prop_assert_eq!(parsed.as_str(), joined);
        }
    }
}

/// Every letter that an international name may have is one that the `url` crate leaves unchanged.
#[test]
fn international_letters_are_left_unchanged() {
    let mut accepted = 0;
    for letter in ('\u{80}'..='\u{ffff}').filter(|letter| letter.is_alphanumeric()) {
        // A letter at the end of a name, and between others.
        for name in [format!("a{letter}"), format!("a{letter}b")] {
            let Ok(url) = Url::parse(&format!("http://{name}.example")) else { continue };
            let host = url.host_str().unwrap();
            if let Ok(base) = format!("http://{host}").parse::<BaseUrl>() {
                accepted += 1;
                assert_eq!(base.host(), host, "{letter}");
            }
        }
    }
    assert!(accepted > 60_000, "{accepted}");
}

/// International names take the form that the `url` crate gives them.
#[test]
fn international_hosts_are_converted() {
    let mut accepted = 0;
    for letter in ('\u{80}'..='\u{ffff}').filter(|letter| letter.is_alphanumeric()) {
        for text in [format!("http://a{letter}.example"), format!("https://{letter}b.Example:8080/x")] {
            if let Ok(base) = text.parse::<BaseUrl>() {
                accepted += 1;
                let url = Url::parse(&text).unwrap();
                assert_eq!((Some(base.host()), base.port()), (url.host_str(), url.port()), "{letter}");
            }
        }
    }
    assert!(accepted > 60_000, "{accepted}");
}
