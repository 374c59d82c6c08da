//! Runs the simulated Plex until it is stopped: `cargo run -p plexauth-tests --bin plex-simulator [PORT]`.
//!
//! plex.tv listens on PORT (32480 unless given), the Media Server on the port after it.

use plexauth_tests::Simulator;

fn main() {
    let port = match std::env::args().nth(1).map(|text| text.parse::<u16>()) {
        None => 32480,
        Some(Ok(port)) if port < u16::MAX => port,
        Some(_) => {
            eprintln!("usage: plex-simulator [PORT], with a port from 0 (any) to 65534");
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
    println!("              carol@example.com, password \"tr0ub4dor\" (not by user name)");
    println!("tokens        token-alice, token-kid (a managed user), token-expired");
    println!("sources       server://sim-machine, provider://tv.plex.provider.sim");
    println!("PINs          approve a link in the browser, or a short code with PUT /pins/link");
    println!();
    println!("Stop it with Ctrl-C.");
    loop {
        std::thread::park();
    }
}
