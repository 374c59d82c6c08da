//! The example `web_sign_in` of plexauth-reqwest in a browser, with the simulator's page in the place of app.plex.tv.
//!
//! `cargo test -p plexauth-tests --test browser -- --ignored` wants Chromium and ChromeDriver (Debian's packages `chromium` and
//! `chromium-driver`). With `SCREENSHOTS=DIRECTORY` it keeps pictures of what it saw.

mod common;

mod browser {
    pub(crate) mod stage;
}
#[path = "../../plexauth-reqwest/examples/web_sign_in/pages.rs"]
mod pages;
#[path = "../../plexauth-reqwest/examples/web_sign_in/sign_in.rs"]
mod sign_in;

use browser::stage::{NOBODY, Stage, approved_by, on_stage};

const SIGN_IN: &str = "Sign in with Plex";
const WAITING: &str = "My Cool App\nWaiting for Plex to confirm your sign-in…\nCancel";
const HELLO: &str = "My Cool App\nHello, alice.\nSign out";
const NOT_BEGUN_HERE: &str =
    "My Cool App\nThis sign-in did not start in this browser, or is over.\nBack to the start";

#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn who_approves_is_signed_in_and_can_sign_out() {
    on_stage(async |stage: &Stage| {
        stage.open("/").await;
        stage.shows("1-button", &format!("My Cool App\n{SIGN_IN}")).await;
        stage.click("button").await;
        stage.shows("2-approve", &approved_by("alice")).await;
        stage.click("#approve").await;
        stage.shows("3-signed-in", HELLO).await;
        assert_eq!(stage.address().await, format!("{}/", stage.origin), "nothing is left in the address");
        // What the browser keeps says nothing of Plex, and no script can read it.
        assert_eq!(stage.cookies().await, ["session"]);
        assert_eq!(stage.cookies_for_scripts().await, "");
        assert_eq!(stage.asked("DELETE /api/v2/users/signout"), 1, "the token is not left about");
        stage.click("button").await;
        stage.shows("4-signed-out", &format!("My Cool App\n{SIGN_IN}")).await;
    })
    .await;
}

/// Plex may send the browser back before the PIN is there.
#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn who_is_back_before_the_pin_is_there_is_signed_in_all_the_same() {
    on_stage(async |stage: &Stage| {
        stage.simulator.world().early_return = 2;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("early-approve", &approved_by("alice")).await;
        stage.click("#approve").await;
        stage.shows("early-waiting", WAITING).await;
        stage.shows("early-signed-in", HELLO).await;
        assert_eq!(stage.asked("GET /api/v2/pins/"), 3);
    })
    .await;
}

#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn who_refuses_is_told_so_and_may_begin_again() {
    on_stage(async |stage: &Stage| {
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("cancel-approve", &approved_by("alice")).await;
        stage.click("#cancel").await;
        stage.shows("cancelled", NOBODY).await;
        assert_eq!(stage.cookies().await, Vec::<String>::new());
        // To come back once more is of no use, also if somebody approves meanwhile.
        let pin = stage.simulator.world().pins()[0].id;
        stage.simulator.world().approve_pin(pin, 0);
        let address = stage.address().await;
        stage.open(address.strip_prefix(&stage.origin).unwrap()).await;
        stage.shows("cancelled-again", NOT_BEGUN_HERE).await;
        stage.click("a").await;
        stage.shows("cancelled-start", &format!("My Cool App\n{SIGN_IN}")).await;
    })
    .await;
}

/// Somebody else's sign-in, whose address lures into their account, and states that nobody gave.
#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn a_sign_in_of_another_browser_is_not_taken() {
    on_stage(async |stage: &Stage| {
        let theirs = stage.begin_elsewhere().await;
        stage.open("/").await;
        for back in [theirs.as_str(), "/signed-in?state=00000000-0000-0000-0000-000000000000", "/signed-in"] {
            stage.open(back).await;
            stage.shows("wrong-state", NOT_BEGUN_HERE).await;
        }
        // Nor is a cookie that this application did not write, or that it wrote for another state.
        let pin = stage.simulator.world().pins()[0].id.to_string();
        let state = theirs.split_once("state=").unwrap().1;
        stage.add_cookie(&format!("sign-in-{state}"), &pin).await;
        stage.open(&theirs).await;
        stage.shows("forged-cookie", NOT_BEGUN_HERE).await;
        stage.open("/").await;
        stage.click("button").await;
        stage.shows("wrong-state-own", &approved_by("alice")).await;
        stage.open("/").await;
        let own = stage.cookie_that_begins("sign-in-").await;
        stage.add_cookie(&format!("sign-in-{state}"), &own).await;
        stage.open(&theirs).await;
        stage.shows("moved-cookie", NOT_BEGUN_HERE).await;
        assert_eq!(stage.asked("GET /api/v2/pins/"), 0, "Plex is not asked");
    })
    .await;
}

#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn two_tabs_at_once_do_not_get_in_each_others_way() {
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

/// What Plex would not understand, the page in its place does not either.
#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn the_page_to_approve_on_is_strict_about_its_parameters() {
    const PRODUCT: &str = "context%5Bdevice%5D%5Bproduct%5D";
    on_stage(async |stage: &Stage| {
        let gone = "This login does not exist or has expired.";
        for (fragment, words) in [
            (format!("clientID=id-1&code=AB12&{PRODUCT}=App"), "The parameters must follow #?"),
            (format!("?clientID=id-1&{PRODUCT}=App"), "Missing parameter: code"),
            (format!("?clientID=&code=AB12&{PRODUCT}=App"), "Missing parameter: clientID"),
            ("?clientID=id-1&code=AB12".into(), "Missing parameter: context[device][product]"),
            (format!("?clientID=id-1&code=AB12&{PRODUCT}=App&code=AB13"), "Duplicate parameter: code"),
            ("?clientId=id-1".into(), "Unknown parameter: clientId"),
            (format!("?clientID=id-1&code=AB12&{PRODUCT}=App"), gone),
        ] {
            stage.open_approval(&fragment).await;
            stage.shows("strict", &format!("Simulated Plex\n{words}")).await;
        }
    })
    .await;
}

/// A name that somebody chose is text, whatever is in it.
#[tokio::test]
#[ignore = "wants Chromium and ChromeDriver"]
async fn a_name_is_shown_as_text() {
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
