//! Lines in brackets and quotes joined into one, without moving anything: the parser wants each of them to be indented, other
//! readers of YAML do not.

use std::ops::Range;

use super::{comments, scalar};

/// The text with the brackets or quotes that open at `from` on one line; none if they do not reach behind `at` or stand on one
/// line already.
pub fn join(text: &str, from: usize, at: usize) -> Option<String> {
    let mut part = text.get(from..)?.as_bytes().to_vec();
    let mut depth = 0_usize;
    let mut here = 0;
    let end = loop {
        match *part.get(here)? {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b'"' if starts_token(&part, here) => here += 1 + scalar::closing_double(&text[from + here + 1..])?,
            b'\'' if starts_token(&part, here) => here += 1 + scalar::closing_single(&text[from + here + 1..])?,
            b'#' if comments::may_start(&part, here) => {
                let end = memchr::memchr(b'\n', &part[here..])? + here;
                part[here..end].fill(b' ');
                here = end;
            }
            _ => {}
        }
        here += 1;
        if depth == 0 {
            break here;
        }
    };
    part.truncate(end);
    if from + end <= at || !part.contains(&b'\n') {
        return None;
    }
    for byte in part.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')) {
        *byte = b' ';
    }
    let joined = String::from_utf8(part).ok()?;
    Some([&text[..from], &joined, &text[from + end..]].concat())
}

/// The first bracket or quote of a range that opens something.
pub fn first_opening(text: &str, range: Range<usize>) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    while at < range.end {
        match *bytes.get(at)? {
            b'[' | b'{' => return Some(at),
            b'"' | b'\'' if starts_token(bytes, at) => return Some(at),
            b'#' if comments::may_start(bytes, at) => at += memchr::memchr(b'\n', &bytes[at..])?,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether what stands at `at` is no part of a word.
fn starts_token(bytes: &[u8], at: usize) -> bool {
    at == 0 || bytes[at - 1].is_ascii_whitespace() || b"[{,:".contains(&bytes[at - 1])
}
