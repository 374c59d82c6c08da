//! Runs every fuzz target over its corpus, seeds and findings, and over random inputs, the same every time.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use libtest_mimic::{Arguments, Failed, Trial};

type Input = (String, Vec<u8>);

/// The files of a folder, if it exists.
fn folder(path: &Path) -> Vec<Input> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| (entry.path().display().to_string(), std::fs::read(entry.path()).unwrap())).collect()
}

fn archive(path: &Path) -> Vec<Input> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path).unwrap()));
    let entries = archive.entries().unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.header().entry_type().is_file())
        .map(|mut entry| {
            let mut input = Vec::new();
            entry.read_to_end(&mut input).unwrap();
            (format!("{}: {}", path.display(), entry.path().unwrap().display()), input)
        })
        .collect()
}

/// The number of random inputs for each target.
const RANDOM: u64 = 5_000;

fn random(seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let length = random.usize(..512);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

fn main() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let trials = plexauth_fuzz::targets::ALL.iter().map(|&(name, run)| {
        let fuzz = fuzz.clone();
        Trial::test(format!("corpus::{name}"), move || {
            let mut inputs = archive(&fuzz.join(format!("corpus/{name}.tar.gz")));
            assert!(inputs.len() > 20, "the corpus has only {} inputs", inputs.len());
            inputs.extend(folder(&fuzz.join("seeds").join(name)));
            inputs.extend(folder(&fuzz.join("findings").join(name)));
            inputs.extend((0..RANDOM).map(|seed| (format!("random {seed}"), random(seed))));
            for (path, input) in inputs {
                if std::panic::catch_unwind(|| run(&input)).is_err() {
                    return Err(format!("the target panics on {path}").into());
                }
            }
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
