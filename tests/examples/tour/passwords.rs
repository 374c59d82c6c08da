//! Sign-in with a password, account details, and a Media Server.

use plexauth_proto::{
    BaseUrl, GetSourceConnectionInformation, GetTransientToken, GetUserDetails, RequestError, SignIn,
    SignedIn, Source, Token,
};

use crate::guide::Guide;

pub fn visit(guide: &mut Guide<'_>, server: &BaseUrl) -> Result<(), RequestError> {
    let named = |signed_in: &SignedIn| format!("signed in as {}", signed_in.display_name().unwrap_or("?"));
    let alice = SignIn::new("alice", "correct horse");
    let token = guide.send("SignIn", &alice, "signed in as alice", named).map(|signed_in| signed_in.token);
    let token = token.unwrap_or_else(|| Token::new("none"));
    guide.send("SignIn, wrong password", &SignIn::new("alice", "wrong"), "WrongCredentials", named);
    let bob = SignIn::new("bob", "battery staple");
    guide.send("SignIn, two-factor, no code", &bob, "VerificationCodeWanted", named);
    guide.send("SignIn, two-factor, code", &bob.verification_code("123456"), "signed in as bob", named);

    guide.send("GetUserDetails", &GetUserDetails::new(token), "alice, 47 features", |account| {
        let features = account.subscription.as_ref().map_or(0, |subscription| subscription.features.len());
        format!("{}, {features} features", account.display_name().unwrap_or("?"))
    });
    let kid = GetUserDetails::new("token-kid");
    guide.send("GetUserDetails, managed user", &kid, "Kid, little_kid", |account| {
        let profile = account.restriction_profile.as_ref().map_or("?", |profile| profile.as_str());
        format!("{}, {profile}", account.display_name().unwrap_or("?"))
    });
    let expired = GetUserDetails::new("token-expired");
    guide.send("GetUserDetails, expired token", &expired, "TokenExpired", |account| account.uuid.clone());

    let get_token = GetTransientToken::new(server, "token-alice");
    let transient = guide.send("GetTransientToken", &get_token, "a transient token", |token| {
        if token.expose().starts_with("transient-") { "a transient token" } else { "some token" }.into()
    });
    let source = Source::server("sim-machine")?;
    let token = transient.unwrap_or_else(|| Token::new("none"));
    let get_source = GetSourceConnectionInformation::new(server, token, source);
    guide.send("GetSourceConnectionInformation", &get_source, "Den at http://192.168.1.5:32400", |devices| {
        let device = devices.first();
        let name = device.and_then(|device| device.name.as_deref()).unwrap_or("nothing");
        let uri = device.and_then(|device| device.connections.first()?.uri.as_deref()).unwrap_or("?");
        format!("{name} at {uri}")
    });
    Ok(())
}
