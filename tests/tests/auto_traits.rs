//! What is shared between threads can be, and what is spawned too: compiling is the test.

use plexauth_proto::flows::{Authenticated, FindServer};
use plexauth_proto::jwt::{DeviceKey, PlexJwt, PlexKeys};
use plexauth_proto::model::{Account, Pin, Resource};
use plexauth_proto::session::SavedSession;
use plexauth_proto::{
    Attempt, BaseUrl, ClientInfo, Error, Flow, GetUserDetails, Operation, PinLogin, Renewal, Session, SignIn,
    Token,
};

fn everywhere<T: Send + Sync + 'static>() {}

fn sent<T: Send>(_: T) {}

#[test]
fn everything_goes_between_threads() {
    everywhere::<ClientInfo>();
    everywhere::<Token>();
    everywhere::<BaseUrl>();
    everywhere::<Error>();
    everywhere::<SignIn>();
    everywhere::<(Account, Pin, Resource)>();
    everywhere::<(DeviceKey, PlexJwt, PlexKeys)>();
    everywhere::<(Session, SavedSession)>();
    everywhere::<(Attempt<SignIn>, PinLogin, Renewal, FindServer)>();
    everywhere::<Authenticated<fn(&Token) -> GetUserDetails, GetUserDetails>>();
    everywhere::<plexauth_reqwest::Client>();
    everywhere::<plexauth_ureq::Client>();
    everywhere::<plexauth_ureq::Stop>();
    everywhere::<plexauth_hyper::Client>();
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
}

#[test]
fn every_future_can_be_spawned() {
    let info = ClientInfo::new("id-1", "App").unwrap();
    let operation = GetUserDetails::new("t");
    let flow = || Renewal::new(&DeviceKey::from_bytes([7; 32]), &info);
    reqwest_futures(&plexauth_reqwest::Client::new(info.clone()).unwrap(), &operation, flow());
    hyper_futures(&plexauth_hyper::Client::new(info.clone()).unwrap(), &operation, flow());
    let tower = plexauth_hyper::Client::with_http(info.clone(), axum::Router::<()>::new());
    sent(tower.send(&operation));
    sent(tower.run(flow()));
}
