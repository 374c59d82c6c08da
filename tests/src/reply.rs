use std::net::IpAddr;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::plex_tv::MALFORMED;

/// A request as received.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The path, including any prefix.
    pub path: String,
    /// The query, still percent-encoded.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The address of the client.
    pub from: IpAddr,
    /// The status of the response, once there is one.
    pub status: Option<u16>,
    /// The body of the response, if it is a refusal.
    pub refusal: Option<String>,
}

impl Received {
    pub(crate) fn new(parts: &http::request::Parts, body: Vec<u8>, from: IpAddr) -> Self {
        Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body,
            from,
            status: None,
            refusal: None,
        }
    }

    /// Returns a query parameter, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        form_value(self.query.as_bytes(), name)
    }

    /// Returns a field of the form in the body, decoded. The content type must be that of a form.
    pub(crate) fn form_field(&self, name: &str) -> Result<Option<String>, Refusal> {
        let content_type = self.header(CONTENT_TYPE).unwrap_or_default();
        if content_type.split(';').next() != Some("application/x-www-form-urlencoded") {
            return Err(MALFORMED);
        }
        Ok(form_value(&self.body, name))
    }

    /// Returns the client identifier, which has been checked before.
    pub(crate) fn client(&self) -> String {
        self.plex("X-Plex-Client-Identifier").unwrap_or_default()
    }

    /// Returns the value of an `X-Plex-*` header, which may also be sent as a query parameter or in a form.
    #[must_use]
    pub fn plex(&self, name: &str) -> Option<String> {
        let header =
            self.headers.get(name).and_then(|value| String::from_utf8(value.as_bytes().to_vec()).ok());
        let in_form = || self.form_field(name).ok().flatten();
        header.or_else(|| self.parameter(name)).or_else(in_form).filter(|value| !value.is_empty())
    }

    /// Returns the value of a header if it is text.
    #[must_use]
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn format(&self) -> Format {
        if self.path.ends_with(".json") {
            return Format::Json;
        }
        match self.header(ACCEPT) {
            // Plex answers anything longer in XML.
            Some("application/json") => Format::Json,
            None => Format::Xml,
            Some(accept) if accept.contains("json") => Format::Xml,
            Some(accept) if accept.contains("xml") || accept.contains("*/*") => Format::Xml,
            Some(_) => Format::Unsupported,
        }
    }
}

fn form_value(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// The format of a response, selected by the `Accept` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
    Unsupported,
}

/// A response that a test substitutes for Plex's own.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Scripted {
    /// Creates a response without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn response(&self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = StatusCode::from_u16(self.status).expect("the status is valid");
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value).expect("the header value is valid");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

/// An error response from plex.tv: the HTTP status, Plex's error code if any, and the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal(pub(crate) u16, pub(crate) Option<u32>, pub(crate) &'static str);

impl Refusal {
    pub(crate) fn response(self, format: Format) -> Response<Vec<u8>> {
        let Self(status, code, message) = self;
        if format == Format::Json {
            let mut error = Map::new();
            if let Some(code) = code {
                error.insert("code".into(), code.into());
            }
            error.insert("message".into(), message.into());
            error.insert("status".into(), status.into());
            return json_response(status, &json!({ "errors": [error] }));
        }
        let code = code.map(|code| format!(" code=\"{code}\"")).unwrap_or_default();
        let message = quick_xml::escape::escape(message);
        let error = format!("<errors><error{code} message=\"{message}\" status=\"{status}\"/></errors>");
        xml_response(status, &error)
    }
}

impl Refusal {
    /// As the older endpoints write it: the status in an attribute, and no code.
    pub(crate) fn old_response(self) -> Response<Vec<u8>> {
        let Self(status, _, message) = self;
        let message = quick_xml::escape::escape(message);
        xml_response(status, &format!("<Response code=\"{status}\" status=\"{message}\"/>"))
    }
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response<Vec<u8>> {
    with_type(status, "application/json; charset=utf-8", body.to_string())
}

pub(crate) fn xml_response(status: u16, element: &str) -> Response<Vec<u8>> {
    with_type(status, "application/xml", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{element}"))
}

/// An error page, as a Media Server sends it.
pub(crate) fn html_response(status: u16) -> Response<Vec<u8>> {
    let status = StatusCode::from_u16(status).expect("the status is valid");
    let reason = status.canonical_reason().unwrap_or_default();
    let page = format!("<html><head><title>{reason}</title></head><body><h1>{status}</h1></body></html>");
    with_type(status.as_u16(), "text/html", page)
}

pub(crate) fn with_type(status: u16, content_type: &'static str, body: String) -> Response<Vec<u8>> {
    let mut response = Scripted::new(status, body).response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
