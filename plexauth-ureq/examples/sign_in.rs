//! Signs in with a password and, if the account uses two-factor authentication, a code. Neither is echoed.
//!
//! `cargo run -p plexauth-ureq --example sign_in`; with `-- --sim` against a simulated Plex, where bob has the password
//! `battery staple` and the code `123456`. `--show-token` prints the token.

#![allow(clippy::print_stdout, reason = "an example")]

use std::io::{self, Write};

use plexauth_testing::Plex;
use plexauth_ureq::{Client, ClientInfo, Error, ErrorKind, SignIn, SignedIn};
use rpassword::prompt_password;

/// Asks for a code as long as Plex wants one. It returns every other error, because repeating a refused password locks the
/// address out.
fn sign_in(plex: &Client, login: &str, password: &str) -> Result<SignedIn, Box<dyn std::error::Error>> {
    let mut sign_in = SignIn::new(login, password);
    loop {
        let error = match plex.send(&sign_in) {
            Ok(signed_in) => return Ok(signed_in),
            Err(error) => error,
        };
        match error.kind() {
            Some(ErrorKind::VerificationCodeWanted) => {}
            Some(ErrorKind::WrongVerificationCode) => println!("The code is wrong."),
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
    let simulator = arguments.iter().any(|argument| argument == "--sim").then(Plex::start);
    // Generate an identifier of your own once, store it, and use it from then on.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth sign-in");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
    }
    let plex = Client::new(info.build()?)?;

    let login = ask("User name or email: ")?;
    let signed_in = match sign_in(&plex, &login, &prompt_password("Password: ")?) {
        Ok(signed_in) => signed_in,
        Err(error) => match error.downcast_ref().and_then(Error::kind) {
            Some(ErrorKind::WrongCredentials) => return Err("wrong user name or password".into()),
            _ => return Err(error),
        },
    };
    println!("Hello, {}.", signed_in.display_name().unwrap_or("stranger"));
    if arguments.iter().any(|argument| argument == "--show-token") {
        println!("{}", signed_in.token.expose());
    }
    Ok(())
}
