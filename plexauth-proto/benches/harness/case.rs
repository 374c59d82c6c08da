//! A piece of work, its yardstick, and what it may cost.
#![allow(dead_code, unreachable_pub, reason = "shared by programs that each need a part")]

/// One piece of work with what it may cost.
pub struct Case {
    pub name: String,
    pub ours: Work,
    pub bar: Bar,
}

/// Something to do again and again.
pub struct Work {
    run: Box<dyn Fn()>,
    /// How many pieces one call does: what is measured is divided by it.
    pub pieces: u32,
}

impl Work {
    pub fn new<T>(run: impl Fn() -> T + 'static) -> Self {
        Self::of(1, run)
    }

    pub fn of<T>(pieces: u32, run: impl Fn() -> T + 'static) -> Self {
        let run = move || drop(std::hint::black_box(run()));
        Self { run: Box::new(run), pieces }
    }

    pub fn run(&self) {
        (self.run)();
    }
}

/// The most that something may cost.
pub enum Bar {
    /// In instructions and allocations.
    AtMost { instructions: u64, allocations: u64 },
    /// So many times the instructions of a yardstick, and so many more allocations, if those count.
    Against { yardstick: Work, instructions: f64, more_allocations: Option<u64> },
}

impl Bar {
    pub fn yardstick(&self) -> Option<&Work> {
        match self {
            Self::AtMost { .. } => None,
            Self::Against { yardstick, .. } => Some(yardstick),
        }
    }
}
