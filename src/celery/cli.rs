//! The command line of Celery: sub-commands and their options, as click declares them in Celery 5.0 to 5.7.

mod convert;
#[cfg(test)]
mod oracle_tests;
pub mod parse;

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::{Minor, Releases};

/// One sub-command (`worker`, `graph workers`), or the program itself with its global options.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CommandFact {
    /// Words with blanks between them; empty for the global options.
    pub name: String,
    /// First and last minor release that has it; none for all of 5.0 to 5.7.
    pub since: Option<String>,
    pub last: Option<String>,
    /// Unknown options and words are passed on to something else.
    pub any: bool,
    /// The first release in which more words than its arguments are accepted.
    pub extra: Option<String>,
    pub options: Vec<OptionFact>,
    /// The words that are no options, in alphabetical order of their names.
    pub arguments: Vec<ArgumentFact>,
}

/// One option.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OptionFact {
    /// With their dashes, in the order of declaration.
    pub names: Vec<String>,
    /// It takes no value.
    pub flag: bool,
    /// click's name of the value's type (`text`, `integer`, `choice` …).
    pub kind: Option<String>,
    pub choices: Vec<String>,
    /// The environment variable of its own; `CELERY_<NAME>` works for every option besides.
    pub env: Option<String>,
    pub since: Option<String>,
    pub last: Option<String>,
    /// What was otherwise in older releases, oldest first.
    pub before: Vec<Before>,
}

/// A word that is no option.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ArgumentFact {
    pub name: String,
    pub kind: Option<String>,
    pub choices: Vec<String>,
    pub required: bool,
    /// Any number of words.
    pub many: bool,
    pub since: Option<String>,
    pub last: Option<String>,
    pub before: Vec<Before>,
}

/// What was otherwise up to the release `last`; empty where it was not.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    pub last: String,
    pub names: Vec<String>,
    pub kind: Option<String>,
    pub choices: Vec<String>,
}

/// The row of `before` that holds in a release.
fn before(rows: &[Before], release: Minor) -> Option<&Before> {
    rows.iter().find(|row| row.last.parse::<Minor>().is_ok_and(|last| release <= last))
}

impl CommandFact {
    pub fn option(&self, name: &str) -> Option<&OptionFact> {
        self.options.iter().find(|option| option.names.iter().any(|known| known == name))
    }

    /// The option of that name, dashes included, in one release. Of two with the same name the later one has it.
    pub fn option_in(&self, name: &str, release: Minor) -> Option<&OptionFact> {
        let has = |option: &&OptionFact| option.releases().contains(release) && option.has_name(name, release);
        self.options.iter().rfind(has)
    }

    /// The releases in which some option has that name.
    pub fn releases_of(&self, name: &str) -> Releases {
        Releases::matching(|minor| self.option_in(name, minor).is_some())
    }
}

impl ArgumentFact {
    fn releases(&self) -> Releases {
        super::between(self.since.as_deref(), self.last.as_deref())
    }
}

impl OptionFact {
    /// The first long name, without dashes.
    pub fn name(&self) -> &str {
        let long = self.names.iter().find(|name| name.starts_with("--")).or(self.names.first());
        long.map_or("", |name| name.trim_start_matches('-'))
    }

    fn releases(&self) -> Releases {
        super::between(self.since.as_deref(), self.last.as_deref())
    }

    fn has_name(&self, name: &str, release: Minor) -> bool {
        let old = before(&self.before, release).map(|row| &row.names).filter(|names| !names.is_empty());
        old.unwrap_or(&self.names).iter().any(|known| known == name)
    }

    /// What the value is called, and what it may be, in one release.
    pub fn kind_in(&self, release: Minor) -> (&str, &[String]) {
        typed(self.kind.as_deref(), &self.choices, &self.before, release)
    }
}

fn typed<'f>(
    kind: Option<&'f str>,
    choices: &'f [String],
    rows: &'f [Before],
    release: Minor,
) -> (&'f str, &'f [String]) {
    let old = before(rows, release);
    let kind = old.and_then(|row| row.kind.as_deref()).or(kind).unwrap_or("text");
    let choices = old.map(|row| row.choices.as_slice()).filter(|choices| !choices.is_empty()).unwrap_or(choices);
    (kind, choices)
}

#[derive(Default, Deserialize)]
struct Table {
    command: Vec<CommandFact>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/cli.toml")));

/// Every command; the first has the global options.
pub fn all() -> &'static [CommandFact] {
    &TABLE.command
}

/// A command by its whole name; the global options by the empty one.
pub fn command(name: &str) -> Option<&'static CommandFact> {
    all().iter().find(|command| command.name == name)
}

/// Whether `word` can be the first word of a sub-command.
pub fn is_command(word: &str) -> bool {
    !word.is_empty() && all().iter().any(|command| command.name.split(' ').next() == Some(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_command_and_its_options() {
        assert_eq!((all().len(), all().iter().map(|command| command.options.len()).sum::<usize>()), (39, 108));
        let worker = command("worker").unwrap();
        let queues = worker.option("-Q").unwrap();
        assert_eq!((queues.name(), queues.flag, queues.names.len()), ("queues", false, 2));
        assert!(worker.option("-A").is_none() && worker.option("-B").is_some_and(|option| option.flag));
        assert_eq!(command("").and_then(|global| global.option("-A")).map(OptionFact::name), Some("app"));
    }

    #[test]
    fn words_that_start_a_sub_command() {
        let known = ["worker", "graph", "multi", "flower", "workers", "celery", ""].map(is_command);
        assert_eq!(known, [true, true, true, true, false, false, false]);
    }
}
