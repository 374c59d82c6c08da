//! Requests from arbitrary inputs: each is an error, or a request from which other libraries read the inputs and nothing else.

use arbitrary::Arbitrary;
use plexauth_proto::{
    ClientInfo, GetSourceConnectionInformation, GetTransientToken, GetUserDetails, Operation, SignIn, Source,
};
use url::Url;

use crate::{info, server, structured};

#[derive(Debug, Arbitrary)]
struct Inputs<'a> {
    identifier: &'a str,
    product: &'a str,
    device_name: &'a str,
    token: &'a str,
    login: &'a str,
    password: &'a str,
    code: Option<&'a str>,
    source: &'a str,
}

/// Runs the target.
pub fn run(data: &[u8]) {
    if let Some(inputs) = structured(data) {
        check(inputs);
    }
}

fn check(inputs: Inputs<'_>) {
    let built =
        ClientInfo::builder(inputs.identifier, inputs.product).device_name(inputs.device_name).build();
    let info = built.unwrap_or_else(|_| info());
    for value in info.headers().values() {
        assert!(!value.as_bytes().iter().any(u8::is_ascii_control));
    }
    if let Ok(request) = GetUserDetails::new(inputs.token).request(&info) {
        assert_eq!(request.uri(), "https://plex.tv/api/v2/user");
        assert_eq!(request.headers()["x-plex-token"].as_bytes(), inputs.token.trim().as_bytes());
        assert_eq!(request.headers().len(), info.headers().len() + 1);
    }
    if let Ok(request) = GetTransientToken::new(server(), inputs.token).request(&info) {
        assert_eq!(request.uri().query(), Some("type=delegation&scope=all"));
    }
    let mut sign_in = SignIn::new(inputs.login, inputs.password);
    if let Some(code) = inputs.code {
        sign_in = sign_in.verification_code(code);
    }
    if let Ok(request) = sign_in.request(&info) {
        let fields: Vec<_> = form_urlencoded::parse(request.body()).into_owned().collect();
        let mut expected = vec![("login", inputs.login.trim()), ("password", inputs.password)];
        expected.extend(inputs.code.map(|code| ("verificationCode", code.trim())));
        let expected: Vec<_> =
            expected.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(fields, expected);
        assert!(request.body().is_ascii());
    }
    if let Ok(source) = Source::provider(inputs.source) {
        let expected = source.as_str().to_owned();
        let operation = GetSourceConnectionInformation::new(server(), "token", source);
        match operation.request(&info) {
            Ok(request) => {
                let uri = request.uri().to_string();
                let url = Url::parse(&uri).expect("valid URL");
                assert_eq!(url.as_str(), uri);
                let pairs: Vec<_> = url.query_pairs().into_owned().collect();
                assert_eq!(pairs, [("source".to_owned(), expected)]);
            }
            Err(error) => assert!(inputs.source.len() > 10_000, "{error}"),
        }
    }
}
