//! Cancellation of blocking flows.

use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

use http::Response;
use plexauth_proto::{BaseUrl, ClientInfo, CreatePin, Error, Flow, Step, TransportError};
use plexauth_testing::Plex;
use plexauth_ureq::{CancelHandle, Client};

fn client(plex: &Plex) -> Client {
    let base: BaseUrl = plex.plex_tv_url().parse().unwrap();
    let info = ClientInfo::builder("id-1", "App").api_at(base).build().unwrap();
    Client::new(info).unwrap()
}

fn checks(simulator: &Plex) -> usize {
    simulator.requests().iter().filter(|request| request.path.contains("/pins/")).count()
}

/// Waits forever, and reports when the wait begins.
struct Endless(Sender<()>);

impl Flow for Endless {
    type Output = ();

    fn poll(&mut self, _: SystemTime) -> Step<()> {
        self.0.send(()).unwrap();
        Step::Wait(Duration::MAX)
    }

    fn handle(&mut self, _: Result<Response<Vec<u8>>, TransportError>, _: SystemTime) {}
}

/// Nothing else ends the wait: this test hangs if cancelling fails.
#[test]
fn waiting_flow_is_cancelled() {
    let simulator = Plex::start();
    let plex = client(&simulator);
    let cancel = CancelHandle::new();
    let (starts, started) = std::sync::mpsc::channel();
    let result = std::thread::scope(|scope| {
        let flow = scope.spawn(|| plex.run_until(Endless(starts), &cancel));
        started.recv().unwrap();
        cancel.cancel();
        flow.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

#[test]
fn cancelled_flow_sends_nothing() {
    let simulator = Plex::start();
    let plex = client(&simulator);
    let pin = plex.send(&CreatePin::short()).unwrap();
    let cancel = CancelHandle::new();
    cancel.cancel();
    let error = plex.run_until(pin.login(plex.info()), &cancel).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error:?}");
    assert_eq!(checks(&simulator), 0);
}
