use plexauth_reqwest::{Client, ClientInfo};
use plexauth_testing::Plex;

#[tokio::test]
async fn user_is_greeted() {
    let plex_tv = Plex::start();
    let info = ClientInfo::builder("id-1", "Outside").api_at(plex_tv.plex_tv_url().parse().unwrap());
    let plex = Client::new(info.build().unwrap()).unwrap();
    let greeting = outside::log_in(&plex, |id, _| plex_tv.world().approve_pin(id, 0)).await.unwrap();
    assert_eq!(greeting, "Hello, alice.");
}
