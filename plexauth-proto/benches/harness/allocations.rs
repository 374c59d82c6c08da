//! Heap allocations, counted.

#![allow(clippy::print_stdout, reason = "a program, which prints")]

use super::case::{Bar, Case, Work};

/// All of them, or those with a name that holds what the command line says.
pub(crate) fn run(cases: &[Case]) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let is_wanted = |case: &&Case| wanted.as_ref().is_none_or(|part| case.name.contains(part.as_str()));
    println!("{:<50} {:>8} {:>9} {:>7}", "allocations", "ours", "yardstick", "at most");
    let results: Vec<_> = cases.iter().filter(is_wanted).map(is_within_bar).collect();
    assert!(!results.is_empty(), "no case has such a name");
    assert!(!results.contains(&false), "bars are broken");
}

fn is_within_bar(case: &Case) -> bool {
    let ours = allocations(&case.ours);
    let (yardstick, most) = match &case.bar {
        Bar::AtMost { allocations, .. } => (String::new(), Some(*allocations as f64)),
        Bar::Against { yardstick, more_allocations, .. } => {
            let yardstick = allocations(yardstick);
            (format!("{yardstick:.0}"), more_allocations.map(|more| yardstick + more as f64))
        }
    };
    let is_within = most.is_none_or(|most| ours <= most);
    let verdict = if is_within { "" } else { "  BROKEN" };
    let most = most.map(|most| format!("{most:.0}")).unwrap_or_default();
    println!("{:<50} {ours:>8.0} {yardstick:>9} {most:>7}{verdict}", case.name);
    is_within
}

/// Of one piece, when everything is warm.
fn allocations(work: &Work) -> f64 {
    work.run();
    allocation_counter::measure(|| work.run()).count_total as f64 / f64::from(work.pieces)
}
