//! Lists the servers of an account, and gets what a player needs to play from one: its address, and a token that is good for
//! two days and for nothing but that server.
//!
//! `PLEX_TOKEN=… cargo run -p plexauth-hyper --example cast -- [NAME OF A SERVER]`; with `--sim` against a simulated Plex.

#![allow(clippy::print_stdout, reason = "it talks to a person")]

use plexauth_hyper::model::Resource;
use plexauth_hyper::{
    BaseUrl, Client, ClientInfo, Error, FindServer, GetResources, GetTransientToken, RequestError, Token,
};
use plexauth_tests::Simulator;

/// Where the player finds the server, and the token to hand to it in the place of one's own.
async fn cast(plex: &Client, server: &Resource) -> Result<(BaseUrl, Token), Error> {
    // Asks who is there before any token is sent.
    let found = plex.run(FindServer::new(server, plex.info())).await?;
    // The token of the account is of no use to a server that somebody shares.
    let access = found.access_token.ok_or(RequestError::Empty { what: "the token for the server" })?;
    let transient = plex.send(&GetTransientToken::new(&found.base_url, &access)).await?;
    Ok((found.base_url, transient))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word == "--sim");
    let simulator = flags.first().map(|_| Simulator::start());
    // Make an identifier of your own, store it, and use it for good.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth cast");
    let mut token = std::env::var("PLEX_TOKEN");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
        token = Ok("token-alice".into());
    }
    let plex = Client::new(info.build()?)?;
    let token = Token::new(token.map_err(|_| "put your token into the environment as PLEX_TOKEN")?);

    let mut servers = plex.send(&GetResources::new(&token)).await?;
    servers.retain(Resource::is_server);
    for server in &servers {
        let whose = if server.owned { "yours" } else { "shared with you" };
        println!("{} ({whose})", server.name.as_deref().unwrap_or("a server without a name"));
    }
    let meant = |server: &&Resource| names.first().is_none_or(|name| server.name.as_ref() == Some(name));
    let server = servers.iter().find(meant).ok_or("there is no such server")?;
    let (address, transient) = cast(&plex, server).await.map_err(|error| error.to_string())?;
    println!("A player may play from {address} with a token of {} characters.", transient.expose().len());
    Ok(())
}
