//! Many logins at once while every tenth request fails: everybody gets the account that is theirs, and nothing stays
//! behind.

#![cfg(target_os = "linux")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::info;
use common::process::{forget_peak, sockets, status};
use plexauth_proto::{ClientInfo, CreatePin, Error, GetUserDetails, RetryPolicy, SignIn};
use plexauth_tests::{Account, Simulator};
use tokio::runtime::{Builder, Runtime};

/// How many sign in, and as many log in with a PIN.
const LOGINS: usize = 1000;

/// How many threads the blocking adapter gets.
const THREADS: usize = 64;

/// What all of it may cost, the simulator with every request that it keeps included, in KiB: 100 for each login.
const MEMORY: u64 = 100 * 2 * LOGINS as u64;

/// The place of the first of them among the simulator's accounts, and the number of the account beyond it.
const FIRST: usize = 4;

fn number(login: usize) -> u64 {
    5000 + login as u64
}

fn simulator() -> Simulator {
    let simulator = Simulator::start();
    let mut world = simulator.world();
    world.fault_every = Some(10);
    assert_eq!(world.accounts.len(), FIRST);
    let everybody = (0..LOGINS)
        .map(|login| Account::new(number(login), &format!("user-{login}"), &format!("password-{login}")));
    world.accounts.extend(everybody);
    drop(world);
    simulator
}

fn who_asks(simulator: &Simulator) -> ClientInfo {
    info(&simulator.plex_tv_url().replace("/api/v2", ""))
}

fn retry() -> RetryPolicy {
    RetryPolicy::default().retries(9).base_delay(Duration::from_millis(1)).max_delay(Duration::from_secs(2))
}

/// What is tried again by whoever signs in or creates a PIN, since the policy does not: any of the injected faults.
fn passes(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Response(error) => matches!(error.status().as_u16(), 429 | 503),
        _ => false,
    }
}

/// Faults of each kind were among the answers, and not a few.
fn faults_were_injected(simulator: &Simulator) {
    let faults = simulator.world().faults();
    assert!(faults.iter().all(|count| *count > LOGINS / 10), "{faults:?}");
}

/// How often somebody tries again who signs in or creates a PIN.
const TRIES: usize = 20;

/// With one line for each way to wait: the two async adapters have the same methods and no trait in common.
macro_rules! log_in {
    ($plex:expr, $simulator:expr, $login:expr $(, $wait:tt)?) => {{
        let (plex, simulator, login): (_, &Simulator, usize) = ($plex, $simulator, $login);
        let token = if login < LOGINS {
            let sign_in = SignIn::new(format!("user-{login}"), format!("password-{login}"));
            let mut tries = 0..TRIES;
            loop {
                assert!(tries.next().is_some(), "it does not get better");
                match plex.send(&sign_in)$(.$wait)? {
                    Ok(signed_in) => {
                        assert_eq!(signed_in.account.id, number(login));
                        break signed_in.token;
                    }
                    Err(error) => assert!(passes(&error), "{error}"),
                }
            }
        } else {
            let mut tries = 0..TRIES;
            let pin = loop {
                assert!(tries.next().is_some(), "it does not get better");
                match plex.send(&CreatePin::strong())$(.$wait)? {
                    Ok(pin) => break pin,
                    Err(error) => assert!(passes(&error), "{error}"),
                }
            };
            // Some are approved at once, and some only by the second check.
            simulator.world().approve_pin_after(pin.id, FIRST + login - LOGINS, u32::from(login % 4 == 0));
            plex.run(pin.login(plex.info()))$(.$wait)?.unwrap()
        };
        let account = plex.send(&GetUserDetails::new(token))$(.$wait)?.unwrap();
        assert_eq!(account.id, number(login % LOGINS));
    }};
}

/// What may not be more after something than it was before.
fn nothing_stays_behind(name: &str, run: impl FnOnce()) {
    // What tokio makes once and keeps, two sockets for signals, is not counted.
    drop(runtime());
    let (before, threads, at_first) = (sockets(), status("Threads:"), status("VmRSS:"));
    forget_peak();
    let start = Instant::now();
    run();
    let (cost, time) = (status("VmHWM:").saturating_sub(at_first), start.elapsed());
    println!("{name}: {} logins in {:.1} s, {cost} KiB", 2 * LOGINS, time.as_secs_f32());
    assert!(cost <= MEMORY, "{name}: {cost} KiB");
    eventually(name, || sockets() <= before && status("Threads:") <= threads);
}

/// The other end of a connection takes a moment to notice, and a connection that is being made and not wanted any more is
/// given up after the time for one, 10 seconds.
fn eventually(name: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "{name}: something stays behind");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

macro_rules! all_at_once {
    ($adapter:ident) => {
        nothing_stays_behind(stringify!($adapter), || {
            let simulator = Arc::new(simulator());
            let plex = $adapter::Client::builder(who_asks(&simulator)).retry(retry()).build().unwrap();
            let runtime = runtime();
            let logins: Vec<_> = (0..2 * LOGINS)
                .map(|login| {
                    let (plex, simulator) = (plex.clone(), Arc::clone(&simulator));
                    runtime.spawn(async move { log_in!(&plex, &simulator, login, await) })
                })
                .collect();
            runtime.block_on(async {
                for login in logins {
                    login.await.unwrap();
                }
            });
            faults_were_injected(&simulator);
            drop(plex);
            eventually("tasks", || runtime.metrics().num_alive_tasks() == 0);
        })
    };
}

/// One test, since it counts what the whole process has.
#[test]
fn everybody_gets_their_own_account() {
    let files = rlimit::increase_nofile_limit(16_384).unwrap();
    assert!(files >= 6_000, "every login has a socket, and so has its other end; the limit here is {files}");
    all_at_once!(plexauth_reqwest);
    all_at_once!(plexauth_hyper);
    nothing_stays_behind("plexauth_ureq", || {
        let simulator = simulator();
        let plex = plexauth_ureq::Client::builder(who_asks(&simulator)).retry(retry()).build().unwrap();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    loop {
                        match next.fetch_add(1, Ordering::Relaxed) {
                            login if login < 2 * LOGINS => log_in!(&plex, &simulator, login),
                            _ => break,
                        }
                    }
                });
            }
        });
        faults_were_injected(&simulator);
    });
}
