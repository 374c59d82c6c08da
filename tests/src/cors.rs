//! CORS (Fetch Standard), so that pages of any origin can use the simulated Plex from a browser.
//!
//! Pages in the field call plex.tv with all `X-Plex-*` headers. Some report that it refuses their origin; its rule is unknown.
//! Headers of responses are not exposed, so that no application relies on them.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};

/// The response to a browser that asks whether it may send a request, which is not recorded.
pub(crate) fn preflight(request: &Parts) -> Option<Response<Vec<u8>>> {
    let method = request.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    if request.method != Method::OPTIONS {
        return None;
    }
    let mut response = Response::new(Vec::new());
    allow(request, response.headers_mut());
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(headers) = request.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
    }
    Some(response)
}

/// Lets the page that sent the request read the response.
pub(crate) fn allow(request: &Parts, response: &mut HeaderMap) {
    if let Some(origin) = request.headers.get(ORIGIN) {
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.append(VARY, HeaderValue::from_static("Origin"));
    }
}
