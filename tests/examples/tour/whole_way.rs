//! A complete session, from the login by PIN to the sign-out: each step uses the result of the one before.

use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::model::Resource;
use plexauth_proto::{
    BaseUrl, ClaimServer, ClientInfo, CreatePin, FindServer, GetClaimToken, GetHomeUsers, GetResources,
    GetServerIdentity, GetSourceConnectionInformation, GetTransientToken, GetUserDetails, Ping, Renewal,
    ServerToken, Session, SignOut, Source, SwitchHomeUser, Token,
};
use plexauth_testing::Plex;

use crate::guide::Guide;

const ALICE: usize = 0;

/// The kind of login.
#[derive(Clone, Copy, PartialEq)]
pub enum Login {
    /// The token is a JWT, which alice's Media Server refuses.
    WithKey,
    /// The token is a legacy token.
    WithoutKey,
}

impl Login {
    pub fn name(self) -> &'static str {
        match self {
            Self::WithKey => "whole way, login with a key",
            Self::WithoutKey => "whole way, login without a key",
        }
    }
}

/// Returns `None` if a step fails, because the next one needs its result.
pub fn visit(guide: &mut Guide<'_>, plex: &Plex, info: &ClientInfo, login: Login) -> Option<()> {
    let key = DeviceKey::from_bytes([8; 32]);
    let session = log_in(guide, plex, info, login, &key)?;

    let server = server(guide, &session, info)?;
    home(guide, &session)?;
    claim(guide, plex, &session)?;

    let mut token = session.token();
    if login == Login::WithKey {
        token = guide.run("Renewal", Renewal::new(&key, info), "a new token", |_| "a new token".into())?;
        session.renewed(token.clone(), std::time::SystemTime::now()).ok()?;
    }
    guide.run("Ping, with the session", session.authenticated(Ping::new), "pong", |()| "pong".into())?;
    guide.send("SignOut", &SignOut::new(&token), "signed out", |()| "signed out".into())?;
    guide.send("GetUserDetails, signed out", &GetUserDetails::new(&token), "TokenInvalid", |account| {
        account.uuid.clone()
    });
    guide.send("GetServerIdentity", &GetServerIdentity::new(&server), "sim-machine", |identity| {
        identity.machine_identifier.clone()
    })?;
    Some(())
}

fn log_in(
    guide: &mut Guide<'_>,
    plex: &Plex,
    info: &ClientInfo,
    login: Login,
    key: &DeviceKey,
) -> Option<Session> {
    let create = CreatePin::strong();
    let create = if login == Login::WithKey { create.device_key(key) } else { create };
    let pin = guide.send("CreatePin", &create, "a PIN", |_| "a PIN".into())?;
    plex.world().approve_pin(pin.id, ALICE);
    let flow = pin.login(info);
    let flow = if login == Login::WithKey { flow.device_key(key, Scopes::all()) } else { flow };
    let expected = if login == Login::WithKey { "a JWT" } else { "a legacy token" };
    let token = guide.run("PinLogin", flow, expected, |token| {
        if token.is_jwt() { "a JWT" } else { "a legacy token" }.into()
    })?;
    Some(match login {
        Login::WithKey => Session::with_key(info, token, key, Scopes::all()),
        Login::WithoutKey => Session::new(info, token),
    })
}

/// Finds the reachable connection of a server, and uses a token there that the server accepts.
fn server(guide: &mut Guide<'_>, session: &Session, info: &ClientInfo) -> Option<BaseUrl> {
    let resources = session.authenticated(GetResources::new);
    let resources = guide.run("GetResources", resources, "4 servers", |resources| {
        format!("{} servers", resources.iter().filter(|resource| resource.is_server()).count())
    })?;
    let own = resources.into_iter().find(|resource: &Resource| resource.is_server() && resource.owned)?;
    let found = guide.find_server(FindServer::new(&own, info), "the third connection", |found| {
        let bases: Vec<_> = own.connections_in_order().iter().filter_map(|way| way.base_url()).collect();
        match bases.iter().position(|base| *base == found.base_url) {
            Some(2) => "the third connection".into(),
            place => format!("{place:?}"),
        }
    })?;
    let token = ServerToken::new(&own, session.token(), info);
    let token = guide.run("ServerToken", token, "a legacy token", |token| {
        if token.is_jwt() { "a JWT" } else { "a legacy token" }.into()
    })?;
    let transient = GetTransientToken::new(&found.base_url, &token);
    let transient = guide.send("GetTransientToken", &transient, "a token", |_: &Token| "a token".into())?;
    let source = Source::server(&found.identity.machine_identifier).ok()?;
    let source = GetSourceConnectionInformation::new(&found.base_url, transient, source);
    guide.send("GetSourceConnectionInformation", &source, "Den", |devices| {
        devices.first().and_then(|device| device.name.clone()).unwrap_or_default()
    })?;
    Some(found.base_url)
}

/// Switches to a managed user of the Home.
fn home(guide: &mut Guide<'_>, session: &Session) -> Option<()> {
    let home = session.authenticated(GetHomeUsers::new);
    let home = guide.run("GetHomeUsers", home, "3 users", |home| format!("{} users", home.users.len()))?;
    let uuid = home.users.into_iter().find(|user| user.restricted)?.uuid?;
    let switch = session.authenticated(|token| SwitchHomeUser::new(token, &uuid));
    guide.run("SwitchHomeUser", switch, "Kid", |kid| kid.display_name().unwrap_or("?").into())?;
    Some(())
}

/// Claims a new server.
fn claim(guide: &mut Guide<'_>, plex: &Plex, session: &Session) -> Option<()> {
    let claim = session.authenticated(GetClaimToken::new);
    let claim = guide.run("GetClaimToken", claim, "a claim", |claim| {
        if claim.expose().starts_with("claim-") { "a claim" } else { "some token" }.into()
    })?;
    plex.world().new_server.owner = None;
    let new: BaseUrl = plex.media_server_url().replace("/plex", "/new").parse().ok()?;
    guide.send("ClaimServer", &ClaimServer::new(&new, claim), "claimed", |()| "claimed".into())?;
    guide.send("GetServerIdentity, claimed", &GetServerIdentity::new(&new), "claimed", |identity| {
        if identity.claimed == Some(true) { "claimed" } else { "not claimed" }.into()
    })?;
    plex.world().new_server.owner = None;
    Some(())
}
