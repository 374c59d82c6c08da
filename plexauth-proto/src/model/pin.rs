//! PINs, for logging in without a password.

use std::fmt;
use std::time::{Duration, SystemTime};

use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};

use crate::client::{ClientInfo, RESERVED, Token};
use crate::error::RequestError;
use crate::lenient;

/// The lifetime of a PIN if Plex does not specify one: the shorter of the two that it is known to grant.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(900);

/// The longest code that a person types, in characters. Plex's have 4, and 25 in a strong PIN.
const LONGEST_TYPED_CODE: usize = 8;

/// A PIN. When a person approves it, the application receives a token and never sees a password.
///
/// A PIN is short or [strong](Pin::is_strong). For a short one, show the code together with [`LINK_PAGE`](Pin::LINK_PAGE), or
/// [`link_url`](Pin::link_url) as a QR code. For a strong one, open [`auth_url`](Pin::auth_url) in a browser. Then run
/// [`login`](Pin::login). Only `id` and `code` are required. Source: the API description of plex.tv, and recorded PINs.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pin {
    /// The numeric ID of the PIN, for checking it.
    #[serde(deserialize_with = "lenient::required")]
    pub id: u64,
    /// The code: four characters to type, or a long code that is only used in links. `Debug` hides it.
    #[serde(deserialize_with = "lenient::required")]
    pub code: String,
    /// The product that requested the PIN.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub product: Option<String>,
    /// Whether the device that requested the PIN is trusted.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub trusted: Option<bool>,
    /// The URL of a QR code image.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub qr: Option<String>,
    /// The identifier of the client that requested the PIN.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub client_identifier: Option<String>,
    /// The client's location, as Plex estimates it.
    #[serde(default, deserialize_with = "lenient::object")]
    pub location: Option<PinLocation>,
    /// The remaining lifetime, counted from this response.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub expires_in: Option<Duration>,
    /// When the PIN was created, by Plex's clock.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub created_at: Option<SystemTime>,
    /// When the PIN expires, by Plex's clock.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub expires_at: Option<SystemTime>,
    /// The token, once the PIN has been approved. A new PIN has none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auth_token: Option<Token>,
    /// The time by Plex's clock when the PIN was created, from the `Date` header of the response.
    #[serde(skip)]
    pub server_time: Option<SystemTime>,
}

impl Pin {
    /// The page for typing a short code.
    pub const LINK_PAGE: &str = "https://plex.tv/link";

    /// Whether the PIN has a long code, from [`CreatePin::strong`](crate::CreatePin::strong): for the Auth App, not for
    /// typing.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.code.chars().count() > LONGEST_TYPED_CODE
    }

    /// Returns the URL of the page for approving a short PIN, with the code filled in: for a QR code.
    ///
    /// # Errors
    ///
    /// [`RequestError::StrongPin`] if the PIN is strong.
    pub fn link_url(&self) -> Result<String, RequestError> {
        if self.is_strong() {
            return Err(RequestError::StrongPin);
        }
        Ok(format!("{}/?pin={}", Self::LINK_PAGE, utf8_percent_encode(&self.code, RESERVED)))
    }

    /// Returns the URL of the page for approving a strong PIN, the Auth App. It identifies the client with the values of
    /// `info`.
    ///
    /// # Errors
    ///
    /// [`RequestError::ShortPin`] if the PIN is short.
    pub fn auth_url(&self, info: &ClientInfo) -> Result<String, RequestError> {
        self.auth_url_of(info, None)
    }

    /// Like [`auth_url`](Pin::auth_url), for web applications: Plex redirects the browser to `forward_url` afterwards.
    ///
    /// The redirect may arrive before the approval takes effect, so the first check may not return a token yet.
    ///
    /// # Errors
    ///
    /// [`RequestError::ShortPin`] if the PIN is short.
    pub fn auth_url_forwarding(&self, info: &ClientInfo, forward_url: &str) -> Result<String, RequestError> {
        self.auth_url_of(info, Some(forward_url))
    }

    /// The parameters are in the fragment, after `#?`, so browsers do not send them to the server.
    fn auth_url_of(&self, info: &ClientInfo, forward_url: Option<&str>) -> Result<String, RequestError> {
        if !self.is_strong() {
            return Err(RequestError::ShortPin);
        }
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
        Ok(url)
    }

    /// Returns the lifetime of the PIN, counted from the response that created it. 15 minutes if Plex does not
    /// specify one.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.known_lifetime().unwrap_or(DEFAULT_LIFETIME)
    }

    /// The lifetime, if Plex specified one.
    pub(crate) fn known_lifetime(&self) -> Option<Duration> {
        let by_dates = || self.expires_at?.duration_since(self.created_at?).ok();
        self.expires_in.or_else(by_dates)
    }
}

/// Omits the code, the token, and the ID: together with the client identifier, it is enough to fetch the token.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pin")
            .field("product", &self.product)
            .field("client_identifier", &self.client_identifier)
            .field("expires_in", &self.expires_in)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A location that Plex estimates from a network address. Source: recorded PINs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PinLocation {
    /// The two-letter country code.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub code: Option<String>,
    /// Whether the country is in the European Union.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub european_union_member: Option<bool>,
    /// The two-letter continent code.
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
    /// The postal code. Plex sends it as a string or a number.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub postal_code: Option<String>,
    /// Whether the country restricts the use of personal data.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub in_privacy_restricted_country: Option<bool>,
    /// Whether the region restricts the use of personal data.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub in_privacy_restricted_region: Option<bool>,
    /// The state or province.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub subdivisions: Option<String>,
    /// The latitude and longitude.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub coordinates: Option<String>,
}

/// The result of checking a PIN. Source: the API description of plex.tv.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PinStatus {
    /// The token, once the PIN has been approved. Store it at once: later responses may not contain it.
    #[serde(default, deserialize_with = "lenient::usable_token")]
    pub auth_token: Option<Token>,
    /// The remaining lifetime, counted from this response.
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

    #[test]
    fn code_of_nine_characters_is_strong() {
        let is_strong = |code: &str| read(&format!(r#"{{"id":7,"code":"{code}"}}"#)).is_strong();
        assert_eq!(["AB12", "12345678", "123456789"].map(is_strong), [false, false, true]);
    }

    #[test]
    fn debug_shows_nothing_that_fetches_the_token() {
        let shown =
            r#"Pin { product: None, client_identifier: None, expires_in: None, expires_at: None, .. }"#;
        assert_eq!(format!("{:?}", bare()), shown);
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

    fn strong() -> Pin {
        Pin { code: "8lzjqnq8lye0".into(), ..bare() }
    }

    #[test]
    fn every_field_is_read() {
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
    fn only_id_and_code_are_required() {
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
    fn postal_code_may_be_number_string_or_null() {
        for (json, expected) in [("90210", Some("90210")), ("\"0815\"", Some("0815")), ("null", None)] {
            let pin = read(&format!(r#"{{"id":7,"code":"AB12","location":{{"postal_code":{json}}}}}"#));
            assert_eq!(pin.location.unwrap().postal_code.as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn lifetime_comes_from_seconds_dates_or_default() {
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

    /// The wrong page for a PIN does not work, so there is no link to it.
    #[test]
    fn pin_has_the_link_of_its_kind_only() {
        let info = ClientInfo::new("id-1", "App").unwrap();
        let (short, strong) = (bare(), read(FULL));
        assert_eq!((short.is_strong(), strong.is_strong()), (false, true));
        assert_eq!(short.link_url().unwrap(), "https://plex.tv/link/?pin=AB12");
        assert_eq!(strong.link_url(), Err(RequestError::StrongPin));
        assert_eq!(short.auth_url(&info), Err(RequestError::ShortPin));
        assert_eq!(short.auth_url_forwarding(&info, "https://app.example"), Err(RequestError::ShortPin));
    }

    #[test]
    fn auth_url_has_its_parameters_in_the_fragment() {
        let info = ClientInfo::new("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App").unwrap();
        assert_eq!(
            read(FULL).auth_url(&info).unwrap(),
            "https://app.plex.tv/auth#?clientID=3381b62b-9ab7-4e37-827b-203e9809eb58\
             &code=8lzjqnq8lye02n52jq3fqxf8e&context%5Bdevice%5D%5Bproduct%5D=My%20Cool%20App"
        );
    }

    #[test]
    fn auth_url_describes_the_client() {
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
            strong().auth_url(&info).unwrap(),
            "http://127.0.0.1:1/auth#?clientID=id%261&code=8lzjqnq8lye0&context%5Bdevice%5D%5Bproduct%5D=%C3%84pp\
             &context%5Bdevice%5D%5Bversion%5D=1.2&context%5Bdevice%5D%5Bplatform%5D=Linux\
             &context%5Bdevice%5D%5BplatformVersion%5D=6&context%5Bdevice%5D%5Bdevice%5D=PC\
             &context%5Bdevice%5D%5BdeviceName%5D=K%C3%BCche%20%231&context%5Bdevice%5D%5Bmodel%5D=m"
        );
    }

    #[test]
    fn forward_url_is_percent_encoded() {
        let info = ClientInfo::new("id-1", "App").unwrap();
        for (forward_url, encoded) in [
            ("https://app.example/done?a=1&b=2#c", "https%3A%2F%2Fapp.example%2Fdone%3Fa%3D1%26b%3D2%23c"),
            ("https://app.example/a b", "https%3A%2F%2Fapp.example%2Fa%20b"),
            ("https://app.example/100%25", "https%3A%2F%2Fapp.example%2F100%2525"),
            ("https://app.example/\u{e4}", "https%3A%2F%2Fapp.example%2F%C3%A4"),
            ("a+b", "a%2Bb"),
        ] {
            assert_eq!(
                strong().auth_url_forwarding(&info, forward_url).unwrap(),
                format!(
                    "https://app.plex.tv/auth#?clientID=id-1&code=8lzjqnq8lye0\
                     &context%5Bdevice%5D%5Bproduct%5D=App&forwardUrl={encoded}"
                )
            );
        }
    }

    #[test]
    fn debug_hides_the_code_the_token_and_the_id() {
        let shown = format!("{:?} {:#?}", read(FULL), read(FULL));
        assert!(
            !shown.contains("8lzj") && !shown.contains("hushhush") && !shown.contains("564964751"),
            "{shown}"
        );
    }
}
