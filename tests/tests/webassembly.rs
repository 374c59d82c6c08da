//! plexauth-reqwest in a browser: the example page `browser`, every operation, the limits, and the conformance kit.
//!
//! `tests/in_browser/build FOLDER` compiles both to WebAssembly. Then, with Chromium and ChromeDriver (Debian packages `chromium` and
//! `chromium-driver`): `WEBASSEMBLY=FOLDER cargo test -p plexauth-testing --all-features --test webassembly -- --ignored`. Set
//! `SCREENSHOTS=DIRECTORY` to save screenshots.

mod browser {
    pub(crate) mod driver;
    pub(crate) mod transport;
}

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use browser::driver::{Driver, shows};
use browser::transport::InBrowser;
use fantoccini::{Client, Locator};
use futures_util::FutureExt;
use plexauth_testing::conformance::{Case, Setup, cases};
use plexauth_testing::{Plex, Scripted, Wire};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SIGNED_OUT: &str = "My Plex\nYou are not signed in.\nSign in with Plex";
const WAITING: &str = "My Plex\nWaiting for Plex to confirm your sign-in…\nCancel";
const HELLO: &str = "My Plex\nHello, alice. Your servers:\nDen\nLoft\nBob's\nFort\nSign out";

/// A browser, a simulated Plex, and a server for the files.
struct Stage {
    browser: Client,
    plex: Plex,
    origin: String,
    /// By how many days the clock of the page is ahead.
    days_ahead: Arc<AtomicU64>,
}

async fn on_stage(act: impl AsyncFnOnce(&Stage)) {
    let driver = Driver::start();
    let plex = Plex::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Another host than the simulated Plex's, so that all requests are cross-origin.
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let elsewhere = format!("{}/identity", plex.media_server_url());
    let days_ahead = Arc::new(AtomicU64::new(0));
    let routes = Router::new()
        .route("/{kind}/{file}", get(file))
        .with_state(Arc::clone(&days_ahead))
        .route("/long", get(async || "x".repeat(100_000)))
        .route("/redirect", get(async move || Redirect::temporary(&elsewhere)));
    let serving = tokio::spawn(async { axum::serve(listener, routes).await });
    let stage = Stage { browser: driver.browser().await, plex, origin, days_ahead };
    let outcome = FutureExt::catch_unwind(AssertUnwindSafe(act(&stage))).await;
    stage.browser.close().await.unwrap();
    serving.abort();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

async fn file(
    State(days_ahead): State<Arc<AtomicU64>>,
    Path((kind, file)): Path<(String, String)>,
) -> Response {
    let folder =
        PathBuf::from(std::env::var_os("WEBASSEMBLY").expect("WEBASSEMBLY is the folder of the build"));
    let content_type = match file.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        _ => "application/wasm",
    };
    match std::fs::read(folder.join(kind).join(file)) {
        Ok(bytes) if content_type.starts_with("text/html") => {
            let ahead = days_ahead.load(Ordering::Relaxed) * 86_400_000;
            let clock = format!("<script>const now = Date.now; Date.now = () => now() + {ahead};</script>");
            ([(CONTENT_TYPE, content_type)], [bytes, clock.into_bytes()].concat()).into_response()
        }
        Ok(bytes) => ([(CONTENT_TYPE, content_type)], bytes).into_response(),
        Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    }
}

impl Stage {
    async fn open_page(&self) {
        let simulator = self.plex.plex_tv_url().replace("/api/v2", "");
        self.browser.goto(&format!("{}/page/index.html?simulator={simulator}", self.origin)).await.unwrap();
    }

    async fn click(&self, selector: &str) {
        self.browser.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    async fn shows(&self, screenshot: &str, expected: &str) {
        shows(&self.browser, &format!("page-{screenshot}"), expected).await;
    }

    /// Clicks the button, and goes to the window on which Plex asks.
    async fn start_sign_in(&self) {
        self.click("#sign-in").await;
        let asking = "Simulated Plex\nplexauth in a browser wants to sign in as alice.\nApprove Cancel";
        let windows = loop {
            let windows = self.browser.windows().await.unwrap();
            if windows.len() == 2 {
                break windows;
            }
        };
        self.browser.switch_to_window(windows[1].clone()).await.unwrap();
        self.shows("approve", asking).await;
    }

    async fn back_to_the_page(&self) {
        let windows = self.browser.windows().await.unwrap();
        self.browser.switch_to_window(windows[0].clone()).await.unwrap();
    }

    async fn sign_in(&self) {
        self.open_page().await;
        self.shows("signed-out", SIGNED_OUT).await;
        self.start_sign_in().await;
        self.click("#approve").await;
        self.back_to_the_page().await;
        self.shows("signed-in", HELLO).await;
    }

    fn count_requests(&self, prefix: &str) -> usize {
        let requests = self.plex.requests();
        let lines = requests.iter().map(|request| format!("{} {}", request.method, request.path));
        lines.filter(|line| line.starts_with(prefix)).count()
    }

    /// Calls a function of the module, and waits for its result.
    async fn call(&self, function: &str, arguments: Value) -> Value {
        self.browser.goto(&format!("{}/module/index.html", self.origin)).await.unwrap();
        let script = "const done = arguments[2];
            import('./plexauth_in_browser.js')
                .then(async module => { await module.default(); return module[arguments[0]](...arguments[1]); })
                .then(done, error => done(`failed: ${error}`));";
        self.browser.execute_async(script, vec![function.into(), arguments]).await.unwrap()
    }
}

#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn page_signs_in_and_out() {
    on_stage(async |stage: &Stage| {
        stage.sign_in().await;
        // The window is closed, and the session survives a reload.
        assert_eq!(stage.browser.windows().await.unwrap().len(), 1);
        stage.open_page().await;
        stage.shows("reloaded", HELLO).await;
        stage.click("#sign-out").await;
        stage.shows("signed-out-again", "My Plex\nYou are signed out.\nSign in with Plex").await;
        assert_eq!(stage.count_requests("DELETE /api/v2/users/signout"), 1);
        stage.open_page().await;
        stage.shows("forgotten", SIGNED_OUT).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn refused_sign_in_is_given_up() {
    on_stage(async |stage: &Stage| {
        stage.open_page().await;
        stage.shows("signed-out", SIGNED_OUT).await;
        stage.start_sign_in().await;
        stage.click("#cancel").await;
        stage.browser.close_window().await.unwrap();
        stage.back_to_the_page().await;
        stage.shows("waiting", WAITING).await;
        stage.shows("refused", "My Plex\nThis sign-in was not approved.\nSign in with Plex").await;
        // An approval that comes too late signs nobody in.
        let pin = stage.plex.world().pins()[0].id;
        stage.plex.world().approve_pin(pin, 0);
        stage.open_page().await;
        stage.shows("refused-for-good", SIGNED_OUT).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn sign_in_survives_a_reload() {
    on_stage(async |stage: &Stage| {
        stage.open_page().await;
        stage.shows("signed-out", SIGNED_OUT).await;
        stage.start_sign_in().await;
        stage.back_to_the_page().await;
        stage.open_page().await;
        stage.shows("waiting-after-reload", WAITING).await;
        let pin = stage.plex.world().pins()[0].id;
        stage.plex.world().approve_pin(pin, 0);
        stage.shows("signed-in-after-reload", HELLO).await;
        assert_eq!(stage.count_requests("POST /api/v2/pins"), 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn expired_token_is_renewed() {
    on_stage(async |stage: &Stage| {
        stage.sign_in().await;
        let before = stage.count_requests("POST /api/v2/auth/token");
        stage.plex.world().advance(Duration::from_secs(8 * 86_400));
        stage.days_ahead.store(8, Ordering::Relaxed);
        stage.open_page().await;
        stage.shows("renewed", HELLO).await;
        assert_eq!(stage.count_requests("POST /api/v2/auth/token"), before + 1);
        // The renewed token is stored.
        stage.open_page().await;
        stage.shows("renewed-once", HELLO).await;
        assert_eq!(stage.count_requests("POST /api/v2/auth/token"), before + 1);
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn page_says_what_went_wrong() {
    on_stage(async |stage: &Stage| {
        stage.sign_in().await;
        for (reply, words) in [
            (Scripted::new(200, vec![b' '; 3 << 20]), "Plex sent too much. Try again later.\nSign out"),
            (Scripted::new(429, ""), "Plex has had too many requests. Wait a minute.\nSign out"),
        ] {
            stage.plex.world().script_always("/api/v2/user", reply);
            stage.open_page().await;
            stage.shows("error", &format!("My Plex\n{words}")).await;
        }
        stage.plex.world().unscript();
        stage.open_page().await;
        stage.shows("recovered", HELLO).await;
    })
    .await;
}

/// The module has no clock of an operating system: an operation that asked for one would panic here.
#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn every_operation_works() {
    on_stage(async |stage: &Stage| {
        let arguments = json!([stage.plex.plex_tv_url(), stage.plex.media_server_url()]);
        let expected = json!([
            "alice",
            "Den, 2 of 4 reachable",
            "Kid",
            "claimed",
            "a genuine JWT, and renewed",
            "signed out",
            "jitter of its own"
        ]);
        let done = stage.call("operations", arguments).await;
        let refused = stage.plex.requests().into_iter().filter(|request| request.refusal.is_some());
        let refused: Vec<_> = refused.map(|request| request.path).collect();
        // The last one is with the token that was signed out.
        assert_eq!((done, refused), (expected, vec!["/api/v2/user".to_owned()]));
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn limits_hold() {
    on_stage(async |stage: &Stage| {
        let silent = Wire::start(|mut peer| peer.read_to_end());
        let closing = Wire::start(|peer| peer.close());
        for (url, longest, expected) in [
            (format!("{}/long", stage.origin), 100_000, "200 100000"),
            (format!("{}/long", stage.origin), 99_999, "body_too_large"),
            (format!("{}/redirect", stage.origin), 1000, "redirect_followed"),
            (format!("http://{}", silent.address()), 1000, "timeout"),
            (format!("http://{}", closing.address()), 1000, "broken"),
        ] {
            let sent = json!({
                "method": "GET", "uri": url, "headers": [["x-plex-token", "s3cret-token"]], "body": [],
                "millis": 2000, "longest": longest,
            });
            let answer = stage.call("exchange", json!([sent.to_string()])).await;
            let answer: Value = serde_json::from_str(answer.as_str().unwrap()).unwrap();
            let outcome = match answer["error"].as_str() {
                Some(kind) => kind.to_owned(),
                None => format!("{} {}", answer["status"], answer["body"].as_array().unwrap().len()),
            };
            assert_eq!(outcome, expected, "{url} {longest}");
        }
        let refused = json!([
            "a proxy cannot be set in a browser, which uses its own",
            "a root certificate cannot be added in a browser, which trusts its own"
        ]);
        assert_eq!(stage.call("refused_settings", json!([])).await, refused);
    })
    .await;
}

const NO_HEADERS: &str =
    "a page does not see `Date`, `Retry-After` and other headers, because plex.tv exposes none";

/// The cases of the conformance kit that no page can pass.
const NOT_IN_A_BROWSER: &[(&str, &str)] = &[
    ("rate_limit_reports_retry_after", NO_HEADERS),
    ("rate_limited_check_is_repeated", NO_HEADERS),
    ("unapproved_pin_expires", NO_HEADERS),
    ("login_works_with_a_wrong_clock", NO_HEADERS),
    ("expired_jwt_is_renewed", NO_HEADERS),
    ("session_stays_with_its_account", NO_HEADERS),
    ("session_renews_an_expired_token", NO_HEADERS),
    ("exchange_returns_any_status", NO_HEADERS),
    ("requests_are_sent_unchanged", "a browser asks for compressed responses"),
    ("redirect_is_not_followed", "a browser follows it, which is an error afterwards"),
    ("server_not_found_lists_the_tried_connections", "a browser does not say why there is no response"),
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "requires Chromium, ChromeDriver and the modules"]
async fn browser_conforms() {
    on_stage(async |stage: &Stage| {
        stage.browser.goto(&format!("{}/module/index.html", stage.origin)).await.unwrap();
        let browser = stage.browser.clone();
        let all = cases(move |setup: &Setup| InBrowser {
            info: setup.info.clone(),
            limits: setup.limits,
            browser: browser.clone(),
        });
        let is_possible = |case: &Case| NOT_IN_A_BROWSER.iter().all(|(name, _)| *name != case.name());
        let (possible, others): (Vec<Case>, Vec<Case>) = all.into_iter().partition(is_possible);
        assert_eq!(others.len(), NOT_IN_A_BROWSER.len(), "these are cases of the kit");
        // Each has a runtime of its own.
        let failed = tokio::task::block_in_place(|| {
            let run = |case: &Case| catch_unwind(AssertUnwindSafe(|| case.run())).is_err();
            let run_all = || possible.iter().filter(|case| run(case)).map(Case::name).collect::<Vec<_>>();
            std::thread::scope(|scope| scope.spawn(run_all).join().unwrap())
        });
        assert!(failed.is_empty(), "{} of {} cases failed: {failed:?}", failed.len(), possible.len());
    })
    .await;
}
