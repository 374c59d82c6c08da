//! A web application with a button "Sign in with Plex", which goes to app.plex.tv and back. It uses axum.
//!
//! `cargo run -p plexauth-reqwest --example web_sign_in -- [ADDRESS] [--sim]`; with `--sim`, a simulated Plex serves the
//! page to approve on. If `PLEX_SERVER` is the machine identifier of a server, only people who may use it can sign in. The
//! work is done in `sign_in.rs` and `waiting.rs`.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::arithmetic_side_effects, reason = "an example")]

use std::time::Duration;

use plexauth_reqwest::{Client, ClientInfo};
use plexauth_testing::Plex;
use tokio::net::TcpListener;

mod pages;
mod sign_in;
mod waiting;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (flags, addresses): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word == "--sim");
    let simulator = flags.first().map(|_| Plex::start());
    // Generate an identifier of your own once, store it, and use it from then on. All users may share it, because each token is
    // used at once and then revoked. To keep the tokens, use an identifier for each user.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth web sign-in");
    if let Some(simulator) = &simulator {
        info =
            info.api_at(simulator.plex_tv_url().parse()?).app_plex_tv(simulator.app_plex_tv_url().parse()?);
    }
    let listener = TcpListener::bind(addresses.first().map_or("127.0.0.1:3000", String::as_str)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    println!("Open {origin}");
    let routes = sign_in::routes(
        Client::new(info.build()?)?,
        origin,
        Duration::from_secs(60),
        std::env::var("PLEX_SERVER").ok(),
    );
    axum::serve(listener, routes).await?;
    Ok(())
}
