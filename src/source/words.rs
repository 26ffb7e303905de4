//! The words of a text, for searches that need no parser.

use std::ops::Range;

use aho_corasick::packed::Searcher;
use rustc_hash::FxHashSet;

/// Every run of ASCII letters, digits and underscores that does not begin with a digit.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    places(text).map(|word| &text[word])
}

/// Where they stand.
pub fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            while at < bytes.len() && !PART[bytes[at] as usize] {
                at += 1;
            }
            let start = at;
            while at < bytes.len() && PART[bytes[at] as usize] {
                at += 1;
            }
            if start == at {
                return None;
            }
            if !bytes[start].is_ascii_digit() {
                return Some(start..at);
            }
        }
    })
}

/// Whether a byte may stand in a word.
pub fn is_part(byte: &u8) -> bool {
    PART[usize::from(*byte)]
}

/// A set of words that is asked about every word of many texts.
pub struct WordSet<'w> {
    words: FxHashSet<&'w str>,
    /// The lengths that words have, one bit each, by their first byte: most words of a text need no more.
    lengths: [u32; 256],
    /// For a few words: finds places where one of them stands, alone or in a longer word.
    finder: Option<Searcher>,
}

/// How many words the fast search takes.
const MOST_SOUGHT: usize = 48;

impl<'w> WordSet<'w> {
    /// The word of the set that is the same.
    pub fn get(&self, word: &str) -> Option<&'w str> {
        let first = *word.as_bytes().first()?;
        let may_be = self.lengths[first as usize] & bit_of(word) != 0;
        if may_be { self.words.get(word).copied() } else { None }
    }

    /// Whether one of them stands in a text.
    pub fn is_in(&self, text: &str) -> bool {
        let Some(finder) = &self.finder else { return words(text).any(|word| self.get(word).is_some()) };
        let bytes = text.as_bytes();
        let is_part = |at: Option<&u8>| at.is_some_and(is_part);
        // The longest word at a place comes first, and no word begins inside another.
        finder.find_iter(text).any(|found| {
            let before = found.start().checked_sub(1).and_then(|before| bytes.get(before));
            !is_part(before) && !is_part(bytes.get(found.end()))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl<'w> FromIterator<&'w str> for WordSet<'w> {
    fn from_iter<I: IntoIterator<Item = &'w str>>(words: I) -> Self {
        let words: FxHashSet<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let mut lengths = [0; 256];
        for word in &words {
            lengths[word.as_bytes()[0] as usize] |= bit_of(word);
        }
        let mut sought: Vec<&str> = words.iter().copied().collect();
        sought.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        let finder = (sought.len() <= MOST_SOUGHT).then(|| Searcher::new(&sought)).flatten();
        Self { words, lengths, finder }
    }
}

/// The bit of a word's length; long words share the last.
fn bit_of(word: &str) -> u32 {
    1 << word.len().min(31)
}

/// Which bytes a word is made of.
static PART: [bool; 256] = {
    let mut part = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        part[byte] = byte == b'_' as usize || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    part
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_of_ascii() {
        let text = "a_1 = b.c(2x) é__d";
        assert_eq!(words(text).collect::<Vec<_>>(), ["a_1", "b", "c", "__d"]);
        let set: WordSet = ["a_1", "long_name_that_is_longer_than_any_bit", ""].into_iter().collect();
        assert_eq!((set.get("a_1"), set.get("a_2"), set.get("a"), set.get("")), (Some("a_1"), None, None, None));
        assert!(set.is_in(text) && set.is_in("x long_name_that_is_longer_than_any_bit") && !set.is_in("a_12 xa_1"));
        let set: WordSet = ["env", "env_b"].into_iter().collect();
        assert_eq!(
            ["xenv", "env_bool", "env(", "x.env_b", "", "enve"].map(|text| set.is_in(text)),
            [false, false, true, true, false, false]
        );
        assert_eq!(words("").count() + words("1 + 2").count(), 0);
    }
}
