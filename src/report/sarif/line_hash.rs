//! GitHub's fingerprint of a line, `primaryLocationLineHash`.
//!
//! Code scanning recognises an alert after lines have moved by a hash of the 100 characters from the start of its line,
//! blanks and tabs left out. The upload action computes the same and complains when a tool's value is another, so this
//! does what github/codeql-action does in `src/fingerprints.ts`: a polynomial hash (base 37, 64 bits, over UTF-16 units)
//! that rolls over the text; every kind of line end counts as `\n`; the text is followed by the unit 0xFFFF and 100
//! zeros; a hash that occurred before in the file gets a higher number behind its colon.

use rustc_hash::FxHashMap;

/// How many characters a hash covers.
const BLOCK: usize = 100;
const BASE: u64 = 37;
const END_OF_FILE: u16 = 0xFFFF;

/// The hash of every line of a file, as `hash:occurrence`.
pub fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = significant(text);
    let leaving = (0..BLOCK).fold(1u64, |power, _| power.wrapping_mul(BASE));
    let unit = |index: usize| units.get(index).copied().map_or(0, u64::from);
    let mut counts: FxHashMap<u64, usize> = FxHashMap::default();
    let mut hashes = Vec::with_capacity(starts.len());
    let mut starts = starts.into_iter().peekable();
    let mut hash = (0..BLOCK).fold(0u64, |hash, index| hash.wrapping_mul(BASE).wrapping_add(unit(index)));
    for index in 0..units.len() {
        if starts.next_if_eq(&index).is_some() {
            let count = counts.entry(hash).or_default();
            *count += 1;
            hashes.push(format!("{hash:x}:{count}"));
        }
        hash =
            hash.wrapping_mul(BASE).wrapping_add(unit(index + BLOCK)).wrapping_sub(leaving.wrapping_mul(unit(index)));
    }
    hashes
}

/// The units that are hashed, and the index of the first of every line.
fn significant(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len() + 1), Vec::new());
    let (mut at_start, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain([END_OF_FILE]) {
        let blank = unit == u16::from(b' ') || unit == u16::from(b'\t');
        let return_before = std::mem::replace(&mut after_return, unit == u16::from(b'\r'));
        if blank || (return_before && unit == u16::from(b'\n')) {
            continue;
        }
        if at_start {
            starts.push(units.len());
        }
        at_start = unit == u16::from(b'\n') || unit == u16::from(b'\r');
        units.push(if at_start { u16::from(b'\n') } else { unit });
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `src/fingerprints.ts` of codeql-action f3f1edbe printed for these texts under node 20.
    #[test]
    fn hashes_are_those_that_the_action_computes() {
        let vectors: &[(&str, &[&str])] = &[
            ("", &["c129715d7a2bc9a3:1"]),
            ("a", &["53b5d4aabe50d64:1"]),
            ("a\n", &["243cbaa4685aab12:1", "c129715d7a2bc9a3:1"]),
            (
                "a\r\nb\rc\n\n \t\nb\n",
                &[
                    "358f84736dcdd8f7:1",
                    "64e2a5719f1c3740:1",
                    "48c3ee7de806b44c:1",
                    "b8d96ae672d1b223:1",
                    "bf4c4d48992e2ca5:1",
                    "ade70578248be16f:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
            (
                "x = 1\nx = 1\nx = 1\n",
                &["b06211268476d237:1", "87c133c3324ef59b:1", "8e00d41f0ebba6bf:1", "c129715d7a2bc9a3:1"],
            ),
            ("# é 😀 naïve\nx = '•'\n", &["9580cd9f949d3ce6:1", "7045b4a367a86292:1", "c129715d7a2bc9a3:1"]),
            ("\t\r \n  z", &["d14e489d3d22223d:1", "483058b3d6ce6067:1", "76dcabf80cb35c79:1"]),
            ("\u{feff}import os\n", &["5aa1a8e55c93c499:1", "c129715d7a2bc9a3:1"]),
        ];
        for (text, hashes) in vectors {
            assert_eq!(line_hashes(text), *hashes, "{text:?}");
        }
    }

    #[test]
    fn equal_hashes_are_counted() {
        let long = format!("{}\n", "y".repeat(250)).repeat(3);
        let want = ["cadd4b5b9d92c51c:1", "cadd4b5b9d92c51c:2", "cadd4b5b9d92c51c:3", "c129715d7a2bc9a3:1"];
        assert_eq!(line_hashes(&long), want);
        let many = line_hashes(&"abc\n".repeat(60));
        assert_eq!(many[..2], ["6bb9a4f144cdf0e8:1", "6bb9a4f144cdf0e8:2"]);
        assert_eq!(many[58..], ["7f0a40e7306551d3:1", "861c3fe48942a2fb:1", "c129715d7a2bc9a3:1"]);
    }
}
