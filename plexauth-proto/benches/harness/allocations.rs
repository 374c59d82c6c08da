//! Counts heap allocations.

#![allow(clippy::print_stdout, reason = "prints its results")]

use super::case::{Case, Limit, Work};

/// Runs all cases, or those whose name contains the argument on the command line.
pub(crate) fn run(cases: &[Case]) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let is_wanted = |case: &&Case| wanted.as_ref().is_none_or(|part| case.name.contains(part.as_str()));
    println!("{:<50} {:>8} {:>9} {:>7}", "allocations", "ours", "baseline", "at most");
    let results: Vec<_> = cases.iter().filter(is_wanted).map(is_within_limit).collect();
    assert!(!results.is_empty(), "no case matches");
    assert!(!results.contains(&false), "limits exceeded");
}

fn is_within_limit(case: &Case) -> bool {
    let ours = allocations(&case.ours);
    let (baseline, most) = match &case.limit {
        Limit::Absolute { allocations, .. } => (String::new(), Some(*allocations as f64)),
        Limit::Relative { baseline, more_allocations, .. } => {
            let baseline = allocations(baseline);
            (format!("{baseline:.0}"), more_allocations.map(|more| baseline + more as f64))
        }
    };
    let is_within = most.is_none_or(|most| ours <= most);
    let verdict = if is_within { "" } else { "  EXCEEDED" };
    let most = most.map(|most| format!("{most:.0}")).unwrap_or_default();
    println!("{:<50} {ours:>8.0} {baseline:>9} {most:>7}{verdict}", case.name);
    is_within
}

/// The allocations per item, after a warm-up.
fn allocations(work: &Work) -> f64 {
    work.run();
    allocation_counter::measure(|| work.run()).count_total as f64 / f64::from(work.items)
}
