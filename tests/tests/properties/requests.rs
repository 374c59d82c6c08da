//! Requests transmit any input unchanged, and no input can inject anything else. Requests are parsed with libraries
//! that the core does not use.

use std::collections::HashMap;

use http::{HeaderMap, Request};
use plexauth_proto::{
    CheckPin, ClientInfo, CreatePin, GetHomeUsers, GetSourceConnectionInformation, GetUserDetails, LinkPin,
    Operation, SignIn, Source, SwitchHomeUser,
};
use plexauth_testing::strategies::{base_url, client_info, sign_in, text, token};
use proptest::prelude::*;
use url::Url;

use crate::config;

fn client() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

/// The fields of a form, parsed by the `url` crate.
fn form(request: &Request<Vec<u8>>) -> HashMap<String, String> {
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

fn url_of(request: &Request<Vec<u8>>) -> Url {
    Url::parse(&request.uri().to_string()).unwrap()
}

/// The names and values of the headers after a round trip through HTTP/1.1, parsed by `httparse`.
fn headers_on_the_wire(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let mut wire = b"GET / HTTP/1.1\r\n".to_vec();
    for (name, value) in headers {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend(b"\r\n");
    let mut parsed = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut parsed);
    assert_eq!(request.parse(&wire), Ok(httparse::Status::Complete(wire.len())));
    request.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_login_and_password_are_sent_unchanged(login in any::<String>(), password in any::<String>(), code in any::<Option<String>>(), remember in any::<Option<bool>>()) {
        let mut sign_in = SignIn::new(&login, &password);
        let mut expected = HashMap::from([("login".to_owned(), login.trim().to_owned()), ("password".to_owned(), password.clone())]);
        if let Some(code) = &code {
            sign_in = sign_in.verification_code(code);
            expected.insert("verificationCode".into(), code.trim().to_owned());
        }
        if let Some(remember) = remember {
            sign_in = sign_in.remember_me(remember);
            expected.insert("rememberMe".into(), remember.to_string());
        }
        match sign_in.request(&client()) {
            Ok(request) => {
                prop_assert_eq!(form(&request), expected);
                prop_assert_eq!(request.uri().query(), None);
                prop_assert!(request.body().is_ascii());
            }
            Err(_) => prop_assert!(login.trim().is_empty() || password.is_empty() || code.is_some_and(|code| code.trim().is_empty())),
        }
    }

    #[test]
    fn link_code_is_sent_unchanged(code in text()) {
        let request = LinkPin::new("token", &code).request(&client()).unwrap();
        prop_assert_eq!(form(&request), HashMap::from([("code".to_owned(), code)]));
    }

    #[test]
    fn token_is_sent_only_in_its_header(token in token(), info in client_info()) {
        let request = GetUserDetails::new(&token).request(&info).unwrap();
        let value = &request.headers()["x-plex-token"];
        prop_assert_eq!(str::from_utf8(value.as_bytes()).unwrap(), token.expose());
        prop_assert!(value.is_sensitive());
        prop_assert_eq!(request.uri(), "https://plex.tv/api/v2/user");
        prop_assert!(request.body().is_empty());
    }

    #[test]
    fn client_info_is_sent_in_headers(identifier in text(), product in text(), device_name in text()) {
        let info = ClientInfo::builder(&identifier, &product).device_name(&device_name).build().unwrap();
        let request = CreatePin::short().request(&info).unwrap();
        let received: HashMap<String, Vec<u8>> = headers_on_the_wire(request.headers()).into_iter().collect();
        let value = |name: &str| str::from_utf8(&received[name]).unwrap();
        prop_assert_eq!(value("x-plex-client-identifier"), identifier);
        prop_assert_eq!(value("x-plex-product"), product);
        prop_assert_eq!(value("x-plex-device-name"), device_name);
        prop_assert_eq!(value("accept"), "application/json");
    }

    #[test]
    fn headers_cannot_be_injected(identifier in any::<String>(), product in any::<String>(), name in any::<String>(), token in "(.|[\\x00-\\x20\\x7f]|\r\nX-Evil: 1|\n){0,20}") {
        let Ok(info) = ClientInfo::builder(&identifier, &product).device_name(&name).build() else {
            let inputs = [&identifier, &product, &name];
            let is_invalid = inputs.iter().any(|text| text.trim().is_empty() || text.contains(char::is_control));
            prop_assert!(is_invalid, "valid inputs were rejected: {inputs:?}");
            return Ok(());
        };
        let Ok(request) = GetHomeUsers::new(token.as_str()).request(&info) else {
            prop_assert!(token.trim().is_empty() || token.contains(|character: char| character.is_ascii_control()));
            return Ok(());
        };
        let names: Vec<String> = headers_on_the_wire(request.headers()).into_iter().map(|(name, _)| name).collect();
        let mut expected = vec!["accept", "x-plex-client-identifier", "x-plex-product", "x-plex-token"];
        if !name.trim().is_empty() {
            expected.push("x-plex-device-name");
        }
        prop_assert_eq!(names.len(), expected.len());
        prop_assert!(expected.iter().all(|name| names.iter().any(|found| found == name)), "{names:?}");
    }

    #[test]
    fn home_user_is_one_path_segment(uuid in text(), pin in proptest::option::of("[0-9]{4}")) {
        let mut switch = SwitchHomeUser::new("token", &uuid);
        if let Some(pin) = &pin {
            switch = switch.pin(pin);
        }
        let Ok(request) = switch.request(&client()) else {
            // HTTP libraries resolve dot segments, even if they are percent-encoded.
            prop_assert!(uuid == "." || uuid == "..", "{uuid}");
            return Ok(());
        };
        let url = url_of(&request);
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 6);
        let user = percent_encoding::percent_decode_str(segments[4]).decode_utf8().unwrap();
        prop_assert_eq!(user, uuid);
        prop_assert_eq!((segments[3], segments[5]), ("users", "switch"));
        prop_assert_eq!(url.query(), None);
        let form: Vec<_> = url::form_urlencoded::parse(request.body()).into_owned().collect();
        prop_assert_eq!(form, pin.map(|pin| ("pin".to_owned(), pin)).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn source_is_one_query_parameter(server in base_url(), identifier in "\\PC{1,20}", refresh in any::<bool>()) {
        let Ok(source) = Source::server(&identifier) else { return Ok(()) };
        let expected = source.as_str().to_owned();
        let request = GetSourceConnectionInformation::new(server, "token", source).refresh(refresh).request(&client()).unwrap();
        let refresh = if refresh { "1" } else { "0" };
        let pairs = vec![("source".to_owned(), expected), ("refresh".to_owned(), refresh.to_owned())];
        prop_assert_eq!(url_of(&request).query_pairs().into_owned().collect::<Vec<_>>(), pairs);
    }

    #[test]
    fn auth_url_has_all_parameters_in_its_fragment(info in client_info(), code in "[a-z0-9]{25}", forward in "https://[a-z]{1,8}\\.example/\\PC{0,20}") {
        let body = serde_json::json!({ "id": 7, "code": code }).to_string();
        let pin = CreatePin::strong().parse(&http::Response::new(body)).unwrap();
        let url = Url::parse(&pin.auth_url_forwarding(&info, &forward).unwrap()).unwrap();
        let parameters = url.fragment().unwrap().strip_prefix('?').unwrap();
        let pairs: HashMap<String, String> = url::form_urlencoded::parse(parameters.as_bytes()).into_owned().collect();
        prop_assert_eq!(&pairs["clientID"], info.identifier());
        prop_assert_eq!(&pairs["code"], &code);
        prop_assert_eq!(&pairs["forwardUrl"], &forward);
        let product = &info.headers()["x-plex-product"];
        prop_assert_eq!(pairs["context[device][product]"].as_bytes(), product.as_bytes());
        prop_assert_eq!(url.query(), None, "parameters must not reach a server");
    }

    #[test]
    fn generated_inputs_are_valid(info in client_info(), sign_in in sign_in(), id in any::<u64>()) {
        prop_assert!(sign_in.request(&info).is_ok());
        let request = CheckPin::new(id).request(&info).unwrap();
        prop_assert_eq!(request.uri().path(), format!("/api/v2/pins/{id}"));
    }
}
