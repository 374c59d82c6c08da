//! A custom transport over attohttpc, in `attohttpc.rs`: four methods, and everything else is there.
//!
//! Run it against a simulated Plex with `cargo run --example own_transport`. The conformance kit checks it: see
//! `tests/tests/conformance.rs`.

#![allow(clippy::print_stdout, reason = "an example")]

use attohttpc_transport::Attohttpc;
use plexauth_proto::{ClientInfo, CreatePin, GetUserDetails, Limits, Transport};
use plexauth_testing::Plex;

#[path = "attohttpc.rs"]
mod attohttpc_transport;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Plex::start();
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth transport");
    let info = info.api_at(simulator.plex_tv_url().parse()?).build()?;
    let plex = Attohttpc { info, limits: Limits::default(), root_certificate: None };
    plexauth_ureq::block_on(async {
        let pin = plex.send(&CreatePin::short()).await?;
        simulator.world().approve_pin(pin.id, 0);
        let token = plex.run(pin.login(plex.info())).await?;
        let account = plex.send(&GetUserDetails::new(&token)).await?;
        println!("Hello, {}.", account.display_name().unwrap_or("stranger"));
        Ok(())
    })
}
