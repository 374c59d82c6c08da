//! A complete session, from the login by PIN to the sign-out: each step uses the result of the one before.

use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::model::Resource;
use plexauth_proto::{
    ClientInfo, CreatePin, FindServer, GetClaimToken, GetHomeUsers, GetResources, GetServerIdentity,
    GetSourceConnectionInformation, GetTransientToken, GetUserDetails, Ping, Renewal, Session, SignOut,
    Source, SwitchHomeUser, Token,
};
use plexauth_tests::Simulator;

use crate::guide::Guide;

const ALICE: usize = 0;

/// Returns `None` if a step fails, because the next one needs its result.
pub fn visit(guide: &mut Guide<'_>, plex: &Simulator, info: &ClientInfo) -> Option<()> {
    let key = DeviceKey::from_bytes([8; 32]);
    let create = CreatePin::strong().device_key(&key);
    let pin = guide.send("1 CreatePin, with a key", &create, "a PIN", |_| "a PIN".into())?;
    plex.world().approve_pin(pin.id, ALICE);
    let login = pin.login(info).device_key(&key, Scopes::all());
    let token = guide.run("2 PinLogin", login, "a token", |_| "a token".into())?;
    let session = Session::with_key(info, token, &key, Scopes::all());

    let server = server(guide, &session, info)?;
    home(guide, &session)?;

    let claim = session.authenticated(|token| GetClaimToken::new(token));
    guide.run("GetClaimToken", claim, "a claim", |claim| {
        if claim.expose().starts_with("claim-") { "a claim" } else { "some token" }.into()
    })?;

    let before = session.renewals();
    let renewed =
        guide.run("9 Renewal", Renewal::new(&key, info), "a new token", |_| "a new token".into())?;
    session.renewed(renewed.clone(), std::time::SystemTime::now());
    let ping = session.authenticated(|token| Ping::new(token));
    guide.run("10 Ping, with the session", ping, "renewed 1 time", |()| {
        format!("renewed {} time", session.renewals() - before)
    })?;
    guide.send("11 SignOut", &SignOut::new(&renewed), "signed out", |()| "signed out".into())?;
    guide.send("12 GetUserDetails", &GetUserDetails::new(&renewed), "TokenInvalid", |account| {
        account.uuid.clone()
    });
    guide.send("13 GetServerIdentity", &GetServerIdentity::new(&server), "sim-machine", |identity| {
        identity.machine_identifier.clone()
    })?;
    Some(())
}

/// Finds the reachable connection of a server, and uses the server's own token there.
fn server(guide: &mut Guide<'_>, session: &Session, info: &ClientInfo) -> Option<plexauth_proto::BaseUrl> {
    let resources = session.authenticated(|token| GetResources::new(token));
    let resources = guide.run("3 GetResources", resources, "3 servers", |resources| {
        format!("{} servers", resources.iter().filter(|resource| resource.is_server()).count())
    })?;
    let own = resources.into_iter().find(|resource: &Resource| resource.is_server() && resource.owned)?;
    let found = guide.run("4 FindServer", FindServer::new(&own, info), "the third connection", |found| {
        let bases: Vec<_> = own.connections_in_order().iter().filter_map(|way| way.base_url()).collect();
        match bases.iter().position(|base| *base == found.base_url) {
            Some(2) => "the third connection".into(),
            place => format!("{place:?}"),
        }
    })?;
    let access = found.access_token?;
    let transient = GetTransientToken::new(&found.base_url, &access);
    let transient = guide.send("5 GetTransientToken", &transient, "a token", |_: &Token| "a token".into())?;
    let source = Source::server(&found.identity.machine_identifier).ok()?;
    let source = GetSourceConnectionInformation::new(&found.base_url, transient, source);
    guide.send("6 GetSourceConnectionInformation", &source, "Den", |devices| {
        devices.first().and_then(|device| device.name.clone()).unwrap_or_default()
    })?;
    Some(found.base_url)
}

/// Switches to a managed user of the Home.
fn home(guide: &mut Guide<'_>, session: &Session) -> Option<()> {
    let home = session.authenticated(|token| GetHomeUsers::new(token));
    let home = guide.run("7 GetHomeUsers", home, "4 users", |home| format!("{} users", home.users.len()))?;
    let uuid = home.users.into_iter().find(|user| user.restricted)?.uuid?;
    let switch = session.authenticated(|token| SwitchHomeUser::new(token, &uuid));
    guide.run("8 SwitchHomeUser", switch, "Kid", |kid| kid.account.display_name().unwrap_or("?").into())?;
    Some(())
}
