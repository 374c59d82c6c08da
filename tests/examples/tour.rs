//! The main job, shown: every operation through every transport, against a simulated Plex on this machine.
//!
//! `cargo run --example tour` prints a table, and fails if any outcome is not the expected one.

use std::error::Error as StdError;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use plexauth_proto::{
    BaseUrl, ClientInfo, Error, GetSourceConnectionInformation, GetTransientToken, GetUserDetails, Operation,
    SignIn, SignedIn, Source, Token,
};
use plexauth_tests::Simulator;
use tokio::runtime::{Builder, Runtime};

enum Transport {
    Reqwest(plexauth_reqwest::Client, Runtime),
    Ureq(plexauth_ureq::Client),
    Hyper(plexauth_hyper::Client, Runtime),
}

impl Transport {
    fn name(&self) -> &'static str {
        match self {
            Self::Reqwest(..) => "reqwest",
            Self::Ureq(..) => "ureq",
            Self::Hyper(..) => "hyper",
        }
    }

    fn send<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        match self {
            Self::Reqwest(client, runtime) => runtime.block_on(client.send(operation)),
            Self::Ureq(client) => client.send(operation),
            Self::Hyper(client, runtime) => runtime.block_on(client.send(operation)),
        }
    }
}

/// One line of the table.
struct Row {
    operation: &'static str,
    transport: &'static str,
    outcome: String,
    expected: &'static str,
    time: Duration,
}

/// Runs the operations through one transport, and notes what came of each.
struct Guide<'a> {
    transport: &'a Transport,
    rows: &'a mut Vec<Row>,
}

impl Guide<'_> {
    fn show<O: Operation>(
        &mut self,
        name: &'static str,
        operation: &O,
        expected: &'static str,
        describe: impl FnOnce(&O::Output) -> String,
    ) -> Option<O::Output> {
        let start = Instant::now();
        let result = self.transport.send(operation);
        let time = start.elapsed();
        let outcome = match &result {
            Ok(output) => describe(output),
            Err(Error::Response(error)) => format!("{:?}", error.kind()),
            Err(error) => error.to_string(),
        };
        self.rows.push(Row { operation: name, transport: self.transport.name(), outcome, expected, time });
        result.ok()
    }

    fn tour(&mut self, server: &BaseUrl) -> Result<(), Box<dyn StdError>> {
        let named = |signed_in: &SignedIn| {
            format!("signed in as {}", signed_in.account.display_name().unwrap_or("?"))
        };
        let alice = SignIn::new("alice", "correct horse");
        let token = self.show("SignIn", &alice, "signed in as alice", named).map(|signed_in| signed_in.token);
        let token = token.unwrap_or_else(|| Token::new("none"));
        self.show("SignIn, wrong password", &SignIn::new("alice", "wrong"), "WrongCredentials", named);
        let bob = SignIn::new("bob", "battery staple");
        self.show("SignIn, two-factor, no code", &bob, "VerificationCodeWanted", named);
        self.show("SignIn, two-factor, code", &bob.verification_code("123456"), "signed in as bob", named);

        self.show("GetUserDetails", &GetUserDetails::new(token), "alice, 47 features", |account| {
            let features =
                account.subscription.as_ref().map_or(0, |subscription| subscription.features.len());
            format!("{}, {features} features", account.display_name().unwrap_or("?"))
        });
        let kid = GetUserDetails::new("token-kid");
        self.show("GetUserDetails, managed user", &kid, "Kid, little_kid", |account| {
            let profile = account.restriction_profile.as_ref().map_or("?", |profile| profile.as_str());
            format!("{}, {profile}", account.display_name().unwrap_or("?"))
        });
        let expired = GetUserDetails::new("token-expired");
        self.show("GetUserDetails, expired token", &expired, "TokenExpired", |account| account.uuid.clone());

        let get_token = GetTransientToken::new(server, "token-alice");
        let transient = self.show("GetTransientToken", &get_token, "a transient token", |token| {
            if token.expose().starts_with("transient-") { "a transient token" } else { "some token" }.into()
        });
        let source = Source::server("sim-machine")?;
        let token = transient.unwrap_or_else(|| Token::new("none"));
        let get_source = GetSourceConnectionInformation::new(server, token, source);
        self.show(
            "GetSourceConnectionInformation",
            &get_source,
            "Den at http://192.168.1.5:32400",
            |devices| {
                let device = devices.first();
                let name = device.and_then(|device| device.name.as_deref()).unwrap_or("nothing");
                let uri = device.and_then(|device| device.connections.first()?.uri.as_deref()).unwrap_or("?");
                format!("{name} at {uri}")
            },
        );
        Ok(())
    }
}

fn main() -> Result<ExitCode, Box<dyn StdError>> {
    let plex = Simulator::start();
    let server: BaseUrl = plex.media_server_url().parse()?;
    let base: BaseUrl = plex.plex_tv_url().parse()?;
    let info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "Tour")
        .version(env!("CARGO_PKG_VERSION"))
        .plex_tv(base.clone())
        .clients_plex_tv(base)
        .build()?;
    let runtime = || Builder::new_current_thread().enable_all().build();
    let transports = [
        Transport::Reqwest(plexauth_reqwest::Client::new(info.clone())?, runtime()?),
        Transport::Ureq(plexauth_ureq::Client::new(info.clone())?),
        Transport::Hyper(plexauth_hyper::Client::new(info)?, runtime()?),
    ];
    let mut rows = Vec::new();
    for transport in &transports {
        Guide { transport, rows: &mut rows }.tour(&server)?;
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
    println!("{} of {} outcomes as expected", rows.len() - unexpected, rows.len());
    if unexpected == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
