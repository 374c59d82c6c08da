//! [`ClientInfo`]: the identity of the application and the base URLs of plex.tv.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, AsHeaderName, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};

use crate::client::base_url::BaseUrl;
use crate::client::header::{X_PLEX_CLIENT_IDENTIFIER, X_PLEX_PRODUCT, X_PLEX_TOKEN, header_value};
use crate::client::token::Token;
use crate::error::RequestError;

const PLEX_TV: &str = "https://plex.tv/api/v2";
const CLIENTS_PLEX_TV: &str = "https://clients.plex.tv/api/v2";
const APP_PLEX_TV: &str = "https://app.plex.tv/auth";

/// The identity of an application, as `X-Plex-*` headers, and the base URLs of plex.tv.
///
/// Every request has these headers and `Accept: application/json`, without which Plex responds in XML. The headers are
/// rendered once. Clones share all data, and requests share the header values.
///
/// **Use one identifier for each login that lasts.** An account has one token for each identifier: a new login ends the
/// token of the one before. Several accounts can share an identifier, such as the users of a web application that revokes
/// each token after use, but not a `DeviceKey`.
///
/// ```
/// use plexauth_proto::ClientInfo;
///
/// let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")
///     .version("1.2.0")
///     .device_name("Küche")
///     .build()?;
/// assert_eq!(info.headers()["x-plex-product"], "My Cool App");
/// # Ok::<(), plexauth_proto::RequestError>(())
/// ```
#[derive(Clone)]
pub struct ClientInfo(Arc<Rendered>);

struct Rendered {
    headers: HeaderMap,
    /// The same headers with an empty token. Replacing a value costs less than inserting one, which makes the map grow.
    headers_with_token: HeaderMap,
    plex_tv: BaseUrl,
    clients_plex_tv: BaseUrl,
    app_plex_tv: BaseUrl,
}

impl ClientInfo {
    /// Creates a `ClientInfo` from the two required values.
    ///
    /// `identifier` (`X-Plex-Client-Identifier`) is an opaque string that is unique to this installation. Generate a
    /// random one on the first start, such as `Uuid::new_v4()` of the `uuid` crate, store it, and never change it. Plex
    /// refuses requests without it (code 1000). `product` (`X-Plex-Product`) is the name that users see in the list of
    /// their authorized devices.
    ///
    /// # Errors
    ///
    /// [`RequestError::Empty`] if either value is empty, [`RequestError::NotAHeader`] if either contains control
    /// characters.
    pub fn new(identifier: impl Into<String>, product: impl Into<String>) -> Result<Self, RequestError> {
        Self::builder(identifier, product).build()
    }

    /// Returns a builder for optional headers and other base URLs.
    #[must_use]
    pub fn builder(identifier: impl Into<String>, product: impl Into<String>) -> ClientInfoBuilder {
        ClientInfoBuilder {
            fields: vec![
                Field {
                    name: X_PLEX_CLIENT_IDENTIFIER,
                    what: "the client identifier",
                    text: identifier.into(),
                },
                Field { name: X_PLEX_PRODUCT, what: "the product", text: product.into() },
            ],
            plex_tv: None,
            clients_plex_tv: None,
            app_plex_tv: None,
            allows_plain_http: false,
        }
    }

    /// The headers that are sent with every request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The client identifier.
    #[must_use]
    pub fn identifier(&self) -> &str {
        self.value(&X_PLEX_CLIENT_IDENTIFIER).unwrap_or_default()
    }

    /// The value of a header as text.
    pub(crate) fn value(&self, name: impl AsHeaderName) -> Option<&str> {
        // Every value is UTF-8, because it was built from a string.
        std::str::from_utf8(self.headers().get(name)?.as_bytes()).ok()
    }

    /// The base URL of plex.tv's API. `https://plex.tv/api/v2` by default.
    #[must_use]
    pub fn plex_tv(&self) -> &BaseUrl {
        &self.0.plex_tv
    }

    /// The base URL of the same API for clients. `https://clients.plex.tv/api/v2` by default.
    #[must_use]
    pub fn clients_plex_tv(&self) -> &BaseUrl {
        &self.0.clients_plex_tv
    }

    /// The address that plex.tv's API is below, `https://plex.tv` by default, for endpoints of other APIs such as `/devices.json` or
    /// `/api/users`.
    ///
    /// ```
    /// use plexauth_proto::http::{Method, Request};
    /// use plexauth_proto::{ClientInfo, RequestError, Token};
    ///
    /// /// For an adapter's `exchange`.
    /// fn friends(info: &ClientInfo, token: &Token) -> Result<Request<Vec<u8>>, RequestError> {
    ///     info.request_with_token(Method::GET, info.plex_tv_root().join("/api/users")?, token)
    /// }
    /// ```
    #[must_use]
    pub fn plex_tv_root(&self) -> BaseUrl {
        self.plex_tv().parent().parent()
    }

    /// The page where users approve a login. `https://app.plex.tv/auth` by default.
    #[must_use]
    pub fn app_plex_tv(&self) -> &BaseUrl {
        &self.0.app_plex_tv
    }

    /// Returns a request with the application's headers and an empty body. Every [`Operation`](crate::Operation) builds
    /// on it.
    #[must_use]
    pub fn request(&self, method: Method, uri: Uri) -> Request<Vec<u8>> {
        request(method, uri, &self.0.headers)
    }

    /// Returns a request like [`request`](ClientInfo::request), with a token in its header and never in the URL.
    ///
    /// # Errors
    ///
    /// Those of [`Token::header_value`].
    pub fn request_with_token(
        &self,
        method: Method,
        uri: Uri,
        token: &Token,
    ) -> Result<Request<Vec<u8>>, RequestError> {
        let token = token.header_value()?;
        let mut request = request(method, uri, &self.0.headers_with_token);
        request.headers_mut().insert(X_PLEX_TOKEN, token);
        Ok(request)
    }
}

impl fmt::Debug for ClientInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientInfo")
            .field("headers", self.headers())
            .field("plex_tv", self.plex_tv())
            .field("clients_plex_tv", self.clients_plex_tv())
            .field("app_plex_tv", self.app_plex_tv())
            .finish()
    }
}

fn request(method: Method, uri: Uri, headers: &HeaderMap) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request.headers_mut().clone_from(headers);
    request
}

/// Says that the body of a `POST` is empty. Without it, HTTP libraries send nothing or `Transfer-Encoding: chunked`, to which
/// some servers and proxies respond with 411.
pub(crate) fn with_empty_body(mut request: Request<Vec<u8>>) -> Request<Vec<u8>> {
    request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    request
}

#[derive(Debug, Clone)]
struct Field {
    name: HeaderName,
    what: &'static str,
    text: String,
}

/// Builds a [`ClientInfo`]. Surrounding whitespace is removed from each value, and empty optional values are not sent.
#[derive(Debug, Clone)]
pub struct ClientInfoBuilder {
    fields: Vec<Field>,
    plex_tv: Option<BaseUrl>,
    clients_plex_tv: Option<BaseUrl>,
    app_plex_tv: Option<BaseUrl>,
    allows_plain_http: bool,
}

impl ClientInfoBuilder {
    fn field(mut self, name: &'static str, what: &'static str, text: impl Into<String>) -> Self {
        self.fields.push(Field { name: HeaderName::from_static(name), what, text: text.into() });
        self
    }

    /// `X-Plex-Version`: the version of the application.
    #[must_use]
    pub fn version(self, text: impl Into<String>) -> Self {
        self.field("x-plex-version", "the version", text)
    }

    /// `X-Plex-Platform`: the operating system or browser, such as `Linux`, `Android` or `Chrome`.
    #[must_use]
    pub fn platform(self, text: impl Into<String>) -> Self {
        self.field("x-plex-platform", "the platform", text)
    }

    /// `X-Plex-Platform-Version`: the version of the platform.
    #[must_use]
    pub fn platform_version(self, text: impl Into<String>) -> Self {
        self.field("x-plex-platform-version", "the platform version", text)
    }

    /// `X-Plex-Device`: the kind of device.
    #[must_use]
    pub fn device(self, text: impl Into<String>) -> Self {
        self.field("x-plex-device", "the device", text)
    }

    /// `X-Plex-Model`: the model of the device.
    #[must_use]
    pub fn model(self, text: impl Into<String>) -> Self {
        self.field("x-plex-model", "the model", text)
    }

    /// `X-Plex-Device-Vendor`: the manufacturer of the device.
    #[must_use]
    pub fn device_vendor(self, text: impl Into<String>) -> Self {
        self.field("x-plex-device-vendor", "the device vendor", text)
    }

    /// `X-Plex-Device-Name`: the name that the owner gave the device. Sent as UTF-8.
    #[must_use]
    pub fn device_name(self, text: impl Into<String>) -> Self {
        self.field("x-plex-device-name", "the device name", text)
    }

    /// `X-Plex-Marketplace`: the app store that the application was installed from.
    #[must_use]
    pub fn marketplace(self, text: impl Into<String>) -> Self {
        self.field("x-plex-marketplace", "the marketplace", text)
    }

    /// `X-Plex-Language`: the user's language, such as `en` or `de-AT`.
    #[must_use]
    pub fn language(self, text: impl Into<String>) -> Self {
        self.field("x-plex-language", "the language", text)
    }

    /// `X-Plex-Provides`: the capabilities of the device, separated by commas, such as `client,player`.
    #[must_use]
    pub fn provides(self, text: impl Into<String>) -> Self {
        self.field("x-plex-provides", "the list of capabilities", text)
    }

    /// Replaces `https://plex.tv/api/v2`, for tests, proxies and staging.
    #[must_use]
    pub fn plex_tv(mut self, base: BaseUrl) -> Self {
        self.plex_tv = Some(base);
        self
    }

    /// Replaces `https://clients.plex.tv/api/v2`, for tests, proxies and staging.
    #[must_use]
    pub fn clients_plex_tv(mut self, base: BaseUrl) -> Self {
        self.clients_plex_tv = Some(base);
        self
    }

    /// Replaces both API base URLs, for a server that has the whole API at one base, such as a simulated Plex.
    ///
    /// ```
    /// use plexauth_proto::ClientInfo;
    ///
    /// let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "My Cool App")
    ///     .api_at("http://127.0.0.1:32480/api/v2".parse()?)
    ///     .build()?;
    /// assert_eq!(info.plex_tv(), info.clients_plex_tv());
    /// # Ok::<(), plexauth_proto::RequestError>(())
    /// ```
    #[must_use]
    pub fn api_at(self, base: BaseUrl) -> Self {
        self.plex_tv(base.clone()).clients_plex_tv(base)
    }

    /// Replaces `https://app.plex.tv/auth`, for tests and staging.
    #[must_use]
    pub fn app_plex_tv(mut self, base: BaseUrl) -> Self {
        self.app_plex_tv = Some(base);
        self
    }

    /// Allows base URLs with plain `http` on other machines, such as a simulated Plex in another container. **Passwords and tokens
    /// cross the network unencrypted.** By default, plain `http` is only allowed to this machine.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.allows_plain_http = true;
        self
    }

    /// Validates the values and renders the headers.
    ///
    /// # Errors
    ///
    /// [`RequestError::Empty`] if the identifier or the product is empty, [`RequestError::NotAHeader`] if a value
    /// contains control characters, [`RequestError::Insecure`] if a base URL is plain `http`, does not point to this
    /// machine, and that is not [allowed](Self::allow_plain_http).
    pub fn build(self) -> Result<ClientInfo, RequestError> {
        let mut headers = HeaderMap::with_capacity(self.fields.len().saturating_add(2));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for Field { name, what, text } in self.fields {
            let text = text.trim();
            if !text.is_empty() {
                headers.insert(name, header_value(what, text)?);
            } else if name == X_PLEX_CLIENT_IDENTIFIER || name == X_PLEX_PRODUCT {
                return Err(RequestError::Empty { what });
            }
        }
        let checked = |replacement: Option<BaseUrl>, default: &str| {
            let base = replacement.map_or_else(|| default.parse(), Ok)?;
            let is_safe = base.is_https() || base.is_loopback() || self.allows_plain_http;
            if is_safe { Ok(base) } else { Err(RequestError::Insecure) }
        };
        let mut headers_with_token = headers.clone();
        headers_with_token.insert(X_PLEX_TOKEN, HeaderValue::from_static(""));
        Ok(ClientInfo(Arc::new(Rendered {
            headers,
            headers_with_token,
            plex_tv: checked(self.plex_tv, PLEX_TV)?,
            clients_plex_tv: checked(self.clients_plex_tv, CLIENTS_PLEX_TV)?,
            app_plex_tv: checked(self.app_plex_tv, APP_PLEX_TV)?,
        })))
    }
}

#[cfg(test)]
mod tests;
