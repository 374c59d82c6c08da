//! A piece of work, its baseline, and the limit on its cost.
#![allow(dead_code, unreachable_pub, reason = "not every benchmark uses everything")]

/// A piece of work and the limit on its cost.
pub struct Case {
    pub name: String,
    pub ours: Work,
    pub limit: Limit,
}

/// Work that can be repeated.
pub struct Work {
    run: Box<dyn Fn()>,
    /// The number of items that one call processes. Costs are per item.
    pub items: u32,
}

impl Work {
    pub fn new<T>(run: impl Fn() -> T + 'static) -> Self {
        Self::batch(1, run)
    }

    pub fn batch<T>(items: u32, run: impl Fn() -> T + 'static) -> Self {
        let run = move || drop(std::hint::black_box(run()));
        Self { run: Box::new(run), items }
    }

    pub fn run(&self) {
        (self.run)();
    }
}

/// The limit on the cost of an item.
pub enum Limit {
    Absolute {
        instructions: u64,
        allocations: u64,
    },
    /// `instructions` is a factor. `more_allocations` come on top of those of the baseline; `None` means no limit.
    Relative {
        baseline: Work,
        instructions: f64,
        more_allocations: Option<u64>,
    },
}

impl Limit {
    pub fn baseline(&self) -> Option<&Work> {
        match self {
            Self::Absolute { .. } => None,
            Self::Relative { baseline, .. } => Some(baseline),
        }
    }
}
