//! Runs every operation, flow and error through every adapter, and searches all output for secrets.
//!
//! The output is `Debug`, `Display` and the sources of every result, the message of a panic with it, and all logs. The
//! secrets are the credentials that were sent to the simulator or received from it, in every encoding that they might
//! appear in.

#[path = "../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;
mod common;
mod secrets_everywhere {
    pub(crate) mod run;
    pub(crate) mod search;
}

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::Read;
use std::time::{Duration, SystemTime};

use catalogue::{Inputs, Visitor};
use common::{Adapter, Settings};
use plexauth_proto::jwt::{DeviceKey, PlexJwt, Scopes};
use plexauth_proto::{
    Attempt, BaseUrl, CheckPin, ClaimServer, ClientInfo, CreatePin, Error, FindServer, GetClaimToken,
    GetDevices, GetHomeUsers, GetNonce, GetPlexKeys, GetResources, GetServerIdentity,
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, LinkDevice, LinkPin, Operation,
    PinLogin, Ping, RedeemDeviceJwt, RegisterDeviceKey, RemoveDevice, Renewal, RetryPolicy, ServerToken,
    Session, SignIn, SignOut, Source, SwitchHomeUser, Token, TokenCheck, TransportError, TransportErrorKind,
};
use plexauth_testing::{Closed, Scripted, Wire};
use secrets_everywhere::run::{ERRORS, Run, listen, show, take_shown, variant};
use secrets_everywhere::search::found;
use tracing_subscriber::filter::{LevelFilter, Targets};

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
const SECOND_KEY: [u8; 32] = *b"s3cret bytes of a second key!!!!";

#[test]
fn no_adapter_leaks_a_secret() {
    let levels = listen();
    for adapter in Adapter::ALL {
        let secrets = everything(adapter);
        assert!(secrets.len() > 20, "only {} secrets", secrets.len());
        let shown = take_shown();
        for secret in &secrets {
            assert_eq!(found(secret, &shown), None, "{adapter} leaks {secret:?}");
        }
        assert!(shown.len() > 100_000, "only {} bytes of output", shown.len());
        let logs = match adapter {
            Adapter::Ureq => [("DEBUG", "ureq::run:"), ("DEBUG", "ureq::pool:")],
            _ => [
                ("DEBUG", "hyper_util::client::legacy::pool:"),
                ("TRACE", "hyper_util::client::legacy::pool:"),
            ],
        };
        let is_logged = |level: &str, target: &str| {
            shown.lines().any(|line| line.trim_start().starts_with(level) && line.contains(target))
        };
        for (level, target) in logs {
            assert!(is_logged(level, target), "{adapter} logs nothing from {target} at {level}");
        }
        if cfg!(feature = "tracing") {
            let span = "exchange{operation=\"SignIn\" attempt=1 status=401 duration_ms=";
            assert!(is_logged("DEBUG", span), "{adapter} emits no span");
        }
    }
    // The documented exception: where TRACE is enabled, ureq logs URLs with their queries.
    levels.reload(Targets::new().with_default(LevelFilter::TRACE)).unwrap();
    let run = Run::new(Adapter::Ureq);
    run.send(&SignIn::new("alice", PASSWORD));
    let signed = DeviceKey::from_bytes(KEY).sign(run.client.info(), None, Scopes::none(), SystemTime::now());
    run.send(&CheckPin::new(1).device_jwt(&signed));
    let shown = take_shown();
    assert!(
        found(signed.expose(), &shown).is_some(),
        "if this fails, update the documentation of ureq's logs"
    );
}

/// Runs everything over one adapter and returns the secrets.
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
    run.keep(String::from_utf8(SECOND_KEY.to_vec()).unwrap());
    show(format!("{:?}\n{:#?}\n", run.client, run.client));

    let info = run.client.info().clone();
    let token = sign_ins(&run);
    let jwt = pins_and_keys(&run, &info, &token);
    servers_and_homes(&run, &info, &jwt);
    echoes(&run);
    transport_errors(adapter, &run);
    other_errors(&run);
    run.send(&SignOut::new(&token));
    let seen = run.seen.lock().unwrap();
    for error in ERRORS {
        assert!(seen.iter().any(|name| variant(name) == error), "{error} did not occur: {seen:?}");
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
    show(format!("{key:?} {key:#?}\n"));
    let signed = key.sign(info, Some("a nonce"), Scopes::all(), SystemTime::now());
    run.send(&CheckPin::new(pin.id).device_jwt(&signed));
    run.simulator.world().approve_pin(pin.id, 0);
    // Plex limits the rate of clients that check a PIN twice in a second.
    run.simulator.world().advance(Duration::from_secs(1));
    let jwt = run.run(|| pin.login(info).device_key(&key, Scopes::all())).unwrap();
    let read = PlexJwt::read(&jwt).unwrap();
    show(format!("{read:?} {read:#?}\n"));

    run.send(&RegisterDeviceKey::new(token, &key));
    run.send(&RegisterDeviceKey::new(REVOKED, &key));
    run.send(&GetNonce::new());
    run.send(&GetPlexKeys::new());
    run.send(&RedeemDeviceJwt::new(signed));
    let session = Session::with_key(info, jwt.clone(), &key, Scopes::all());
    run.run(|| session.authenticated(GetUserDetails::new));
    run.simulator.world().advance(Duration::from_secs(8 * 86_400));
    run.run(|| session.authenticated(GetUserDetails::new));
    show(format!("{session:?} {session:#?} {:?}\n", session.to_saved()));
    run.run(|| Renewal::new(&key, info)).unwrap()
}

fn servers_and_homes(run: &Run, info: &ClientInfo, jwt: &Token) {
    let server = run.media_server();
    run.send(&Ping::new(jwt));
    for resource in run.send(&GetResources::new(jwt)).unwrap() {
        if let Some(token) = &resource.server_token() {
            run.keep(token.expose());
        }
        run.find_server(|| FindServer::new(&resource, info));
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
    let claim = run.send(&GetClaimToken::new(&own)).unwrap();
    run.keep(claim.expose());
    let new: BaseUrl = server.to_string().replace("/plex", "/new").parse().unwrap();
    for _ in 0..2 {
        run.send(&ClaimServer::new(&new, &claim));
    }
    server_tokens(run, info, jwt, &own);
}

fn server_tokens(run: &Run, info: &ClientInfo, jwt: &Token, own: &Token) {
    run.send(&GetTransientToken::new(run.media_server(), jwt));
    for resource in run.send(&GetResources::new(jwt)).unwrap() {
        if let Some(token) = run.run(|| ServerToken::new(&resource, jwt, info)) {
            run.keep(token.expose());
        }
    }
    let nobodys = serde_json::from_str("{}").unwrap();
    run.run(|| ServerToken::new(&nobodys, jwt, info));
    run.simulator.world().grant("token-bob", 1);
    run.send(&GetHomeUsers::new("token-bob"));
    let second = ClientInfo::builder("id-2", "Tests").api_at(info.plex_tv().clone()).build().unwrap();
    let key = DeviceKey::from_bytes(SECOND_KEY);
    run.run(|| LinkDevice::new(own, info, info, &key));
    run.run(|| Renewal::new(&key, info));
    run.keep(run.run(|| LinkDevice::new(own, info, &second, &key)).unwrap().expose());
    run.run(|| PinLogin::resume(1, info));
    for device in run.send(&GetDevices::new(own)).unwrap() {
        if let Some(token) = &device.token {
            run.keep(token.expose());
        }
        if device.client_identifier.as_deref() == Some("id-2") {
            run.send(&RemoveDevice::new(own, device.id.unwrap()));
        }
    }
}

/// Sends every operation to servers that return its secrets, in errors and in unexpected places.
fn echoes(run: &Run) {
    let inputs = Inputs {
        server: &run.media_server(),
        token: REVOKED,
        password: PASSWORD,
        code: CODE,
        home_pin: HOME_PIN,
        key: KEY,
    };
    catalogue::visit_all(&mut Echo(run), run.client.info(), &inputs);
}

struct Echo<'a>(&'a Run);

impl Visitor for Echo<'_> {
    fn visit<O>(&mut self, operation: O, secrets: &[&str])
    where
        O: Operation + Debug,
        O::Output: Debug,
    {
        if !secrets.is_empty() {
            send_to_echo(self.0, secrets, &operation);
        }
    }
}

fn send_to_echo<O>(run: &Run, secrets: &[&str], operation: &O)
where
    O: Operation + Debug,
    O::Output: Debug,
{
    let echo = secrets.join(" ");
    let json = serde_json::to_string(&echo).unwrap();
    let host = secrets.last().unwrap().replace(|character: char| !character.is_ascii_alphanumeric(), "");
    let in_url = percent_encoding::utf8_percent_encode(&echo, percent_encoding::NON_ALPHANUMERIC);
    let location = format!("http://me:{host}@{host}.example/{in_url}?X-Plex-Token={in_url}");
    for response in [
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
        run.simulator.world().script_always("", response);
        run.send(operation);
    }
    for code in [1009, 1020, 1028, 1029, 1030, 1031, 1041] {
        let body = format!(r#"{{"errors":[{{"code":{code},"message":{json}}}]}}"#);
        run.simulator.world().script_always("", Scripted::new(401, body));
        run.send(operation);
    }
    run.simulator.world().unscript();
}

/// Rejected inputs, which errors must not quote, and the errors that no other function here causes.
fn other_errors(run: &Run) {
    run.send(&GetUserDetails::new(format!("{REVOKED}\n{REVOKED}")));
    run.send(&SignIn::new("alice", ""));
    run.send(&SwitchHomeUser::new(REVOKED, "9f0b").pin(format!("{HOME_PIN}1")));
    let address = format!("https://me:{REVOKED}@plex.tv").parse::<BaseUrl>();
    run.show(address.map_err(Error::from));
    run.show(format!("elsewhere://{REVOKED}").parse::<Source>().map_err(Error::from));
    for error in [Error::PinExpired, Error::DeadlineReached, Error::Cancelled, Error::OutOfTurn] {
        run.show::<()>(Err(error));
    }
    run.show::<()>(Err(TransportError::new(TransportErrorKind::RedirectFollowed, "elsewhere").into()));
    run.simulator.world().script_always("", Scripted::new(200, "a".repeat((1 << 20) + 1)));
    run.send(&GetUserDetails::new(REVOKED));
    run.simulator.world().unscript();
    let shown = [
        format!("{:?}", TokenCheck::from(run.client.send(&GetUserDetails::new("token-alice")))),
        format!("{:?}", TokenCheck::from(run.client.send(&GetUserDetails::new(REVOKED)))),
        format!("{:?}", Attempt::new(GetUserDetails::new(REVOKED), run.client.info(), RetryPolicy::none())),
        format!("{:?}", PlexJwt::read(&Token::new(format!("eyJ.{REVOKED}.{REVOKED}")))),
    ];
    show(shown.join("\n"));
}

/// Transport errors, with a secret in the URL.
fn transport_errors(adapter: Adapter, run: &Run) {
    // Responds to any first bytes, so also to a ClientHello.
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

/// Adds every token and JWT that was sent to the secrets.
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
    // The payload and the signature of a JWT must not be logged separately either.
    let parts: Vec<String> = secrets
        .iter()
        .filter(|secret| secret.starts_with("eyJ"))
        .flat_map(|jwt| jwt.split('.').skip(1))
        .map(Into::into)
        .collect();
    secrets.extend(parts);
}
