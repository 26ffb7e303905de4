//! The edits of one file: which of them go together, and what they make of its text.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::source::Span;

use super::apply::Skip;

/// Edits of one file that do not get in each other's way.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    replaced: BTreeMap<Span, String>,
    /// Lines, each with its line end.
    appended: Vec<String>,
}

/// How a file ends its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newline {
    Lf,
    CrLf,
}

impl Newline {
    /// That of the first line.
    pub fn of(text: &str) -> Self {
        match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => Self::CrLf,
            _ => Self::Lf,
        }
    }

    fn written(self, text: &str) -> String {
        let text = text.replace("\r\n", "\n");
        if self == Self::CrLf { text.replace('\n', "\r\n") } else { text }
    }
}

impl Edits {
    /// Adds a replacement of the same fix: it may touch the others, and insertions at one place follow each other.
    ///
    /// # Errors
    /// When it overlaps another one of the fix.
    pub fn replace(&mut self, span: Span, text: &str) -> Result<(), Skip> {
        if let Some(known) = self.replaced.get_mut(&span) {
            if known == text {
                return Ok(());
            }
            if !span.is_empty() {
                return Err(Skip::Overlap);
            }
            known.push_str(text);
            return Ok(());
        }
        if self.replaced.keys().any(|known| known.overlaps(span)) {
            return Err(Skip::Overlap);
        }
        self.replaced.insert(span, text.to_string());
        Ok(())
    }

    pub fn append(&mut self, text: &str) {
        self.appended.extend(text.lines().map(|line| format!("{line}\n")));
    }

    /// Whether edits of another fix overlap or touch these without being the same.
    pub fn conflicts(&self, other: &Self) -> bool {
        other.replaced.iter().any(|(span, text)| {
            if self.replaced.get(span) == Some(text) {
                return false;
            }
            // These never overlap each other: only the neighbours can be in the way.
            let before = self.replaced.range(..*span).next_back();
            let after = self.replaced.range(*span..).next();
            before.is_some_and(|(known, _)| known.end >= span.start)
                || after.is_some_and(|(known, _)| known.start <= span.end)
        })
    }

    /// Takes the edits of another fix that do not conflict. A line that another fix appended is not appended again.
    pub fn merge(&mut self, other: Self) {
        self.replaced.extend(other.replaced);
        let known: FxHashSet<String> = self.appended.iter().cloned().collect();
        self.appended.extend(other.appended.into_iter().filter(|line| !known.contains(line)));
    }

    /// The text with every edit made, lines ended as `newline` says.
    pub fn applied(&self, text: &str, newline: Newline) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut done = 0;
        for (span, new) in &self.replaced {
            out.push_str(text.get(done..span.start as usize).unwrap_or(""));
            out.push_str(&newline.written(new));
            done = span.end as usize;
        }
        out.push_str(text.get(done..).unwrap_or(""));
        if !self.appended.is_empty() && !out.is_empty() && !out.ends_with(['\n', '\r']) {
            out.push_str(&newline.written("\n"));
        }
        for line in &self.appended {
            out.push_str(&newline.written(line));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(replaced: &[(u32, u32, &str)]) -> Edits {
        let mut edits = Edits::default();
        for (start, end, text) in replaced {
            edits.replace(Span::new(*start, *end), text).unwrap();
        }
        edits
    }

    #[test]
    fn touching_edits_of_another_fix_conflict() {
        let taken = edits(&[(2, 4, "x")]);
        assert!(taken.conflicts(&edits(&[(4, 5, "y")])));
        assert!(taken.conflicts(&edits(&[(0, 2, "y")])));
        assert!(taken.conflicts(&edits(&[(2, 4, "y")])));
        assert!(taken.conflicts(&edits(&[(3, 3, "y")])));
        assert!(taken.conflicts(&edits(&[(0, 9, "y")])));
        assert!(!taken.conflicts(&edits(&[(5, 6, "y"), (0, 1, "z")])));
    }

    #[test]
    fn the_same_edit_of_another_fix_is_merged() {
        let mut taken = edits(&[(0, 0, "import os\n")]);
        let other = edits(&[(0, 0, "import os\n"), (5, 6, "y")]);
        assert!(!taken.conflicts(&other));
        taken.merge(other);
        assert_eq!(taken.applied("a = [b]", Newline::Lf), "import os\na = [y]");
    }

    #[test]
    fn lines_are_appended_once_and_on_lines_of_their_own() {
        let mut edits = Edits::default();
        edits.append("# Celery\nA=1");
        let mut other = Edits::default();
        other.append("# Celery\nB=2\n");
        edits.merge(other);
        assert_eq!(edits.applied("X=0", Newline::Lf), "X=0\n# Celery\nA=1\nB=2\n");
        assert_eq!(edits.applied("X=0\r\nY=0", Newline::CrLf), "X=0\r\nY=0\r\n# Celery\r\nA=1\r\nB=2\r\n");
        assert_eq!(edits.applied("", Newline::Lf), "# Celery\nA=1\nB=2\n");
    }

    #[test]
    fn a_text_that_repeats_a_line_keeps_it() {
        let mut edits = Edits::default();
        edits.append("a\n\nb\n\n");
        assert_eq!(edits.applied("", Newline::Lf), "a\n\nb\n\n");
    }
}
