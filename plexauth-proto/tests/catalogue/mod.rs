//! Lists every operation, for tests of properties that all operations share. Add new operations here.

use std::fmt::Debug;
use std::time::SystemTime;

use plexauth_proto::jwt::{DeviceKey, Scopes};
use plexauth_proto::{
    BaseUrl, CheckPin, ClaimServer, ClientInfo, CreatePin, GetClaimToken, GetDevices, GetHomeUsers, GetNonce,
    GetPlexKeys, GetResources, GetServerIdentity, GetSourceConnectionInformation, GetTransientToken,
    GetUserDetails, LinkPin, Operation, Ping, RedeemDeviceJwt, RegisterDeviceKey, RemoveDevice, SignIn,
    SignOut, Source, SwitchHomeUser,
};

/// The inputs of the operations. All but the server are secrets.
pub(crate) struct Inputs<'a> {
    pub(crate) server: &'a BaseUrl,
    pub(crate) token: &'a str,
    pub(crate) password: &'a str,
    pub(crate) code: &'a str,
    pub(crate) home_pin: &'a str,
    pub(crate) key: [u8; 32],
}

/// Visits operations of any type. `secrets` are the secrets that the request contains.
pub(crate) trait Visitor {
    fn visit<O>(&mut self, operation: O, secrets: &[&str])
    where
        O: Operation + Clone + Debug + Send + Sync + Unpin + 'static,
        O::Output: Debug + Send + 'static;
}

/// Visits every operation.
pub(crate) fn visit_all(visitor: &mut impl Visitor, info: &ClientInfo, inputs: &Inputs<'_>) {
    let &Inputs { server, token, password, code, home_pin, key } = inputs;
    let key = DeviceKey::from_bytes(key);
    let signed = key.sign(info, Some("a nonce"), Scopes::all(), SystemTime::UNIX_EPOCH);
    let source = Source::server("9f0b").expect("a valid identifier");

    visitor.visit(SignIn::new("me", password).verification_code(code), &[password, code]);
    visitor.visit(GetUserDetails::new(token), &[token]);
    visitor.visit(Ping::new(token), &[token]);
    visitor.visit(SignOut::new(token), &[token]);

    visitor.visit(CreatePin::strong().device_key(&key), &[]);
    visitor.visit(CheckPin::new(7).device_jwt(&signed), &[signed.expose()]);
    visitor.visit(LinkPin::new(token, code), &[token, code]);

    visitor.visit(RegisterDeviceKey::new(token, &key), &[token]);
    visitor.visit(GetNonce::new(), &[]);
    visitor.visit(RedeemDeviceJwt::new(signed.clone()), &[signed.expose()]);
    visitor.visit(GetPlexKeys::new(), &[]);

    visitor.visit(GetResources::new(token), &[token]);
    visitor.visit(GetHomeUsers::new(token), &[token]);
    visitor.visit(SwitchHomeUser::new(token, "9f0b").pin(home_pin), &[token, home_pin]);
    visitor.visit(GetClaimToken::new(token), &[token]);
    visitor.visit(GetDevices::new(token), &[token]);
    visitor.visit(RemoveDevice::new(token, 7), &[token]);

    visitor.visit(GetServerIdentity::new(server), &[]);
    visitor.visit(ClaimServer::new(server, token), &[token]);
    visitor.visit(GetTransientToken::new(server, token), &[token]);
    visitor.visit(GetSourceConnectionInformation::new(server, token, source), &[token]);
}

/// The names of all operations.
#[allow(dead_code, reason = "not used by every test")]
pub(crate) fn names() -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl Visitor for Names {
        fn visit<O: Operation>(&mut self, operation: O, _: &[&str]) {
            self.0.push(operation.name());
        }
    }
    let info = ClientInfo::new("id-1", "App").expect("valid values");
    let server = "http://127.0.0.1:32400".parse().expect("a valid URL");
    let inputs =
        Inputs { server: &server, token: "t", password: "p", code: "123456", home_pin: "1234", key: [7; 32] };
    let mut names = Names(Vec::new());
    visit_all(&mut names, &info, &inputs);
    names.0
}
