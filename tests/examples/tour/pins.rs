//! Login by PIN, with and without a device key, and renewal.

use plexauth_proto::jwt::{DeviceKey, Expected, PlexJwt, Scopes};
use plexauth_proto::model::Pin;
use plexauth_proto::{
    CheckPin, ClientInfo, CreatePin, GetDevices, GetNonce, GetPlexKeys, GetUserDetails, LinkDevice, LinkPin,
    RedeemDeviceJwt, RegisterDeviceKey, RemoveDevice, Renewal, SignIn, SignedIn, Token,
};
use plexauth_testing::Plex;

use crate::guide::Guide;

const ALICE: usize = 0;

pub fn visit(guide: &mut Guide<'_>, plex: &Plex, info: &ClientInfo, second: &ClientInfo) {
    by_code(guide, info);
    with_a_key(guide, plex, info);
    second_device(guide, info, second);
}

/// A short code, entered on another device.
fn by_code(guide: &mut Guide<'_>, info: &ClientInfo) {
    let length = |pin: &Pin| if pin.code.len() > 4 { "a long code" } else { "a short code" }.to_owned();
    let Some(pin) = guide.send("CreatePin", &CreatePin::short(), "a short code", length) else { return };
    guide.send("CheckPin", &CheckPin::new(pin.id), "not yet", |status| match status.auth_token {
        Some(_) => "approved".into(),
        None => "not yet".into(),
    });
    let Some(pin) = guide.send("CreatePin", &CreatePin::short(), "a short code", length) else { return };
    let linked = |_: &()| "approved".to_owned();
    guide.send("LinkPin", &LinkPin::new("token-kid", &pin.code), "approved", linked);
    guide.send("LinkPin, wrong code", &LinkPin::new("token-kid", "ZZZZ"), "PinUnknownOrExpired", linked);
    guide.run("PinLogin", pin.login(info), "a legacy token", kind);
}

/// A device key, from the login to the renewal.
fn with_a_key(guide: &mut Guide<'_>, plex: &Plex, info: &ClientInfo) {
    let key = DeviceKey::from_bytes([7; 32]);
    let create = CreatePin::strong().device_key(&key);
    let Some(pin) = guide.send("CreatePin, with a key", &create, "a PIN", |_| "a PIN".into()) else { return };
    plex.world().approve_pin(pin.id, ALICE);
    let login = pin.login(info).device_key(&key, Scopes::all());
    let Some(token) = guide.run("PinLogin, with a key", login, "a JWT", kind) else { return };
    guide.send("GetPlexKeys", &GetPlexKeys::new(), "the JWT is Plex's", |keys| {
        let now = plex.world().now();
        match PlexJwt::read(&token) {
            Ok(Some(jwt)) => match jwt.verify(keys, &Expected::new(info, &key, now)) {
                Ok(()) => "the JWT is Plex's".into(),
                Err(error) => error.to_string(),
            },
            _ => "no JWT".into(),
        }
    });
    guide.send("GetUserDetails, with the JWT", &GetUserDetails::new(&token), "alice", |account| {
        account.display_name().unwrap_or("?").into()
    });
    guide.run("Renewal", Renewal::new(&key, info), "a JWT", kind);

    // A key for the device of a legacy token.
    let Some(legacy) =
        guide.send("SignIn", &SignIn::new("alice", "correct horse"), "signed in", |_| "signed in".into())
    else {
        return;
    };
    let register = RegisterDeviceKey::new(legacy.token, &key);
    guide.send("RegisterDeviceKey", &register, "registered", |_| "registered".into());
    let Some(nonce) = guide.send("GetNonce", &GetNonce::new(), "a nonce", |_| "a nonce".into()) else {
        return;
    };
    let signed =
        key.sign(info, Some(&nonce.value), Scopes::none(), nonce.server_time.unwrap_or(plex.world().now()));
    let redeem = RedeemDeviceJwt::new(signed);
    guide.send("RedeemDeviceJwt", &redeem, "a JWT", kind);
    guide.send("RedeemDeviceJwt, used nonce", &redeem, "DeviceJwtRefused", kind);
}

/// A second device gets a JWT, and the first keeps its legacy token. Then the second is removed.
fn second_device(guide: &mut Guide<'_>, info: &ClientInfo, second: &ClientInfo) {
    let signed_in = |_: &SignedIn| "signed in".to_owned();
    let alice = SignIn::new("alice", "correct horse");
    let Some(legacy) = guide.send("SignIn", &alice, "signed in", signed_in) else { return };
    let link = LinkDevice::new(&legacy.token, info, second, &DeviceKey::from_bytes([9; 32]));
    guide.run("LinkDevice", link, "a JWT", kind);
    let devices = GetDevices::new(&legacy.token);
    let Some(devices) =
        guide.send("GetDevices, with the old token", &devices, "the second is there", |devices| {
            let is_there =
                devices.iter().any(|device| device.client_identifier.as_deref() == Some(second.identifier()));
            if is_there { "the second is there" } else { "it is missing" }.to_owned()
        })
    else {
        return;
    };
    let id = devices.iter().find(|device| device.client_identifier.as_deref() == Some(second.identifier()));
    let Some(id) = id.and_then(|device| device.id) else { return };
    guide.send("RemoveDevice", &RemoveDevice::new(&legacy.token, id), "removed", |()| "removed".into());
}

fn kind(token: &Token) -> String {
    match PlexJwt::read(token) {
        Ok(Some(_)) => "a JWT".into(),
        Ok(None) => "a legacy token".into(),
        Err(error) => error.to_string(),
    }
}
