//! Logs in by PIN: shows a code, a link and a QR code, and waits until somebody approves.
//!
//! `cargo run -p plexauth-reqwest --example login_async`; with `-- --sim` against a simulated Plex, which approves after
//! two seconds. `--show-token` prints the token. Ctrl-C cancels.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use plexauth_reqwest::model::Pin;
use plexauth_reqwest::{Client, ClientInfo, CreatePin, Error, GetUserDetails};
use plexauth_testing::Plex;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument != "--sim" && argument != "--show-token") {
        eprintln!("usage: login_async [--sim] [--show-token]");
        return Ok(ExitCode::from(2));
    }
    let simulator = arguments.iter().any(|argument| argument == "--sim").then(Plex::start);

    // Generate an identifier of your own once, store it, and use it from then on.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth login");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
    }
    let plex = Client::new(info.build()?)?;

    let pin = plex.send(&CreatePin::short()).await?;
    // Most terminals show light text on a dark background, so the light modules are the ones to print.
    let qr = QrCode::with_error_correction_level(pin.link_url()?, EcLevel::L)?;
    let qr = qr.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    println!("{qr}");
    println!("Scan this, or open {} and enter {}", Pin::LINK_PAGE, pin.code);
    if let Some(simulator) = &simulator {
        simulator.approve_pin_in(Duration::from_secs(2), pin.id);
    }

    let waiting = waiting(&pin)?;
    let login = async {
        let token = plex.run(pin.login(plex.info())).await?;
        Ok::<_, Error>((plex.send(&GetUserDetails::new(&token)).await?, token))
    };
    let result = tokio::select! {
        result = login => Some(result),
        _ = tokio::signal::ctrl_c() => None,
    };
    waiting.finish_and_clear();
    let Some(result) = result else {
        println!("Cancelled.");
        return Ok(ExitCode::from(130));
    };
    let (account, token) = result?;
    println!("Hello, {}.", account.display_name().unwrap_or("stranger"));
    if arguments.iter().any(|argument| argument == "--show-token") {
        println!("{}", token.expose());
    }
    Ok(ExitCode::SUCCESS)
}

/// A spinner with the time left. Hidden if the output is not a terminal.
fn waiting(pin: &Pin) -> Result<ProgressBar, Box<dyn std::error::Error>> {
    let lifetime = pin.lifetime();
    let left = move |state: &ProgressState, line: &mut dyn std::fmt::Write| {
        let seconds = lifetime.saturating_sub(state.elapsed()).as_secs();
        let _ = write!(line, "{:02}:{:02}", seconds / 60, seconds % 60);
    };
    let style = ProgressStyle::with_template("{spinner} waiting for approval, {left} left")?;
    let spinner = ProgressBar::new_spinner().with_style(style.with_key("left", left));
    spinner.enable_steady_tick(Duration::from_millis(100));
    Ok(spinner)
}
