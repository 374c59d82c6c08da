//! [`Driver`]: ChromeDriver, and what a page shows.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::time::{Instant, sleep};

/// A running ChromeDriver, stopped on drop.
pub(crate) struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    pub(crate) fn start() -> Self {
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

    pub(crate) async fn browser(&self) -> Client {
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

/// Waits until the page shows exactly this text, then takes a screenshot if requested.
pub(crate) async fn shows(browser: &Client, screenshot: &str, expected: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        // During navigation there may be no body.
        let text = match browser.find(Locator::Css("body")).await {
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
        let png = browser.screenshot().await.unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{screenshot}.png")), png).unwrap();
    }
}
