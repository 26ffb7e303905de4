//! The words of a text, for searches that need no parser.

use std::ops::Range;

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
        assert_eq!(words("").count() + words("1 + 2").count(), 0);
    }
}
