//! Template expressions (`{{ … }}`, `{% … %}`) in YAML: overwritten with neutral text of the same length, so that the rest still
//! parses and every offset stays what it was.

use std::borrow::Cow;
use std::ops::Range;

use crate::files::interpolate::template_ranges;

/// The text with its templates (and NUL bytes, which would end a scan) overwritten, and the places of the templates.
pub fn mask(text: &str) -> (Cow<'_, str>, Vec<Range<usize>>) {
    let templates = template_ranges(text);
    if templates.is_empty() && !text.contains('\0') {
        return (Cow::Borrowed(text), templates);
    }
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for group in templates.chunk_by(|left, right| same_line(text, left.end..right.start)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let sign = if stands_alone(text, group, first.start, last.end) { " " } else { "x" };
        for range in group {
            masked.push_str(&text[at..range.start]);
            masked.push_str(&sign.repeat(range.len()));
            at = range.end;
        }
    }
    masked.push_str(&text[at..]);
    (Cow::Owned(masked.replace('\0', " ")), templates)
}

fn same_line(text: &str, between: Range<usize>) -> bool {
    !text[between].contains('\n')
}

/// Whether nothing but templates stands on the lines of `group` (`{{- if .Values.worker }}`): such lines vanish.
fn stands_alone(text: &str, group: &[Range<usize>], start: usize, end: usize) -> bool {
    let blank = |part: &str| part.chars().all(char::is_whitespace);
    let before = &text[text[..start].rfind('\n').map_or(0, |at| at + 1)..start];
    let after = &text[end..text[end..].find('\n').map_or(text.len(), |at| end + at)];
    let between = group.windows(2).all(|pair| blank(&text[pair[0].end..pair[1].start]));
    blank(before) && blank(after) && between
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_templates_vanish() {
        let text = "{{- if .a }}\n  {% if x %} {{ y }}\n{{/* a\n b */}}\nk: v\n";
        assert_eq!(
            mask(text).0,
            format!("{}\n  {} {}\n{}\nk: v\n", " ".repeat(12), " ".repeat(10), " ".repeat(7), " ".repeat(14))
        );
    }

    #[test]
    fn templates_in_keys_and_values_become_words_of_their_length() {
        let text = "k: {{ .b }}\n{{ .k }}: \"x{{ \"é\" }}\"\n";
        assert_eq!(mask(text).0, "k: xxxxxxxx\nxxxxxxxx: \"xxxxxxxxxxx\"\n");
    }

    #[test]
    fn open_templates_are_text() {
        assert_eq!(mask("a: {{ b\nc: }}}\0").0, "a: xxxxxxxxxx} ");
        assert_eq!(mask("a: {{ b\n").0, "a: {{ b\n");
    }
}
