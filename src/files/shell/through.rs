//! Commands inside the words of other commands: `sh -c '…'`, `su -c`, `watchfiles '…'`, `eval`.

use super::scope::Held;
use super::walk::Walker;
use crate::files::{Entry, Role, Word};
use crate::source::{Loc, Piece, Span, Text};

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh", "ksh"];

/// Options of a shell that stand between its name and `-c` with an argument of their own.
const SHELL_OPTION_ARGUMENTS: &[&str] = &["pipefail", "errexit", "nounset", "xtrace"];

/// Programs whose `-e NAME=value` sets a variable for what they run.
const CONTAINERS: &[&str] = &["docker", "podman", "nerdctl", "docker-compose"];

/// Where a program takes a command line.
enum Takes {
    /// Behind one of these options (or joined with `=`).
    Option(&'static [&'static str]),
    /// Any argument that holds a blank.
    Phrases,
    First,
}

const WRAPPERS: &[(&str, Takes)] = &[
    ("su", Takes::Option(&["-c", "--command"])),
    ("runuser", Takes::Option(&["-c", "--command"])),
    ("script", Takes::Option(&["-c", "--command", "-qc"])),
    ("flock", Takes::Option(&["-c", "--command"])),
    ("watchmedo", Takes::Option(&["-c", "--command"])),
    ("nodemon", Takes::Option(&["-x", "--exec"])),
    ("env", Takes::Option(&["-S", "--split-string"])),
    ("watchfiles", Takes::Phrases),
    ("watchexec", Takes::Phrases),
    ("concurrently", Takes::Phrases),
    ("cmd", Takes::Phrases),
    ("powershell", Takes::Phrases),
    ("pwsh", Takes::Phrases),
    ("ssh", Takes::Phrases),
    ("eval", Takes::Phrases),
    ("trap", Takes::First),
];

impl Walker<'_> {
    /// Reads the commands that the words of a command hold.
    pub(super) fn look_through(&mut self, words: &[Word]) {
        self.env_file_options(words);
        self.container_environment(words);
        for (index, word) in words.iter().enumerate() {
            let Some(program) = program(word) else { continue };
            if SHELLS.contains(&program.as_str()) {
                if let Some(payload) = shell_payload(&words[index + 1..]) {
                    return self.embedded(payload);
                }
                continue;
            }
            if let Some((_, takes)) = WRAPPERS.iter().find(|(name, _)| *name == program) {
                return self.wrapped(takes, &words[index + 1..]);
            }
        }
    }

    /// `docker run -e NAME=value`
    fn container_environment(&mut self, words: &[Word]) {
        let runs = words.iter().take(3).filter_map(program).any(|name| CONTAINERS.contains(&name.as_str()));
        let pairs = words.windows(2).filter(|_| runs);
        let options = pairs.filter(|pair| matches!(pair[0].text.as_literal().as_deref(), Some("-e" | "--env")));
        for text in options.map(|pair| &pair[1].text) {
            let Some(Piece::Literal { text: first, at }) = text.pieces.first() else { continue };
            let Some((name, _)) = first.split_once('=') else { continue };
            let value = without_prefix(text, name.len() + 1);
            let place = |range| crate::source::text::place_in_literal(first, *at, range);
            let value_at = match value.pieces.as_slice() {
                [Piece::Literal { at, .. }] => *at,
                _ => Loc::new(at.file, Span::new(place(name.len() + 1..first.len()).span.start, pair_end(text, *at))),
            };
            self.scope.set(name, Held::Text(value.clone()));
            let (path, key_at, role) = (vec![name.to_owned()], place(0..name.len()), Role::Environment);
            self.out.entries.push(Entry { path, key_at, value, value_at, role, commented: false });
        }
    }

    fn wrapped(&mut self, takes: &Takes, words: &[Word]) {
        match takes {
            Takes::Option(names) => {
                if let Some(text) = option_value(words, names) {
                    self.embedded(&text);
                }
            }
            Takes::Phrases => {
                let phrases = words.iter().filter(|word| is_phrase(&word.text));
                phrases.for_each(|word| self.embedded(&word.text));
            }
            Takes::First => {
                if let Some(word) = words.first() {
                    self.embedded(&word.text);
                }
            }
        }
    }

    /// `docker run --env-file .env`, `uv run --env-file=.env`
    fn env_file_options(&mut self, words: &[Word]) {
        for (index, word) in words.iter().enumerate() {
            let next = words.get(index + 1);
            let found = match word.text.pieces.first() {
                Some(Piece::Literal { text, .. }) if text == "--env-file" && word.text.pieces.len() == 1 => {
                    next.map(|next| (next.text.clone(), next.at))
                }
                Some(Piece::Literal { text, .. }) if text.starts_with("--env-file=") => {
                    Some((without_prefix(&word.text, "--env-file=".len()), word.at))
                }
                _ => None,
            };
            if let Some((path, at)) = found {
                self.env_file(path, at, true);
            }
        }
    }
}

/// Where the last piece of a text ends, if it stands behind `at` in the same file.
fn pair_end(text: &Text, at: Loc) -> u32 {
    let last = match text.pieces.last() {
        Some(Piece::Literal { at, .. } | Piece::Env { at, .. } | Piece::Unknown { at: Some(at) }) => *at,
        _ => at,
    };
    if last.file == at.file { last.span.end.max(at.span.end) } else { at.span.end }
}

/// The last component of a word's path; the word may start with something unknown (`"$DIR"/env/bin/sh`).
fn program(word: &Word) -> Option<String> {
    let Some(Piece::Literal { text, .. }) = word.text.pieces.last() else { return None };
    let known = word.text.pieces.len() == 1 || text.contains('/');
    known.then(|| text.rsplit('/').next().unwrap_or(text).to_owned())
}

/// The word behind a shell's `-c`.
fn shell_payload(words: &[Word]) -> Option<&Text> {
    for (index, word) in words.iter().enumerate().take(8) {
        let option = word.text.as_literal()?;
        let is_option = option.starts_with(['-', '+']);
        if option.starts_with('-') && !option.starts_with("--") && option.contains('c') {
            return words.get(index + 1).map(|word| &word.text);
        }
        if !is_option && !SHELL_OPTION_ARGUMENTS.contains(&option.as_str()) {
            return None;
        }
    }
    None
}

/// The value of an option, as the next word or behind `=`.
fn option_value(words: &[Word], names: &[&str]) -> Option<Text> {
    for (index, word) in words.iter().enumerate() {
        let Some(Piece::Literal { text, .. }) = word.text.pieces.first() else { continue };
        if names.contains(&text.as_str()) && word.text.pieces.len() == 1 {
            return words.get(index + 1).map(|word| word.text.clone());
        }
        let joined = names.iter().find(|name| text.strip_prefix(*name).is_some_and(|rest| rest.starts_with('=')));
        if let Some(name) = joined {
            return Some(without_prefix(&word.text, name.len() + 1));
        }
    }
    None
}

fn is_phrase(text: &Text) -> bool {
    let blank = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains(' '));
    let option = matches!(text.pieces.first(), Some(Piece::Literal { text, .. }) if text.starts_with('-'));
    !option && text.pieces.iter().any(blank)
}

/// The text without the first `length` bytes of its first piece.
pub fn without_prefix(text: &Text, length: usize) -> Text {
    let mut pieces = text.pieces.clone();
    if let Some(Piece::Literal { text, at }) = pieces.first_mut() {
        let exact = at.span.len() as usize == text.len();
        let shift = if exact { length as u32 } else { 0 };
        *text = text.get(length..).unwrap_or_default().to_owned();
        *at = Loc::new(at.file, Span::new(at.span.start + shift, at.span.end));
        if text.is_empty() {
            pieces.remove(0);
        }
    }
    Text { pieces }
}
