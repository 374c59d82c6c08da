//! Every example, run as a person would, against a simulated Plex.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

use rexpect::session::{PtySession, spawn_command};

/// What a terminal has to show within that time, in milliseconds.
const PATIENCE: Option<u64> = Some(30_000);

/// The tests below, by the example that each is about. `property_test` is tests itself, `web_sign_in` is also in `browser.rs`.
const TESTED: [&str; 11] = [
    "cast",
    "daemon",
    "login",
    "login_async",
    "own_transport",
    "property_test",
    "race_connections",
    "sign_in",
    "tour",
    "web_sign_in",
    "whole_way",
];

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The programs, built anew if need be.
fn programs() -> &'static BTreeMap<String, PathBuf> {
    static PROGRAMS: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--workspace", "--examples", "--message-format=json", "--quiet"]);
        // What is built already is that of the tests.
        if cfg!(feature = "tracing") {
            cargo.arg("--all-features");
        }
        let built = cargo.current_dir(workspace()).stderr(Stdio::inherit()).output().unwrap();
        assert!(built.status.success(), "the examples do not build");
        let messages = String::from_utf8(built.stdout).unwrap();
        let messages = messages.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        messages
            .filter(|message| message["target"]["kind"] == serde_json::json!(["example"]))
            .filter_map(|message| {
                let (name, file) = (message["target"]["name"].as_str()?, message["executable"].as_str()?);
                Some((name.to_owned(), file.into()))
            })
            .collect()
    })
}

fn example(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(&programs()[name]);
    command.args(arguments).env("RUST_BACKTRACE", "0").env_remove("PLEX_TOKEN");
    command
}

/// A program that does not end by itself, until it is dropped.
struct Running(Child);

impl Running {
    fn start(name: &str, arguments: &[&str]) -> Self {
        Self(example(name, arguments).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn lines(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.0.stdout.take().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ran(name: &str, arguments: &[&str]) -> Output {
    example(name, arguments).output().unwrap()
}

fn printed(name: &str, arguments: &[&str]) -> String {
    let output = ran(name, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The end of a line, and whatever port it names.
fn with_any_port(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("127.0.0.1:") {
        shown += before;
        shown += "127.0.0.1:PORT";
        rest = after.trim_start_matches(|character: char| character.is_ascii_digit());
    }
    shown + rest
}

#[test]
fn every_example_is_tested_and_can_be_read_in_one_sitting() {
    let mut found = BTreeSet::new();
    for package in ["plexauth-proto", "plexauth-reqwest", "plexauth-ureq", "plexauth-hyper", "tests"] {
        for entry in std::fs::read_dir(workspace().join(package).join("examples")).unwrap() {
            let path = entry.unwrap().path();
            found.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
            // The tour shows everything there is, and is no example of one thing.
            let files = match path.is_dir() && !path.ends_with("tour") {
                true => std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect(),
                false if path.is_file() => vec![path],
                false => Vec::new(),
            };
            for file in files {
                let lines = std::fs::read_to_string(&file).unwrap().lines().count();
                assert!(lines < 100, "{} has {lines} lines", file.display());
            }
        }
    }
    assert_eq!(found, TESTED.map(str::to_owned).into());
}

#[test]
fn sign_in_asks_for_what_is_wanted_and_hides_what_is_typed() {
    let mut terminal = spawn_command(example("sign_in", &["--sim"]), PATIENCE).unwrap();
    let mut shown = String::new();
    for (question, answer) in [
        ("User name or email: ", "bob"),
        ("Password: ", "battery staple"),
        ("Verification code: ", "654321"),
        ("The code is wrong.", ""),
        ("Verification code: ", "123456"),
    ] {
        shown += &terminal.exp_string(question).unwrap();
        if !answer.is_empty() {
            terminal.send_line(answer).unwrap();
        }
    }
    shown += &terminal.exp_eof().unwrap();
    assert!(shown.ends_with("Hello, bob.\r\n"), "{shown}");
    for secret in ["battery staple", "654321", "123456", "token-"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn sign_in_says_what_to_do_about_a_wrong_password() {
    let mut terminal = spawn_command(example("sign_in", &["--sim"]), PATIENCE).unwrap();
    terminal.exp_string("User name or email: ").unwrap();
    terminal.send_line("alice").unwrap();
    terminal.exp_string("Password: ").unwrap();
    terminal.send_line("wrong horse").unwrap();
    let shown = terminal.exp_eof().unwrap();
    assert!(shown.contains("wrong user name or password"), "{shown}");
    assert!(!shown.contains("wrong horse"), "{shown}");
}

#[test]
fn both_logins_show_a_code_and_wait() {
    for name in ["login", "login_async"] {
        let shown = printed(name, &["--sim"]);
        assert!(shown.contains("or open https://plex.tv/link and enter "), "{shown}");
        assert!(shown.ends_with("Hello, alice.\n"), "{shown}");
        let shown = printed(name, &["--sim", "--show-token"]);
        assert!(shown.contains("Hello, alice.\ntoken-"), "{shown}");
        assert_eq!(ran(name, &["--simulate"]).status.code(), Some(2));
    }
}

#[test]
fn both_logins_leave_at_ctrl_c() {
    for name in ["login", "login_async"] {
        let leaves = || {
            let mut terminal: PtySession = spawn_command(example(name, &["--sim"]), PATIENCE).unwrap();
            terminal.exp_string("waiting for approval").unwrap();
            terminal.send_control('c').unwrap();
            terminal.exp_eof().unwrap().ends_with("Cancelled.\r\n")
        };
        // On a busy machine the two seconds may pass until somebody approves.
        assert!((0..5).any(|_| leaves()), "{name}");
    }
}

#[test]
fn the_whole_way_leads_to_the_end() {
    let shown = with_any_port(&printed("whole_way", &["--sim"]));
    let lines: Vec<&str> = shown.lines().skip(1).collect();
    assert_eq!(lines, ["Den is at http://127.0.0.1:PORT/plex", "now as Kid"]);
}

#[test]
fn connections_race() {
    let shown = with_any_port(&printed("race_connections", &[]));
    let expected = "Den is at http://127.0.0.1:PORT/plex\nBob's is at http://127.0.0.1:PORT/shared\n\
                    Fort cannot be reached\n";
    assert_eq!(shown, expected);
}

#[test]
fn cast_gets_a_token_to_hand_on() {
    let servers = "Den (yours)\nBob's (shared with you)\nFort (shared with you)\n";
    for (name, path) in [("Den", "plex"), ("Bob's", "shared")] {
        let shown = with_any_port(&printed("cast", &["--sim", name]));
        let last =
            format!("The player can use http://127.0.0.1:PORT/{path} with a token of 18 characters.\n");
        assert_eq!(shown, format!("{servers}{last}"));
    }
    for (name, words) in [("Fort", "the server cannot be reached"), ("Nowhere", "no server has that name")] {
        let output = ran("cast", &["--sim", name]);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && complaint.contains(words), "{complaint}");
    }
    let complaint = String::from_utf8(ran("cast", &[]).stderr).unwrap();
    assert!(complaint.contains("set PLEX_TOKEN to your token"), "{complaint}");
}

#[test]
fn the_daemon_keeps_its_session_in_a_file_of_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.json");
    let mut daemon = Running::start("daemon", &[file.to_str().unwrap(), "--sim"]);
    let mut lines = daemon.lines();
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.starts_with("Open https://app.plex.tv/auth#?clientID="), "{line}");
    line.clear();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "Renewed and stored the token.\n");
    let saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(saved["renewed_at"].is_u64() && saved["device_key"].is_string(), "{saved}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let interrupt = Command::new("kill").args(["-INT", &daemon.0.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("Stopped.\n"), "{rest}");
    assert!(daemon.0.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");

    // Another Plex does not know that session.
    let output = ran("daemon", &[file.to_str().unwrap(), "--sim"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && complaint.contains("the session has ended: "), "{complaint}");
    std::fs::write(&file, "{}").unwrap();
    assert!(!ran("daemon", &[file.to_str().unwrap(), "--sim"]).status.success());
}

#[test]
fn a_transport_of_ones_own_logs_in() {
    assert_eq!(printed("own_transport", &[]), "Hello, alice.\n");
}

#[test]
fn the_web_application_is_there() {
    let mut application = Running::start("web_sign_in", &["127.0.0.1:0", "--sim"]);
    let mut line = String::new();
    application.lines().read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("Open ").unwrap();
    let page = ureq::get(address).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("<button>Sign in with Plex</button>"), "{page}");
}

/// The main job of the project: `cargo run --example tour`.
#[test]
fn the_tour_ends_well() {
    let shown = printed("tour", &[]);
    let last = shown.lines().last().unwrap();
    let (good, all) = last.strip_suffix(" outcomes as expected").unwrap().split_once(" of ").unwrap();
    assert_eq!(good, all, "{shown}");
}

#[test]
fn property_tests_of_an_application_run() {
    assert_eq!(printed("property_test", &[]), "");
}
