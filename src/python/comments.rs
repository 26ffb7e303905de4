//! Python comments that may hold suppressions.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

use crate::source::Span;
use crate::suppress::comment::MARKER;

/// The comments of a text that mention this program, in order. Files without such a comment are not parsed.
pub fn comments(text: &str) -> Vec<Span> {
    if memchr::memmem::find(text.as_bytes(), MARKER.as_bytes()).is_none() {
        return Vec::new();
    }
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    comments
        .map(|token| Span::new(token.range().start().to_u32(), token.range().end().to_u32()))
        .filter(|span| text.get(span.range()).is_some_and(|comment| comment.contains(MARKER)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_no_string() {
        let text = "x = '# celery-lint: ignore'  # celery-lint: ignore[a]\n# other\n";
        let found: Vec<&str> = comments(text).into_iter().map(|span| &text[span.range()]).collect();
        assert_eq!(found, ["# celery-lint: ignore[a]"]);
    }
}
