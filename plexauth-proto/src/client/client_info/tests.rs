use super::*;

fn written(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let mut all: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    all.sort_unstable();
    all
}

#[test]
fn minimal_client_sends_three_headers() {
    assert_eq!(
        written(ClientInfo::new("id-1", "App").unwrap().headers()),
        [("accept", "application/json"), ("x-plex-client-identifier", "id-1"), ("x-plex-product", "App")]
    );
}

#[test]
fn every_value_has_its_header() {
    let info = ClientInfo::builder("id", "Product")
        .version("1")
        .platform("2")
        .platform_version("3")
        .device("4")
        .model("5")
        .device_vendor("6")
        .device_name("7")
        .marketplace("8")
        .language("9")
        .provides("10")
        .build()
        .unwrap();
    assert_eq!(
        written(info.headers()),
        [
            ("accept", "application/json"),
            ("x-plex-client-identifier", "id"),
            ("x-plex-device", "4"),
            ("x-plex-device-name", "7"),
            ("x-plex-device-vendor", "6"),
            ("x-plex-language", "9"),
            ("x-plex-marketplace", "8"),
            ("x-plex-model", "5"),
            ("x-plex-platform", "2"),
            ("x-plex-platform-version", "3"),
            ("x-plex-product", "Product"),
            ("x-plex-provides", "10"),
            ("x-plex-version", "1"),
        ]
    );
}

#[test]
fn non_ascii_values_are_sent_as_utf_8() {
    let info = ClientInfo::builder("id", "App").device_name("Küche 客厅").build().unwrap();
    assert_eq!(info.headers()["x-plex-device-name"].as_bytes(), "Küche 客厅".as_bytes());
}

#[test]
fn control_characters_are_rejected_by_field() {
    for bad in ["a\rb", "a\nb", "a\tb", "a\0b", "a\u{7f}b", "a\u{85}b"] {
        let error = ClientInfo::builder("id", "App").device_name(bad).build().unwrap_err();
        assert_eq!(error, RequestError::NotAHeader { what: "the device name" }, "{bad:?}");
    }
}

#[test]
fn only_identifier_and_product_are_required() {
    assert_eq!(
        ClientInfo::new(" ", "App").unwrap_err(),
        RequestError::Empty { what: "the client identifier" }
    );
    assert_eq!(ClientInfo::new("id", "").unwrap_err(), RequestError::Empty { what: "the product" });
    let info = ClientInfo::builder("id", "App").version(" ").build().unwrap();
    assert!(!info.headers().contains_key("x-plex-version"));
}

#[test]
fn surrounding_whitespace_is_removed() {
    let info = ClientInfo::new(" id\n", "App ").unwrap();
    assert_eq!(info.headers()["x-plex-client-identifier"], "id");
    assert_eq!(info.headers()["x-plex-product"], "App");
    assert_eq!(info.identifier(), "id");
}

#[test]
fn base_urls_must_be_https_or_loopback() {
    let with_bases = |text: &str| {
        let base: BaseUrl = text.parse().unwrap();
        ClientInfo::builder("id", "App")
            .plex_tv(base.clone())
            .clients_plex_tv(base.clone())
            .app_plex_tv(base)
            .build()
    };
    assert_eq!(with_bases("http://plex.tv/api/v2").unwrap_err(), RequestError::Insecure);
    for address in ["https://staging.example/x", "http://[::1]:9/x"] {
        let info = with_bases(address).unwrap();
        for base in [info.plex_tv(), info.clients_plex_tv(), info.app_plex_tv()] {
            assert_eq!(base.to_string(), address);
        }
    }
}

#[test]
fn plain_http_elsewhere_is_allowed_by_saying_so() {
    let base: BaseUrl = "http://plex-simulator:32480/api/v2".parse().unwrap();
    let builder = ClientInfo::builder("id-1", "App").api_at(base.clone());
    assert_eq!(builder.clone().build().unwrap_err(), RequestError::Insecure);
    assert_eq!(builder.allow_plain_http().build().unwrap().plex_tv(), &base);
}

#[test]
fn root_is_what_the_api_is_below() {
    let root = |address: &str| {
        let info = ClientInfo::builder("id-1", "App").api_at(address.parse().unwrap()).build().unwrap();
        info.plex_tv_root().to_string()
    };
    assert_eq!(ClientInfo::new("id-1", "App").unwrap().plex_tv_root().to_string(), "https://plex.tv");
    assert_eq!(root("http://127.0.0.1:5/mirror/api/v2"), "http://127.0.0.1:5/mirror");
    assert_eq!(root("http://127.0.0.1:5"), "http://127.0.0.1:5");
}

#[test]
fn base_urls_default_to_plex_tv() {
    let info = ClientInfo::new("id", "App").unwrap();
    assert_eq!(info.plex_tv().to_string(), "https://plex.tv/api/v2");
    assert_eq!(info.clients_plex_tv().to_string(), "https://clients.plex.tv/api/v2");
    assert_eq!(info.app_plex_tv().to_string(), "https://app.plex.tv/auth");
}

#[test]
fn debug_shows_headers_and_base_urls() {
    let info = ClientInfo::builder("id-1", "App").api_at("http://localhost:1/x".parse().unwrap());
    assert_eq!(
        format!("{:?}", info.build().unwrap()),
        "ClientInfo { headers: {\"accept\": \"application/json\", \"x-plex-client-identifier\": \"id-1\", \
         \"x-plex-product\": \"App\"}, plex_tv: BaseUrl(http://localhost:1/x), \
         clients_plex_tv: BaseUrl(http://localhost:1/x), app_plex_tv: BaseUrl(https://app.plex.tv/auth) }"
    );
}
