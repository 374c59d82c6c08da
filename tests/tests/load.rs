//! Many concurrent logins while every tenth request fails: each login gets its own account, and nothing leaks.

#![cfg(target_os = "linux")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::info;
use common::process::{forget_peak, sockets, status};
use plexauth_proto::{ClientInfo, CreatePin, Error, GetUserDetails, RetryPolicy, SignIn};
use plexauth_testing::{Account, Plex};
use tokio::runtime::{Builder, Runtime};

/// The number of sign-ins, and of logins by PIN.
const LOGINS: usize = 1000;

/// The number of threads that use the blocking adapter.
const THREADS: usize = 64;

/// The memory limit in KiB: 100 for each login. Includes the simulator and the requests that it records.
const MEMORY: u64 = 100 * 2 * LOGINS as u64;

/// The index of the first generated account among the simulator's accounts.
const FIRST: usize = 5;

fn number(login: usize) -> u64 {
    5000 + login as u64
}

fn simulator() -> Plex {
    let simulator = Plex::start();
    let mut world = simulator.world();
    world.fault_every = Some(10);
    assert_eq!(world.accounts.len(), FIRST);
    // One for each login: a PIN that is approved ends the token before it.
    let accounts = (0..2 * LOGINS)
        .map(|login| Account::new(number(login), &format!("user-{login}"), &format!("password-{login}")));
    world.accounts.extend(accounts);
    drop(world);
    simulator
}

fn client_info(simulator: &Plex) -> ClientInfo {
    info(&simulator.plex_tv_url().replace("/api/v2", ""))
}

fn retry() -> RetryPolicy {
    RetryPolicy::default().retries(9).base_delay(Duration::from_millis(1)).max_delay(Duration::from_secs(2))
}

/// Whether the error may be an injected fault. The policy retries neither signing in nor creating a PIN.
fn may_be_injected(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Response(error) => matches!(error.status().as_u16(), 429 | 503),
        _ => false,
    }
}

/// Asserts that there were many faults of each kind.
fn assert_faults_were_injected(simulator: &Plex) {
    let faults = simulator.world().faults();
    assert!(faults.iter().all(|count| *count > LOGINS / 10), "{faults:?}");
}

/// The maximum number of attempts to sign in or to create a PIN.
const MAX_ATTEMPTS: usize = 20;

/// Logs in, with `await` for an async adapter. A macro, because the adapters share methods but no trait.
macro_rules! log_in {
    ($plex:expr, $simulator:expr, $login:expr $(, $wait:tt)?) => {{
        let (plex, simulator, login): (_, &Plex, usize) = ($plex, $simulator, $login);
        let token = if login < LOGINS {
            let sign_in = SignIn::new(format!("user-{login}"), format!("password-{login}"));
            let mut attempts = 0..MAX_ATTEMPTS;
            loop {
                assert!(attempts.next().is_some(), "too many attempts");
                match plex.send(&sign_in)$(.$wait)? {
                    Ok(signed_in) => {
                        assert_eq!(signed_in.account.unwrap().id, number(login));
                        break signed_in.token;
                    }
                    Err(error) => assert!(may_be_injected(&error), "{error}"),
                }
            }
        } else {
            let mut attempts = 0..MAX_ATTEMPTS;
            let pin = loop {
                assert!(attempts.next().is_some(), "too many attempts");
                match plex.send(&CreatePin::strong())$(.$wait)? {
                    Ok(pin) => break pin,
                    Err(error) => assert!(may_be_injected(&error), "{error}"),
                }
            };
            // Some are approved immediately, others by the second check.
            simulator.world().approve_pin_after(pin.id, FIRST + login, u32::from(login % 4 == 0));
            plex.run(pin.login(plex.info()))$(.$wait)?.unwrap()
        };
        let account = plex.send(&GetUserDetails::new(token))$(.$wait)?.unwrap();
        assert_eq!(account.id, number(login));
    }};
}

/// Asserts that `run` stays within the memory limit and leaks neither sockets nor threads.
fn assert_no_leaks(name: &str, run: impl FnOnce()) {
    // Building a runtime makes tokio open two sockets for signals, which it keeps. They are not counted.
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

/// Waits until the condition holds. The peer of a connection takes a moment to notice that it was closed, and an
/// abandoned attempt to connect only ends after the connect timeout of 10 seconds.
fn eventually(name: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "{name}: something leaked");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

macro_rules! all_at_once {
    ($adapter:ident) => {
        assert_no_leaks(stringify!($adapter), || {
            let simulator = Arc::new(simulator());
            let plex = $adapter::Client::builder(client_info(&simulator)).retry(retry()).build().unwrap();
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
            assert_faults_were_injected(&simulator);
            drop(plex);
            eventually("tasks", || runtime.metrics().num_alive_tasks() == 0);
        })
    };
}

/// A single test, because it measures the whole process.
#[test]
fn concurrent_logins_get_their_own_accounts() {
    let files = rlimit::increase_nofile_limit(16_384).unwrap();
    assert!(files >= 6_000, "each login needs a socket at both ends, but the limit is {files} files");
    all_at_once!(plexauth_reqwest);
    all_at_once!(plexauth_hyper);
    assert_no_leaks("plexauth_ureq", || {
        let simulator = simulator();
        let plex = plexauth_ureq::Client::builder(client_info(&simulator)).retry(retry()).build().unwrap();
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
        assert_faults_were_injected(&simulator);
    });
}
