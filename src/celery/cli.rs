//! The command line of Celery: sub-commands and their options, as click declares them in Celery 5.0 to 5.7.

use std::sync::LazyLock;

use serde::Deserialize;

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
    pub options: Vec<OptionFact>,
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
}

impl CommandFact {
    pub fn option(&self, name: &str) -> Option<&OptionFact> {
        self.options.iter().find(|option| option.names.iter().any(|known| known == name))
    }
}

impl OptionFact {
    /// The first long name, without dashes.
    pub fn name(&self) -> &str {
        let long = self.names.iter().find(|name| name.starts_with("--")).or(self.names.first());
        long.map_or("", |name| name.trim_start_matches('-'))
    }
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
