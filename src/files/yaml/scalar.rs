//! Where the characters of a YAML scalar stand: quotes, escapes, folded lines and indentation undone with their places.

use crate::files::mapped::Mapped;
use crate::source::Span;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    /// `|` and `>`.
    Block,
}

/// Maps `value`, as the parser decoded it, to its place. `at` covers the scalar as the parser saw it, tag and anchor included
/// when `properties` says that it has some. Gives the text and the place of its content, without quotes.
pub fn map(value: &str, style: Style, source: &str, at: Span, properties: bool) -> (Mapped, Span) {
    let at = if properties { skip_properties(source, at, style) } else { at };
    let inner = content(source, at, style);
    let text = source.get(inner.range()).unwrap_or_default();
    if text == value {
        return (Mapped::verbatim(value, inner.start), inner);
    }
    let mapped = match style {
        Style::Plain | Style::Block => align_lines(value, text, inner.start),
        Style::Single | Style::Double => unquote(text, inner.start, style),
    };
    let inner = if style == Style::Block {
        mapped.as_ref().map_or(inner, |text| text.span(0..text.as_str().len()))
    } else {
        inner
    };
    match mapped.filter(|mapped| mapped.as_str() == value) {
        Some(mapped) => (mapped, inner),
        None => (whole(value, inner), inner),
    }
}

/// The text as one run that corresponds to its place as a whole.
fn whole(value: &str, at: Span) -> Mapped {
    let mut mapped = Mapped::default();
    mapped.push_decoded(value, at);
    mapped
}

/// The place of what stands between the quotes, or of the scalar itself. The parser's span of a quoted scalar may reach into
/// the comment behind it, so the closing quote is looked for.
fn content(source: &str, at: Span, style: Style) -> Span {
    let text = source.get(at.range()).unwrap_or_default();
    let close = match style {
        Style::Single => text.get(1..).and_then(closing_single),
        Style::Double => text.get(1..).and_then(closing_double),
        Style::Plain | Style::Block => None,
    };
    close.map_or(at, |length| Span::new(at.start + 1, at.start + 1 + length as u32))
}

/// How far the single quote that closes is from behind the one that opens.
pub fn closing_single(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += text[at..].find('\'')?;
        if !text[at + 1..].starts_with('\'') {
            return Some(at);
        }
        at += 2;
    }
}

/// The same for double quotes.
pub fn closing_double(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.find(|c: char| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })
}

/// Moves the start of `at` behind `&anchor` and `!tag`, and for a block scalar behind its header line too.
fn skip_properties(source: &str, at: Span, style: Style) -> Span {
    let text = source.get(at.range()).unwrap_or_default();
    let mut rest = text.trim_start();
    while rest.starts_with(['&', '!']) {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest[end..].trim_start();
        if style == Style::Block && rest.starts_with(['|', '>']) {
            let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
            rest = &rest[end..];
            break;
        }
    }
    Span::new(at.end - rest.len() as u32, at.end)
}

/// Plain and block scalars: every line of the source, without the blanks around it, stands in the value in order; what is
/// between two of them in the value is white space that line ends and indentation stand for.
fn align_lines(value: &str, source: &str, base: u32) -> Option<Mapped> {
    let mut out = Mapped::default();
    let (mut at, mut line_start, mut after) = (0, 0, 0);
    for line in source.split_inclusive('\n') {
        const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];
        let content = line.trim_matches(BLANK);
        // A carriage return alone may stand among the blanks.
        let start = line_start + (line.len() - line.trim_start_matches(BLANK).len());
        line_start += line.len();
        if content.is_empty() {
            continue;
        }
        let gap = value[at..].len() - value[at..].trim_start_matches([' ', '\t', '\n', '\r']).len();
        push_gap(&mut out, &value[at..at + gap], &source[after..start], base + after as u32);
        at += gap;
        value[at..].strip_prefix(content)?;
        out.push_verbatim(content, base + start as u32);
        at += content.len();
        after = start + content.len();
    }
    push_gap(&mut out, &value[at..], &source[after..], base + after as u32);
    Some(out)
}

/// White space between two lines: the blanks at its end are those before the next line where they agree, the rest stands for
/// the line ends.
fn push_gap(out: &mut Mapped, gap: &str, source: &str, base: u32) {
    let blanks = |text: &str| text.len() - text.trim_end_matches([' ', '\t']).len();
    let same = if gap.contains('\n') { blanks(gap).min(blanks(source)) } else { 0 };
    let (ends, indent) = gap.split_at(gap.len() - same);
    let (skipped, kept) = source.split_at(source.len() - same);
    let (ends, kept) = if indent == kept { (ends, kept) } else { (gap, "") };
    let place = match skipped.find('\n') {
        Some(at) if ends == "\n" || ends == " " => Span::of(at, at + 1),
        _ => Span::of(0, skipped.len()),
    };
    match source.get(place.range()) == Some(ends) {
        true => out.push_verbatim(ends, base + place.start),
        false => out.push_decoded(ends, place.shifted(base)),
    }
    out.push_verbatim(kept, base + (source.len() - kept.len()) as u32);
}

/// Quoted scalars.
fn unquote(source: &str, base: u32, style: Style) -> Option<Mapped> {
    let mut out = Mapped::default();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let (text, length) = match rest.as_bytes() {
            [b'\'', b'\'', ..] if style == Style::Single => ("'".to_owned(), 2),
            [b'\\', ..] if style == Style::Double => escape(rest)?,
            [b' ' | b'\t' | b'\n' | b'\r', ..] => {
                let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
                fold(&rest[..blank])
            }
            _ => {
                let end = rest.find(['\'', '\\', ' ', '\t', '\n', '\r']).filter(|end| *end > 0);
                let length = end.unwrap_or_else(|| if rest.starts_with(['\'', '\\']) { 1 } else { rest.len() });
                (rest[..length].to_owned(), length)
            }
        };
        let place = Span::of(at, at + length).shifted(base);
        match text == rest[..length] {
            true => out.push_verbatim(&text, place.start),
            false => out.push_decoded(&text, place),
        }
        at += length;
    }
    Some(out)
}

/// Blanks inside quotes: as they are on one line; one line end is a blank, each further one a line end.
fn fold(blank: &str) -> (String, usize) {
    let text = match blank.matches('\n').count() {
        0 => blank.to_owned(),
        1 => " ".to_owned(),
        ends => "\n".repeat(ends - 1),
    };
    (text, blank.len())
}

/// The escapes of YAML 1.2 that stand for one character.
const ESCAPES: &[(u8, &str)] = &[
    (b'0', "\0"),
    (b'a', "\x07"),
    (b'b', "\x08"),
    (b't', "\t"),
    (b'\t', "\t"),
    (b'n', "\n"),
    (b'v', "\x0b"),
    (b'f', "\x0c"),
    (b'r', "\r"),
    (b'e', "\x1b"),
    (b' ', " "),
    (b'"', "\""),
    (b'/', "/"),
    (b'\\', "\\"),
    (b'\'', "'"),
    (b'N', "\u{85}"),
    (b'_', "\u{a0}"),
    (b'L', "\u{2028}"),
    (b'P', "\u{2029}"),
];

/// The escape at the start of `rest`: its text and length in the source.
fn escape(rest: &str) -> Option<(String, usize)> {
    let sign = *rest.as_bytes().get(1)?;
    if let Some((_, text)) = ESCAPES.iter().find(|(known, _)| *known == sign) {
        return Some(((*text).to_owned(), 2));
    }
    let digits = match sign {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        b'\n' | b'\r' => {
            let tail = &rest[1..];
            let blank = tail.len() - tail.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let ends = tail[..blank].matches('\n').count().saturating_sub(1);
            return Some(("\n".repeat(ends), 1 + blank));
        }
        _ => return None,
    };
    let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((char::from_u32(code)?.to_string(), 2 + digits))
}
