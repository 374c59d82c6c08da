//! A blocking flow can be stopped.

use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

use plexauth_proto::{BaseUrl, ClientInfo, CreatePin, Error, Failure, Flow, Step, Verdict};
use plexauth_tests::Simulator;
use plexauth_ureq::{Client, Stop};

fn client(plex: &Simulator) -> Client {
    let base: BaseUrl = plex.plex_tv_url().parse().unwrap();
    let info = ClientInfo::builder("id-1", "App").api_at(base).build().unwrap();
    Client::new(info).unwrap()
}

fn checks(simulator: &Simulator) -> usize {
    simulator.requests().iter().filter(|request| request.path.contains("/pins/")).count()
}

/// Asks to wait for ever, and says when it does.
struct Endless(Sender<()>);

impl Flow for Endless {
    type Output = ();

    fn poll(&mut self, _: SystemTime) -> Step<()> {
        self.0.send(()).unwrap();
        Step::Wait(Duration::MAX)
    }

    fn on_response<B: AsRef<[u8]>>(&mut self, _: http::Response<B>, _: SystemTime) {}

    fn on_failure(&mut self, _: Failure, _: SystemTime) -> Verdict {
        Verdict::GiveUp
    }
}

/// Only the stop can end the wait, so that this test hangs if it does not.
#[test]
fn a_flow_is_stopped_while_it_waits() {
    let simulator = Simulator::start();
    let plex = client(&simulator);
    let stop = Stop::new();
    let (waits, waiting) = std::sync::mpsc::channel();
    let result = std::thread::scope(|scope| {
        let flow = scope.spawn(|| plex.run_until(Endless(waits), &stop));
        waiting.recv().unwrap();
        stop.stop();
        flow.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
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
