//! What the keys of known INI files are for: environment variables, commands, settings.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::interpolate::{Dialect, Known};
use super::{Item, entry};
use crate::files::{FileFacts, Role, shell, unquote};
use crate::source::{FileId, Loc, Span, Text};

/// Keys that list environment variables, by the start of the section they mean it in.
const ENVIRONMENTS: &[(&str, &str, Shape)] = &[
    ("program:", "environment", Shape::Commas),
    ("eventlistener:", "environment", Shape::Commas),
    ("fcgi-program:", "environment", Shape::Commas),
    ("supervisord", "environment", Shape::Commas),
    ("testenv", "setenv", Shape::Lines),
    ("testenv", "set_env", Shape::Lines),
    ("pytest", "env", Shape::Lines),
    ("tool:pytest", "env", Shape::Lines),
    ("uwsgi", "env", Shape::Lines),
    ("uwsgi", "environ", Shape::Lines),
];

/// Sections whose every key is an environment variable.
const ENVIRONMENT_SECTIONS: &[&str] = &["env", "environment", "env:", "pytest_env"];

/// Keys that hold command lines, by the start of the section.
const COMMANDS: &[(&str, &str, Runs)] = &[
    ("program:", "command", Runs::Exec),
    ("eventlistener:", "command", Runs::Exec),
    ("fcgi-program:", "command", Runs::Exec),
    ("watcher:", "cmd", Runs::Exec),
    ("uwsgi", "attach-daemon", Runs::Exec),
    ("uwsgi", "attach-daemon2", Runs::Exec),
    ("uwsgi", "smart-attach-daemon", Runs::Exec),
    ("uwsgi", "exec-", Runs::Shell),
    ("testenv", "commands", Runs::Lines),
    ("testenv", "commands_pre", Runs::Lines),
    ("testenv", "commands_post", Runs::Lines),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `A="b",C=d`
    Commas,
    /// One `A=b` a line.
    Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runs {
    Exec,
    Shell,
    /// One command a line.
    Lines,
}

pub fn read(text: &str, file: FileId, items: &[Item], facts: &mut FileFacts) {
    let known = known(text, file, items);
    // circus: `args` belong to the `cmd` of the same section.
    let watched = items.iter().filter(|item| item.key == "args" && item.section.starts_with("watcher:"));
    let arguments: FxHashMap<&str, Span> = watched.map(|item| (item.section.as_str(), item.value_span())).collect();
    for item in items {
        let (braces, dollars) = (item.section.starts_with("testenv"), item.section == "uwsgi");
        let dialect = Dialect { file, known: &known, braces, dollars };
        let more = arguments.get(item.section.as_str()).copied();
        let reader = Reader { text, item, dialect, more };
        reader.item(facts);
    }
}

/// The values without interpolation, for `%(name)s`.
fn known(text: &str, file: FileId, items: &[Item]) -> Known {
    let one_line = items.iter().filter(|item| item.lines.len() == 1);
    let plain = one_line.filter_map(|item| {
        let span = item.lines.first()?;
        let value = text.get(span.range())?;
        let short = !value.contains(['%', '$', '{']) && value.len() <= 512;
        short.then(|| ((item.section.clone(), item.key.to_lowercase()), Text::literal(value, Loc::new(file, *span))))
    });
    plain.collect()
}

fn meant<T: Copy>(table: &[(&str, &str, T)], item: &Item) -> Option<T> {
    let matches = |(section, key, _): &&(&str, &str, T)| {
        let same_key = if key.ends_with('-') { item.key.starts_with(key) } else { item.key == *key };
        item.section.starts_with(section) && same_key
    };
    table.iter().find(matches).map(|(_, _, meaning)| *meaning)
}

struct Reader<'r> {
    text: &'r str,
    item: &'r Item,
    dialect: Dialect<'r>,
    /// Where the rest of its command stands.
    more: Option<Span>,
}

impl Reader<'_> {
    fn item(&self, facts: &mut FileFacts) {
        if let Some(shape) = meant(ENVIRONMENTS, self.item) {
            return self.environment(shape, facts);
        }
        if let Some(runs) = meant(COMMANDS, self.item) {
            self.command(runs, facts);
        }
        let named = |known: &str| {
            if known.ends_with(':') { self.item.section.starts_with(known) } else { self.item.section == known }
        };
        let environment = ENVIRONMENT_SECTIONS.iter().any(|known| named(known));
        self.setting(if environment { Role::Environment } else { Role::Setting }, facts);
    }

    fn loc(&self, span: Span) -> Loc {
        Loc::new(self.dialect.file, span)
    }

    /// The interpolated text of a span, and what it reads.
    fn value(&self, span: Span, facts: &mut FileFacts) -> Text {
        let text = self.dialect.text(self.text, span, &self.item.section);
        shell::text_reads(&text, &mut facts.env_uses);
        text
    }

    fn path(&self, last: &str) -> Vec<String> {
        [self.item.section.as_str(), self.item.key.as_str(), last]
            .iter()
            .filter(|part| !part.is_empty())
            .map(|part| (*part).to_owned())
            .collect()
    }

    fn setting(&self, role: Role, facts: &mut FileFacts) {
        let mut value = Text::default();
        let mut end = None;
        for span in self.item.lines.iter().filter(|span| !span.is_empty()) {
            if let Some(end) = end {
                value.push(Text::literal("\n", self.loc(Span::new(end, span.start))));
            }
            value.push(self.value(unquoted(self.text, *span), facts));
            end = Some(span.end);
        }
        let key_at = self.loc(self.item.key_at);
        facts.entries.push(entry(self.path(""), key_at, value, self.loc(self.item.value_span()), role));
    }

    fn environment(&self, shape: Shape, facts: &mut FileFacts) {
        match shape {
            Shape::Commas => {
                let whole = self.item.value_span();
                for word in unquote::split(self.text, whole.start as usize..whole.end as usize, b",", self.dialect.file)
                {
                    self.variable(word.range, facts);
                }
            }
            Shape::Lines => {
                for span in self.item.lines.iter().filter(|span| !span.is_empty()) {
                    self.variable(span.start as usize..span.end as usize, facts);
                }
            }
        }
    }

    /// One `NAME = value`; pytest-env's flags (`D:NAME`) and a trailing comma are left out.
    fn variable(&self, range: Range<usize>, facts: &mut FileFacts) {
        let Some((left, _)) = self.text[range.clone()].split_once('=') else { return };
        let flags = left.rfind(':').map_or(0, |at| at + 1);
        let name = super::super::lines::trim(self.text, range.start + flags..range.start + left.len(), 0);
        let value = super::super::lines::trim(self.text, range.start + left.len() + 1..range.end, 0);
        let whole = Span::of(value.start, value.end);
        let value = self.value(unquoted(self.text, whole), facts);
        let key_at = self.loc(Span::of(name.start, name.end));
        facts.entries.push(entry(self.path(&self.text[name]), key_at, value, self.loc(whole), Role::Environment));
    }

    fn command(&self, runs: Runs, facts: &mut FileFacts) {
        let service = self.item.section.split_once(':').map(|(_, name)| name);
        match runs {
            Runs::Lines => {
                for span in &self.item.lines {
                    self.exec(without_factor(self.text, *span), service, facts);
                }
            }
            Runs::Exec => self.exec(self.item.value_span(), service, facts),
            Runs::Shell => {
                let text = self.dialect.text(self.text, self.item.value_span(), &self.item.section);
                shell::read(&text, service, facts);
            }
        }
    }

    fn exec(&self, span: Span, service: Option<&str>, facts: &mut FileFacts) {
        let spans = std::iter::once(span).chain(self.more);
        let words = spans.flat_map(|span| shell::words_of(&self.dialect.text(self.text, span, &self.item.section)));
        shell::command(words.collect(), service, facts);
    }
}

/// tox: `py312,unit: command` runs for those environments only; `- command` may fail.
fn without_factor(text: &str, span: Span) -> Span {
    let line = &text[span.range()];
    let is_factor = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,{}!".contains(&byte);
    let length = line.find(": ").filter(|at| line[..*at].bytes().all(is_factor)).map_or(0, |at| at + 2);
    let skipped = length + line[length..].len() - line[length..].trim_start_matches(['-', ' ']).len();
    Span::new(span.start + skipped as u32, span.end)
}

/// The span without a pair of quotes around all of it.
fn unquoted(text: &str, span: Span) -> Span {
    let value = &text[span.range()];
    let quoted = |quote: char| {
        value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote) && value.matches(quote).count() == 2
    };
    if quoted('"') || quoted('\'') { Span::new(span.start + 1, span.end - 1) } else { span }
}
