//! Signs in with a password, and with a code where the account has two-factor authentication. Neither is shown as it is typed.
//!
//! `cargo run -p plexauth-ureq --example sign_in`; with `-- --sim` against a simulated Plex, where bob has the password
//! `battery staple` and the code `123456`. The token is not shown unless `--show-token` asks for it.

#![allow(clippy::print_stdout, reason = "it talks to a person")]

use std::io::{self, Write};

use plexauth_tests::Simulator;
use plexauth_ureq::operations::SignedIn;
use plexauth_ureq::{Client, ClientInfo, Error, ErrorKind, SignIn};
use rpassword::prompt_password;

/// Asks for a code as often as Plex does. What else it refuses is for the person to mend: who tries a password over and
/// over is locked out.
fn sign_in(plex: &Client, login: &str, password: &str) -> Result<SignedIn, Box<dyn std::error::Error>> {
    let mut sign_in = SignIn::new(login, password);
    loop {
        let error = match plex.send(&sign_in) {
            Ok(signed_in) => return Ok(signed_in),
            Err(error) => error,
        };
        match error.kind() {
            Some(ErrorKind::VerificationCodeWanted) => {}
            Some(ErrorKind::WrongVerificationCode) => println!("That was not the code."),
            _ => return Err(error.into()),
        }
        sign_in = sign_in.verification_code(prompt_password("Verification code: ")?);
    }
}

fn ask(question: &str) -> io::Result<String> {
    print!("{question}");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let simulator = arguments.iter().any(|argument| argument == "--sim").then(Simulator::start);
    // Make an identifier of your own at the first start, store it, and use it for good.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth sign-in");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
    }
    let plex = Client::new(info.build()?)?;

    let login = ask("User name or email: ")?;
    let signed_in = match sign_in(&plex, &login, &prompt_password("Password: ")?) {
        Ok(signed_in) => signed_in,
        Err(error) if error.is::<Error>() => return Err(format!("Plex did not let you in: {error}").into()),
        Err(error) => return Err(error),
    };
    println!("Hello, {}.", signed_in.account.display_name().unwrap_or("whoever you are"));
    if arguments.iter().any(|argument| argument == "--show-token") {
        println!("{}", signed_in.token.expose());
    }
    Ok(())
}
