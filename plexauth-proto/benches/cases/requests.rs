//! Requests, compared with the same `http::Request` built by hand: from prepared headers, and from a URL in a string
//! literal, which `Uri` parses without copying.

use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use plexauth_proto::{
    BaseUrl, CheckPin, CreatePin, GetResources, GetSourceConnectionInformation, GetTransientToken,
    GetUserDetails, Operation, Outgoing, SignIn, Source, X_PLEX_TOKEN,
};
use plexauth_proto::{GetHomeUsers, Ping};

use super::{TOKEN, info};
use crate::harness::case::{Case, Limit, Work};

const SERVER: &str = "http://192.168.1.5:32400";

pub fn cases() -> Vec<Case> {
    let server: BaseUrl = SERVER.parse().unwrap();
    let source = Source::server("9f0b6d1c5d3d4b5c8e1f2a3b4c5d6e7f").unwrap();
    vec![
        case("GetUserDetails", GetUserDetails::new(TOKEN), get("https://plex.tv/api/v2/user")),
        case(
            "SignIn",
            SignIn::new("alice@example.com", "correct horse battery").verification_code("123456"),
            sign_in("https://plex.tv/api/v2/users/signin"),
        ),
        case(
            "GetTransientToken",
            GetTransientToken::new(&server, TOKEN),
            get("http://192.168.1.5:32400/security/token?type=delegation&scope=all"),
        ),
        case(
            "GetSourceConnectionInformation",
            GetSourceConnectionInformation::new(&server, TOKEN, source),
            source_connection_information("server://9f0b6d1c5d3d4b5c8e1f2a3b4c5d6e7f"),
        ),
        case("CreatePin", CreatePin::strong(), create_pin("https://plex.tv/api/v2/pins?strong=true")),
        case("CheckPin", CheckPin::new(1_234_567_890), check_pin(1_234_567_890)),
        case(
            "GetResources",
            GetResources::new(TOKEN),
            get("https://clients.plex.tv/api/v2/resources?includeHttps=1&includeRelay=1&includeIPv6=1"),
        ),
        case("GetHomeUsers", GetHomeUsers::new(TOKEN), get("https://plex.tv/api/v2/home/users")),
        case("Ping", Ping::new(TOKEN), get("https://plex.tv/api/v2/ping")),
        // Code with a fixed URL can parse it once; the operation joins and validates it for every request.
        case("GetUserDetails, with a prepared URI", GetUserDetails::new(TOKEN), {
            let uri = Uri::from_static("https://plex.tv/api/v2/user");
            move |prepared| request_with_token(uri.clone(), prepared)
        }),
        case_within(1.45, "CreatePin, with a prepared URI", CreatePin::strong(), {
            let uri = Uri::from_static("https://plex.tv/api/v2/pins?strong=true");
            move |prepared| request(Method::POST, uri.clone(), prepared, Vec::new())
        }),
        check("https://plex.tv/", 1_250),
        check("http://192.168.1.5:32400/", 1_350),
        check("https://192-168-1-5.0123456789abcdef0123456789abcdef.plex.direct:32400/", 3_000),
    ]
}

/// What the adapters do with every request before they send it.
fn check(uri: &'static str, instructions: u64) -> Case {
    let outgoing = Outgoing::from(get(uri)(&HeaderMap::new()));
    let now = SystemTime::UNIX_EPOCH;
    Case {
        name: format!("Outgoing::check, {uri}"),
        ours: Work::new(move || outgoing.check(now).unwrap()),
        limit: Limit::Absolute { instructions, allocations: 0 },
    }
}

fn case<O: Operation + 'static>(
    name: &str,
    operation: O,
    by_hand: impl Fn(&HeaderMap) -> Request<Vec<u8>> + 'static,
) -> Case {
    case_within(1.25, name, operation, by_hand)
}

fn case_within<O: Operation + 'static>(
    instructions: f64,
    name: &str,
    operation: O,
    by_hand: impl Fn(&HeaderMap) -> Request<Vec<u8>> + 'static,
) -> Case {
    let info = info();
    let prepared = info.headers().clone();
    assert_same(&operation.request(&info).unwrap(), &by_hand(&prepared));
    Case {
        name: format!("request: {name}"),
        ours: Work::new(move || operation.request(&info)),
        limit: Limit::Relative {
            baseline: Work::new(move || by_hand(&prepared)),
            instructions,
            more_allocations: Some(1),
        },
    }
}

fn assert_same(ours: &Request<Vec<u8>>, by_hand: &Request<Vec<u8>>) {
    let parts = |request: &Request<Vec<u8>>| {
        (request.method().clone(), request.uri().clone(), request.headers().clone())
    };
    assert_eq!((parts(ours), ours.body()), (parts(by_hand), by_hand.body()));
}

fn literal(uri: &'static str) -> Uri {
    Uri::from_static(std::hint::black_box(uri))
}

fn request(method: Method, uri: Uri, prepared: &HeaderMap, body: Vec<u8>) -> Request<Vec<u8>> {
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = prepared.clone();
    if method == Method::POST && request.body().is_empty() {
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    request
}

fn request_with_token(uri: Uri, prepared: &HeaderMap) -> Request<Vec<u8>> {
    let mut request = request(Method::GET, uri, prepared, Vec::new());
    let mut token = HeaderValue::from_str(std::hint::black_box(TOKEN)).unwrap();
    token.set_sensitive(true);
    request.headers_mut().insert(X_PLEX_TOKEN, token);
    request
}

fn get(uri: &'static str) -> impl Fn(&HeaderMap) -> Request<Vec<u8>> {
    move |prepared| request_with_token(literal(uri), prepared)
}

fn create_pin(uri: &'static str) -> impl Fn(&HeaderMap) -> Request<Vec<u8>> {
    move |prepared| request(Method::POST, literal(uri), prepared, Vec::new())
}

fn check_pin(id: u64) -> impl Fn(&HeaderMap) -> Request<Vec<u8>> {
    move |prepared| {
        let uri = format!("https://plex.tv/api/v2/pins/{}", std::hint::black_box(id));
        request(Method::GET, uri.try_into().unwrap(), prepared, Vec::new())
    }
}

fn source_connection_information(source: &'static str) -> impl Fn(&HeaderMap) -> Request<Vec<u8>> {
    move |prepared| {
        let source = encoded(std::hint::black_box(source));
        let uri = format!("{SERVER}/security/resources?source={source}");
        request_with_token(uri.try_into().unwrap(), prepared)
    }
}

fn sign_in(uri: &'static str) -> impl Fn(&HeaderMap) -> Request<Vec<u8>> {
    move |prepared| {
        let body = format!(
            "login={}&password={}&verificationCode={}",
            encoded("alice@example.com"),
            encoded("correct horse battery"),
            encoded("123456")
        );
        let mut request = request(Method::POST, literal(uri), prepared, body.into_bytes());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> percent_encoding::PercentEncode<'_> {
    const RESERVED: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, RESERVED)
}
