//! Runs the simulated Plex until it is interrupted: `plex-simulator [PORT [HOST]]`, or
//! `cargo run -p plexauth-testing --bin plex-simulator [PORT [HOST]]`. It prints each request with the status of the response, and why it was
//! refused.
//!
//! plex.tv listens on PORT (32480 by default), and the Media Server on the next port. If PORT is 0, both listen on free
//! ports. With HOST, the name of a container for instance, other machines can reach it.

use std::net::Ipv4Addr;
use std::time::Duration;

use plexauth_testing::Plex;

const USAGE: &str = "usage: plex-simulator [PORT [HOST]], where PORT is between 0 (any free port) and 65534, and HOST is the name \
                     of this machine or container for those who may reach it from others; without it, nobody can";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let port = match arguments.next().map(|text| text.parse::<u16>()) {
        None => 32480,
        Some(Ok(port)) if port < u16::MAX => port,
        Some(_) => fail(2, USAGE),
    };
    let ports = [port, if port == 0 { 0 } else { port + 1 }];
    let plex = match arguments.next() {
        None => Plex::start_on(ports[0], ports[1]),
        Some(host) => Plex::start_at(Ipv4Addr::UNSPECIFIED.into(), &host, ports),
    };
    let plex = plex.unwrap_or_else(|error| {
        fail(
            1,
            &format!(
                "cannot listen: {error}; stop the other program, or choose another port: plex-simulator PORT"
            ),
        )
    });
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
    let mut shown = 0;
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let requests = plex.requests();
        for request in requests.iter().skip(shown) {
            let status = request.status.map_or("fault".into(), |status| status.to_string());
            println!(
                "{status} {} {} {}",
                request.method,
                request.path,
                request.refusal.as_deref().unwrap_or_default()
            );
        }
        shown = requests.len();
    }
}

fn fail(code: i32, message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(code)
}
