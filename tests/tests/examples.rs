//! Runs every example as a user would, against a simulated Plex.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

use rexpect::session::{PtySession, spawn_command};

/// The time limit for expected terminal output, in milliseconds.
const TIMEOUT: Option<u64> = Some(30_000);

/// The examples that are tested below. `web_sign_in` is tested further in `browser.rs`.
const TESTED: [&str; 11] = [
    "cast",
    "daemon",
    "login",
    "login_async",
    "own_transport",
    "property_test",
    "servers",
    "sign_in",
    "tour",
    "web_sign_in",
    "whole_way",
];

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Builds the examples if necessary. Returns their executables by name.
fn programs() -> &'static BTreeMap<String, PathBuf> {
    static PROGRAMS: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--workspace", "--examples", "--message-format=json", "--quiet"]);
        // Matches the features of the tests, to avoid another build.
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

/// A program that does not end by itself, killed on drop.
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

fn run(name: &str, arguments: &[&str]) -> Output {
    example(name, arguments).output().unwrap()
}

fn stdout_of(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Replaces the ports of loopback addresses with `PORT`.
fn without_ports(text: &str) -> String {
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
fn every_example_is_tested_and_short() {
    let mut found = BTreeSet::new();
    for package in ["plexauth-reqwest", "plexauth-ureq", "plexauth-hyper", "tests"] {
        for entry in std::fs::read_dir(workspace().join(package).join("examples")).unwrap() {
            let path = entry.unwrap().path();
            // A package of its own, for browsers, which `webassembly.rs` tests.
            if path.join("Cargo.toml").exists() {
                continue;
            }
            found.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
            // The tour covers everything, so it may be longer.
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
fn sign_in_asks_for_a_code_and_hides_input() {
    let mut terminal = spawn_command(example("sign_in", &["--sim"]), TIMEOUT).unwrap();
    let mut shown = String::new();
    for (prompt, input) in [
        ("User name or email: ", "bob"),
        ("Password: ", "battery staple"),
        ("Verification code: ", "654321"),
        ("The code is wrong.", ""),
        ("Verification code: ", "123456"),
    ] {
        shown += &terminal.exp_string(prompt).unwrap();
        if !input.is_empty() {
            terminal.send_line(input).unwrap();
        }
    }
    shown += &terminal.exp_eof().unwrap();
    assert!(shown.ends_with("Hello, bob.\r\n"), "{shown}");
    for secret in ["battery staple", "654321", "123456", "token-"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn sign_in_reports_a_wrong_password() {
    let mut terminal = spawn_command(example("sign_in", &["--sim"]), TIMEOUT).unwrap();
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
        let shown = stdout_of(name, &["--sim"]);
        assert!(shown.contains("or open https://plex.tv/link and enter "), "{shown}");
        assert!(shown.ends_with("Hello, alice.\n"), "{shown}");
        let shown = stdout_of(name, &["--sim", "--show-token"]);
        assert!(shown.contains("Hello, alice.\ntoken-"), "{shown}");
        assert_eq!(run(name, &["--simulate"]).status.code(), Some(2));
    }
}

#[test]
fn both_logins_are_cancelled_by_ctrl_c() {
    for name in ["login", "login_async"] {
        let is_cancelled = || {
            let mut terminal: PtySession = spawn_command(example(name, &["--sim"]), TIMEOUT).unwrap();
            terminal.exp_string("waiting for approval").unwrap();
            terminal.send_control('c').unwrap();
            terminal.exp_eof().unwrap().ends_with("Cancelled.\r\n")
        };
        // On a busy machine the simulated user may approve first, after two seconds.
        assert!((0..5).any(|_| is_cancelled()), "{name}");
    }
}

#[test]
fn whole_way_runs_to_the_end() {
    let shown = without_ports(&stdout_of("whole_way", &["--sim"]));
    let lines: Vec<&str> = shown.lines().skip(1).collect();
    assert_eq!(lines, ["Den is at http://127.0.0.1:PORT/plex", "now as Kid"]);
}

#[test]
fn servers_shows_the_way_to_each() {
    let table = |arguments: &[&str]| {
        let shown = without_ports(&stdout_of("servers", arguments));
        // The times differ, and so does the order.
        let mut rows: Vec<String> = shown.lines().skip(1).map(without_time).collect();
        rows.sort();
        rows
    };
    assert_eq!(
        table(&["--sim"]),
        [
            "Bob's - http://127.0.0.1:PORT/impostor: not tried, a local address of another network",
            "Bob's - http://127.0.0.1:PORT/shared: not tried, insecure connections are not allowed there",
            "Den Remote 1.41.0.8992-8463ad060 http://127.0.0.1:PORT/plex",
            "Fort - http://127.0.0.1:PORT/fort: not tried, the server requires https",
            "Loft Remote 1.41.0.8992-8463ad060 http://127.0.0.1:PORT/loft",
        ]
    );
    let all = table(&["--sim", "--all"]);
    assert!(
        all.contains(&"Den Relay 1.41.0.8992-8463ad060 http://127.0.0.1:PORT/relay".to_owned()),
        "{all:?}"
    );
    assert_eq!(all.len(), 8);
}

/// The words of a row without the time.
fn without_time(row: &str) -> String {
    let words: Vec<&str> = row.split_whitespace().collect();
    let is_time = |place: usize| words.get(place) == Some(&"ms") || words.get(place + 1) == Some(&"ms");
    let kept = (0..words.len()).filter(|place| !is_time(*place));
    kept.map(|place| words[place]).collect::<Vec<_>>().join(" ")
}

#[test]
fn cast_gets_a_token_for_the_player() {
    let servers = "Den (yours)\nLoft (yours)\nBob's (shared with you)\nFort (shared with you)\n";
    for (name, path) in [("Den", "plex"), ("Loft", "loft")] {
        let shown = without_ports(&stdout_of("cast", &["--sim", name]));
        let last =
            format!("The player can use http://127.0.0.1:PORT/{path} with a token of 18 characters.\n");
        assert_eq!(shown, format!("{servers}{last}"));
    }
    for (name, error) in [
        ("Fort", "the server requires https"),
        ("Bob's", "allow insecure ones"),
        ("Nowhere", "no server has that name"),
    ] {
        let output = run("cast", &["--sim", name]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && stderr.contains(error), "{stderr}");
    }
    let stderr = String::from_utf8(run("cast", &[]).stderr).unwrap();
    assert!(stderr.contains("set PLEX_TOKEN to your token"), "{stderr}");
}

#[test]
fn daemon_stores_its_session_in_a_private_file() {
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
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no other file is left");

    // A new simulator does not know the session.
    let output = run("daemon", &[file.to_str().unwrap(), "--sim"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && stderr.contains("the session has ended: "), "{stderr}");
    std::fs::write(&file, "{}").unwrap();
    assert!(!run("daemon", &[file.to_str().unwrap(), "--sim"]).status.success());
}

#[test]
fn own_transport_logs_in() {
    assert_eq!(stdout_of("own_transport", &[]), "Hello, alice.\n");
}

#[test]
fn web_sign_in_serves_its_start_page() {
    let mut application = Running::start("web_sign_in", &["127.0.0.1:0", "--sim"]);
    let mut line = String::new();
    application.lines().read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("Open ").unwrap();
    let page = ureq::get(address).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("<button>Sign in with Plex</button>"), "{page}");
}

#[test]
fn tour_has_only_expected_outcomes() {
    let shown = stdout_of("tour", &[]);
    let last = shown.lines().last().unwrap();
    let (expected, all) = last.strip_suffix(" outcomes as expected").unwrap().split_once(" of ").unwrap();
    assert_eq!(expected, all, "{shown}");
}

#[test]
fn property_test_passes() {
    assert_eq!(stdout_of("property_test", &[]), "");
}
