//! Lines in brackets and quotes joined into one, without moving anything: the parser wants each of them to be indented, other
//! readers of YAML do not.

use std::ops::Range;

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
            quote @ (b'"' | b'\'') if starts_token(&part, here) => here = closing(&part, here + 1, quote)?,
            b'#' if starts_comment(&part, here) => {
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
            b'#' if starts_comment(bytes, at) => at += memchr::memchr(b'\n', &bytes[at..])?,
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

fn starts_comment(bytes: &[u8], at: usize) -> bool {
    at == 0 || bytes[at - 1].is_ascii_whitespace()
}

/// Where the quotes close whose content starts at `from`.
fn closing(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            found if found == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
}
