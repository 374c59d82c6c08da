//! Everything that the HTTP stacks log, searched for secrets as it comes.

use std::io::{self, Write};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::ask::SECRETS;

static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Listens to all logs of this process, at the finest level at which the stacks keep secrets to themselves: ureq shows
/// queries and bytes at TRACE, which its adapter documents.
pub(crate) fn capture() {
    let levels = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_target("ureq", LevelFilter::DEBUG)
        .with_target("ureq_proto", LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Search);
    tracing_subscriber::registry().with(levels).with(lines).init();
}

/// The lines with a secret so far.
pub(crate) fn leaks() -> Vec<String> {
    LEAKS.lock().unwrap().clone()
}

struct Search;

impl Write for Search {
    /// Lines come whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if SECRETS.iter().any(|secret| text.contains(secret)) {
            LEAKS.lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
