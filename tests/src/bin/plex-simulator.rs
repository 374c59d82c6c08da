//! Runs the simulated Plex until it is interrupted: `cargo run -p plexauth-tests --bin plex-simulator [PORT]`.
//!
//! plex.tv listens on PORT (32480 by default), and the Media Server on the next port. If PORT is 0, both listen on free
//! ports.

use plexauth_tests::Simulator;

fn main() {
    let port = match std::env::args().nth(1).map(|text| text.parse::<u16>()) {
        None => 32480,
        Some(Ok(port)) if port < u16::MAX => port,
        Some(_) => {
            eprintln!("usage: plex-simulator [PORT], where PORT is between 0 (any free port) and 65534");
            std::process::exit(2);
        }
    };
    let plex = Simulator::start_on(port, if port == 0 { 0 } else { port + 1 });
    println!("plex.tv       {}", plex.plex_tv_url());
    println!("approve at    {}", plex.app_plex_tv_url());
    println!("Media Server  {}", plex.media_server_url());
    println!();
    println!("sign in as    alice, password \"correct horse\"");
    println!("              bob, password \"battery staple\", verification code 123456");
    println!("              carol@example.com, password \"tr0ub4dor\" (email address only)");
    println!("              dora, password \"explorer\"");
    println!("tokens        token-alice, token-kid (a managed user), token-expired");
    println!("sources       server://sim-machine, provider://tv.plex.provider.sim");
    println!("PINs          approve links in the browser, and codes with PUT /pins/link");
    println!();
    println!("Press Ctrl-C to stop.");
    loop {
        std::thread::park();
    }
}
