//! [`Stage`]: a browser, the application and the simulated Plex.

use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use plexauth_reqwest::{BaseUrl, ClientInfo};
use plexauth_tests::Simulator;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use crate::common::anybodys_reqwest;

pub(crate) const NOT_APPROVED: &str = "My Cool App\nThis sign-in was not approved.\nBack to the start";

/// Returns the text of the simulated app.plex.tv when this user is signed in there.
pub(crate) fn approved_by(name: &str) -> String {
    format!("Simulated Plex\nMy Cool App & Søns wants to sign in as {name}.\nApprove Cancel")
}

pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    /// The origin of the application.
    pub(crate) origin: String,
    browser: Client,
}

/// Runs a test on its own stage, and closes the browser afterwards, even after a panic.
pub(crate) async fn on_stage(act: impl AsyncFnOnce(&Stage)) {
    let driver = Driver::start();
    let simulator = Simulator::start();
    let base: BaseUrl = simulator.plex_tv_url().parse().unwrap();
    let info = ClientInfo::builder("id 1&2", "My Cool App & Søns").api_at(base);
    let info = info.app_plex_tv(simulator.app_plex_tv_url().parse().unwrap()).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // The host name differs from the simulated Plex's, so that the redirects are cross-site.
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let plex = plexauth_reqwest::Client::new(info).unwrap();
    let routes = crate::sign_in::routes(plex, origin.clone(), Duration::from_secs(6));
    let serving = tokio::spawn(async { axum::serve(listener, routes).await });

    let stage = Stage { simulator, origin, browser: driver.browser().await };
    let outcome = AssertUnwindSafe(act(&stage)).catch_unwind().await;
    stage.browser.close().await.unwrap();
    serving.abort();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Stage {
    pub(crate) async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.origin)).await.unwrap();
    }

    /// Opens the simulated app.plex.tv.
    pub(crate) async fn open_approval(&self, fragment: &str) {
        // Browsers do not reload a page when only the fragment changes.
        self.browser.goto("about:blank").await.unwrap();
        self.browser.goto(&format!("{}#{fragment}", self.simulator.app_plex_tv_url())).await.unwrap();
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.browser.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Waits until the page shows exactly this text, then takes a screenshot if requested.
    pub(crate) async fn shows(&self, screenshot: &str, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            // During navigation there may be no body.
            let text = match self.browser.find(Locator::Css("body")).await {
                Ok(body) => body.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text == expected {
                break;
            }
            assert!(Instant::now() < deadline, "expected {expected:?}, got {text:?}");
            sleep(Duration::from_millis(20)).await;
        }
        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let png = self.browser.screenshot().await.unwrap();
            std::fs::write(std::path::Path::new(&folder).join(format!("{screenshot}.png")), png).unwrap();
        }
    }

    pub(crate) async fn address(&self) -> String {
        self.browser.current_url().await.unwrap().to_string()
    }

    /// Returns the names of the current page's cookies.
    pub(crate) async fn cookies(&self) -> Vec<String> {
        let cookies = self.browser.get_all_cookies().await.unwrap();
        cookies.iter().map(|cookie| cookie.name().to_owned()).collect()
    }

    pub(crate) async fn cookies_for_scripts(&self) -> String {
        let read = self.browser.execute("return document.cookie", Vec::new()).await.unwrap();
        read.as_str().unwrap().to_owned()
    }

    pub(crate) async fn cookie_with_prefix(&self, prefix: &str) -> String {
        let cookies = self.browser.get_all_cookies().await.unwrap();
        cookies.iter().find(|cookie| cookie.name().starts_with(prefix)).unwrap().value().to_owned()
    }

    pub(crate) async fn add_cookie(&self, name: &str, value: &str) {
        let script = "document.cookie = `${arguments[0]}=${arguments[1]}; path=/`";
        self.browser.execute(script, vec![name.into(), value.into()]).await.unwrap();
        assert!(self.cookies().await.contains(&name.to_owned()));
    }

    pub(crate) async fn tab(&self) -> WindowHandle {
        self.browser.window().await.unwrap()
    }

    pub(crate) async fn new_tab(&self) -> WindowHandle {
        let tab = self.browser.new_window(true).await.unwrap().handle;
        self.switch_to(&tab).await;
        tab
    }

    pub(crate) async fn switch_to(&self, tab: &WindowHandle) {
        self.browser.switch_to_window(tab.clone()).await.unwrap();
    }

    /// Starts a sign-in in another browser and approves it. Returns the path and query to return to.
    pub(crate) async fn start_in_another_browser(&self) -> String {
        let other = anybodys_reqwest().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let response = other.post(format!("{}/sign-in", self.origin)).send().await.unwrap();
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let (id, created) = {
            let world = self.simulator.world();
            (world.pins()[0].id, world.pins().len())
        };
        assert_eq!(created, 1);
        self.simulator.world().approve_pin(id, 1);
        let (_, back) = location.split_once("forwardUrl=").unwrap();
        let back = percent_encoding::percent_decode_str(back).decode_utf8().unwrap();
        back.strip_prefix(&self.origin).unwrap().to_owned()
    }

    /// Counts the requests to the simulated Plex that start with `prefix`, such as `GET /api/v2/pins/`.
    pub(crate) fn count_requests(&self, prefix: &str) -> usize {
        let requests = self.simulator.requests();
        let matches = |request: String| request.starts_with(prefix);
        requests.iter().filter(|request| matches(format!("{} {}", request.method, request.path))).count()
    }
}

/// A running ChromeDriver, stopped on drop.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("ChromeDriver is installed (Debian package `chromium-driver`)");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")
                .map(|port| port.trim_end_matches('.').to_owned())
        });
        Self { process, address: format!("http://127.0.0.1:{}", port.expect("ChromeDriver prints its port")) }
    }

    async fn browser(&self) -> Client {
        let options = json!({ "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=800,600",
        ] });
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&self.address)
            .await
            .expect("Chromium is installed (Debian package `chromium`)")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
