//! No public type prints a secret, and no operation puts a token or a password into a URL.

use http::Response;
use plexauth_proto::Freshness;
use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{
    BaseUrl, CheckPin, ClientInfo, GetUserDetails, Operation, RedeemDeviceJwt, Session, SignOut, Step,
    SwitchHomeUser, Token,
};

#[path = "../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;

use catalogue::{Inputs, Visitor};

const TOKEN: &str = "s3cret-token";
const PASSWORD: &str = "s3cret password";
const CODE: &str = "987654";

fn hides(shown: &str) {
    for secret in [TOKEN, PASSWORD, CODE, "s3cret%20password", "s3cret+password"] {
        assert!(!shown.contains(secret), "{secret} is shown in {shown}");
    }
}

fn info() -> ClientInfo {
    ClientInfo::new("id-1", "App").unwrap()
}

/// Checks the output of an operation, of the URL and the headers of its request, and of its results and errors when the
/// server sends the secrets back.
fn hides_all<O>(operation: &O)
where
    O: Operation + std::fmt::Debug,
    O::Output: std::fmt::Debug,
{
    hides(&format!("{operation:?} {operation:#?}"));
    let (parts, _) = operation.request(&info()).unwrap().into_parts();
    // The protocol puts a claim token into the URL.
    if operation.name() != "ClaimServer" {
        hides(&parts.uri.to_string());
        hides(&format!("{parts:?} {parts:#?}"));
    }
    if let Some(token) = parts.headers.get("x-plex-token") {
        assert!(token.is_sensitive());
    }
    let echo = format!("{TOKEN} {PASSWORD} {CODE}");
    for body in [
        echo.clone(),
        format!("{{\"errors\":[{{\"code\":1001,\"message\":\"{echo}\"}}]}}"),
        format!("{{\"error\":\"{echo}\"}}"),
        format!("<errors><error code=\"1001\" message=\"{echo}\"/></errors>"),
        format!("<Response code=\"1001\" status=\"{echo}\"/>"),
        format!("<html><head><title>{echo}</title></head></html>"),
        format!("{{\"id\":\"{TOKEN}\",\"uuid\":[\"{PASSWORD}\"],\"authToken\":{{\"{CODE}\":1}}}}"),
        format!("{{\"MediaContainer\":{{\"token\":[\"{TOKEN}\"],\"Device\":\"{PASSWORD}\"}}}}"),
        format!("{{\"id\":1,\"uuid\":\"u\",\"authToken\":\"{TOKEN}\"}}"),
        format!(
            "{{\"MediaContainer\":{{\"token\":\"{TOKEN}\",\"Device\":{{\"accessToken\":\"{TOKEN}\"}}}}}}"
        ),
        format!("{{\"id\":1,{echo}"),
        format!("[{{\"accessToken\":\"{TOKEN}\"}}]"),
    ] {
        for status in [200, 302, 400, 401, 403, 404, 422, 429, 498, 500, 503] {
            let location = format!("https://u:{TOKEN}@evil.example/{TOKEN}?X-Plex-Token={TOKEN}");
            let response = Response::builder()
                .status(status)
                .header("location", location)
                .body(body.as_bytes())
                .unwrap();
            let result = operation.parse(&response);
            hides(&format!("{result:?} {result:#?}"));
            if let Err(error) = result {
                hides(&error.to_string());
            }
        }
    }
}

struct HidesAll;

impl Visitor for HidesAll {
    fn visit<O>(&mut self, operation: O, secrets: &[&str])
    where
        O: Operation + std::fmt::Debug,
        O::Output: std::fmt::Debug,
    {
        // Operations that send neither are skipped: errors may quote a secret that was not sent.
        if secrets.contains(&TOKEN) || secrets.contains(&PASSWORD) {
            hides_all(&operation);
        }
    }
}

#[test]
fn operations_and_their_errors_hide_secrets() {
    let server = "http://192.168.1.5:32400".parse().unwrap();
    let inputs = Inputs {
        server: &server,
        token: TOKEN,
        password: PASSWORD,
        code: CODE,
        // With six digits, it would not be sent.
        home_pin: "1234",
        key: *b"s3cret bytes of a device's key!!",
    };
    catalogue::visit_all(&mut HidesAll, &info(), &inputs);
}

/// The PIN of a Home user is in the body and nowhere else.
#[test]
fn home_user_pin_is_only_in_the_body() {
    let switch = SwitchHomeUser::new(TOKEN, "9f0b").pin("9876");
    let request = switch.request(&info()).unwrap();
    assert_eq!((request.uri().query(), request.body().as_slice()), (None, &b"pin=9876"[..]));
    let echo = Response::builder().status(403).body("{\"error\":\"9876 is wrong\"}").unwrap();
    let error = switch.parse(&echo).unwrap_err();
    let step: Step<()> = Step::Send(request.into());
    let shown = format!("{switch:?} {error} {error:?} {step:?}");
    assert!(!shown.contains("9876"), "{shown}");
}

#[test]
fn session_reveals_secrets_only_to_a_serializer() {
    let bytes = *b"s3cret bytes of a device's key!!";
    let key = DeviceKey::from_bytes(bytes);
    let session = Session::with_key(&info(), TOKEN, &key, Scopes::all());
    // A JWT that has expired: {"alg":"EdDSA"}, {"exp":1}.
    let expired = Session::with_key(&info(), "eyJhbGciOiJFZERTQSJ9.eyJleHAiOjF9.", &key, Scopes::all());
    let now = std::time::SystemTime::now();
    let Freshness::Expired(_) = expired.freshness(now) else { panic!("the session has not expired") };
    let saved = session.to_saved();
    let stored = serde_json::to_string(&saved).unwrap();
    let flow = session.authenticated(SignOut::new);
    let shown = format!(
        "{session:?} {session:#?} {saved:?} {flow:?} {:?} {expired:?} {:?}",
        session.freshness(now),
        expired.freshness(now)
    );
    hides(&shown);
    let in_base64 =
        stored.split('"').find(|text| text.starts_with("czNjcmV0")).expect("the key in base64url");
    for secret in [in_base64, "s3cret bytes", &format!("{bytes:?}"), "eyJleHAiOjF9"] {
        assert!(!shown.contains(secret), "{secret} is shown in {shown}");
    }
    assert!(stored.contains(TOKEN));
}

/// A device JWT is sent in a URL and in a body.
#[test]
fn device_key_and_device_jwt_are_redacted() {
    let bytes = *b"s3cret bytes of a device's key!!";
    let key = DeviceKey::from_bytes(bytes);
    let signed = key.sign(&info(), Some("nonce"), Scopes::all(), std::time::SystemTime::UNIX_EPOCH);
    let hides_signed = |shown: String| {
        for part in signed.expose().split('.') {
            assert!(!shown.contains(part), "{shown}");
        }
        assert!(!shown.contains("s3cret") && !shown.contains(&format!("{bytes:?}")), "{shown}");
    };
    hides_signed(format!("{key:?} {key:#?} {signed:?}"));
    let exchange = RedeemDeviceJwt::new(signed.clone());
    let check = CheckPin::new(7).device_jwt(&signed);
    hides_signed(format!("{exchange:?} {check:?}"));
    for body in [signed.expose().to_owned(), format!("{{\"error\":\"bad JWT {}\"}}", signed.expose())] {
        for status in [200, 302, 400, 401, 404, 422, 429, 498, 500] {
            let response = Response::builder().status(status).body(body.as_bytes()).unwrap();
            let error = exchange.parse(&response).unwrap_err();
            hides_signed(format!("{error} {error:?}"));
            if let Err(error) = check.parse(&response) {
                hides_signed(format!("{error} {error:?}"));
            }
        }
    }
}

#[test]
fn rejected_inputs_are_not_quoted() {
    let error = "https://me:s3cret password@plex.tv".parse::<BaseUrl>().unwrap_err();
    hides(&format!("{error} {error:?}"));
    let error = "https://plex.tv/?X-Plex-Token=s3cret-token".parse::<BaseUrl>().unwrap_err();
    hides(&format!("{error} {error:?}"));
    let error = GetUserDetails::new(format!("{TOKEN}\n{TOKEN}")).request(&info()).unwrap_err();
    hides(&format!("{error} {error:?}"));
    let token = Token::new(TOKEN);
    hides(&format!("{token:?} {token:#?}"));
}

#[test]
fn clients_and_builders_hide_secrets() {
    let reqwest = plexauth_reqwest::Client::builder(info());
    hides(&format!("{reqwest:?} {:?}", reqwest.clone().build().unwrap()));
    let ureq = plexauth_ureq::Client::builder(info());
    hides(&format!("{ureq:?} {:?}", ureq.clone().build().unwrap()));
    let hyper = plexauth_hyper::Client::builder(info());
    hides(&format!("{hyper:?} {:?}", hyper.clone().build().unwrap()));
}
