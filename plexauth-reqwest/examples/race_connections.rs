//! Probes all connections of a server at once and picks the best one that responds, where `FindServer` probes one after
//! the other.
//!
//! Run it against a simulated Plex with `cargo run -p plexauth-reqwest --example race_connections`.

#![allow(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "an example")]

use std::time::Duration;

use plexauth_reqwest::model::Resource;
use plexauth_reqwest::{Attempt, BaseUrl, Client, ClientInfo, GetResources, GetServerIdentity, RetryPolicy};
use plexauth_tests::Simulator;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

/// After the first response, better connections get this much longer.
const GRACE: Duration = Duration::from_millis(200);
/// The time limit for each connection, as with `FindServer`.
const CANDIDATE_TIMEOUT: Duration = Duration::from_secs(5);

/// The best connection that leads to the server. No token is sent.
async fn race(plex: &Client, server: &Resource) -> Option<BaseUrl> {
    let mut race = JoinSet::new();
    for (place, connection) in server.connections_in_order().into_iter().enumerate() {
        let Some(base) = connection.base_url() else { continue };
        let plex = plex.clone();
        race.spawn(async move {
            let ask = GetServerIdentity::new(&base);
            // Without retries: the others are probed at the same time.
            let attempt = plex.run(Attempt::new(ask, plex.info(), RetryPolicy::none()));
            let identity = timeout(CANDIDATE_TIMEOUT, attempt).await.ok()?.ok()?;
            Some((place, identity.machine_identifier, base))
        });
    }
    let mut best: Option<(usize, BaseUrl)> = None;
    let mut end = Instant::now() + CANDIDATE_TIMEOUT;
    while let Ok(Some(answer)) = timeout_at(end, race.join_next()).await {
        let Ok(Some((place, identifier, base))) = answer else { continue };
        if server.client_identifier.as_deref() != Some(&identifier) {
            continue;
        }
        match &best {
            None => end = Instant::now() + GRACE,
            Some((better, _)) if *better < place => continue,
            Some(_) => {}
        }
        best = Some((place, base));
        if place == 0 {
            break;
        }
    }
    best.map(|(_, base)| base)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start();
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth race");
    let plex = Client::new(info.api_at(simulator.plex_tv_url().parse()?).build()?)?;
    for server in
        plex.send(&GetResources::new("token-alice")).await?.iter().filter(|resource| resource.is_server())
    {
        let name = server.name.as_deref().unwrap_or("unnamed server");
        match race(&plex, server).await {
            Some(base) => println!("{name} is at {base}"),
            None => println!("{name} cannot be reached"),
        }
    }
    Ok(())
}
