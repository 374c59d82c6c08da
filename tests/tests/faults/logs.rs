//! Searches the logs of the HTTP stacks for secrets.

use std::io::{self, Write};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::ask::SECRETS;

static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Captures all logs of this process at TRACE, except for those of ureq, which are captured at DEBUG. As its adapter
/// documents, ureq logs queries and raw bytes at TRACE.
pub(crate) fn capture() {
    let levels = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_target("ureq", LevelFilter::DEBUG)
        .with_target("ureq_proto", LevelFilter::DEBUG);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Search);
    tracing_subscriber::registry().with(levels).with(lines).init();
}

/// Returns the lines logged so far that contain a secret.
pub(crate) fn leaks() -> Vec<String> {
    LEAKS.lock().unwrap().clone()
}

struct Search;

impl Write for Search {
    // Each call receives a whole line.
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
