//! Joining URLs preserves both parts.

use plexauth_proto::BaseUrl;
use plexauth_proto::strategies::base_url;
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

    /// Every accepted base URL has the same meaning to the `url` crate.
    #[test]
    fn url_crate_agrees_on_the_host(text in "https?://(\\PC{0,12}|[a-z.@:0-9\\[\\]\\\\]{0,12})(:[0-9]{0,6})?(/\\PC{0,6})?") {
        if let Ok(base) = text.parse::<BaseUrl>() {
            let url = Url::parse(&base.to_string()).unwrap();
            prop_assert_eq!(url.host_str().unwrap(), base.host().to_ascii_lowercase());
            prop_assert_eq!(url.port_or_known_default(), base.port().or(Some(if base.is_https() { 443 } else { 80 })));
            prop_assert_eq!((url.username(), url.password(), url.query(), url.fragment()), ("", None, None, None));
        }
    }
}
