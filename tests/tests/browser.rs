//! Tests the example `web_sign_in` of plexauth-reqwest in a browser, with the simulator instead of app.plex.tv.
//!
//! `cargo test -p plexauth-testing --test browser -- --ignored` requires Chromium and ChromeDriver (Debian packages
//! `chromium` and `chromium-driver`). Set `SCREENSHOTS=DIRECTORY` to save screenshots.

mod common;

mod browser {
    pub(crate) mod application;
    pub(crate) mod driver;
    pub(crate) mod stage;
}
#[path = "../../plexauth-reqwest/examples/web_sign_in/pages.rs"]
mod pages;
#[path = "../../plexauth-reqwest/examples/web_sign_in/sign_in.rs"]
mod sign_in;
#[path = "../../plexauth-reqwest/examples/web_sign_in/waiting.rs"]
mod waiting;

use std::time::Duration;

use axum::http::StatusCode;
use browser::application::{Application, SIGNED_IN};
use browser::stage::{NOT_APPROVED, Stage, approved_by, on_stage, on_stage_for};

const SIGN_IN: &str = "Sign in with Plex";
const WAITING: &str = "My Cool App\nWaiting for Plex to confirm your sign-in…\nCancel";
const HELLO: &str = "My Cool App\nHello, alice.\nSign out";
const NOT_STARTED_HERE: &str =
    "My Cool App\nThis sign-in did not start in this browser, or is over.\nBack to the start";

#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn approved_user_can_sign_in_and_out() {
    on_stage(async |stage: &Stage| {
        stage.open("/").await;
        stage.shows("1-button", &format!("My Cool App\n{SIGN_IN}")).await;
        stage.click("button").await;
        stage.shows("2-approve", &approved_by("alice")).await;
        stage.click("#approve").await;
        stage.shows("3-signed-in", HELLO).await;
        assert_eq!(stage.address().await, format!("{}/", stage.origin), "the query is gone from the address");
        // The browser keeps nothing but the application's own session, which scripts cannot read.
        assert_eq!(stage.cookies().await, ["session"]);
        assert_eq!(stage.cookies_for_scripts().await, "");
        assert_eq!(stage.count_requests("DELETE /api/v2/users/signout"), 1, "the token is revoked");
        stage.click("button").await;
        stage.shows("4-signed-out", &format!("My Cool App\n{SIGN_IN}")).await;
    })
    .await;
}

/// Plex may send the browser back before the approval has arrived.
#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn early_return_waits_for_the_approval() {
    on_stage(async |stage: &Stage| {
        stage.simulator.world().early_return = 2;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("early-approve", &approved_by("alice")).await;
        stage.click("#approve").await;
        stage.shows("early-waiting", WAITING).await;
        stage.shows("early-signed-in", HELLO).await;
        assert_eq!(stage.count_requests("GET /api/v2/pins/"), 3);
    })
    .await;
}

/// The browser leaves while the application waits for Plex, and comes back once that has ended.
#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn browser_that_comes_back_is_signed_in() {
    on_stage(async |stage: &Stage| {
        stage.simulator.world().early_return = 2;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("left-approve", &approved_by("alice")).await;
        stage.click("#approve").await;
        stage.shows("left-waiting", WAITING).await;
        let address = stage.address().await;
        stage.leave().await;
        while stage.count_requests("DELETE /api/v2/users/signout") == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stage.open(address.strip_prefix(&stage.origin).unwrap()).await;
        stage.shows("left-signed-in", HELLO).await;
        assert_eq!(stage.count_requests("GET /api/v2/pins/"), 3);
    })
    .await;
}

/// Without a browser: requests are aborted at any point, repeated, and sent twice at once.
#[tokio::test]
async fn aborted_request_loses_no_sign_in() {
    let application = Application::start("localhost").await;
    for number in 0..50 {
        let visitor = application.start_sign_in().await;
        application.approve(1);
        let gone = tokio::spawn(visitor.come_back());
        tokio::time::sleep(Duration::from_micros(200 * number)).await;
        gone.abort();
        assert_eq!(
            tokio::join!(visitor.come_back(), visitor.come_back()),
            (SIGNED_IN, SIGNED_IN),
            "{number}"
        );
    }
    let checks = application.count_requests("GET /api/v2/pins/");
    assert_eq!(checks, 50, "one task checks, however many requests ask");
}

/// Without a browser: alice owns the server, bob and dora do not even know it.
#[tokio::test]
async fn only_users_of_the_server_can_sign_in() {
    let application = Application::start_for("localhost", Some("sim-machine")).await;
    for (account, outcome) in
        [(0, SIGNED_IN), (1, (StatusCode::FORBIDDEN, false)), (4, (StatusCode::FORBIDDEN, false))]
    {
        let visitor = application.start_sign_in().await;
        application.approve(account);
        assert_eq!(visitor.come_back().await, outcome, "{account}");
    }
    assert_eq!(application.count_requests("DELETE /api/v2/users/signout"), 3, "no token is left");
}

#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn stranger_is_turned_away() {
    on_stage_for(Some("9f0b"), async |stage: &Stage| {
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("stranger-approve", &approved_by("alice")).await;
        stage.click("#approve").await;
        let turned_away = "My Cool App\nThis account may not use our server.\nBack to the start";
        stage.shows("stranger", turned_away).await;
        assert_eq!(stage.cookies().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn cancelled_sign_in_can_be_restarted() {
    on_stage(async |stage: &Stage| {
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("cancel-approve", &approved_by("alice")).await;
        stage.click("#cancel").await;
        stage.shows("cancelled", NOT_APPROVED).await;
        assert_eq!(stage.cookies().await, Vec::<String>::new());
        // Reloading the page does not sign in, even if the PIN has been approved in the meantime.
        let pin = stage.simulator.world().pins()[0].id;
        stage.simulator.world().approve_pin(pin, 0);
        let address = stage.address().await;
        stage.open(address.strip_prefix(&stage.origin).unwrap()).await;
        stage.shows("cancelled-again", NOT_STARTED_HERE).await;
        stage.click("a").await;
        stage.shows("cancelled-start", &format!("My Cool App\n{SIGN_IN}")).await;
    })
    .await;
}

/// Covers the callback URL of an attacker's own sign-in (login CSRF), and invented states.
#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn sign_in_of_another_browser_is_rejected() {
    on_stage(async |stage: &Stage| {
        let theirs = stage.start_sign_in().await;
        stage.approve(1);
        let theirs = theirs.back.strip_prefix(&stage.origin).unwrap();
        stage.open("/").await;
        for back in [theirs, "/signed-in?state=00000000-0000-0000-0000-000000000000", "/signed-in"] {
            stage.open(back).await;
            stage.shows("wrong-state", NOT_STARTED_HERE).await;
        }
        // Forged cookies, and cookies issued for another state, are rejected too.
        let pin = stage.simulator.world().pins()[0].id.to_string();
        let state = theirs.split_once("state=").unwrap().1;
        stage.add_cookie(&format!("sign-in-{state}"), &pin).await;
        stage.open(theirs).await;
        stage.shows("forged-cookie", NOT_STARTED_HERE).await;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("wrong-state-own", &approved_by("alice")).await;
        stage.open("/").await;
        let own = stage.cookie_with_prefix("sign-in-").await;
        stage.add_cookie(&format!("sign-in-{state}"), &own).await;
        stage.open(theirs).await;
        stage.shows("moved-cookie", NOT_STARTED_HERE).await;
        assert_eq!(stage.count_requests("GET /api/v2/pins/"), 0, "Plex receives no request");
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn two_tabs_can_sign_in_at_the_same_time() {
    on_stage(async |stage: &Stage| {
        let first = stage.tab().await;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("tab-1-approve", &approved_by("alice")).await;
        let second = stage.new_tab().await;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("tab-2-approve", &approved_by("alice")).await;
        stage.switch_to(&first).await;
        stage.click("#approve").await;
        stage.shows("tab-1-signed-in", HELLO).await;
        stage.switch_to(&second).await;
        stage.click("#approve").await;
        stage.shows("tab-2-signed-in", HELLO).await;
        assert_eq!(stage.cookies().await, ["session"]);
        assert_eq!(stage.simulator.world().pins().len(), 0, "both PINs were used");
    })
    .await;
}

/// The simulated page rejects the parameters that Plex would reject.
#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn approval_page_rejects_invalid_parameters() {
    const PRODUCT: &str = "context%5Bdevice%5D%5Bproduct%5D";
    on_stage(async |stage: &Stage| {
        let gone = "This login does not exist or has expired.";
        for (fragment, message) in [
            (format!("clientID=id-1&code=AB12&{PRODUCT}=App"), "The parameters must follow #?"),
            (format!("?clientID=id-1&{PRODUCT}=App"), "Missing parameter: code"),
            (format!("?clientID=&code=AB12&{PRODUCT}=App"), "Missing parameter: clientID"),
            ("?clientID=id-1&code=AB12".into(), gone),
            ("!?clientID=id-1&code=AB12&context%5Bdevice%5D%5Bnew%5D=1".into(), gone),
            (format!("?clientID=id-1&code=AB12&{PRODUCT}=App&code=AB13"), "Duplicate parameter: code"),
            ("?clientId=id-1".into(), "Unknown parameter: clientId"),
            (format!("?clientID=id-1&code=AB12&{PRODUCT}=App"), gone),
        ] {
            stage.open_approval(&fragment).await;
            stage.shows("strict", &format!("Simulated Plex\n{message}")).await;
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "requires Chromium and ChromeDriver"]
async fn display_name_is_escaped() {
    on_stage(async |stage: &Stage| {
        let name = "<b onclick=\"x()\">&amp; Zoë</b>";
        stage.simulator.world().accounts[0].title = name.into();
        stage.simulator.world().accounts[0].username.clear();
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("name-approve", &approved_by(name)).await;
        stage.click("#approve").await;
        stage.shows("name", &format!("My Cool App\nHello, {name}.\nSign out")).await;
    })
    .await;
}
