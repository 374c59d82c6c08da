//! Finds all servers of an account at once: a table with the best way to each, and how fast it is.
//!
//! `PLEX_TOKEN=… cargo run -p plexauth-reqwest --example servers`; with `-- --sim` against a simulated Plex. With `--all`,
//! it lists what became of every connection.

#![allow(clippy::print_stdout, reason = "an example")]

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plexauth_reqwest::model::Resource;
use plexauth_reqwest::{Client, ClientInfo, Error, FindServer, FoundServer, GetResources, TriedConnection};
use plexauth_testing::Plex;
use tokio::task::JoinSet;

type Outcome = Result<FoundServer, TriedConnection>;

async fn look(plex: &Client, server: &Resource, all: bool) -> Result<Vec<Outcome>, Error> {
    let search = FindServer::new(server, plex.info());
    if all {
        return plex.reachable(search).await;
    }
    match plex.find_server(search).await {
        Err(Error::ServerNotFound(tried)) => Ok(tried.into_iter().map(Err).collect()),
        found => found.map(|found| vec![Ok(found)]),
    }
}

fn row(name: &str, outcome: &Outcome) -> String {
    match outcome {
        Ok(found) => {
            let (way, version) = (format!("{:?}", found.tier), found.identity.version.as_deref());
            let time = format!("{} ms", found.elapsed.as_millis());
            format!("{name:<16} {way:<7} {time:>8}  {:<12}  {}", version.unwrap_or("?"), found.base_url)
        }
        Err(tried) => format!("{name:<16} -                            {tried}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let flag = |name: &str| std::env::args().any(|argument| argument == name);
    let simulator = flag("--sim").then(Plex::start);
    // Generate an identifier of your own once, store it, and use it from then on.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth servers");
    let mut token = std::env::var("PLEX_TOKEN");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
        token = Ok("token-alice".into());
    }
    let plex = Client::new(info.build()?)?;
    let resources = plex.send(&GetResources::new(token.map_err(|_| "set PLEX_TOKEN to your token")?)).await?;

    let mut searches = JoinSet::new();
    for server in resources.into_iter().filter(Resource::is_server) {
        let plex = plex.clone();
        searches.spawn(async move { (look(&plex, &server, flag("--all")).await, server) });
    }
    let line = ProgressBar::new(searches.len() as u64);
    line.set_style(ProgressStyle::with_template("{spinner} {pos} of {len} servers, {elapsed}")?);
    line.enable_steady_tick(Duration::from_millis(100));
    println!("{:<16} {:<7} {:>8}  {:<12}  ADDRESS", "SERVER", "WAY", "TIME", "VERSION");
    while let Some(search) = searches.join_next().await {
        let (outcomes, server) = search?;
        let name = server.name.as_deref().unwrap_or("unnamed server");
        line.suspend(|| match &outcomes {
            Ok(outcomes) => outcomes.iter().for_each(|outcome| println!("{}", row(name, outcome))),
            Err(error) => println!("{name:<16} {error}"),
        });
        line.inc(1);
    }
    line.finish_and_clear();
    Ok(())
}
