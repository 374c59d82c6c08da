//! The results, as rows of a table.

use std::time::Duration;

pub(crate) const HEADING: &str = "\
| adapter | concurrency | requests/s | by hand | ratio (at least 0.95) | p99 | by hand | ratio (at most 1.1) |
|---|---|---|---|---|---|---|---|";

pub(crate) struct Round {
    pub(crate) time: Duration,
    pub(crate) latencies: Vec<Duration>,
}

#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) ours: Vec<Round>,
    pub(crate) by_hand: Vec<Round>,
}

impl Figures {
    pub(crate) fn row(&self, adapter: &str, concurrency: usize) -> String {
        let [ours, by_hand] = [&self.ours, &self.by_hand].map(|rounds| median(rounds.iter().map(throughput)));
        let [our_p99, p99_by_hand] = [&self.ours, &self.by_hand].map(|rounds| median(rounds.iter().map(p99)));
        format!(
            "| {adapter} | {concurrency} | {ours:.0} | {by_hand:.0} | {:.3} | {our_p99:.0} µs | {p99_by_hand:.0} µs | {:.3} |",
            self.ratio(throughput),
            self.ratio(p99)
        )
    }

    /// The median of the ratios of adjacent rounds, which ran under the same load.
    fn ratio(&self, figure: fn(&Round) -> f64) -> f64 {
        median(self.ours.iter().zip(&self.by_hand).map(|(ours, by_hand)| figure(ours) / figure(by_hand)))
    }
}

/// In requests per second.
fn throughput(round: &Round) -> f64 {
    round.latencies.len() as f64 / round.time.as_secs_f64()
}

/// In microseconds.
fn p99(round: &Round) -> f64 {
    let mut latencies = round.latencies.clone();
    latencies.sort_unstable();
    latencies[latencies.len() * 99 / 100].as_secs_f64() * 1e6
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}
