//! A browser, the application and the simulated Plex.

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

pub(crate) const NOBODY: &str = "My Cool App\nThis sign-in was not approved.\nBack to the start";

/// What the page in the place of app.plex.tv shows to whoever is signed in there.
pub(crate) fn approved_by(name: &str) -> String {
    format!("Simulated Plex\nMy Cool App & Søns wants to sign in as {name}.\nApprove Cancel")
}

pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    /// Where the application is.
    pub(crate) origin: String,
    browser: Client,
}

/// Acts on a stage of its own, and leaves no browser behind.
pub(crate) async fn on_stage(act: impl AsyncFnOnce(&Stage)) {
    let driver = Driver::start();
    let simulator = Simulator::start();
    let base: BaseUrl = simulator.plex_tv_url().parse().unwrap();
    let info = ClientInfo::builder("id 1&2", "My Cool App & Søns").api_at(base);
    let info = info.app_plex_tv(simulator.app_plex_tv_url().parse().unwrap()).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // By another name than the simulated Plex, so that the way there and back leads from one site to another.
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

    /// Opens the page in the place of app.plex.tv.
    pub(crate) async fn open_approval(&self, fragment: &str) {
        // Where only the fragment differs, a browser does not load a page again.
        self.browser.goto("about:blank").await.unwrap();
        self.browser.goto(&format!("{}#{fragment}", self.simulator.app_plex_tv_url())).await.unwrap();
    }

    pub(crate) async fn click(&self, what: &str) {
        self.browser.find(Locator::Css(what)).await.unwrap().click().await.unwrap();
    }

    /// Waits until the page shows that text and nothing else, and takes a picture of it.
    pub(crate) async fn shows(&self, picture: &str, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            // In the middle of a navigation there may be no body.
            let text = match self.browser.find(Locator::Css("body")).await {
                Ok(body) => body.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            if text == expected {
                break;
            }
            assert!(Instant::now() < deadline, "{text:?} in the place of {expected:?}");
            sleep(Duration::from_millis(20)).await;
        }
        if let Some(folder) = std::env::var_os("SCREENSHOTS") {
            let png = self.browser.screenshot().await.unwrap();
            std::fs::write(std::path::Path::new(&folder).join(format!("{picture}.png")), png).unwrap();
        }
    }

    pub(crate) async fn address(&self) -> String {
        self.browser.current_url().await.unwrap().to_string()
    }

    /// The names of the cookies of the page that is shown.
    pub(crate) async fn cookies(&self) -> Vec<String> {
        let cookies = self.browser.get_all_cookies().await.unwrap();
        cookies.iter().map(|cookie| cookie.name().to_owned()).collect()
    }

    pub(crate) async fn cookies_for_scripts(&self) -> String {
        let read = self.browser.execute("return document.cookie", Vec::new()).await.unwrap();
        read.as_str().unwrap().to_owned()
    }

    pub(crate) async fn cookie_that_begins(&self, name: &str) -> String {
        let cookies = self.browser.get_all_cookies().await.unwrap();
        cookies.iter().find(|cookie| cookie.name().starts_with(name)).unwrap().value().to_owned()
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

    /// Begins a sign-in in another browser, and approves it. What that browser would be sent back to.
    pub(crate) async fn begin_elsewhere(&self) -> String {
        let other = anybodys_reqwest().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = other.post(format!("{}/sign-in", self.origin)).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
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

    /// How many requests with such a beginning came to the simulated Plex.
    pub(crate) fn asked(&self, beginning: &str) -> usize {
        let requests = self.simulator.requests();
        let begins = |request: String| request.starts_with(beginning);
        requests.iter().filter(|request| begins(format!("{} {}", request.method, request.path))).count()
    }
}

/// ChromeDriver, until it is dropped.
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
            .expect("ChromeDriver, such as that of Debian's package `chromium-driver`");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")
                .map(|port| port.trim_end_matches('.').to_owned())
        });
        Self { process, address: format!("http://127.0.0.1:{}", port.expect("a port")) }
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
            .expect("a browser, such as that of Debian's package `chromium`")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
