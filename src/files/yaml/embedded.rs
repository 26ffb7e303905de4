//! Files inside YAML scalars: the `data:` of a ConfigMap. Each is read by the reader of its own kind, and its places are moved
//! into the host file.

use crate::files::dotenv::env_kind;
use crate::files::kinds::kind_of;
use crate::files::mapped::Mapped;
use crate::files::{Entry, FileFacts, Role, lower};
use crate::source::{FileId, FileKind, Loc, Piece, Span, Text};

/// What an embedded file says, or None when nothing is known about its kind or nothing was found in it.
pub fn embedded(name: &str, text: &Mapped, file: FileId) -> Option<FileFacts> {
    let yaml = (name.ends_with(".yml") || name.ends_with(".yaml")).then_some(FileKind::Yaml);
    let mut facts = match yaml.or_else(|| env_kind(name)).or_else(|| kind_of(name, text.as_str())) {
        Some(kind) => lower(kind, name, text.as_str(), file),
        None if name.ends_with(".py") => python(text.as_str(), file),
        None => return None,
    };
    // Its comments and errors are those of a text that the host's reader knows nothing about.
    facts.comments.clear();
    facts.errors.clear();
    text.relocate(&mut facts);
    (!facts.entries.is_empty() || !facts.commands.is_empty()).then_some(facts)
}

/// A Python module that is not part of the project's sources: the strings of its lines, under the name before `=` or `:`.
fn python(text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for found in strings(line) {
            let at = |range: std::ops::Range<usize>| Loc::new(file, Span::of(start + range.start, start + range.end));
            let value_at = at(found.inner.clone());
            facts.entries.push(Entry {
                path: vec![line[found.key.clone()].to_owned()],
                key_at: at(found.key.clone()),
                value: value(&line[found.inner.clone()], found.format, value_at),
                value_at,
                role: Role::Setting,
                commented: false,
            });
        }
        start += line.len();
    }
    facts
}

/// One string literal of a line and the name it belongs to.
struct Found {
    key: std::ops::Range<usize>,
    inner: std::ops::Range<usize>,
    format: bool,
}

/// The strings of one line that stand after `name =`, `name:` or `"name":`, up to a comment.
fn strings(line: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut last: Option<std::ops::Range<usize>> = None;
    let mut at = 0;
    while let Some(start) = line[at..].find(['"', '\'', '#']).map(|offset| at + offset) {
        if line[start..].starts_with('#') || line[start..].starts_with("\"\"\"") || line[start..].starts_with("'''") {
            break;
        }
        let quote = &line[start..start + 1];
        let Some(end) = line[start + 1..].find(quote).map(|offset| start + 1 + offset) else { break };
        let before = line[at..start].trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let prefix = &line[at + before.len()..start];
        let name = before.trim_end().strip_suffix(['=', ':']).map(str::trim_end);
        let key = name.and_then(|name| match name.is_empty() {
            true => last.clone(),
            false => Some(identifier(name, at)).filter(|key| !key.is_empty()),
        });
        let key = key.or_else(|| found.last().map(|found| found.key.clone()));
        let is_key = line[end + 1..].trim_start().starts_with(':');
        if let Some(key) = key.filter(|_| !is_key) {
            found.push(Found { key, inner: start + 1..end, format: prefix.contains(['f', 'F']) });
        }
        last = Some(start + 1..end);
        at = end + 1;
    }
    found
}

/// The identifier at the end of `text`, which starts at byte `start` of its line.
fn identifier(text: &str, start: usize) -> std::ops::Range<usize> {
    let name = text.len() - text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    start + text.len() - name..start + text.len()
}

/// A literal's text: unknown with escapes, and where an f-string computes.
fn value(text: &str, format: bool, at: Loc) -> Text {
    if text.contains('\\') {
        return Text::unknown(Some(at));
    }
    if !format {
        return Text::literal(text, at);
    }
    let mut out = Text::default();
    let mut done = 0;
    while let Some(open) = text[done..].find('{').map(|offset| done + offset) {
        let close = text[open..].find('}').map_or(text.len(), |offset| open + offset + 1);
        let place = |from: usize, to: usize| Loc::new(at.file, Span::of(from, to).shifted(at.span.start));
        out.push(Text::literal(&text[done..open], place(done, open)));
        out.pieces.push(Piece::Unknown { at: Some(place(open, close)) });
        done = close;
    }
    let rest = Span::of(done, text.len()).shifted(at.span.start);
    out.push(Text::literal(&text[done..], Loc::new(at.file, rest)));
    out
}
