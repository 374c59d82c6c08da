//! What is shared between threads can be, and what is spawned too: compiling is the test.

#[path = "../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;

use plexauth_proto::decode::Sent;
use plexauth_proto::jwt::{
    DeviceJwt, DeviceKey, Expected, JwtError, PlexClaims, PlexJwt, PlexKeys, Scope, Scopes,
};
use plexauth_proto::lenient::Words;
use plexauth_proto::model::{
    Account, Connection, Device, Home, HomeUser, MailingListStatus, PastSubscription, Pin, PinLocation,
    PinStatus, Profile, Resource, RestrictionProfile, Service, ServiceStatus, Subscription,
    SubscriptionStatus,
};
use plexauth_proto::{
    Attempt, Authenticated, BaseUrl, ClientInfo, ClientInfoBuilder, ConnectionOutcome, Error, ErrorKind,
    FindServer, Flow, FoundServer, Freshness, GetUserDetails, Label, LimitedResponse, Limits, Nonce,
    Operation, Outgoing, PinLogin, Renewal, RequestError, ResponseError, RetryAfter, RetryPolicy,
    SavedSession, ServerIdentity, Session, SessionAdvice, SignIn, SignedIn, Source, Step, Token, TokenCheck,
    TransportError, TransportErrorKind, TriedConnection,
};

fn everywhere<T: Send + Sync + Unpin + 'static>() {}

fn sent<T: Send>(_: T) {}

#[test]
fn everything_goes_between_threads() {
    everywhere::<(ClientInfo, ClientInfoBuilder, BaseUrl, Token, Source, Words, Limits, LimitedResponse)>();
    everywhere::<(Error, ErrorKind, TransportErrorKind, RequestError, ResponseError, TransportError, JwtError)>(
    );
    everywhere::<(RetryPolicy, RetryAfter, Outgoing, Label, Step<Account>, TokenCheck)>();
    everywhere::<(SignedIn, ServerIdentity, Nonce)>();
    everywhere::<(Account, Profile, Service, ServiceStatus, MailingListStatus, RestrictionProfile)>();
    everywhere::<(Subscription, SubscriptionStatus, PastSubscription, Home, HomeUser)>();
    everywhere::<(Pin, PinLocation, PinStatus, Resource, Device, Connection)>();
    everywhere::<(DeviceKey, DeviceJwt, PlexJwt, PlexClaims, PlexKeys, Scope, Scopes)>();
    everywhere::<(Expected<'static>, Sent<'static>)>();
    everywhere::<(Session, SavedSession, Freshness, SessionAdvice)>();
    everywhere::<(Attempt<SignIn>, PinLogin, Renewal, FindServer)>();
    everywhere::<(FoundServer, TriedConnection, ConnectionOutcome)>();
    everywhere::<Authenticated<fn(&Token) -> GetUserDetails, GetUserDetails>>();
    everywhere::<(plexauth_reqwest::Client, plexauth_reqwest::ClientBuilder)>();
    everywhere::<(plexauth_ureq::Client, plexauth_ureq::ClientBuilder, plexauth_ureq::CancelHandle)>();
    everywhere::<(plexauth_reqwest::RootCertificateError, plexauth_ureq::RootCertificateError)>();
    everywhere::<plexauth_hyper::RootCertificateError>();
    everywhere::<(plexauth_hyper::Client, plexauth_hyper::ClientBuilder, plexauth_hyper::DefaultService)>();
}

/// Names the types above and in the catalogue of operations, whose bounds are the same.
#[test]
fn no_public_type_is_missing() {
    let above = include_str!("auto_traits.rs");
    let operations = catalogue::names();
    let lists = [
        include_str!("../../plexauth-proto/public-api.txt"),
        include_str!("../../plexauth-reqwest/public-api.txt"),
        include_str!("../../plexauth-ureq/public-api.txt"),
        include_str!("../../plexauth-hyper/public-api.txt"),
    ];
    let mut types = 0;
    for line in lists.iter().flat_map(|list| list.lines()) {
        let line = line.trim_start_matches("#[non_exhaustive] ");
        let Some(path) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) else {
            continue;
        };
        let path = path.split(['<', '(']).next().unwrap();
        let name = path.rsplit("::").next().unwrap();
        let named = above.split(|character: char| !character.is_alphanumeric()).any(|word| word == name);
        assert!(named || operations.contains(&name), "the auto traits of {path} are not tested");
        types += 1;
    }
    assert!(types > 70, "{types}");
}

fn reqwest_futures<O: Operation + Sync, F: Flow + Send>(
    client: &plexauth_reqwest::Client,
    operation: &O,
    flow: F,
) where
    O::Output: Send,
    F::Output: Send,
{
    sent(client.send(operation));
    sent(client.run(flow));
    sent(client.exchange(http::Request::default()));
    sent(client.check_token(&Token::new("t")));
    sent(client.authenticated(&Session::new(client.info(), "t"), |token| GetUserDetails::new(token)));
}

fn hyper_futures<O: Operation + Sync, F: Flow + Send>(client: &plexauth_hyper::Client, operation: &O, flow: F)
where
    O::Output: Send,
    F::Output: Send,
{
    sent(client.send(operation));
    sent(client.run(flow));
    sent(client.exchange(http::Request::default()));
    sent(client.check_token(&Token::new("t")));
    sent(client.authenticated(&Session::new(client.info(), "t"), |token| GetUserDetails::new(token)));
}

#[test]
fn every_future_can_be_spawned() {
    let info = ClientInfo::new("id-1", "App").unwrap();
    let operation = GetUserDetails::new("t");
    let flow = || Renewal::new(&DeviceKey::from_bytes([7; 32]), &info);
    reqwest_futures(&plexauth_reqwest::Client::new(info.clone()).unwrap(), &operation, flow());
    hyper_futures(&plexauth_hyper::Client::new(info.clone()).unwrap(), &operation, flow());
    let tower = plexauth_hyper::Client::builder(info.clone()).build_with(axum::Router::<()>::new());
    sent(tower.send(&operation));
    sent(tower.run(flow()));
}
