//! PINs: logging in without a password.

use std::fmt;
use std::time::{Duration, SystemTime};

use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use crate::client::{ClientInfo, RESERVED, Token};
use crate::lenient;

/// How long a PIN lives if Plex does not say: the shorter of the two times that it is known to give.
const USUAL_LIFETIME: Duration = Duration::from_secs(900);

/// A PIN: what a person approves so that an application gets a token, without a password.
///
/// Show the short code together with [`link_url`](Pin::link_url), or open [`auth_url`](Pin::auth_url) in a browser (as a
/// QR code, on another device); then run [`login`](Pin::login). Only `id` and `code` are certain.
/// Source: the API description of plex.tv, and recorded PINs.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pin {
    /// The number of the PIN, to check it by.
    #[serde(deserialize_with = "lenient::required")]
    pub id: u64,
    /// The code: four characters to type, or a long one that only a link holds. Not printed by `Debug`.
    #[serde(deserialize_with = "lenient::required")]
    pub code: String,
    /// What asked for the PIN.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub product: Option<String>,
    /// Whether the device that asked is trusted.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub trusted: Option<bool>,
    /// The address of a picture with a QR code.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub qr: Option<String>,
    /// The client identifier of whoever asked.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub client_identifier: Option<String>,
    /// Where Plex takes the one who asked to be.
    #[serde(default, deserialize_with = "lenient::object")]
    pub location: Option<PinLocation>,
    /// How long the PIN lives from this answer on.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub expires_in: Option<Duration>,
    /// When it was made, by Plex's clock.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub created_at: Option<SystemTime>,
    /// When it expires, by Plex's clock.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub expires_at: Option<SystemTime>,
    /// The token, once somebody approved; never in a new PIN.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auth_token: Option<Token>,
    /// The time by Plex's clock when the PIN was created, from the header `Date` of the response.
    #[serde(skip)]
    pub server_time: Option<SystemTime>,
}

impl Pin {
    /// The page on which a person types a short code.
    #[must_use]
    pub const fn link_url(&self) -> &'static str {
        "https://plex.tv/link"
    }

    /// The page on which a person approves, for a browser to open. It says who asks: what `info` says of itself.
    #[must_use]
    pub fn auth_url(&self, info: &ClientInfo) -> String {
        self.auth_url_of(info, None)
    }

    /// The same, after which Plex sends the browser on to `forward_url`: for web applications.
    ///
    /// The browser may arrive before the PIN does: a first check may still say "not yet".
    #[must_use]
    pub fn auth_url_forwarding(&self, info: &ClientInfo, forward_url: &str) -> String {
        self.auth_url_of(info, Some(forward_url))
    }

    /// The parameters sit behind `#?`, where a server does not see them.
    fn auth_url_of(&self, info: &ClientInfo, forward_url: Option<&str>) -> String {
        let mut url = format!("{}#", info.app_plex_tv());
        for (name, value) in [
            ("clientID", Some(info.identifier())),
            ("code", Some(self.code.as_str())),
            ("context%5Bdevice%5D%5Bproduct%5D", info.value("x-plex-product")),
            ("context%5Bdevice%5D%5Bversion%5D", info.value("x-plex-version")),
            ("context%5Bdevice%5D%5Bplatform%5D", info.value("x-plex-platform")),
            ("context%5Bdevice%5D%5BplatformVersion%5D", info.value("x-plex-platform-version")),
            ("context%5Bdevice%5D%5Bdevice%5D", info.value("x-plex-device")),
            ("context%5Bdevice%5D%5BdeviceName%5D", info.value("x-plex-device-name")),
            ("context%5Bdevice%5D%5Bmodel%5D", info.value("x-plex-model")),
            ("forwardUrl", forward_url),
        ] {
            if let Some(value) = value {
                url.push(if url.ends_with('#') { '?' } else { '&' });
                url.push_str(name);
                url.push('=');
                url.extend(utf8_percent_encode(value, RESERVED));
            }
        }
        url
    }

    /// How long it lives from the answer on that it came with.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let by_dates = || self.expires_at?.duration_since(self.created_at?).ok();
        self.expires_in.or_else(by_dates).unwrap_or(USUAL_LIFETIME)
    }
}

/// With neither the code nor the token.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pin")
            .field("id", &self.id)
            .field("product", &self.product)
            .field("client_identifier", &self.client_identifier)
            .field("expires_in", &self.expires_in)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Where Plex takes somebody to be, by the network address. Source: recorded PINs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PinLocation {
    /// The country, as a code of two letters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub code: Option<String>,
    /// Whether the country is in the European Union.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub european_union_member: Option<bool>,
    /// The continent, as a code of two letters.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub continent_code: Option<String>,
    /// The name of the country.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub country: Option<String>,
    /// The name of the city.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub city: Option<String>,
    /// The time zone, such as `Europe/Vienna`.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub time_zone: Option<String>,
    /// The postal code; it comes as text or as a number.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub postal_code: Option<String>,
    /// Whether the country restricts what may be done with personal data.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub in_privacy_restricted_country: Option<bool>,
    /// Whether the region does.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub in_privacy_restricted_region: Option<bool>,
    /// The state or province.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub subdivisions: Option<String>,
    /// Latitude and longitude.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub coordinates: Option<String>,
}

/// What a check of a PIN brings. Source: the API description of plex.tv.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PinStatus {
    /// The token, once somebody approved. Keep it from the first answer that has it: do not count on a second.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auth_token: Option<Token>,
    /// How long the PIN lives from this answer on.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub expires_in: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"{"id":564964751,"code":"8lzjqnq8lye02n52jq3fqxf8e","product":"App","trusted":false,
        "qr":"https://plex.tv/api/v2/pins/qr/8lzj","clientIdentifier":"id-1",
        "location":{"code":"AT","european_union_member":true,"continent_code":"EU","country":"Austria","city":"Wien",
            "time_zone":"Europe/Vienna","postal_code":1010,"in_privacy_restricted_country":true,
            "in_privacy_restricted_region":false,"subdivisions":"Wien","coordinates":"48.2, 16.4"},
        "expiresIn":1800,"createdAt":"2022-02-01T00:00:00Z","expiresAt":"2022-02-01T00:15:00Z",
        "authToken":"hushhush","newRegistration":null}"#;

    fn read(json: &str) -> Pin {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{json}"))
    }

    fn bare() -> Pin {
        Pin {
            id: 7,
            code: "AB12".into(),
            product: None,
            trusted: None,
            qr: None,
            client_identifier: None,
            location: None,
            expires_in: None,
            created_at: None,
            expires_at: None,
            auth_token: None,
            server_time: None,
        }
    }

    #[test]
    fn reads_every_field() {
        let created = SystemTime::UNIX_EPOCH + Duration::from_secs(1_643_673_600);
        assert_eq!(
            read(FULL),
            Pin {
                id: 564_964_751,
                code: "8lzjqnq8lye02n52jq3fqxf8e".into(),
                product: Some("App".into()),
                trusted: Some(false),
                qr: Some("https://plex.tv/api/v2/pins/qr/8lzj".into()),
                client_identifier: Some("id-1".into()),
                location: Some(PinLocation {
                    code: Some("AT".into()),
                    european_union_member: Some(true),
                    continent_code: Some("EU".into()),
                    country: Some("Austria".into()),
                    city: Some("Wien".into()),
                    time_zone: Some("Europe/Vienna".into()),
                    postal_code: Some("1010".into()),
                    in_privacy_restricted_country: Some(true),
                    in_privacy_restricted_region: Some(false),
                    subdivisions: Some("Wien".into()),
                    coordinates: Some("48.2, 16.4".into()),
                }),
                expires_in: Some(Duration::from_secs(1800)),
                created_at: Some(created),
                expires_at: Some(created + Duration::from_secs(900)),
                auth_token: Some("hushhush".into()),
                server_time: None,
            }
        );
    }

    #[test]
    fn two_fields_are_enough_and_odd_ones_no_trouble() {
        for json in [
            r#"{"id":7,"code":"AB12"}"#,
            r#"{"id":"7","code":"AB12","location":null,"qr":null,"product":null,"expiresIn":null,"authToken":null}"#,
            r#"{"id":7,"code":"AB12","location":[],"trusted":[],"expiresIn":"soon","createdAt":"x","authToken":""}"#,
            r#"{"id":7,"code":"AB12","location":"AT","qr":{},"expiresIn":-1,"expiresAt":{},"newRegistration":{"a":1}}"#,
        ] {
            assert_eq!(read(json), bare(), "{json}");
        }
        for json in
            [r#"{"id":7}"#, r#"{"code":"AB12"}"#, r#"{"id":7,"code":""}"#, r#"{"id":null,"code":"AB12"}"#]
        {
            serde_json::from_str::<Pin>(json).expect_err(json);
        }
    }

    #[test]
    fn a_postal_code_may_be_a_number_text_or_null() {
        for (json, expected) in [("90210", Some("90210")), ("\"0815\"", Some("0815")), ("null", None)] {
            let pin = read(&format!(r#"{{"id":7,"code":"AB12","location":{{"postal_code":{json}}}}}"#));
            assert_eq!(pin.location.unwrap().postal_code.as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn the_lifetime_is_what_plex_says_in_whatever_way() {
        let seconds = |json: &str| read(json).lifetime().as_secs();
        assert_eq!(seconds(FULL), 1800);
        assert_eq!(seconds(r#"{"id":7,"code":"A","expiresIn":"120"}"#), 120);
        assert_eq!(
            seconds(
                r#"{"id":7,"code":"A","createdAt":"2022-02-01T00:00:00Z","expiresAt":"2022-02-01T00:10:00Z"}"#
            ),
            600
        );
        assert_eq!(seconds(r#"{"id":7,"code":"A","expiresAt":"2022-02-01T00:10:00Z"}"#), 900);
    }

    #[test]
    fn the_link_is_where_a_code_is_typed() {
        assert_eq!(bare().link_url(), "https://plex.tv/link");
    }

    #[test]
    fn the_auth_url_holds_its_parameters_behind_the_fragment() {
        let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App").unwrap();
        assert_eq!(
            read(FULL).auth_url(&info),
            "https://app.plex.tv/auth#?clientID=3381b62b-9ab7-4e37-827b-203e9809eb58\
             &code=8lzjqnq8lye02n52jq3fqxf8e&context%5Bdevice%5D%5Bproduct%5D=My%20Cool%20App"
        );
    }

    #[test]
    fn the_auth_url_says_all_that_the_client_says_of_itself() {
        let info = ClientInfo::builder("id&1", "Äpp")
            .version("1.2")
            .platform("Linux")
            .platform_version("6")
            .device("PC")
            .device_name("Küche #1")
            .model("m")
            .device_vendor("not asked for")
            .app_plex_tv("http://127.0.0.1:1/auth".parse().unwrap())
            .build()
            .unwrap();
        assert_eq!(
            bare().auth_url(&info),
            "http://127.0.0.1:1/auth#?clientID=id%261&code=AB12&context%5Bdevice%5D%5Bproduct%5D=%C3%84pp\
             &context%5Bdevice%5D%5Bversion%5D=1.2&context%5Bdevice%5D%5Bplatform%5D=Linux\
             &context%5Bdevice%5D%5BplatformVersion%5D=6&context%5Bdevice%5D%5Bdevice%5D=PC\
             &context%5Bdevice%5D%5BdeviceName%5D=K%C3%BCche%20%231&context%5Bdevice%5D%5Bmodel%5D=m"
        );
    }

    #[test]
    fn a_forward_url_of_any_characters_is_one_value() {
        let info = ClientInfo::new("id-1", "App").unwrap();
        for (forward_url, encoded) in [
            ("https://app.example/done?a=1&b=2#c", "https%3A%2F%2Fapp.example%2Fdone%3Fa%3D1%26b%3D2%23c"),
            ("https://app.example/a b", "https%3A%2F%2Fapp.example%2Fa%20b"),
            ("https://app.example/100%25", "https%3A%2F%2Fapp.example%2F100%2525"),
            ("https://app.example/\u{e4}", "https%3A%2F%2Fapp.example%2F%C3%A4"),
            ("a+b", "a%2Bb"),
        ] {
            assert_eq!(
                bare().auth_url_forwarding(&info, forward_url),
                format!(
                    "https://app.plex.tv/auth#?clientID=id-1&code=AB12\
                     &context%5Bdevice%5D%5Bproduct%5D=App&forwardUrl={encoded}"
                )
            );
        }
    }

    #[test]
    fn a_pin_prints_neither_its_code_nor_its_token() {
        let shown = format!("{:?} {:#?}", read(FULL), read(FULL));
        assert!(
            !shown.contains("8lzj") && !shown.contains("hushhush") && shown.contains("564964751"),
            "{shown}"
        );
    }
}
