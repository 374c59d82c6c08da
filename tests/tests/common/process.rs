//! The resource usage of this process, from `/proc`.

use std::fs;

/// Returns a number from `/proc/self/status`, such as `VmHWM:` (in KiB).
pub(crate) fn status(name: &str) -> u64 {
    let lines = fs::read_to_string("/proc/self/status").unwrap();
    let line = lines.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Resets the peak of resident memory.
pub(crate) fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Returns the number of open sockets.
pub(crate) fn sockets() -> usize {
    let links =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}
