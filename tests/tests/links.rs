//! Checks the links in the Markdown pages. Their code is compiled by doc tests.

use std::path::{Path, PathBuf};

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown pages.
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
fn links_work() {
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

/// The anchor of a line, if it is a heading.
fn anchor(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
    let kept = heading.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}
