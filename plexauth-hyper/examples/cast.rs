//! Lists the servers of an account, and gets the address of one and a transient token for a player. The token is valid for two
//! days, and for that server only.
//!
//! `PLEX_TOKEN=… cargo run -p plexauth-hyper --example cast -- [SERVER NAME]`; with `--sim` against a simulated Plex.

#![allow(clippy::print_stdout, reason = "an example")]

use plexauth_hyper::model::Resource;
use plexauth_hyper::{
    BaseUrl, Client, ClientInfo, Error, FindServer, GetResources, GetTransientToken, ServerToken, Token,
};
use plexauth_testing::Plex;

/// The address of the server and a transient token for the player.
async fn cast(plex: &Client, server: &Resource, token: &Token) -> Result<(BaseUrl, Token), Error> {
    // Checks the identity of the server before any token is sent.
    let found = plex.find_server(FindServer::new(server, plex.info())).await?;
    // The token of the account may not be accepted: not by a shared server, and not by most servers if it is a JWT.
    let access = plex.run(ServerToken::new(server, token, plex.info())).await?;
    let transient = plex.send(&GetTransientToken::new(&found.base_url, &access)).await?;
    Ok((found.base_url, transient))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word == "--sim");
    let simulator = flags.first().map(|_| Plex::start());
    // Generate an identifier of your own once, store it, and use it from then on.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth cast");
    let mut token = std::env::var("PLEX_TOKEN");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
        token = Ok("token-alice".into());
    }
    let plex = Client::new(info.build()?)?;
    let token = Token::new(token.map_err(|_| "set PLEX_TOKEN to your token")?);

    let mut servers = plex.send(&GetResources::new(&token)).await?;
    servers.retain(Resource::is_server);
    for server in &servers {
        let whose = if server.owned { "yours" } else { "shared with you" };
        println!("{} ({whose})", server.name.as_deref().unwrap_or("unnamed server"));
    }
    let matches = |server: &&Resource| names.first().is_none_or(|name| server.name.as_ref() == Some(name));
    let server = servers.iter().find(matches).ok_or("no server has that name")?;
    let (address, transient) = cast(&plex, server, &token).await.map_err(|error| error.to_string())?;
    println!("The player can use {address} with a token of {} characters.", transient.expose().len());
    Ok(())
}
