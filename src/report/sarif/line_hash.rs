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
