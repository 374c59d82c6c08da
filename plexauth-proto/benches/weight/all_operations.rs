//! Uses every operation once: builds its request and parses a response.

use std::fmt::Debug;
use std::hint::black_box;

use http::Response;
use plexauth_proto::*;
use plexauth_proto::{BaseUrl, ClientInfo, Operation, Source};

fn main() {
    let info = ClientInfo::new("id-1", "App").unwrap();
    let body = std::env::args().nth(1).unwrap_or_default();
    let server: BaseUrl = "https://localhost:32400".parse().unwrap();
    let run = Run { info, body };
    run.once(SignIn::new("me", "p"));
    run.once(GetUserDetails::new("t"));
    run.once(GetTransientToken::new(&server, "t"));
    run.once(GetSourceConnectionInformation::new(&server, "t", Source::server("9f0b").unwrap()));
    run.once(CreatePin::short());
    run.once(CheckPin::new(7));
    run.once(LinkPin::new("t", "AB12"));
    run.once(SignOut::new("t"));
    run.once(Ping::new("t"));
    run.once(GetResources::new("t"));
    run.once(GetHomeUsers::new("t"));
    run.once(SwitchHomeUser::new("t", "9f0b"));
    run.once(GetClaimToken::new("t"));
    run.once(GetServerIdentity::new(&server));
    #[cfg(feature = "jwt")]
    run.jwt_operations();
}

struct Run {
    info: ClientInfo,
    body: String,
}

impl Run {
    fn once<O: Operation>(&self, operation: O)
    where
        O::Output: Debug,
    {
        let _ = black_box(operation.request(&self.info));
        let _ = black_box(operation.parse(&Response::new(&self.body)));
    }

    #[cfg(feature = "jwt")]
    fn jwt_operations(&self) {
        use plexauth_proto::jwt::{DeviceKey, Scopes};

        let key = DeviceKey::from_bytes([7; 32]);
        let jwt = key.sign(&self.info, Some("nonce"), Scopes::default(), std::time::UNIX_EPOCH);
        self.once(RegisterDeviceKey::new("t", &key));
        self.once(GetNonce::new());
        self.once(RedeemDeviceJwt::new(jwt));
        self.once(GetPlexKeys::new());
    }
}
