//! What the pages for people say is there, is there. Their snippets are compiled by the doc tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages, by their paths.
fn pages() -> Vec<PathBuf> {
    let folders = ["", "plexauth-proto", "plexauth-reqwest", "plexauth-ureq", "plexauth-hyper"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(workspace().join(folder)).unwrap());
    let pages: Vec<_> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    assert!(pages.len() >= 10, "{pages:?}");
    pages
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        for (_, rest) in text.match_indices("](").map(|(place, _)| text.split_at(place + 2)) {
            let (target, _) = rest.split_once(')').unwrap();
            let (file, section) = target.split_once('#').unwrap_or((target, ""));
            if target.starts_with("https://") || target.starts_with("http://") {
                continue;
            }
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(path.exists(), "{} links to {target}", page.display());
            if !section.is_empty() {
                let sections: Vec<_> = read(&path).lines().filter_map(anchor).collect();
                assert!(sections.contains(&section.to_owned()), "{}: {target}, {sections:?}", page.display());
            }
        }
    }
}

/// What a heading is called in a link.
fn anchor(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
    let kept = heading.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

/// `faults/http.rs` and the like: a test that is named must be there.
#[test]
fn every_test_that_is_named_exists() {
    let mut files = BTreeSet::new();
    collect(&workspace().join("tests"), &mut files);
    collect(&workspace().join("fuzz/src"), &mut files);
    for member in ["plexauth-proto", "plexauth-reqwest", "plexauth-ureq", "plexauth-hyper"] {
        collect(&workspace().join(member), &mut files);
    }
    let mut named = 0;
    for page in pages() {
        let text = read(&page);
        for word in text.split(['`', ' ', '(', ')', ',', ';', '\n', '|']).filter(|word| word.ends_with(".rs"))
        {
            // A star stands for anything, and a name may leave out where it is.
            let parts: Vec<&str> = word.split('*').collect();
            let fits = |file: &String| match parts.as_slice() {
                [whole] => file.ends_with(&format!("/{whole}")),
                _ => parts.iter().all(|part| file.contains(part)),
            };
            assert!(files.iter().any(fits), "{} names {word}", page.display());
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}

fn collect(folder: &Path, files: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, files);
        } else {
            files.insert(format!("/{}", path.strip_prefix(workspace()).unwrap().display()));
        }
    }
}

/// The names of the variants or structs of a file, by the line that introduces each.
fn names(file: &str, before: &str) -> Vec<String> {
    let text = read(file);
    let lines = text.lines().filter_map(|line| line.strip_prefix(before));
    lines.map(|line| line.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

#[test]
fn the_tables_of_the_readme_have_everything() {
    let readme = read("README.md");
    let kinds = read("plexauth-proto/src/error_kind.rs");
    let (_, kinds) = kinds.split_once("pub enum ErrorKind {").unwrap();
    let (kinds, _) = kinds.split_once("\n}").unwrap();
    let kinds: Vec<&str> =
        kinds.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(',')).collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    for kind in kinds.iter().filter(|kind| kind.chars().all(char::is_alphanumeric)) {
        assert!(readme.contains(&format!("`{kind}`")), "{kind} is not among the errors");
    }
    let mut operations = 0;
    for entry in std::fs::read_dir(workspace().join("plexauth-proto/src/operations")).unwrap() {
        for name in names(entry.unwrap().path().to_str().unwrap(), "impl Operation for ") {
            assert!(readme.contains(&format!("`{name}`")), "{name} is not among the operations");
            operations += 1;
        }
    }
    assert_eq!(operations, 18);
    let folder = workspace().join("plexauth-proto/Cargo.toml");
    let manifest = read(folder);
    let (_, features) = manifest.split_once("[features]\n").unwrap();
    for line in features.lines().take_while(|line| !line.starts_with('[')) {
        if let Some((feature, _)) = line.split_once(" = ").filter(|(name, _)| *name != "default") {
            assert!(readme.contains(&format!("| `{feature}` |")), "{feature} is not among the features");
        }
    }
}
