//! Shell scripts and the command lines inside other files: words with their places, assignments, reads of the environment.
//!
//! POSIX shell with the bash constructs that start scripts use. The reader follows one script from top to bottom: a
//! variable that the script sets itself is replaced by its value where that is known, and is never a read of the environment.
//!
//! A host that embeds shell in a notation with its own escapes has two ways in: [`read`] takes a [`Text`] whose pieces
//! say where they stand; [`script`] takes a text in which the host has blanked its escapes with NUL bytes (they mean
//! "nothing here"), so that offsets stay those of the host.

mod command;
mod eval;
mod expansion;
mod lex;
mod mask;
mod scope;
mod through;
mod walk;

pub use scope::{Held, Scope};
pub use through::without_prefix;

use crate::files::{Command, EnvUse, FileFacts, Need, Word};
use crate::source::{FileId, Loc, Piece, Span, Text};
use lex::Token;
use walk::{Source, Walker};

/// Reads a shell script that is the slice of a file at byte `base`.
pub fn script(text: &str, base: u32, file: FileId, service: Option<&str>, out: &mut FileFacts) {
    script_in(&mut Scope::default(), text, base, file, service, out);
}

/// The same, with variables that the host has set (a Dockerfile's `ENV`, a Makefile's variables); what the script
/// sets is still known in `scope` afterwards.
pub fn script_in(scope: &mut Scope, text: &str, base: u32, file: FileId, service: Option<&str>, out: &mut FileFacts) {
    let source = Source { text, base, file, coarse: Vec::new() };
    gather(scope, out, |scope, facts| Walker::new(&source, scope, facts, service).run(0..text.len()));
}

/// Reads a text as a script (`sh -c TEXT`); what it reads of the environment is added to `out` again even when the host
/// has counted the text's own [`Piece::Env`] already. A text that was put together from several places is left alone.
pub fn read(text: &Text, service: Option<&str>, out: &mut FileFacts) {
    read_in(&mut Scope::default(), text, service, out);
}

/// The same, with variables that the host has set.
pub fn read_in(scope: &mut Scope, text: &Text, service: Option<&str>, out: &mut FileFacts) {
    let Some(masked) = mask::Masked::of(text) else { return };
    let source = masked.source();
    gather(scope, out, |scope, facts| Walker::new(&source, scope, facts, service).run(0..source.text.len()));
}

/// One command that a host gives as words (an exec-form list): records it, and what it runs with `sh -c`.
pub fn command(words: Vec<Word>, service: Option<&str>, out: &mut FileFacts) {
    command_in(&mut Scope::default(), words, service, out);
}

/// The same, with variables that the host has set.
pub fn command_in(scope: &mut Scope, words: Vec<Word>, service: Option<&str>, out: &mut FileFacts) {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
    let at = Loc::new(first.at.file, first.at.span.cover(last.at.span));
    let source = Source { text: "", base: 0, file: at.file, coarse: Vec::new() };
    gather(scope, out, |scope, facts| {
        Walker::new(&source, scope, facts, service).look_through(&words);
        facts.commands.push(Command { words, at, service: service.map(str::to_owned) });
    });
}

/// The words of one simple command line; operators are characters like others, as in an exec line.
pub fn words(text: &str, base: u32, file: FileId) -> Vec<Word> {
    words_in(&mut Scope::default(), text, base, file)
}

/// The same, with variables that the host has set.
pub fn words_in(scope: &mut Scope, text: &str, base: u32, file: FileId) -> Vec<Word> {
    exec_words(scope, &Source { text, base, file, coarse: Vec::new() })
}

/// The words of a text that was already interpolated by its host; none when it was put together from several places.
pub fn words_of(text: &Text) -> Vec<Word> {
    mask::Masked::of(text).map_or_else(Vec::new, |masked| exec_words(&mut Scope::default(), &masked.source()))
}

fn exec_words(scope: &mut Scope, source: &Source) -> Vec<Word> {
    let mut facts = FileFacts::default();
    let mut walker = Walker::new(source, scope, &mut facts, None);
    let words = lex::tokens(source.text, 0..source.text.len(), false).into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(Word { text: walker.text_of(&word.parts), at: walker.loc(&word.range) }),
        _ => None,
    });
    words.collect()
}

/// A line of `NAME=value` words, all of them assignments (`ENV A=b C=d`).
pub fn assignments_in(scope: &mut Scope, text: &str, base: u32, file: FileId, out: &mut FileFacts) {
    let source = Source { text, base, file, coarse: Vec::new() };
    gather(scope, out, |scope, facts| Walker::new(&source, scope, facts, None).assignments());
}

/// A text in which only `$…` means something, as in double quotes.
pub fn text_in(scope: &mut Scope, text: &str, base: u32, file: FileId, out: &mut FileFacts) -> Text {
    let source = Source { text, base, file, coarse: Vec::new() };
    let parts = lex::expansions(text);
    let mut found = Text::default();
    gather(scope, out, |scope, facts| found = Walker::new(&source, scope, facts, None).text_of(&parts));
    found
}

/// The variables that words read from the environment.
pub fn reads(words: &[Word]) -> Vec<EnvUse> {
    let mut found = Vec::new();
    words.iter().for_each(|word| text_reads(&word.text, &mut found));
    found
}

/// Adds the environment variables that a text reads, outermost first.
pub fn text_reads(text: &Text, found: &mut Vec<EnvUse>) {
    for piece in &text.pieces {
        let Piece::Env { keys, default, at } = piece else { continue };
        let need = if default.is_some() { Need::Optional } else { Need::Required };
        found.extend(keys.iter().map(|key| EnvUse { key: key.clone(), at: *at, need }));
        if let Some(default) = default {
            text_reads(default, found);
        }
    }
}

/// A script file.
pub fn lower(_path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    if is_shell(text) {
        script(text, 0, file, None, &mut facts);
    }
    facts
}

/// Whether a script's first line leaves it to a shell.
fn is_shell(text: &str) -> bool {
    let Some(line) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else { return true };
    let mut names = line.split_ascii_whitespace().filter_map(|word| word.rsplit('/').next());
    !names.any(|name| {
        ["python", "node", "perl", "ruby", "php", "fish", "pwsh"].iter().any(|other| name.starts_with(other))
    })
}

/// Runs a reader and appends what it found in source order.
fn gather(scope: &mut Scope, out: &mut FileFacts, run: impl FnOnce(&mut Scope, &mut FileFacts)) {
    let mut facts = FileFacts::default();
    run(scope, &mut facts);
    facts.env_uses.extend(scope.unanswered());
    let start = |at: Loc| -> Span { at.span };
    facts.entries.sort_by_key(|entry| start(entry.key_at).start);
    facts.commands.sort_by_key(|command| start(command.at).start);
    facts.env_uses.sort_by_key(|read| start(read.at).start);
    facts.comments.sort_by_key(|comment| comment.start);
    out.entries.append(&mut facts.entries);
    out.commands.append(&mut facts.commands);
    out.env_uses.append(&mut facts.env_uses);
    out.env_file_refs.append(&mut facts.env_file_refs);
    out.exports.append(&mut facts.exports);
    out.comments.append(&mut facts.comments);
}

#[cfg(test)]
mod tests;
