//! The catalogue of operations is complete.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests may panic")]

mod catalogue;

use std::collections::BTreeSet;
use std::path::Path;

/// The name of an operation's page in `wire`: `get_user_details` for `GetUserDetails`.
fn page(operation: &str) -> String {
    let mut page = String::new();
    for character in operation.chars() {
        if character.is_uppercase() && !page.is_empty() {
            page.push('_');
        }
        page.extend(character.to_lowercase());
    }
    page
}

/// An operation that is missing from the catalogue would not be covered by the tests that use it.
#[test]
fn catalogue_has_every_operation() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations/wire");
    let pages: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let catalogue: BTreeSet<String> = catalogue::names().into_iter().map(page).collect();
    assert_eq!(catalogue, pages);
}
