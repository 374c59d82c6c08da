//! Public types and futures have the auto traits that threads and tasks require. Compiling is the test.

#[path = "../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;

use plexauth_proto::decode::Sent;
use plexauth_proto::jwt::{
    DeviceJwt, DeviceKey, Expected, JwtError, PlexClaims, PlexJwt, PlexKeys, Scope, Scopes, UnknownScope,
};
use plexauth_proto::lenient::Words;
use plexauth_proto::model::{
    Account, AuthorizedDevice, Connection, Device, Home, HomeUser, MailingListStatus, PastSubscription, Pin,
    PinLocation, PinStatus, Profile, Resource, RestrictionProfile, ServerAccess, Service, ServiceStatus,
    Subscription, SubscriptionStatus,
};
use plexauth_proto::{
    Attempt, Authenticated, BaseUrl, ClientInfo, ClientInfoBuilder, ConnectionOutcome, ConnectionTier, Error,
    ErrorKind, FindServer, Flow, FoundServer, FreshToken, Freshness, GetUserDetails, InsecureConnections,
    Label, LeftOut, LimitedResponse, Limits, LinkDevice, Nonce, Operation, Outgoing, PinLogin, PinPace,
    Probe, Proxy, RaceStep, Renewal, RequestError, ResponseError, RetryAfter, RetryPolicy, SavedPin,
    SavedSession, ServerIdentity, ServerToken, Session, SessionAdvice, SignIn, SignedIn, Source, Step, Token,
    TokenCheck, TransportError, TransportErrorKind, TriedConnection,
};

fn shareable<T: Send + Sync + Unpin + 'static>() {}

fn sendable<T: Send>(_: T) {}

#[test]
fn public_types_are_send_sync_and_unpin() {
    shareable::<(ClientInfo, ClientInfoBuilder, BaseUrl, Proxy, Token, Source, Words, Limits, LimitedResponse)>(
    );
    shareable::<(Error, ErrorKind, TransportErrorKind, RequestError, ResponseError, TransportError, JwtError)>(
    );
    shareable::<(RetryPolicy, RetryAfter, Outgoing, Label, Step<Account>, TokenCheck)>();
    shareable::<(SignedIn, ServerIdentity, Nonce)>();
    shareable::<(Account, Profile, Service, ServiceStatus, MailingListStatus, RestrictionProfile)>();
    shareable::<(Subscription, SubscriptionStatus, PastSubscription, Home, HomeUser)>();
    shareable::<(Pin, PinLocation, PinStatus, Resource, Device, AuthorizedDevice, Connection, ServerAccess)>(
    );
    shareable::<(DeviceKey, DeviceJwt, PlexJwt, PlexClaims, PlexKeys, Scope, Scopes, UnknownScope)>();
    shareable::<(Expected<'static>, Sent<'static>)>();
    shareable::<(Session, SavedSession, Freshness, FreshToken, SessionAdvice, PinPace, SavedPin)>();
    shareable::<(Attempt<SignIn>, PinLogin, Renewal, FindServer, ServerToken, LinkDevice)>();
    shareable::<(FoundServer, ConnectionTier, TriedConnection, ConnectionOutcome, LeftOut)>();
    shareable::<(InsecureConnections, RaceStep, Probe)>();
    shareable::<Authenticated<fn(Token) -> GetUserDetails, GetUserDetails>>();
    shareable::<(plexauth_reqwest::Client, plexauth_reqwest::ClientBuilder)>();
    shareable::<(plexauth_ureq::Client, plexauth_ureq::ClientBuilder, plexauth_ureq::CancelHandle)>();
    shareable::<(plexauth_reqwest::RootCertificateError, plexauth_ureq::RootCertificateError)>();
    shareable::<plexauth_hyper::RootCertificateError>();
    shareable::<(plexauth_hyper::Client, plexauth_hyper::ClientBuilder, plexauth_hyper::DefaultService)>();
}

/// Every public type is listed above or in the catalogue of operations, which has the same bounds.
#[test]
fn every_public_type_is_tested() {
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
    sendable(client.send(operation));
    sendable(client.run(flow));
    sendable(client.exchange(plexauth_reqwest::http::Request::default()));
    sendable(client.check_token(&Token::new("t")));
    sendable(client.authenticated(&Session::new(client.info(), "t"), GetUserDetails::new));
}

fn hyper_futures<O: Operation + Sync, F: Flow + Send>(client: &plexauth_hyper::Client, operation: &O, flow: F)
where
    O::Output: Send,
    F::Output: Send,
{
    sendable(client.send(operation));
    sendable(client.run(flow));
    sendable(client.exchange(plexauth_hyper::http::Request::default()));
    sendable(client.check_token(&Token::new("t")));
    sendable(client.authenticated(&Session::new(client.info(), "t"), GetUserDetails::new));
}

#[test]
fn futures_are_send() {
    let info = ClientInfo::new("id-1", "App").unwrap();
    let operation = GetUserDetails::new("t");
    let flow = || Renewal::new(&DeviceKey::from_bytes([7; 32]), &info);
    reqwest_futures(&plexauth_reqwest::Client::new(info.clone()).unwrap(), &operation, flow());
    hyper_futures(&plexauth_hyper::Client::new(info.clone()).unwrap(), &operation, flow());
    let tower = plexauth_hyper::Client::builder(info.clone()).build_with(axum::Router::<()>::new());
    sendable(tower.send(&operation));
    sendable(tower.run(flow()));
}
