//! A command line that starts Celery.

pub mod find_app;
mod line;
mod program;
mod python;
pub mod service;
mod target;

use super::display;
use super::link::Linking;
use crate::files::{Command, Entry, FileFacts, Role, Word};
use crate::source::{Loc, Span};

pub use line::Argument;
pub use target::Lookup;

#[derive(Debug, Clone)]
pub struct Launch {
    /// The sub-command: `worker`, `beat`, `flower`, `multi`, `graph workers` …; empty when the words do not tell.
    pub command: String,
    /// The value of `-A` or `CELERY_APP`, or the app whose method is called, if known.
    pub app: Option<String>,
    /// What that path leads to in the project.
    pub lookup: Lookup,
    /// Where that value stands.
    pub app_at: Option<Loc>,
    /// From the program's name to the last word; in Python the text or list of words, or the call of the app's method.
    pub at: Loc,
    pub service: Option<String>,
    /// The options, in order.
    pub options: Vec<Argument>,
    /// The queues of `-Q`, in order; empty when there is no such option or its value is not known.
    pub queues: Vec<String>,
    /// The words after the program's name, secrets masked.
    pub arguments: Vec<String>,
    /// The same words as they are, for those who look at them only. Of a launch in Python they may stand anywhere.
    pub words: Vec<Word>,
    /// The index of the sub-command among them.
    pub command_word: Option<usize>,
}

impl Launch {
    /// The last option of that long name, without dashes (`loglevel`).
    pub fn option(&self, name: &str) -> Option<&Argument> {
        self.options.iter().rev().find(|option| option.name == name)
    }

    /// Whether the option is there and its value is not known.
    pub fn is_open(&self, name: &str) -> bool {
        let value = self.option(name).and_then(|option| option.value.as_ref());
        value.is_some_and(|value| value.known().is_none())
    }

    fn new(line: line::Line, words: &[Word], at: Loc, service: Option<&str>) -> Self {
        let app = line.options.iter().rev().find(|option| option.name == "app");
        let app_text = app.and_then(|option| option.value.as_ref());
        let queues = line.options.iter().rev().find(|option| option.name == "queues");
        let queues = queues.and_then(|option| option.value.as_ref()?.known()).unwrap_or_default();
        Self {
            command: line.command,
            app: app_text.and_then(crate::source::Text::known).filter(|app| is_path(app)),
            lookup: Lookup::Unknown,
            app_at: app.map(|option| option.value_at),
            at,
            service: service.map(str::to_owned),
            queues: queues.split(',').map(str::trim).filter(|queue| !queue.is_empty()).map(str::to_owned).collect(),
            arguments: arguments(words, &line.options),
            words: words.to_vec(),
            command_word: line.command_word,
            options: line.options,
        }
    }
}

/// Every launch of the project, in (file, position) order.
pub fn find(linking: &Linking) -> Vec<Launch> {
    let mut found: Vec<Launch> = linking.facts.iter().flat_map(|(_, facts)| of_facts(facts)).collect();
    found.extend(linking.per_module(|eval, id| python::in_module(linking, eval, id)));
    found.sort_by(|a, b| (a.at, &a.service).cmp(&(b.at, &b.service)));
    found.dedup_by(|later, earlier| {
        later.at == earlier.at && later.service == earlier.service && later.arguments == earlier.arguments
    });
    let mut targets = target::Targets::new(linking);
    for launch in &mut found {
        if let Some(app) = &launch.app {
            launch.lookup = targets.lookup(app);
        }
    }
    found
}

fn of_facts(facts: &FileFacts) -> Vec<Launch> {
    let mut found: Vec<Launch> = facts.commands.iter().filter_map(of_command).collect();
    for launch in found.iter_mut().filter(|launch| launch.app_at.is_none()) {
        if let Some(entry) = app_variable(facts, launch.service.as_deref()) {
            launch.app = entry.value.known().filter(|app| is_path(app));
            launch.app_at = Some(entry.value_at);
        }
    }
    found
}

fn of_command(command: &Command) -> Option<Launch> {
    let (words, line) = program::celery(&command.words)?;
    let rest = words.get(1..).unwrap_or_default();
    Some(Launch::new(line, rest, place(command, &words), command.service.as_deref()))
}

/// From the program to the end of the last word; the whole command where words come from elsewhere (variables).
fn place(command: &Command, words: &[Word]) -> Loc {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return command.at };
    let (start, end) = (first.at.span.start, last.at.span.end);
    match first.at.file == last.at.file && start < end && command.at.span.start <= start && end <= command.at.span.end {
        true => Loc::new(first.at.file, Span::new(start, end)),
        false => command.at,
    }
}

/// `CELERY_APP` as the same file sets it: for that service, or for all of them.
fn app_variable<'f>(facts: &'f FileFacts, service: Option<&str>) -> Option<&'f Entry> {
    let mut variables = facts.entries.iter().filter(|entry| {
        entry.key() == "CELERY_APP" && entry.role == Role::Environment && !entry.commented && !entry.value.is_empty()
    });
    variables.rfind(|entry| {
        let outer = entry.path.len().saturating_sub(1);
        outer == 0 || service.is_some_and(|service| entry.path[..outer].iter().any(|key| key == service))
    })
}

/// Whether it can be an app's path: nothing that a template would fill in.
fn is_path(app: &str) -> bool {
    !app.is_empty() && !app.contains(['{', '$', '<', '%', ' '])
}

/// The words as people may see them.
fn arguments(words: &[Word], options: &[Argument]) -> Vec<String> {
    let secret = |word: &Word| options.iter().find(|option| option.is_secret() && option.value_at == word.at);
    let shown = words.iter().map(|word| match secret(word) {
        Some(option) if option.at == option.value_at => {
            let whole = display::text(&word.text);
            let name = whole.split_once('=').map_or(option.written.as_str(), |(name, _)| name);
            format!("{name}={}", option.shown_value())
        }
        Some(option) => option.shown_value(),
        None => display::text(&word.text),
    });
    shown.collect()
}

#[cfg(test)]
mod tests;
