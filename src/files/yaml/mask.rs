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
    fn lines_of_templates_vanish_and_values_become_words() {
        let text = "{{- if .a }}\nk: {{ .b | quote }}\n{{ .k }}: \"x{{ \"é\" }}\"\n  {% if x %} {# #}\n{%- endif %}\n{{/* a\n b */}}\n";
        let masked = "            \nk: xxxxxxxxxxxxxxx\nxxxxxx: \"xxxxxxxxxx\"\n  xxxxxxxxxx {# #}\n            \n              \n";
        assert_eq!(mask(text).0, masked);
        assert_eq!(masked.len(), text.len());
    }

    #[test]
    fn open_templates_are_text() {
        assert_eq!(mask("a: {{ b\nc: }}}\0").0, "a: xxxxxxxxx} ");
        assert_eq!(mask("a: {{ b\n").0, "a: {{ b\n");
    }
}
