//! A blocking flow can be stopped.

use std::time::{Duration, Instant};

use plexauth_proto::{BaseUrl, ClientInfo, CreatePin, Error};
use plexauth_tests::Simulator;
use plexauth_ureq::{Client, Stop};

fn client(plex: &Simulator) -> Client {
    let base: BaseUrl = plex.plex_tv_url().parse().unwrap();
    let info =
        ClientInfo::builder("id-1", "App").plex_tv(base.clone()).clients_plex_tv(base).build().unwrap();
    Client::new(info).unwrap()
}

fn checks(simulator: &Simulator) -> usize {
    simulator.requests().iter().filter(|request| request.path.contains("/pins/")).count()
}

/// In the middle of a wait of a second, which it does not sit out.
#[test]
fn a_login_is_stopped_while_it_waits() {
    let simulator = Simulator::start();
    let plex = client(&simulator);
    let pin = plex.send(&CreatePin::short()).unwrap();
    simulator.world().script_always(
        &format!("/pins/{}", pin.id),
        plexauth_tests::Scripted::new(429, "").header("retry-after", "1000"),
    );
    let stop = Stop::new();
    let start = Instant::now();
    let result = std::thread::scope(|scope| {
        let login = scope.spawn(|| plex.run_until(pin.login(plex.info()), &stop));
        while checks(&simulator) == 0 {
            std::thread::yield_now();
        }
        stop.stop();
        login.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
    assert_eq!(checks(&simulator), 1);
    assert!(start.elapsed() < Duration::from_secs(900));
}

#[test]
fn what_was_stopped_before_sends_nothing() {
    let simulator = Simulator::start();
    let plex = client(&simulator);
    let pin = plex.send(&CreatePin::short()).unwrap();
    let stop = Stop::new();
    stop.stop();
    let error = plex.run_until(pin.login(plex.info()), &stop).unwrap_err();
    assert!(matches!(error, Error::Stopped), "{error:?}");
    assert_eq!(checks(&simulator), 0);
}
