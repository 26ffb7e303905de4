//! Command lines that other notations hold: words of a string without a shell, exec-form lists, embedded scripts. Here they are
//! handed over to the shell reader.

use super::mapped::Mapped;
use super::{FileFacts, Word, shell};
use crate::source::{FileId, Loc, Piece, Span, Text};

/// Reads a command that is given as a list of words (`["celery", "-A", "p"]`), and what it runs with `sh -c`. The host has
/// read the variables in it already, so that none are added.
pub fn exec(words: Vec<Word>, service: Option<&str>, out: &mut FileFacts) {
    without_uses(out, |facts| shell::command(words, service, facts));
}

/// Reads a shell script that stands in a decoded text (`run: |`).
pub fn script(text: &Mapped, file: FileId, service: Option<&str>, out: &mut FileFacts) {
    let end = text.as_str().trim_end().len();
    shell::read(&text.literals(0..end, file), service, out);
}

/// The same for a text whose variables the host has replaced already (compose).
pub fn script_text(text: &Text, service: Option<&str>, out: &mut FileFacts) {
    without_uses(out, |facts| shell::read(text, service, facts));
}

fn without_uses(out: &mut FileFacts, read: impl FnOnce(&mut FileFacts)) {
    let mut facts = FileFacts::default();
    read(&mut facts);
    out.commands.append(&mut facts.commands);
    out.entries.append(&mut facts.entries);
    out.env_file_refs.append(&mut facts.env_file_refs);
    out.exports.append(&mut facts.exports);
}

/// Splits a command line that no shell reads (compose's string form) as compose does: a backslash makes the next character
/// stand for itself, in double quotes too.
pub fn words(text: &Text) -> Vec<Word> {
    let mut splitter = Splitter::default();
    for piece in &text.pieces {
        match piece {
            Piece::Literal { text, at } => splitter.literal(text, *at),
            Piece::Env { at, .. } => splitter.opaque(piece.clone(), Some(*at)),
            Piece::Unknown { at } => splitter.opaque(piece.clone(), *at),
        }
    }
    splitter.end_word();
    splitter.words
}

/// Cuts a text into words, quotes and backslashes resolved.
#[derive(Default)]
struct Splitter {
    words: Vec<Word>,
    /// The word that is being read: where it stands, its finished pieces, and the literal at its end.
    at: Option<Loc>,
    pieces: Vec<Piece>,
    literal: Mapped,
    quote: Option<char>,
    /// A backslash stands before the next character.
    escape: bool,
}

impl Splitter {
    fn literal(&mut self, text: &str, at: Loc) {
        let verbatim = text.len() == at.span.len() as usize;
        for (offset, c) in text.char_indices() {
            let place = match verbatim {
                true => Span::of(offset, offset + c.len_utf8()).shifted(at.span.start),
                false => at.span,
            };
            self.character(c, Loc::new(at.file, place));
        }
    }

    fn character(&mut self, c: char, at: Loc) {
        if std::mem::take(&mut self.escape) {
            return self.push(c, at);
        }
        match self.quote {
            Some(quote) if c == quote => self.quote = None,
            Some('\'') => return self.push(c, at),
            _ if c == '\\' => self.escape = true,
            Some(_) => return self.push(c, at),
            None if c.is_whitespace() => return self.end_word(),
            None if c == '\'' || c == '"' => self.quote = Some(c),
            None => return self.push(c, at),
        }
        self.cover(at);
    }

    fn push(&mut self, c: char, at: Loc) {
        self.cover(at);
        let mut bytes = [0; 4];
        let text = c.encode_utf8(&mut bytes);
        match text.len() == at.span.len() as usize {
            true => self.literal.push_verbatim(text, at.span.start),
            false => self.literal.push_decoded(text, at.span),
        }
    }

    fn opaque(&mut self, piece: Piece, at: Option<Loc>) {
        at.into_iter().for_each(|at| self.cover(at));
        self.end_literal();
        self.pieces.push(piece);
    }

    fn cover(&mut self, at: Loc) {
        self.at = Some(self.at.map_or(at, |old| Loc::new(at.file, old.span.cover(at.span))));
    }

    fn end_literal(&mut self) {
        if let Some(at) = self.at {
            self.pieces.extend(std::mem::take(&mut self.literal).to_text(at.file).pieces);
        }
    }

    fn end_word(&mut self) {
        self.end_literal();
        if let Some(at) = self.at.take() {
            self.words.push(Word { text: Text { pieces: std::mem::take(&mut self.pieces) }, at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    fn split(text: &str) -> Vec<(String, &str)> {
        let words = words(&Mapped::verbatim(text, 0).to_text(FILE));
        words.iter().map(|word| (word.text.as_literal().unwrap_or_default(), &text[word.at.span.range()])).collect()
    }

    #[test]
    fn words_lose_their_quotes_and_keep_their_places() {
        let expected = [
            ("a", "a"),
            ("b c", "'b c'"),
            ("d\"e", r#""d\"e""#),
            ("f g", r"f\ g"),
            ("in", r#""i\n""#),
            ("", "''"),
            ("h", "h"),
        ];
        assert_eq!(
            split(r#"a 'b c'  "d\"e" f\ g "i\n" '' h"#),
            expected.map(|(text, source)| (text.to_owned(), source))
        );
    }

    #[test]
    fn a_shell_runs_what_it_is_given() {
        let mut facts = FileFacts::default();
        let text = "sh -ec 'cd x && celery -A p -b $$URL'";
        exec(words(&Mapped::verbatim(text, 0).to_text(FILE)), Some("w"), &mut facts);
        let commands: Vec<&str> = facts.commands.iter().map(|command| &text[command.at.span.range()]).collect();
        assert_eq!(commands, [text, "cd x", "celery -A p -b $$URL"]);
        assert!(facts.env_uses.is_empty());
    }
}
