//! One adapter with its simulator, and the collection of all output.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use plexauth_proto::{BaseUrl, Error, FindServer, Flow, Operation};
use plexauth_testing::Plex;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, reload};

use crate::common::{Adapter, Client, Settings, shown};
use crate::{BACKUP_CODE, BOBS_PASSWORD, CODE, HOME_PIN, PASSWORD};

/// The output collected so far.
static SHOWN: Mutex<String> = Mutex::new(String::new());

/// Whether to collect the message of the next panic instead of reporting it.
static COLLECT_PANIC: AtomicBool = AtomicBool::new(false);

/// Adds text to the output.
pub(crate) fn show(text: impl AsRef<str>) {
    SHOWN.lock().unwrap().push_str(text.as_ref());
}

/// Returns the output since the last call.
pub(crate) fn take_shown() -> String {
    std::mem::take(&mut *SHOWN.lock().unwrap())
}

struct Shown;

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        show(String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects all logs, and the messages of intended panics, from now on. The level is TRACE, except for ureq, which logs
/// everything at TRACE, as its adapter and the README document.
pub(crate) fn listen() -> reload::Handle<Targets, Registry> {
    let quieter = ["ureq", "ureq_proto"].map(|name| (name, LevelFilter::DEBUG));
    let levels = Targets::new().with_default(LevelFilter::TRACE).with_targets(quieter);
    let (levels, handle) = reload::Layer::new(levels);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_span_events(FmtSpan::FULL)
        .with_writer(|| Shown);
    tracing_subscriber::registry().with(levels).with(lines).init();
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if COLLECT_PANIC.load(Ordering::Relaxed) {
            let _ = writeln!(Shown, "{panic}");
        } else {
            default_hook(panic);
        }
    }));
    handle
}

/// One adapter and its simulator.
pub(crate) struct Run {
    pub(crate) client: Client,
    pub(crate) simulator: Plex,
    pub(crate) secrets: Mutex<BTreeSet<String>>,
    /// The names of the errors that occurred.
    pub(crate) seen: Mutex<BTreeSet<String>>,
}

/// Returns the name of an error.
fn name(error: &Error) -> String {
    match error {
        Error::Response(error) => format!("{:?}", error.kind()),
        Error::Transport(error) => format!("{:?}", error.kind()),
        Error::Request(error) => format!("{error:?}").split(' ').next().unwrap().to_owned(),
        other => format!("{other:?}"),
    }
}

/// The variant in the `Debug` output of an error, without its fields.
pub(crate) fn variant(name: &str) -> &str {
    name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// The errors that must occur, by the names of their variants: all kinds of responses, most kinds of transport errors, and
/// the errors of requests and flows.
pub(crate) const ERRORS: [&str; 45] = [
    "WrongCredentials",
    "VerificationCodeWanted",
    "WrongVerificationCode",
    "EmailOnly",
    "TooManyFailures",
    "TokenInvalid",
    "TokenExpired",
    "Forbidden",
    "ManagedUser",
    "HomePinWanted",
    "WrongHomePin",
    "PinUnknownOrExpired",
    "KeyTaken",
    "DeviceJwtRefused",
    "DeviceJwtExpired",
    "RateLimited",
    "NotFound",
    "BadRequest",
    "ServerFailure",
    "Redirected",
    "NotJson",
    "NotUnderstood",
    "BodyTooLarge",
    "Connect",
    "Tls",
    "Timeout",
    "Broken",
    "RedirectFollowed",
    "NotAHeader",
    "Empty",
    "HomePin",
    "BaseUrl",
    "Source",
    "PinExpired",
    "PinNotFound",
    "NoServerToken",
    "SameDevice",
    "ServerTokenRefused",
    "NoHome",
    "KeyUnknown",
    "NotPlex",
    "DeadlineReached",
    "Cancelled",
    "OutOfTurn",
    "ServerNotFound",
];

impl Run {
    pub(crate) fn new(adapter: Adapter) -> Self {
        let simulator = Plex::start();
        {
            let mut world = simulator.world();
            world.accounts[0].password = Some(PASSWORD.into());
            world.accounts[1].password = Some(BOBS_PASSWORD.into());
            world.accounts[1].verification_code = Some(CODE.into());
            world.accounts[1].backup_codes = vec![BACKUP_CODE.into()];
            world.accounts[2].home_pin = Some(HOME_PIN.into());
        }
        let origin = simulator.plex_tv_url().replace("/api/v2", "");
        let client = adapter.client(&origin, &Settings::new(Duration::from_secs(20)).with_retries());
        Self { client, simulator, secrets: Mutex::default(), seen: Mutex::default() }
    }

    pub(crate) fn keep(&self, secret: impl Into<String>) {
        self.secrets.lock().unwrap().insert(secret.into());
    }

    /// Collects the output of a result, including the message of a panic with it.
    pub(crate) fn show<T: Debug>(&self, result: Result<T, Error>) -> Option<T> {
        show(format!("{result:?}\n{result:#?}\n"));
        if let Err(error) = &result {
            self.seen.lock().unwrap().insert(name(error));
            show(shown(error));
        }
        COLLECT_PANIC.store(true, Ordering::Relaxed);
        let panicked = catch_unwind(AssertUnwindSafe(|| match result {
            Ok(_) => assert!(result.is_err(), "{result:?}"),
            Err(_) => assert!(result.is_ok(), "{result:?}"),
        }));
        COLLECT_PANIC.store(false, Ordering::Relaxed);
        assert!(panicked.is_err());
        result.ok()
    }

    pub(crate) fn send<O>(&self, operation: &O) -> Option<O::Output>
    where
        O: Operation + Debug,
        O::Output: Debug,
    {
        show(format!("{operation:?}\n{operation:#?}\n"));
        self.show(self.client.send(operation))
    }

    /// Collects the output of a flow, its first step and, from a second instance, its result.
    pub(crate) fn run<F>(&self, flow: impl Fn() -> F) -> Option<F::Output>
    where
        F: Flow + Debug,
        F::Output: Debug,
    {
        let mut shown = flow();
        let step = shown.poll(SystemTime::now());
        show(format!("{shown:?}\n{shown:#?}\n{step:?}\n{step:#?}\n"));
        drop(shown);
        self.show(self.client.run(flow()))
    }

    pub(crate) fn find_server(&self, search: impl Fn() -> FindServer) {
        let mut shown = search();
        let step = shown.poll(Duration::ZERO);
        show(format!("{shown:?}\n{shown:#?}\n{step:?}\n{step:#?}\n"));
        self.show(self.client.find_server(search()));
    }

    pub(crate) fn media_server(&self) -> BaseUrl {
        self.simulator.media_server_url().parse().unwrap()
    }
}
