//! Comments of a YAML file: a `#` after white space (or at the start of a line) that stands in no scalar.

use super::{Content, Tree, scalar::Style};
use crate::source::Span;

/// Finds the comments between the scalars. After a syntax error every such `#` counts.
pub fn find(text: &str, tree: &Tree<'_>) -> Vec<Span> {
    let scalars = tree.nodes.iter().filter_map(|node| match &node.content {
        Content::Scalar(scalar) => Some((scalar.at, scalar.style)),
        _ => None,
    });
    let mut found = Vec::new();
    let mut at = 0;
    for (scalar, style) in scalars {
        scan(text, at, scalar.start as usize, &mut found);
        let quote = usize::from(matches!(style, Style::Single | Style::Double));
        at = at.max(scalar.end as usize + quote);
    }
    scan(text, at, text.len(), &mut found);
    found
}

/// Whether a `#` there starts a comment, unless it stands in a scalar.
pub fn may_start(bytes: &[u8], at: usize) -> bool {
    at == 0 || bytes[at - 1].is_ascii_whitespace()
}

/// Comments that start in `from..to`; one may not end inside, when the text that follows it was skipped.
fn scan(text: &str, mut from: usize, to: usize, found: &mut Vec<Span>) {
    while from < to {
        let Some(at) = memchr::memchr(b'#', &text.as_bytes()[from..to]).map(|at| from + at) else { return };
        from = at + 1;
        if !may_start(text.as_bytes(), at) {
            continue;
        }
        let rest = &text[at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        from = at + line.len();
        found.push(Span::of(at, at + line.trim_end_matches('\r').len()));
    }
}
