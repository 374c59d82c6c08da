//! Asks all connections of a server at once, and takes the best that answers: what an async program can do in the place
//! of `FindServer`, which asks one after the other.
//!
//! `cargo run -p plexauth-reqwest --example race_connections`, against a simulated Plex.

#![allow(clippy::print_stdout, reason = "it talks to a person")]

use std::time::Duration;

use plexauth_reqwest::model::Resource;
use plexauth_reqwest::{BaseUrl, Client, ClientInfo, GetResources, GetServerIdentity};
use plexauth_tests::Simulator;
use tokio::task::JoinSet;

/// Once one has answered, those that are better get as long again.
const GRACE: Duration = Duration::from_millis(200);

/// The best connection at which the server itself answers. No token is sent.
async fn race(plex: &Client, server: &Resource) -> Option<BaseUrl> {
    let mut race = JoinSet::new();
    for (place, connection) in server.connections_in_order().into_iter().enumerate() {
        let Some(base) = connection.base_url() else { continue };
        let plex = plex.clone();
        race.spawn(async move {
            let identity = plex.send(&GetServerIdentity::new(&base)).await.ok()?;
            Some((place, identity.machine_identifier, base))
        });
    }
    let mut best: Option<(usize, BaseUrl)> = None;
    loop {
        let next = match &best {
            None => race.join_next().await,
            Some((0, _)) => None,
            Some(_) => tokio::time::timeout(GRACE, race.join_next()).await.unwrap_or(None),
        };
        let Some(answer) = next else { return best.map(|(_, base)| base) };
        let Ok(Some((place, identifier, base))) = answer else { continue };
        let is_better = best.as_ref().is_none_or(|(other, _)| place < *other);
        if is_better && server.client_identifier.as_deref() == Some(&identifier) {
            best = Some((place, base));
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start();
    let base: BaseUrl = simulator.plex_tv_url().parse()?;
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth race");
    let plex = Client::new(info.plex_tv(base.clone()).clients_plex_tv(base).build()?)?;
    for server in
        plex.send(&GetResources::new("token-alice")).await?.iter().filter(|resource| resource.is_server())
    {
        let name = server.name.as_deref().unwrap_or("a server without a name");
        match race(&plex, server).await {
            Some(base) => println!("{name} is at {base}"),
            None => println!("{name} cannot be reached from here"),
        }
    }
    Ok(())
}
