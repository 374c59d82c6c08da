//! [`Words`]: a list of words that are mostly looked up.

use std::fmt;

/// A list of words, such as the features of a subscription: over a hundred of them, and growing.
///
/// All are kept, known or not, in one buffer instead of a `String` each.
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

/// Of words that there are. An account has six lists of words, most of them empty, and is moved about as a whole.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Buffer {
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
}

impl Words {
    /// Adds a word; white space around it is removed, and an empty word is none.
    pub(crate) fn push(&mut self, word: &str) {
        let word = word.trim();
        if !word.is_empty() {
            let Buffer { text, ends } = &mut **self.0.get_or_insert_default();
            text.push_str(word);
            ends.push(text.len());
        }
    }

    /// Whether a word is among them, letter for letter.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.iter().any(|found| found == word)
    }

    /// The words in the order in which they came.
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

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |buffer| buffer.ends.len())
    }

    /// Whether there are none.
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
