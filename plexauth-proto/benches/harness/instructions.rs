//! Instructions, counted by Valgrind's callgrind: they repeat on a busy machine.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program that may end with an error"
)]

use std::process::Command;

use super::case::{Bar, Case, Work};

/// Called by itself, under callgrind, with this, a case, whether it is the yardstick, and how often.
const COUNT: &str = "--count";

/// All of them, or those with a name that holds what the command line says.
pub(crate) fn run(cases: &[Case]) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [count, name, is_yardstick, times] = arguments.as_slice()
        && count == COUNT
    {
        let case = cases.iter().find(|case| case.name == *name).expect("a case");
        let work =
            if is_yardstick == "true" { case.bar.yardstick().expect("a yardstick") } else { &case.ours };
        (0..times.parse().expect("a number")).for_each(|_| work.run());
        return;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    let is_wanted = |case: &&Case| wanted.is_none_or(|part| case.name.contains(part.as_str()));
    println!("{:<50} {:>12} {:>12} {:>6} {:>7}", "instructions", "ours", "yardstick", "ratio", "at most");
    let results: Vec<_> = cases.iter().filter(is_wanted).map(is_within_bar).collect();
    assert!(!results.is_empty(), "no case has such a name");
    assert!(!results.contains(&false), "bars are broken");
}

fn is_within_bar(case: &Case) -> bool {
    let ours = instructions(&case.name, &case.ours, false);
    let (yardstick, ratio, bar, is_within) = match &case.bar {
        Bar::AtMost { instructions, .. } => {
            (String::new(), String::new(), instructions.to_string(), ours <= *instructions as f64)
        }
        Bar::Against { yardstick, instructions: most, .. } => {
            let yardstick = instructions(&case.name, yardstick, true);
            let ratio = ours / yardstick;
            (format!("{yardstick:.0}"), format!("{ratio:.3}"), format!("{most:.2}"), ratio <= *most)
        }
    };
    let verdict = if is_within { "" } else { "  BROKEN" };
    println!("{:<50} {ours:>12.0} {yardstick:>12} {ratio:>6} {bar:>7}{verdict}", case.name);
    is_within
}

/// Of one piece: the difference between many runs and few, so that what a program does before is in neither.
fn instructions(name: &str, work: &Work, is_yardstick: bool) -> f64 {
    let (few, many) = if work.pieces == 1 { (10, 60) } else { (0, 1) };
    // What else a machine does changes no count, so both are counted at once.
    let [few_cost, many_cost] = std::thread::scope(|scope| {
        [few, many]
            .map(|times: u32| scope.spawn(move || collected(name, is_yardstick, times)))
            .map(|count| count.join().expect("a count"))
    });
    (many_cost - few_cost) as f64 / f64::from((many - few) * work.pieces)
}

fn collected(name: &str, is_yardstick: bool, times: u32) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().expect("this program's path"))
        .args([COUNT, name, &is_yardstick.to_string(), &times.to_string()])
        .output()
        .expect("valgrind can be started; it is in the package of that name");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let count = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.unwrap_or_else(|| panic!("no count in what callgrind said: {said}"))
}
