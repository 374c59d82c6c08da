//! From the login to the media: log in by PIN, find the server, get a transient token, switch to a managed user.
//!
//! `cargo run -p plexauth-ureq --example whole_way -- --sim`

#![allow(clippy::print_stdout, reason = "an example")]

use plexauth_testing::Plex;
use plexauth_ureq::jwt::{DeviceKey, Scopes};
use plexauth_ureq::{
    Client, ClientInfo, CreatePin, Error, ErrorKind, FindServer, GetHomeUsers, GetResources,
    GetTransientToken, ServerToken, Session, SwitchHomeUser, generate_device_key,
};

fn whole_way(plex: &Client, key: &DeviceKey, show: impl FnOnce(u64, &str)) -> Result<(), Error> {
    let pin = plex.send(&CreatePin::strong().device_key(key))?;
    show(pin.id, &pin.auth_url(plex.info())?);
    let token = plex.run(pin.login(plex.info()).device_key(key, Scopes::all()))?;
    let session = Session::with_key(plex.info(), token, key, Scopes::all());

    let resources = plex.authenticated(&session, GetResources::new)?;
    let Some(server) = resources.iter().find(|resource| resource.is_server()) else { return Ok(()) };
    let found = plex.find_server(FindServer::new(server, plex.info()))?;
    println!("{} is at {}", server.name.as_deref().unwrap_or("the server"), found.base_url);
    // Most servers refuse JWTs.
    let mut server_token = ServerToken::new(server, session.token(), plex.info());
    let server_token = match plex.run(&mut server_token) {
        Err(error) if error.kind() == Some(ErrorKind::HomePinWanted) => {
            server_token
                .set_home_pin(rpassword::prompt_password("PIN of your Home user: ").unwrap_or_default());
            plex.run(&mut server_token)?
        }
        result => result?,
    };
    let _for_a_player = plex.send(&GetTransientToken::new(&found.base_url, server_token))?;

    let home = plex.authenticated(&session, GetHomeUsers::new)?;
    if let Some(uuid) = home.users.into_iter().find(|user| user.restricted).and_then(|user| user.uuid) {
        let kid = plex.authenticated(&session, |token| SwitchHomeUser::new(token, &uuid))?;
        println!("now as {}", kid.display_name().unwrap_or("unnamed user"));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = std::env::args().any(|argument| argument == "--sim").then(Plex::start);
    // Generate an identifier and a key of your own once, store them, and use them from then on.
    let mut info = ClientInfo::builder("3381b62b-9ab7-4e37-827b-203e9809eb58", "plexauth whole way");
    if let Some(simulator) = &simulator {
        info = info.api_at(simulator.plex_tv_url().parse()?);
    }
    whole_way(&Client::new(info.build()?)?, &generate_device_key()?, |id, url| {
        println!("Open {url}");
        if let Some(simulator) = &simulator {
            simulator.world().approve_pin(id, 0);
        }
    })?;
    Ok(())
}
