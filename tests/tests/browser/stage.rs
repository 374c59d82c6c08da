//! [`Stage`]: a browser, and what [`Application`] has.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, resume_unwind};

use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use futures_util::FutureExt;

use super::application::Application;
use super::driver::{Driver, shows};

pub(crate) const NOT_APPROVED: &str = "My Cool App\nThis sign-in was not approved.\nBack to the start";

/// Returns the text of the simulated app.plex.tv when this user is signed in there.
pub(crate) fn approved_by(name: &str) -> String {
    format!("Simulated Plex\nMy Cool App & Søns wants to sign in as {name}.\nApprove Cancel")
}

pub(crate) struct Stage {
    application: Application,
    browser: Client,
}

/// Runs a test on its own stage, and closes the browser afterwards, even after a panic.
pub(crate) async fn on_stage(act: impl AsyncFnOnce(&Stage)) {
    on_stage_for(None, act).await;
}

/// With a server, only its users may sign in to the application.
pub(crate) async fn on_stage_for(server: Option<&str>, act: impl AsyncFnOnce(&Stage)) {
    let driver = Driver::start();
    // The host name differs from the simulated Plex's, so that the redirects are cross-site.
    let application = Application::start_for("localhost", server).await;
    let stage = Stage { application, browser: driver.browser().await };
    let outcome = AssertUnwindSafe(act(&stage)).catch_unwind().await;
    stage.browser.close().await.unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Deref for Stage {
    type Target = Application;

    fn deref(&self) -> &Application {
        &self.application
    }
}

impl Stage {
    pub(crate) async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.origin)).await.unwrap();
    }

    /// Leaves the application.
    pub(crate) async fn leave(&self) {
        self.browser.goto("about:blank").await.unwrap();
    }

    /// Opens the simulated app.plex.tv.
    pub(crate) async fn open_approval(&self, fragment: &str) {
        // Browsers do not reload a page when only the fragment changes.
        self.leave().await;
        self.browser.goto(&format!("{}#{fragment}", self.simulator.app_plex_tv_url())).await.unwrap();
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.browser.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Waits until the page shows exactly this text, then takes a screenshot if requested.
    pub(crate) async fn shows(&self, screenshot: &str, expected: &str) {
        shows(&self.browser, screenshot, expected).await;
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
}
