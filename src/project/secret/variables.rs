//! What a file's variables are worth: those that the file (or the `.env` beside it) sets, and the defaults in templates.

use rustc_hash::FxHashMap;

use crate::files::{Entry, Role};
use crate::project::link::Linking;
use crate::source::{FileKind, Loc, Piece, Span, Text};

/// The variables that env files set, by folder and name. An env file's own interpolation and compose read them.
pub(super) struct Variables {
    by_folder: FxHashMap<(String, String), Text>,
}

impl Variables {
    pub(super) fn of(linking: &Linking) -> Self {
        let mut by_folder = FxHashMap::default();
        for (file, facts) in linking.facts {
            let source = linking.sources.get(*file);
            if source.kind != FileKind::Env {
                continue;
            }
            for Entry { path, value, role, commented, .. } in &facts.entries {
                if let ([key], Role::Environment, false) = (path.as_slice(), role, commented) {
                    by_folder.insert((folder(&source.path), key.clone()), value.clone());
                }
            }
        }
        Self { by_folder }
    }

    /// The text with what is known put in the place of variables and templates.
    pub(super) fn in_text(&self, text: &Text, path: &str, source: &str) -> Text {
        let mut out = Text::default();
        for piece in &text.pieces {
            match piece {
                Piece::Env { keys, default: None, .. } => {
                    let value = keys.first().and_then(|key| self.by_folder.get(&(folder(path), key.clone())));
                    match value.filter(|value| value.as_literal().is_some()) {
                        Some(value) => out.push(value.clone()),
                        None => out.pieces.push(piece.clone()),
                    }
                }
                Piece::Unknown { at: Some(at) } => match template_default(*at, source) {
                    Some(default) => {
                        out.pieces.push(Piece::Env { keys: Vec::new(), default: Some(default.into()), at: *at })
                    }
                    None => out.pieces.push(piece.clone()),
                },
                _ => out.pieces.push(piece.clone()),
            }
        }
        out
    }
}

fn folder(path: &str) -> String {
    path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
}

/// What stands before the literal default of a template: `{{ x | default('…') }}`, `{{ default "…" .Values.x }}`,
/// `${{ secrets.X || '…' }}`, `${env:X, '…'}`.
const BEFORE: &[&str] = &["default(", "default (", "default", "||", ","];

/// The literal that a template falls back on.
fn template_default(at: Loc, source: &str) -> Option<Text> {
    let template = source.get(at.span.range()).filter(|template| template.len() < 2_000)?;
    let open = template.starts_with("${") || template.contains("{{");
    let quote_at = template.find(['\'', '"']).filter(|_| open)?;
    let quote = template.get(quote_at..quote_at + 1)?;
    let length = template.get(quote_at + 1..)?.find(quote)?;
    let before = template.get(..quote_at)?.trim_end();
    if !BEFORE.iter().any(|end| before.ends_with(end)) || template.get(quote_at + 1..)?.matches(quote).count() > 1 {
        return None;
    }
    let start = at.span.start + quote_at as u32 + 1;
    let literal = template.get(quote_at + 1..quote_at + 1 + length)?;
    Some(Text::literal(literal, Loc::new(at.file, Span::new(start, start + length as u32))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn templates_fall_back_on_their_literal() {
        let cases = [
            ("${{ secrets.X || 'a' }}", Some("a")),
            ("{{ x | default('b') }}", Some("b")),
            ("{{ .Values.x | default \"c\" }}", Some("c")),
            ("{{ default \"d\" .Values.x }}", Some("d")),
            ("${env:X, 'e'}", Some("e")),
            ("{{ lookup('env', 'X') }}", None),
            ("${{ x == 'y' }}", None),
            ("{{ x }}", None),
        ];
        for (source, expected) in cases {
            let at = Loc::new(FileId(0), Span::of(0, source.len()));
            assert_eq!(
                template_default(at, source).and_then(|text| text.as_literal()).as_deref(),
                expected,
                "{source}"
            );
        }
    }
}
