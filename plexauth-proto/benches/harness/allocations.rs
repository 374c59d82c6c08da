//! Heap allocations, counted.

use super::case::{Bar, Case, Work};

/// All of them, or those with a name that holds what the command line says.
pub(crate) fn run(cases: &[Case]) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let is_wanted = |case: &&Case| wanted.as_ref().is_none_or(|part| case.name.contains(part.as_str()));
    println!("{:<50} {:>8} {:>9} {:>7}", "allocations", "ours", "yardstick", "at most");
    let broken = cases.iter().filter(is_wanted).filter(|case| !is_within_bar(case)).count();
    assert_eq!(broken, 0, "bars that are broken");
}

fn is_within_bar(case: &Case) -> bool {
    let ours = allocations(&case.ours);
    let (yardstick, most) = match &case.bar {
        Bar::AtMost { allocations, .. } => (String::new(), Some(*allocations)),
        Bar::Against { yardstick, more_allocations, .. } => {
            let yardstick = allocations(yardstick);
            (yardstick.to_string(), more_allocations.map(|more| yardstick + more))
        }
    };
    let is_within = most.is_none_or(|most| ours <= most);
    let verdict = if is_within { "" } else { "  BROKEN" };
    let most = most.map(|most| most.to_string()).unwrap_or_default();
    println!("{:<50} {ours:>8} {yardstick:>9} {most:>7}{verdict}", case.name);
    is_within
}

/// Of one piece, when everything is warm.
fn allocations(work: &Work) -> u64 {
    work.run();
    allocation_counter::measure(|| work.run()).count_total / u64::from(work.pieces)
}
