//! The suppression comment: `# celery-lint: ignore[name, other] reason`, `# celery-lint: ignore-file[name] reason`.

use crate::source::{Loc, SourceFile, Span};

/// What every suppression starts with, after the comment's own marker.
pub const MARKER: &str = "celery-lint:";

/// One suppression, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Suppression {
    /// From the comment's marker to the end of the reason.
    pub at: Loc,
    pub scope: Scope,
    /// None: every rule. An empty list is written as `ignore[]`.
    pub names: Option<Vec<(String, Span)>>,
    /// What stands between the brackets.
    pub list: Span,
}

/// Where a suppression holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// 0-based lines, the last one included: the comment's own, and what it stands above.
    Lines {
        first: usize,
        last: usize,
    },
    File,
    /// The word after the marker is none that is known; nothing is suppressed.
    Unknown,
}

/// The suppressions of one comment.
pub fn parse(file: &SourceFile, comment: Span) -> Vec<Suppression> {
    let text = file.slice(comment);
    let starts: Vec<usize> = text.match_indices(MARKER).filter_map(|(at, _)| opening(text, at)).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| one(file, comment, *start, end)).collect()
}

/// Where the comment marker that belongs to the `celery-lint:` at `at` stands; none in running text.
fn opening(text: &str, at: usize) -> Option<usize> {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let marker = ["//", "#", ";"].into_iter().find(|marker| before.ends_with(marker))?;
    let start = before.len() - marker.len();
    Some(before[..start].trim_end_matches(['#', ';', '/']).len())
}

fn one(file: &SourceFile, comment: Span, start: usize, end: usize) -> Option<Suppression> {
    let text = &file.slice(comment)[..end];
    let marker = start + text[start..].find(MARKER)? + MARKER.len();
    let word_at = marker + blanks(&text[marker..]);
    let word = &text[word_at..];
    let word = &word[..word.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(word.len())];
    let base = comment.start as usize;
    let list_at = word_at + word.len();
    let (names, list, rest) = name_list(text, list_at, base);
    let end = rest + reason_end(&text[rest..]);
    let scope = match word {
        "ignore" => covered_lines(file, Span::of(base + start, base + end)),
        "ignore-file" => Scope::File,
        _ => Scope::Unknown,
    };
    let list = if scope == Scope::Unknown { Span::of(base + word_at, base + list_at) } else { list };
    Some(Suppression { at: Loc::new(file.id, Span::of(base + start, base + end)), scope, names, list })
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

type Names = Option<Vec<(String, Span)>>;

/// The bracketed names at `at`, the span between the brackets, and where the list ends.
fn name_list(text: &str, at: usize, base: usize) -> (Names, Span, usize) {
    let open = at + blanks(&text[at..]);
    let Some(inner) = text[open..].strip_prefix('[') else { return (None, Span::of(base + at, base + at), at) };
    let length = inner.find(']').unwrap_or(inner.len());
    let mut names = Vec::new();
    let mut offset = open + 1;
    for piece in inner[..length].split(',') {
        let start = offset + blanks(piece);
        let name = piece.trim();
        if !name.is_empty() {
            names.push((name.to_owned(), Span::of(base + start, base + start + name.len())));
        }
        offset += piece.len() + 1;
    }
    let end = open + 1 + length;
    (Some(names), Span::of(base + open + 1, base + end), (end + 1).min(text.len()))
}

/// A reason ends before another comment on the same line (`# celery-lint: ignore[x] why  # noqa`); `#123` is a part of it.
fn reason_end(reason: &str) -> usize {
    let next = reason.match_indices('#').find(|(at, _)| {
        let after = reason[at + 1..].chars().next();
        reason[..*at].ends_with([' ', '\t']) && after.is_some_and(|c| c.is_whitespace() || c.is_alphabetic())
    });
    reason[..next.map_or(reason.len(), |(at, _)| at)].trim_end().len()
}

/// A comment after code covers its line; one on a line of its own covers also what follows, up to the next line that is
/// neither blank nor a comment.
fn covered_lines(file: &SourceFile, comment: Span) -> Scope {
    let first = file.lines().line_of(comment.start);
    if !stands_alone(file, comment) {
        return Scope::Lines { first, last: first };
    }
    let is_code = |line: &usize| {
        let text = file.slice(file.lines().line_span(*line, &file.text)).trim();
        !text.is_empty() && !text.starts_with(['#', ';']) && !text.starts_with("//")
    };
    let last = (first + 1..file.lines().line_count()).find(is_code).unwrap_or(first);
    Scope::Lines { first, last }
}

/// Whether nothing but blanks stands before the comment on its line.
pub fn stands_alone(file: &SourceFile, comment: Span) -> bool {
    let line = file.lines().line_span(file.lines().line_of(comment.start), &file.text);
    file.slice(Span::new(line.start, comment.start)).trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileKind;

    fn parse_last_line(text: &str) -> Vec<Suppression> {
        let file = SourceFile::new("a.py", FileKind::Python, text);
        let start = text.find('#').unwrap();
        let end = start + text[start..].find('\n').unwrap_or(text.len() - start);
        parse(&file, Span::of(start, end))
    }

    fn summary(text: &str) -> Vec<(String, Scope, Option<Vec<String>>)> {
        parse_last_line(text)
            .into_iter()
            .map(|one| {
                let names = one.names.map(|names| names.into_iter().map(|(name, _)| name).collect());
                (text[one.at.span.range()].to_owned(), one.scope, names)
            })
            .collect()
    }

    fn names(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_comment_after_code_covers_its_line() {
        let text = "x = 1  # celery-lint: ignore[a, b-c] since #12\ny = 2\n";
        let own = "# celery-lint: ignore[a, b-c] since #12".to_owned();
        assert_eq!(summary(text), [(own, Scope::Lines { first: 0, last: 0 }, names(&["a", "b-c"]))]);
    }

    #[test]
    fn a_comment_of_its_own_covers_the_next_line_of_code() {
        let text = "# celery-lint: ignore[a]\n# why\n\nx = 1\n";
        assert_eq!(summary(text)[0].1, Scope::Lines { first: 0, last: 3 });
    }

    #[test]
    fn another_comment_on_the_line_is_no_part_of_it() {
        let text = "x = 1  # noqa  # celery-lint: ignore[a] why # type: ignore";
        assert_eq!(summary(text)[0].0, "# celery-lint: ignore[a] why");
    }

    #[test]
    fn no_brackets_mean_every_rule_and_empty_ones_none() {
        assert_eq!(summary("x  # celery-lint: ignore")[0].2, None);
        assert_eq!(summary("x  # celery-lint: ignore[]")[0].2, names(&[]));
        assert_eq!(summary("# celery-lint: ignore-file[a] generated")[0].1, Scope::File);
    }

    #[test]
    fn a_misspelt_word_suppresses_nothing() {
        assert_eq!(summary("x  # celery-lint: ingore[a]")[0].1, Scope::Unknown);
    }

    #[test]
    fn running_text_about_the_comment_is_no_suppression() {
        assert_eq!(summary("# write celery-lint: ignore[a] there"), []);
        assert_eq!(summary("#: `# celery-lint: ignore[a` is cut off").len(), 1);
    }

    #[test]
    fn two_suppressions_may_share_a_comment() {
        let text = "x  # celery-lint: ignore[a]  # celery-lint: ignore[b]";
        let found: Vec<String> = summary(text).into_iter().map(|one| one.0).collect();
        assert_eq!(found, ["# celery-lint: ignore[a]", "# celery-lint: ignore[b]"]);
    }

    #[test]
    fn names_have_exact_places_after_other_characters() {
        let text = "é = 'ü'  # celery-lint: ignore[ a ,b]";
        let one = &parse_last_line(text)[0];
        let spans: Vec<&str> = one.names.iter().flatten().map(|(_, span)| &text[span.range()]).collect();
        assert_eq!((spans, &text[one.list.range()]), (vec!["a", "b"], " a ,b"));
    }
}
