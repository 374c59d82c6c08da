//! Every operation, flow and error through every adapter, and in all that can be seen of it no secret.
//!
//! What can be seen: `Debug`, `Display` and sources of every result, what a panic with it says, and all that is logged.
//! The secrets: whatever was sent to the simulator or came from it that lets somebody in, in every form in which it
//! could travel.

mod common;

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use common::{Adapter, Client, Settings};
use plexauth_proto::jwt::{DeviceKey, PlexJwt, Scopes};
use plexauth_proto::{
    Attempt, BaseUrl, CheckPin, ClientInfo, CreatePin, Error, ExchangeDeviceJwt, Failure, FindServer, Flow,
    GetClaimToken, GetHomeUsers, GetNonce, GetPlexKeys, GetResources, GetServerIdentity,
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkPin, Operation, Ping,
    RegisterDeviceKey, Renewal, RetryPolicy, Session, SignIn, SignOut, Source, SwitchHomeUser, Token,
    TokenCheck, TransportError,
};
use plexauth_tests::{Closed, Scripted, Simulator, Wire};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, reload};

const PASSWORD: &str = "pässwörd \"'\\/+%&=<?";
const WRONG_PASSWORD: &str = "not the pässwörd";
const BOBS_PASSWORD: &str = "b@ttery staple";
const CAROLS_PASSWORD: &str = "tr0ub4dor";
const SERVICE_TOKEN: &str = "sim-service-token";
const WRONG_CODE: &str = "739165";
const CODE: &str = "739164";
const BACKUP_CODE: &str = "backup/0+01";
const HOME_PIN: &str = "9517";
const WRONG_HOME_PIN: &str = "9518";
const REVOKED: &str = "tok/en+that=was-revoked";
const KEY: [u8; 32] = *b"s3cret bytes of a device's key!!";

/// All that can be seen.
static SHOWN: Mutex<String> = Mutex::new(String::new());

/// Whether a panic is one that this test makes, to see what it says.
static PANICS: AtomicBool = AtomicBool::new(false);

struct Shown;

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *SHOWN.lock().unwrap() += &String::from_utf8_lossy(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_secret_is_shown_anywhere() {
    let levels = listen();
    for adapter in Adapter::ALL {
        let secrets = everything(adapter);
        assert!(secrets.len() > 20, "{}", secrets.len());
        let shown = std::mem::take(&mut *SHOWN.lock().unwrap());
        for secret in &secrets {
            assert_eq!(found(secret, &shown), None, "{secret:?} over {adapter}");
        }
        assert!(shown.len() > 100_000, "there is much to search: {}", shown.len());
        let logs = match adapter {
            Adapter::Ureq => ["DEBUG ureq::run:", "DEBUG ureq::pool:"],
            _ => ["DEBUG hyper_util::client::legacy::pool:", "TRACE hyper_util::client::legacy::pool:"],
        };
        for log in logs {
            assert!(shown.contains(log), "{adapter} is listened to: {log}");
        }
    }
    // The one thing that has to be known, and kept from happening.
    levels.reload(Targets::new().with_default(LevelFilter::TRACE)).unwrap();
    let run = Run::new(Adapter::Ureq);
    run.send(&SignIn::new("alice", PASSWORD));
    run.send(&SwitchHomeUser::new("token-alice", "9f0b").pin(HOME_PIN));
    let shown = std::mem::take(&mut *SHOWN.lock().unwrap());
    assert!(found(HOME_PIN, &shown).is_some(), "if this fails, change what is said of ureq's logs");
}

/// The search finds what it is to find, in every form.
#[test]
fn a_secret_that_is_shown_is_found() {
    for (shown, secret) in [
        ("the password is correct horse.", "correct horse"),
        ("/signin?password=correct%20horse", "correct horse"),
        ("login=me&password=correct+horse&rememberMe=true", "correct horse"),
        ("Basic bWU6Y29ycmVjdCBob3JzZQ==", "correct horse"),
        ("key: c2VjcmV0Pz8-Pg", "secret??>>"),
        (r#"{"password":"say \"friend\""}"#, "say \"friend\""),
        (r#"Token("a\\b")"#, "a\\b"),
        ("/switch?pin=9517 HTTP", "9517"),
        (r"p\xc3\xa4ss", "päss"),
        (r#"{"password":"p\u00e4ss"}"#, "päss"),
        ("[115, 101, 99, 114, 101, 116]", "secret"),
        ("73:65:63:72:65:74 or 736563726574", "secret"),
    ] {
        assert!(found(secret, shown).is_some(), "{secret} in {shown}");
    }
    assert_eq!(found("9517", "port 49517, 95170 B"), None, "part of another number");
}

/// From now on all logs, at the finest level, and all panics are shown. But for ureq, which shows everything at TRACE; its
/// adapter and the README say so.
fn listen() -> reload::Handle<Targets, Registry> {
    let quieter = ["ureq", "ureq_proto"].map(|name| (name, LevelFilter::DEBUG));
    let levels = Targets::new().with_default(LevelFilter::TRACE).with_targets(quieter);
    let (levels, handle) = reload::Layer::new(levels);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).without_time().with_writer(|| Shown);
    tracing_subscriber::registry().with(levels).with(lines).init();
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if PANICS.load(Ordering::Relaxed) {
            let _ = writeln!(Shown, "{panic}");
        } else {
            otherwise(panic);
        }
    }));
    handle
}

/// Where the first form of a secret is in a text.
fn found(secret: &str, text: &str) -> Option<String> {
    forms(secret).into_iter().find_map(|form| {
        let mut places = text.match_indices(form.as_str());
        let (place, _) = places.find(|&(place, _)| {
            // A short number may well be part of a longer one that has nothing to do with it.
            let is_digit =
                |character: Option<char>| character.is_some_and(|character| character.is_ascii_digit());
            let (before, after) =
                (text[..place].chars().next_back(), text[place + form.len()..].chars().next());
            !form.bytes().all(|byte| byte.is_ascii_digit()) || !(is_digit(before) || is_digit(after))
        })?;
        let line = text[..place].rfind('\n').unwrap_or(0);
        Some(format!("{form}: {}", &text[line..place + form.len()]))
    })
}

/// A secret as it is, in URLs, in forms, in JSON, in what `Debug` makes of it, as bytes, in hexadecimal, and in base64
/// wherever it begins.
fn forms(secret: &str) -> BTreeSet<String> {
    let json = serde_json::to_string(secret).unwrap();
    let debug = format!("{secret:?}");
    let bytes = format!("{:?}", secret.as_bytes());
    let escaped = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    let hex =
        |between: &str| secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between);
    let mut forms: BTreeSet<String> = [
        secret.to_owned(),
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string(),
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        json[1..json.len() - 1].to_owned(),
        debug[1..debug.len() - 1].to_owned(),
        bytes[1..bytes.len() - 1].to_owned(),
        // As `Debug` shows bytes that are mostly text, and as JSON may be written.
        secret.as_bytes().escape_ascii().to_string(),
        json[1..json.len() - 1].encode_utf16().map(escaped).collect(),
        hex(""),
        hex(":"),
    ]
    .into();
    for before in ["", "x", "xx"] {
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let encoded = engine.encode(format!("{before}{secret}"));
            // What the neighbours have a part in is left out.
            let start = [0, 2, 3][before.len()];
            let whole = (before.len() + secret.len()) * 8 / 6;
            if let Some(form) = encoded.get(start..whole).filter(|form| form.len() >= 5) {
                forms.insert(form.to_owned());
            }
        }
    }
    forms
}

/// One adapter and its simulator.
struct Run {
    client: Client,
    simulator: Simulator,
    secrets: Mutex<BTreeSet<String>>,
    /// The errors that there were.
    seen: Mutex<BTreeSet<String>>,
}

/// What an error is, in a word.
fn name(error: &Error) -> String {
    match error {
        Error::Response(error) => format!("{:?}", error.kind()),
        Error::Transport(error) => format!("{:?}", error.failure()),
        Error::Request(error) => format!("{error:?}").split(' ').next().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}

/// Every kind of error and failure, and those of requests and flows that can hold something.
const ERRORS: [&str; 38] = [
    "WrongCredentials",
    "VerificationCodeWanted",
    "WrongVerificationCode",
    "EmailOnly",
    "TooManyFailures",
    "TokenInvalid",
    "TokenExpired",
    "Forbidden",
    "ManagedUser",
    "HomePinWanted",
    "WrongHomePin",
    "PinUnknownOrExpired",
    "KeyTaken",
    "DeviceJwtRefused",
    "DeviceJwtExpired",
    "RateLimited",
    "NotFound",
    "BadRequest",
    "ServerFailure",
    "Redirected",
    "NotJson",
    "NotUnderstood",
    "BodyTooLarge",
    "Connect",
    "Tls",
    "Timeout",
    "Broken",
    "RedirectFollowed",
    "NotAHeader",
    "Empty",
    "HomePin",
    "BaseUrl",
    "Source",
    "PinExpired",
    "DeadlineReached",
    "Stopped",
    "OutOfTurn",
    "ServerNotFound",
];

impl Run {
    fn new(adapter: Adapter) -> Self {
        let simulator = Simulator::start();
        {
            let mut world = simulator.world();
            world.accounts[0].password = Some(PASSWORD.into());
            world.accounts[1].password = Some(BOBS_PASSWORD.into());
            world.accounts[1].verification_code = Some(CODE.into());
            world.accounts[1].backup_codes = vec![BACKUP_CODE.into()];
            world.accounts[2].home_pin = Some(HOME_PIN.into());
        }
        let origin = simulator.plex_tv_url().replace("/api/v2", "");
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)).with_retries());
        Self { client, simulator, secrets: Mutex::default(), seen: Mutex::default() }
    }

    fn keep(&self, secret: impl Into<String>) {
        self.secrets.lock().unwrap().insert(secret.into());
    }

    /// Shows all there is to see of a result, also what a panic says of it.
    fn show<T: Debug>(&self, result: Result<T, Error>) -> Option<T> {
        let mut shown = format!("{result:?}\n{result:#?}\n");
        if let Err(error) = &result {
            self.seen.lock().unwrap().insert(name(error));
            shown += &format!("{error}\n");
            let mut next: Option<&dyn StdError> = match error {
                Error::Transport(error) => Some(error.get_ref()),
                other => other.source(),
            };
            while let Some(source) = next {
                shown += &format!("{source}\n{source:?}\n");
                next = source.source();
            }
        }
        SHOWN.lock().unwrap().push_str(&shown);
        PANICS.store(true, Ordering::Relaxed);
        let shown = catch_unwind(AssertUnwindSafe(|| match result {
            Ok(_) => assert!(result.is_err(), "{result:?}"),
            Err(_) => assert!(result.is_ok(), "{result:?}"),
        }));
        PANICS.store(false, Ordering::Relaxed);
        assert!(shown.is_err());
        result.ok()
    }

    fn send<O>(&self, operation: &O) -> Option<O::Output>
    where
        O: Operation + Debug,
        O::Output: Debug,
    {
        SHOWN.lock().unwrap().push_str(&format!("{operation:?}\n{operation:#?}\n"));
        self.show(self.client.send(operation))
    }

    /// Shows a flow, what it wants to send, and, with another of the same, what comes of it.
    fn run<F>(&self, flow: impl Fn() -> F) -> Option<F::Output>
    where
        F: Flow + Debug,
        F::Output: Debug,
    {
        let mut shown = flow();
        let step = shown.poll(SystemTime::now());
        SHOWN.lock().unwrap().push_str(&format!("{shown:?}\n{shown:#?}\n{step:?}\n{step:#?}\n"));
        drop(shown);
        self.show(self.client.run(flow()))
    }

    fn media_server(&self) -> BaseUrl {
        self.simulator.media_server_url().parse().unwrap()
    }
}

/// Does all there is to do over an adapter, and tells the secrets in it.
fn everything(adapter: Adapter) -> BTreeSet<String> {
    let run = Run::new(adapter);
    for secret in [
        PASSWORD,
        WRONG_PASSWORD,
        BOBS_PASSWORD,
        CAROLS_PASSWORD,
        WRONG_CODE,
        SERVICE_TOKEN,
        CODE,
        BACKUP_CODE,
        HOME_PIN,
        WRONG_HOME_PIN,
        REVOKED,
    ] {
        run.keep(secret);
    }
    run.keep(String::from_utf8(KEY.to_vec()).unwrap());
    SHOWN.lock().unwrap().push_str(&format!("{:?}\n{:#?}\n", run.client, run.client));

    let info = run.client.info().clone();
    let token = sign_ins(&run);
    let jwt = pins_and_keys(&run, &info, &token);
    servers_and_homes(&run, &info, &jwt);
    refusals(&run);
    broken(adapter, &run);
    refused_before_anything_is_sent(&run);
    run.send(&SignOut::new(&token));
    let seen = run.seen.lock().unwrap();
    for error in ERRORS {
        assert!(seen.iter().any(|name| name.starts_with(error)), "{error} is not among the errors: {seen:?}");
    }
    drop(seen);

    harvest(&run);
    run.secrets.into_inner().unwrap()
}

fn sign_ins(run: &Run) -> Token {
    for (login, password) in [("alice", WRONG_PASSWORD), ("bob", BOBS_PASSWORD), ("carol", CAROLS_PASSWORD)] {
        assert!(run.send(&SignIn::new(login, password)).is_none());
    }
    for code in [WRONG_CODE, CODE, BACKUP_CODE] {
        run.send(&SignIn::new("bob", BOBS_PASSWORD).verification_code(code).remember_me(true));
    }
    let signed_in = run.send(&SignIn::new("alice", PASSWORD)).unwrap();
    run.keep(signed_in.token.expose());
    for token in
        [signed_in.token.clone(), Token::new("token-alice"), Token::new("token-expired"), Token::new(REVOKED)]
    {
        run.send(&GetUserDetails::new(token));
    }
    signed_in.token
}

fn pins_and_keys(run: &Run, info: &ClientInfo, token: &Token) -> Token {
    let short = run.send(&CreatePin::short()).unwrap();
    run.keep(&short.code);
    run.send(&LinkPin::new(token, &short.code));
    run.keep(run.run(|| short.login(info)).unwrap().expose());

    let key = DeviceKey::from_bytes(KEY);
    let pin = run.send(&CreatePin::strong().device_key(&key)).unwrap();
    run.keep(&pin.code);
    SHOWN.lock().unwrap().push_str(&format!("{key:?} {key:#?}\n"));
    let signed = key.sign(info, "a nonce", Scopes::all(), SystemTime::now());
    run.send(&CheckPin::new(pin.id).device_jwt(signed.clone()));
    run.simulator.world().approve_pin(pin.id, 0);
    // Whoever checks a PIN twice in a second is told to slow down.
    run.simulator.world().advance(Duration::from_secs(1));
    let jwt = run.run(|| pin.login(info).device_key(&key, Scopes::all())).unwrap();
    let read = PlexJwt::read(&jwt).unwrap();
    SHOWN.lock().unwrap().push_str(&format!("{read:?} {read:#?}\n"));

    run.send(&RegisterDeviceKey::new(token, &key));
    run.send(&RegisterDeviceKey::new(REVOKED, &key));
    run.send(&GetNonce::new());
    run.send(&GetPlexKeys::new());
    run.send(&ExchangeDeviceJwt::new(signed));
    let session = Session::with_key(info, jwt.clone(), &key, Scopes::all());
    run.run(|| session.authenticated(|token| GetUserDetails::new(token)));
    run.simulator.world().advance(Duration::from_secs(8 * 86_400));
    run.run(|| session.authenticated(|token| GetUserDetails::new(token)));
    SHOWN.lock().unwrap().push_str(&format!("{session:?} {session:#?} {:?}\n", session.to_saved()));
    run.run(|| Renewal::new(&key, info)).unwrap()
}

fn servers_and_homes(run: &Run, info: &ClientInfo, jwt: &Token) {
    let server = run.media_server();
    run.send(&Ping::new(jwt));
    for resource in run.send(&GetResources::new(jwt)).unwrap() {
        if let Some(token) = &resource.access_token {
            run.keep(token.expose());
        }
        run.run(|| FindServer::new(&resource, info));
    }
    let own = Token::new("token-alice");
    run.keep(run.send(&GetTransientToken::new(&server, &own)).unwrap().expose());
    run.send(&GetTransientToken::new(&server, REVOKED));
    run.send(&GetSourceConnectionInformation::new(&server, &own, Source::server("sim-machine").unwrap()));
    run.send(&GetServerIdentity::new(&server));
    for user in run.send(&GetHomeUsers::new(&own)).unwrap().users {
        let uuid = user.uuid.unwrap();
        for switch in [
            SwitchHomeUser::new(&own, &uuid),
            SwitchHomeUser::new(&own, &uuid).pin(WRONG_HOME_PIN),
            SwitchHomeUser::new(&own, &uuid).pin(HOME_PIN),
        ] {
            if let Some(switched) = run.send(&switch) {
                run.keep(switched.token.expose());
            }
        }
    }
    run.keep(run.send(&GetClaimToken::new(&own)).unwrap().expose());
}

/// Every operation that has a secret, against servers that send it back, or say something else that is odd.
fn refusals(run: &Run) {
    let (server, key) = (run.media_server(), DeviceKey::from_bytes(KEY));
    let source = Source::server("x").unwrap();
    let token = &[REVOKED][..];
    sent_back(run, &[PASSWORD, CODE], &SignIn::new("alice", PASSWORD).verification_code(CODE));
    sent_back(run, token, &GetUserDetails::new(REVOKED));
    sent_back(run, token, &GetTransientToken::new(&server, REVOKED));
    sent_back(run, token, &GetSourceConnectionInformation::new(&server, REVOKED, source));
    sent_back(run, token, &GetResources::new(REVOKED));
    sent_back(run, token, &GetHomeUsers::new(REVOKED));
    sent_back(run, &[REVOKED, HOME_PIN], &SwitchHomeUser::new(REVOKED, "9f0b").pin(HOME_PIN));
    sent_back(run, token, &GetClaimToken::new(REVOKED));
    sent_back(run, token, &RegisterDeviceKey::new(REVOKED, &key));
    sent_back(run, &[REVOKED, CODE], &LinkPin::new(REVOKED, CODE));
    sent_back(run, token, &Ping::new(REVOKED));
    sent_back(run, token, &SignOut::new(REVOKED));
    let signed = key.sign(run.client.info(), "a nonce", Scopes::all(), SystemTime::now());
    let jwt = signed.expose().to_owned();
    sent_back(run, &[&jwt], &ExchangeDeviceJwt::new(signed.clone()));
    sent_back(run, &[&jwt], &CheckPin::new(7).device_jwt(signed));
}

fn sent_back<O>(run: &Run, secrets: &[&str], operation: &O)
where
    O: Operation + Debug,
    O::Output: Debug,
{
    let echo = secrets.join(" ");
    let json = serde_json::to_string(&echo).unwrap();
    let host = secrets.last().unwrap().replace(|character: char| !character.is_ascii_alphanumeric(), "");
    let in_url = percent_encoding::utf8_percent_encode(&echo, percent_encoding::NON_ALPHANUMERIC);
    let location = format!("http://me:{host}@{host}.example/{in_url}?X-Plex-Token={in_url}");
    for answer in [
        Scripted::new(401, format!(r#"{{"errors":[{{"code":1001,"message":{json}}}]}}"#)),
        Scripted::new(500, format!(r#"{{"error":{json}}}"#)),
        Scripted::new(403, format!("<html><head><title>{echo}</title></head></html>")),
        Scripted::new(404, format!("<Response code=\"401\" status=\"{in_url}\"/>")),
        Scripted::new(498, echo.clone()),
        Scripted::new(422, format!(r#"{{"error":{json}}}"#)),
        Scripted::new(503, format!("upstream said {}", echo.replace(' ', "\n"))),
        Scripted::new(
            400,
            format!(r#"{{"error":{}}}"#, serde_json::to_string(&format!("it was {json}")).unwrap()),
        ),
        Scripted::new(429, echo.clone()).header("retry-after", "99999"),
        Scripted::new(307, "").header("location", location),
        Scripted::new(200, echo.clone()),
        Scripted::new(
            200,
            format!(r#"{{"id":{json},"uuid":{json},"authToken":{json},"auth_token":{json}}}"#),
        ),
        Scripted::new(200, format!(r#"{{"id":7,"code":{json},"authToken":[{json}],"users":{json}}}"#)),
        Scripted::new(200, format!(r#"{{"MediaContainer":{{"token":[{json}],"Device":{json}}}}}"#)),
        Scripted::new(200, format!(r#"[{{"accessToken":{json}, {json}"#)),
    ] {
        run.simulator.world().script_always("", answer);
        run.send(operation);
    }
    for code in [1009, 1020, 1028, 1029, 1030, 1031, 1041] {
        let body = format!(r#"{{"errors":[{{"code":{code},"message":{json}}}]}}"#);
        run.simulator.world().script_always("", Scripted::new(401, body));
        run.send(operation);
    }
    run.simulator.world().unscript();
}

/// What is wrong with an input is said, and the input is not.
fn refused_before_anything_is_sent(run: &Run) {
    run.send(&GetUserDetails::new(format!("{REVOKED}\n{REVOKED}")));
    run.send(&SignIn::new("alice", ""));
    run.send(&SwitchHomeUser::new(REVOKED, "9f0b").pin(format!("{HOME_PIN}1")));
    let address = format!("https://me:{REVOKED}@plex.tv").parse::<BaseUrl>();
    run.show(address.map_err(Error::from));
    run.show(format!("elsewhere://{REVOKED}").parse::<Source>().map_err(Error::from));
    for error in [Error::PinExpired, Error::DeadlineReached, Error::Stopped, Error::OutOfTurn] {
        run.show::<()>(Err(error));
    }
    run.show::<()>(Err(TransportError::new(Failure::RedirectFollowed, "elsewhere").into()));
    run.simulator.world().script_always("", Scripted::new(200, "a".repeat((1 << 20) + 1)));
    run.send(&GetUserDetails::new(REVOKED));
    run.simulator.world().unscript();
    let shown = [
        format!("{:?}", TokenCheck::from(run.client.send(&GetUserDetails::new("token-alice")))),
        format!("{:?}", TokenCheck::from(run.client.send(&GetUserDetails::new(REVOKED)))),
        format!("{:?}", Attempt::new(GetUserDetails::new(REVOKED), run.client.info(), RetryPolicy::none())),
        format!("{:?}", PlexJwt::read(&Token::new(format!("eyJ.{REVOKED}.{REVOKED}")))),
    ];
    SHOWN.lock().unwrap().push_str(&shown.join("\n"));
}

/// No answer at all, with a secret in the URL.
fn broken(adapter: Adapter, run: &Run) {
    // Also to a greeting of TLS.
    let garbage = Wire::start(|mut peer| {
        let _ = peer.read(&mut [0; 4096]);
        peer.send(format!("HTTP/1.1 200 OK\r\n{REVOKED}\r\n\r\n{HOME_PIN}"));
        peer.close();
    });
    let silent = Wire::start(|mut peer| peer.read_to_end());
    let closed = Closed::bind();
    let (long, short) = (Duration::from_secs(20), Duration::from_millis(100));
    for (address, time) in [(garbage.address(), long), (silent.address(), short), (closed.address(), long)] {
        for scheme in ["http", "https"] {
            let client = adapter.client(&format!("{scheme}://{address}"), &Settings::new(time));
            run.show(client.send(&SwitchHomeUser::new(REVOKED, "9f0b").pin(HOME_PIN)));
            run.show(client.send(&SignIn::new("alice", PASSWORD)));
        }
    }
}

/// Every token and every JWT that was sent is a secret, whoever made it.
fn harvest(run: &Run) {
    for request in run.simulator.requests() {
        for secret in [request.plex("X-Plex-Token"), request.parameter("deviceJWT")].into_iter().flatten() {
            run.keep(secret);
        }
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if let Some(jwt) = body["jwt"].as_str() {
            run.keep(jwt);
        }
    }
    let mut secrets = run.secrets.lock().unwrap();
    // Somebody who has only the signature of a JWT has nothing, but it has no place in a log either.
    let parts: Vec<String> = secrets
        .iter()
        .filter(|secret| secret.starts_with("eyJ"))
        .flat_map(|jwt| jwt.split('.').skip(1))
        .map(Into::into)
        .collect();
    secrets.extend(parts);
}
