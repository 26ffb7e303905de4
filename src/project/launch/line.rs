//! The words of a Celery command line: options, the sub-command and what follows, as click and its older parsers read them.

use crate::celery::cli::{self, CommandFact, OptionFact};
use crate::files::Word;
use crate::files::shell::without_prefix;
use crate::project::display;
use crate::source::{Loc, Piece, Text};

/// One option of a command line.
#[derive(Debug, Clone)]
pub struct Argument {
    /// Its long name without dashes (`app`, `loglevel`), whatever name is written; as written when Celery has no such option.
    pub name: String,
    /// With its dashes.
    pub written: String,
    /// None for flags, and when nothing follows.
    pub value: Option<Text>,
    /// The word of the option.
    pub at: Loc,
    /// The word of the value: the same as `at` when both stand in one word.
    pub value_at: Loc,
    /// It stands before the sub-command.
    pub leads: bool,
}

impl Argument {
    /// Whether the value is a password (or holds one that is no part of a URL).
    pub(super) fn is_secret(&self) -> bool {
        names_secret(&self.name) && self.value.is_some()
    }

    /// The value with everything hidden that is not known to be harmless.
    pub(super) fn shown_value(&self) -> String {
        let Some(value) = &self.value else { return String::new() };
        let shown = value.pieces.iter().map(|piece| match piece {
            Piece::Literal { text, .. } => display::hidden(text),
            other => display::text(&Text { pieces: vec![other.clone()] }),
        });
        shown.collect()
    }
}

/// What a command line says.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub command: String,
    /// The index of the sub-command.
    pub command_word: Option<usize>,
    pub options: Vec<Argument>,
}

/// Names of options that Celery 5.0 took away and that real command lines still have.
const OLD_VALUES: &[&str] = &["--maxtasksperchild", "--autoreload", "--celerybeat-schedule"];

/// Sub-commands below a sub-command.
const GROUPS: &[&str] = &["amqp", "graph", "list", "logtool", "upgrade"];

/// How many words of a command line are read.
const MAX_WORDS: usize = 400;

/// Reads the words behind `celery`. None when they are no command line: there is no sub-command.
pub(super) fn parse(words: &[Word]) -> Option<Line> {
    let mut parser = Parser { words, next: 0, command: None, command_word: None, options: Vec::new(), helps: false };
    while parser.next < words.len().min(MAX_WORDS) {
        let word = &words[parser.next];
        parser.next += 1;
        match dashed(&word.text) {
            Some("--") => {}
            Some(_) => parser.option(word),
            None => parser.positional(word)?,
        }
    }
    // `celery -A proj "$@"`: what it does is not known, but that it is Celery is.
    let command = parser.command.filter(|_| !parser.helps)?;
    Some(Line { command, command_word: parser.command_word, options: parser.options })
}

/// Reads words that are options only (flower's own program).
pub(super) fn options(command: &str, words: &[Word]) -> Option<Line> {
    let named = Some(command.to_owned());
    let mut parser = Parser { words, next: 0, command: named, command_word: None, options: Vec::new(), helps: false };
    while parser.next < words.len().min(MAX_WORDS) {
        let word = &words[parser.next];
        parser.next += 1;
        dashed(&word.text)?;
        parser.option(word);
    }
    (!parser.helps).then_some(Line { command: command.to_owned(), command_word: None, options: parser.options })
}

struct Parser<'w> {
    words: &'w [Word],
    next: usize,
    command: Option<String>,
    command_word: Option<usize>,
    options: Vec<Argument>,
    /// `--help` or `--version`: nothing is started.
    helps: bool,
}

impl Parser<'_> {
    fn positional(&mut self, word: &Word) -> Option<()> {
        let literal = word.text.as_literal();
        if self.command.is_none() {
            self.command_word = self.next.checked_sub(1);
        }
        let has_app = self.options.iter().any(|option| option.name == "app");
        match (&mut self.command, literal.as_deref()) {
            (None, Some(name)) if cli::is_command(name) => self.command = Some(name.to_owned()),
            (None, None) if has_app => self.command = Some(String::new()),
            // A sub-command of the project's own.
            (None, Some(name)) if has_app && is_plain(name) => self.command = Some(name.to_owned()),
            (None, _) => return None,
            (Some(command), Some(name)) if GROUPS.contains(&command.as_str()) => {
                if cli::command(&format!("{command} {name}")).is_some() {
                    *command = format!("{command} {name}");
                }
            }
            (Some(_), _) => {}
        }
        Some(())
    }

    fn option(&mut self, word: &Word) {
        let Some(Piece::Literal { text, .. }) = word.text.pieces.first() else { return };
        let joined = text.starts_with("--").then(|| text.find('=')).flatten();
        let (written, value) = match joined {
            Some(at) => (text[..at].to_owned(), Some(without_prefix(&word.text, at + 1))),
            // `-A$APP`
            None if word.text.pieces.len() > 1 && text.len() == 2 => {
                (text.clone(), Some(without_prefix(&word.text, text.len())))
            }
            None => (text.clone(), None),
        };
        self.helps |= matches!(written.as_str(), "--help" | "-h" | "--version") && self.options.is_empty();
        let leads = self.command.is_none();
        if let Some(fact) = self.fact(&written) {
            let value = if fact.flag { None } else { value.map(|value| (value, word.at)).or_else(|| self.following()) };
            return self.push(fact.name(), &written, value, word.at, leads);
        }
        if !written.starts_with("--") && written.len() > 2 && written.is_ascii() {
            return self.short(word, text, leads);
        }
        let value = value.map(|value| (value, word.at));
        let takes = OLD_VALUES.contains(&written.as_str()) || names_secret(&written);
        let value = value.or_else(|| takes.then(|| self.following()).flatten());
        self.push(written.trim_start_matches('-'), &written, value, word.at, leads);
    }

    /// `-Aproj`, `-Ofair`, `-BE`.
    fn short(&mut self, word: &Word, text: &str, leads: bool) {
        for at in 1..text.len() {
            let written = format!("-{}", &text[at..=at]);
            let Some(fact) = self.fact(&written) else {
                return self.push(&text[1..], text, None, word.at, leads);
            };
            if !fact.flag {
                let value = without_prefix(&word.text, at + 1);
                let value = if value.is_empty() { self.following() } else { Some((value, word.at)) };
                return self.push(fact.name(), &written, value, word.at, leads);
            }
            self.push(fact.name(), &written, None, word.at, leads);
        }
    }

    /// The option of the sub-command, or a global one; before the sub-command also the worker's, where old command lines
    /// have them.
    fn fact(&self, written: &str) -> Option<&'static OptionFact> {
        let named = |name: &str| cli::command(name).and_then(|command: &CommandFact| command.option(written));
        let own = match self.command.as_deref() {
            Some("multi" | "") => named("worker"),
            Some(command) => named(command),
            None => None,
        };
        own.or_else(|| named("")).or_else(|| self.command.is_none().then(|| named("worker")).flatten())
    }

    /// The next word as a value; not another option, but `-1` is one.
    fn following(&mut self) -> Option<(Text, Loc)> {
        let word = self.words.get(self.next)?;
        if dashed(&word.text).is_some_and(|text| !text[1..].bytes().all(|byte| byte.is_ascii_digit())) {
            return None;
        }
        self.next += 1;
        Some((word.text.clone(), word.at))
    }

    fn push(&mut self, name: &str, written: &str, value: Option<(Text, Loc)>, at: Loc, leads: bool) {
        let (value, value_at) = value.map_or((None, at), |(value, at)| (Some(value), at));
        let (name, written) = (name.to_owned(), written.to_owned());
        self.options.push(Argument { name, written, value, at, value_at, leads });
    }
}

/// The first literal of a word that starts with a dash and is more than one.
fn dashed(text: &Text) -> Option<&str> {
    match text.pieces.first() {
        Some(Piece::Literal { text, .. }) if text.starts_with('-') && text.len() > 1 => Some(text),
        _ => None,
    }
}

fn names_secret(option: &str) -> bool {
    let name = option.to_ascii_lowercase();
    !name.contains("provider") && ["pass", "secret", "token", "auth"].iter().any(|word| name.contains(word))
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_')
}
