//! What fuzzing has found worth keeping, and the shapes that it began with, read again by every target.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn main() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let trials = plexauth_fuzz::targets::ALL.iter().map(|&(name, run)| {
        let inputs: Vec<PathBuf> =
            ["seeds", "corpus"].iter().flat_map(|kind| files(&fuzz.join(kind).join(name))).collect();
        Trial::test(format!("corpus::{name}"), move || {
            if inputs.is_empty() {
                return Err("there is nothing to read".into());
            }
            for path in inputs {
                let input = std::fs::read(&path)?;
                if std::panic::catch_unwind(|| run(&input)).is_err() {
                    return Err(format!("{} breaks a promise", path.display()).into());
                }
            }
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
