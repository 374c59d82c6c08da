//! [`Words`]: a compact list of words.

use std::fmt;

use serde::{Serialize, Serializer};

/// A compact list of words, such as the more than one hundred features of a subscription.
///
/// The words are kept in one buffer, instead of a `String` for each.
///
/// ```
/// use plexauth_proto::lenient::Words;
///
/// let words: Words = ["pass", "sync"].into_iter().collect();
/// assert!(words.contains("sync"));
/// assert_eq!(words.iter().collect::<Vec<_>>(), ["pass", "sync"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Words(Option<Box<Buffer>>);

/// Boxed because an account contains six lists of words, most of them empty.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Buffer {
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl Words {
    /// Adds a word without surrounding white space. An empty word is ignored.
    pub(crate) fn push(&mut self, word: &str) {
        let word = word.trim();
        if !word.is_empty() {
            let Buffer { text, ends } = &mut **self.0.get_or_insert_default();
            text.push_str(word);
            ends.push(text.len());
        }
    }

    /// Whether the list contains a word, case-sensitively.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.iter().any(|found| found == word)
    }

    /// The words in their original order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|buffer| {
            let mut start = 0;
            buffer.ends.iter().filter_map(move |&end| {
                let word = buffer.text.get(start..end);
                start = end;
                word
            })
        })
    }

    /// The number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |buffer| buffer.ends.len())
    }

    /// Whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Words {
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        let mut all = Self::default();
        words.into_iter().for_each(|word| all.push(word.as_ref()));
        all
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_word_in_order() {
        let words: Words = [" pass ", "", "sync", "ß", "sync"].into_iter().collect();
        assert_eq!(words.iter().collect::<Vec<_>>(), ["pass", "sync", "ß", "sync"]);
        assert_eq!((words.len(), words.is_empty()), (4, false));
        assert_eq!(format!("{words:?}"), r#"["pass", "sync", "ß", "sync"]"#);
    }

    #[test]
    fn finds_whole_words_only() {
        let words: Words = ["pass", "sync"].into_iter().collect();
        assert!(words.contains("pass") && words.contains("sync"));
        assert!(!words.contains("ass") && !words.contains("passsync") && !words.contains(""));
    }
}
