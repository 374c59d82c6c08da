//! Every operation in a browser, and the limits of an exchange. `tests/tests/webassembly.rs` calls it.

use std::error::Error as _;
use std::time::Duration;

use plexauth_reqwest::http::Request;
use plexauth_reqwest::jwt::{Expected, PlexJwt, Scopes};
use plexauth_reqwest::model::AuthorizedDevice;
use plexauth_reqwest::{
    BaseUrl, CheckPin, ClaimServer, Client, ClientInfo, CreatePin, Error, FindServer, GetClaimToken,
    GetDevices, GetHomeUsers, GetNonce, GetPlexKeys, GetResources, GetServerIdentity,
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, Limits, LinkDevice, LinkPin, Ping,
    Proxy, RedeemDeviceJwt, RegisterDeviceKey, RemoveDevice, Renewal, ServerToken, Session, SignIn, SignOut,
    Source, SwitchHomeUser, Token, TokenCheck, Transport, TransportError, generate_device_key,
};
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

/// Uses every operation and flow at a simulated plex.tv and Media Server. Returns what was done.
#[wasm_bindgen]
pub async fn operations(plex_tv: String, media_server: String) -> Result<Vec<String>, String> {
    visit(&plex_tv, &media_server).await.map_err(|error| error.to_string())
}

fn info(identifier: &str, plex_tv: &str) -> Result<ClientInfo, Error> {
    Ok(ClientInfo::builder(identifier, "In a browser").api_at(plex_tv.parse()?).build()?)
}

async fn visit(plex_tv: &str, media_server: &str) -> Result<Vec<String>, Error> {
    let plex = Client::new(info("id-1", plex_tv)?)?;
    let server: BaseUrl = media_server.parse()?;
    let new: BaseUrl = media_server.replace("/plex", "/new").parse()?;
    let second = info("id-2", plex_tv)?;
    let alice = plex.send(&SignIn::new("alice", "correct horse")).await?.token;
    Ok(vec![
        account(&plex, &alice).await?,
        own_server(&plex, &alice, &server).await?,
        home(&plex, &alice).await?,
        new_server(&plex, &alice, &new).await?,
        pin(&plex, &alice).await?,
        devices(&plex, &second).await?,
        jitter(&plex, &Client::new(second)?),
    ])
}

/// Otherwise clients that fail together would also retry together.
fn jitter(one: &Client, other: &Client) -> String {
    let is_the_same = one.retry_policy() == other.retry_policy();
    if is_the_same { "the same jitter" } else { "jitter of its own" }.to_owned()
}

async fn account(plex: &Client, token: &Token) -> Result<String, Error> {
    let account = plex.send(&GetUserDetails::new(token)).await?;
    Ok(account.display_name().unwrap_or("nobody").to_owned())
}

async fn own_server(plex: &Client, alice: &Token, server: &BaseUrl) -> Result<String, Error> {
    let resources = plex.send(&GetResources::new(alice)).await?;
    let own = resources.into_iter().find(|resource| resource.is_server() && resource.owned);
    let own = own.ok_or(Error::OutOfTurn)?;
    let found = plex.find_server(FindServer::new(&own, plex.info())).await?;
    let all = plex.reachable(FindServer::new(&own, plex.info())).await?;
    let token = plex.run(ServerToken::new(&own, alice, plex.info())).await?;
    let transient = plex.send(&GetTransientToken::new(server, &token)).await?;
    let source = Source::server(&found.identity.machine_identifier)?;
    let devices = plex.send(&GetSourceConnectionInformation::new(server, transient, source)).await?;
    let name = devices.into_iter().next().and_then(|device| device.name).unwrap_or_default();
    Ok(format!("{name}, {} of {} reachable", all.iter().flatten().count(), all.len()))
}

async fn home(plex: &Client, alice: &Token) -> Result<String, Error> {
    let home = plex.send(&GetHomeUsers::new(alice)).await?;
    let kid = home.users.into_iter().find(|user| user.restricted).and_then(|user| user.uuid);
    let kid = plex.send(&SwitchHomeUser::new(alice, &kid.unwrap_or_default())).await?;
    Ok(kid.display_name().unwrap_or("nobody").to_owned())
}

async fn new_server(plex: &Client, alice: &Token, new: &BaseUrl) -> Result<String, Error> {
    let claim = plex.send(&GetClaimToken::new(alice)).await?;
    plex.send(&ClaimServer::new(new, claim)).await?;
    let identity = plex.send(&GetServerIdentity::new(new)).await?;
    Ok(identity
        .claimed
        .map_or("unknown", |claimed| if claimed { "claimed" } else { "not claimed" })
        .to_owned())
}

/// A login by PIN with a device key, which another token approves, and a renewal.
async fn pin(plex: &Client, alice: &Token) -> Result<String, Error> {
    let pin = plex.send(&CreatePin::strong()).await?;
    let is_waiting = plex.send(&CheckPin::new(pin.id)).await?.auth_token.is_none();
    let key = generate_device_key()?;
    let pin = plex.send(&CreatePin::short().device_key(&key)).await?;
    plex.send(&LinkPin::new(alice, &pin.code)).await?;
    let token = plex.run(pin.login(plex.info()).device_key(&key, Scopes::all())).await?;
    let keys = plex.send(&GetPlexKeys::new()).await?;
    let expected = Expected::new(plex.info(), &key, plex.now());
    let jwt = PlexJwt::read(&token).ok().flatten();
    let is_genuine = jwt.is_some_and(|jwt| jwt.verify(&keys, &expected).is_ok());

    let session = Session::with_key(plex.info(), token, &key, Scopes::all());
    plex.authenticated(&session, Ping::new).await?;
    let renewed = plex.run(Renewal::new(&key, plex.info())).await?;
    let nonce = plex.send(&GetNonce::new()).await?;
    let now = nonce.server_time.unwrap_or(plex.now());
    let signed = key.sign(plex.info(), Some(&nonce.value), Scopes::none(), now);
    let redeemed = plex.send(&RedeemDeviceJwt::new(signed)).await?;
    let all = is_waiting && is_genuine && renewed.is_jwt() && redeemed.is_jwt();
    Ok(if all { "a genuine JWT, and renewed" } else { "something is wrong" }.to_owned())
}

async fn devices(plex: &Client, second: &ClientInfo) -> Result<String, Error> {
    let alice = plex.send(&SignIn::new("alice", "correct horse")).await?.token;
    let (key, other) = (generate_device_key()?, generate_device_key()?);
    plex.run(LinkDevice::new(&alice, plex.info(), second, &other)).await?;
    let devices = plex.send(&GetDevices::new(&alice)).await?;
    let is_second = |device: &AuthorizedDevice| device.client_identifier.as_deref() == Some("id-2");
    let id = devices.into_iter().find(is_second).and_then(|device| device.id);
    plex.send(&RemoveDevice::new(&alice, id.ok_or(Error::OutOfTurn)?)).await?;
    plex.send(&RegisterDeviceKey::new(&alice, &key)).await?;
    plex.send(&SignOut::new(&alice)).await?;
    Ok(match plex.check_token(&alice).await {
        TokenCheck::Invalid => "signed out",
        _ => "still signed in",
    }
    .to_owned())
}

/// Sends a request within limits, both in JSON. Returns the response, or the kind of the error.
#[wasm_bindgen]
pub async fn exchange(request: String) -> String {
    let result = async {
        let sent: Sent = serde_json::from_str(&request)?;
        let limits =
            Limits::default().with_timeout(Duration::from_millis(sent.millis)).with_body(sent.longest);
        let plex = Client::builder(ClientInfo::new("id-1", "In a browser")?).limits(limits).build()?;
        let mut request = Request::builder().method(sent.method.as_str()).uri(sent.uri);
        for (name, value) in &sent.headers {
            request = request.header(name, value.as_bytes());
        }
        Ok::<_, Box<dyn std::error::Error>>(plex.exchange(request.body(sent.body)?).await?)
    };
    let answer = match result.await {
        Ok(response) => {
            let headers: Vec<_> = response
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
                .collect();
            json!({ "status": response.status().as_u16(), "headers": headers, "body": response.body() })
        }
        Err(error) => match error.downcast_ref::<TransportError>() {
            Some(error) => {
                json!({ "error": error.kind().as_str(), "source": error.source().map(ToString::to_string) })
            }
            None => json!({ "error": error.to_string() }),
        },
    };
    answer.to_string()
}

#[derive(Deserialize)]
struct Sent {
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    millis: u64,
    longest: usize,
}

/// The errors of settings that a browser does not take.
#[wasm_bindgen]
pub fn refused_settings() -> Vec<String> {
    let builder = || ClientInfo::new("id-1", "In a browser").map(Client::builder);
    let proxy = "http://proxy.example:3128".parse::<Proxy>();
    let builders = [
        proxy.and_then(|proxy| Ok(builder()?.proxy(proxy))),
        builder().map(|builder| builder.root_certificate(vec![0])),
    ];
    let problem = |error: Error| error.source().map_or("no source".to_owned(), ToString::to_string);
    let built = builders.into_iter().flatten().map(|builder| builder.build());
    built.map(|client| client.err().map_or("accepted".to_owned(), problem)).collect()
}
