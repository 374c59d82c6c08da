//! Every operation over every transport, against a simulated Plex on this machine.
//!
//! `cargo run --example tour` prints a table of the outcomes, and fails if any of them is unexpected.

use std::error::Error as StdError;
use std::process::ExitCode;

use plexauth_proto::{BaseUrl, ClientInfo, Error};
use plexauth_testing::Plex;
use tokio::runtime::{Builder, Runtime};

use guide::{Guide, Row, Transport};
use whole_way::Login;

#[path = "../../../plexauth-proto/tests/catalogue/mod.rs"]
mod catalogue;
mod guide;
mod passwords;
mod pins;
mod whole_way;

fn main() -> Result<ExitCode, Box<dyn StdError>> {
    let runtime = || Builder::new_current_thread().enable_all().build();
    type Connect = fn(ClientInfo, Runtime) -> Result<Transport, Error>;
    let transports: [Connect; 3] = [
        |info, runtime| Ok(Transport::Reqwest(plexauth_reqwest::Client::new(info)?, runtime)),
        |info, _| Ok(Transport::Ureq(plexauth_ureq::Client::new(info)?)),
        |info, runtime| Ok(Transport::Hyper(plexauth_hyper::Client::new(info)?, runtime)),
    ];
    let mut rows = Vec::new();
    for transport in transports {
        // Each transport visits a Plex of its own.
        let plex = Plex::start();
        let server: BaseUrl = plex.media_server_url().parse()?;
        let client = |identifier: &str| {
            let info = ClientInfo::builder(identifier, "Tour").version(env!("CARGO_PKG_VERSION"));
            info.api_at(plex.plex_tv_url().parse()?).build()
        };
        let info = client("3381b62b-9ab7-4e37-827b-203e9809eb58")?;
        let second = client("5e1d6a0e-55a4-4d5e-8f0c-1f0c3b0a7a11")?;
        let transport = transport(info.clone(), runtime()?)?;
        let mut guide = Guide { transport: &transport, rows: Vec::new() };
        passwords::visit(&mut guide, &server)?;
        pins::visit(&mut guide, &plex, &info, &second);
        for login in [Login::WithKey, Login::WithoutKey] {
            let end = whole_way::visit(&mut guide, &plex, &info, login);
            guide.finish(login.name(), if end.is_some() { "completed" } else { "ended early" }, "completed");
        }
        rows.append(&mut guide.rows);
    }
    Ok(print(&rows))
}

fn print(rows: &[Row]) -> ExitCode {
    println!("{:<32} {:<9} {:<34} {:>9}", "operation", "transport", "outcome", "time");
    let mut last = "";
    let mut unexpected = 0;
    for row in rows {
        if row.transport != last {
            println!("{}", "-".repeat(87));
            last = row.transport;
        }
        let milliseconds = row.time.as_secs_f64() * 1000.0;
        print!("{:<32} {:<9} {:<34} {milliseconds:>6.1} ms", row.operation, row.transport, row.outcome);
        if row.outcome != row.expected {
            unexpected += 1;
            print!("  <- expected: {}", row.expected);
        }
        println!();
    }
    println!("{}", "-".repeat(87));
    let operation = |row: &Row| {
        // Steps are numbered, and a comma starts a remark.
        let name = row.operation.trim_start_matches(|character: char| !character.is_alphabetic());
        name.split(',').next().unwrap_or(name)
    };
    let shown = |name: &str| rows.iter().any(|row| operation(row) == name);
    let missing: Vec<&str> = catalogue::names().into_iter().filter(|name| !shown(name)).collect();
    if !missing.is_empty() {
        println!("missing: {}", missing.join(", "));
    }
    println!("{} of {} outcomes as expected", rows.len() - unexpected, rows.len());
    if unexpected == 0 && missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
