//! Counts instructions with Valgrind's callgrind, whose results are reproducible even on a busy machine.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "benchmarks print their results and report errors by panicking"
)]

use std::process::Command;

use super::case::{Case, Limit, Work};

/// The option with which this program runs itself under callgrind: `--count NAME IS_BASELINE TIMES`.
const COUNT: &str = "--count";

/// Runs all cases, or those whose name contains the argument on the command line.
pub(crate) fn run(cases: &[Case]) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [count, name, is_baseline, times] = arguments.as_slice()
        && count == COUNT
    {
        let case = cases.iter().find(|case| case.name == *name).expect("known case");
        let work = if is_baseline == "true" {
            case.limit.baseline().expect("case with a baseline")
        } else {
            &case.ours
        };
        (0..times.parse().expect("number of runs")).for_each(|_| work.run());
        return;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    let is_wanted = |case: &&Case| wanted.is_none_or(|part| case.name.contains(part.as_str()));
    println!("{:<50} {:>12} {:>12} {:>6} {:>7}", "instructions", "ours", "baseline", "ratio", "at most");
    let results: Vec<_> = cases.iter().filter(is_wanted).map(is_within_limit).collect();
    assert!(!results.is_empty(), "no case matches");
    assert!(!results.contains(&false), "limits exceeded");
}

fn is_within_limit(case: &Case) -> bool {
    let ours = instructions(&case.name, &case.ours, false);
    let (baseline, ratio, limit, is_within) = match &case.limit {
        Limit::Absolute { instructions, .. } => {
            (String::new(), String::new(), instructions.to_string(), ours <= *instructions as f64)
        }
        Limit::Relative { baseline, instructions: most, .. } => {
            let baseline = instructions(&case.name, baseline, true);
            let ratio = ours / baseline;
            (format!("{baseline:.0}"), format!("{ratio:.3}"), format!("{most:.2}"), ratio <= *most)
        }
    };
    let verdict = if is_within { "" } else { "  EXCEEDED" };
    println!("{:<50} {ours:>12.0} {baseline:>12} {ratio:>6} {limit:>7}{verdict}", case.name);
    is_within
}

/// The instructions per item: the difference between many runs and few, which leaves out the setup.
fn instructions(name: &str, work: &Work, is_baseline: bool) -> f64 {
    let (few, many) = if work.items == 1 { (10, 60) } else { (0, 1) };
    // Other load does not affect the counts, so both run at the same time.
    let [few_cost, many_cost] = std::thread::scope(|scope| {
        [few, many]
            .map(|times: u32| scope.spawn(move || collected(name, is_baseline, times)))
            .map(|count| count.join().expect("counting thread panicked"))
    });
    (many_cost - few_cost) as f64 / f64::from((many - few) * work.items)
}

fn collected(name: &str, is_baseline: bool, times: u32) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().expect("path of this program"))
        .args([COUNT, name, &is_baseline.to_string(), &times.to_string()])
        .output()
        .expect("valgrind must be installed (package `valgrind`)");
    let status = output.status;
    let output = String::from_utf8_lossy(&output.stderr);
    assert!(status.success(), "{output}");
    let count = output.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.unwrap_or_else(|| panic!("no count in the output of callgrind: {output}"))
}
