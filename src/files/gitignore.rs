//! `.gitignore` for suppressions: what it ignores is asked of git's own matcher elsewhere.

use super::FileFacts;
use crate::source::{FileId, Span};

/// A comment starts a line; a `#` further on is a part of a pattern.
pub fn lower(_path: &str, text: &str, _file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('#') {
            facts.comments.push(Span::of(offset, offset + line.trim_end_matches(['\r', '\n']).len()));
        }
        offset += line.len();
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_comments() {
        let text = "# a\r\nb # c\n#d";
        let facts = lower(".gitignore", text, FileId(0));
        let comments: Vec<&str> = facts.comments.iter().map(|at| &text[at.range()]).collect();
        assert_eq!(comments, ["# a", "#d"]);
    }
}
