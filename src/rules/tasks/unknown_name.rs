//! What is said of a name that no task has, wherever it is written.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task_name::NameTarget;
use crate::project::{Project, Task};
use crate::rule::Rule;
use crate::source::Loc;

/// A name of a task that is not there.
pub(in crate::rules) struct UnknownName<'u> {
    pub rule: &'static Rule,
    pub name: &'u str,
    pub at: Loc,
    /// Where the name leads.
    pub target: NameTarget,
    /// The task that is meant, if one is near.
    pub meant: Option<&'u Task>,
    /// The message where the name is too long for one.
    pub otherwise: &'static str,
    pub help: &'static str,
    /// It is looked up among the tasks of this process, and not there.
    pub looked_up: bool,
}

impl UnknownName<'_> {
    pub fn finding(&self, project: &Project) -> Finding {
        let fits = self.name.len() <= 60 && !self.name.contains(|c: char| c.is_control() || c == '`');
        let message =
            if fits { format!("No worker knows the task `{}`", self.name) } else { self.otherwise.to_owned() };
        let raised = format!("raises `NotRegistered: '{}'`: ", self.name);
        let label = match self.target {
            _ if self.looked_up && fits => match self.target {
                NameTarget::NoModule => raised + "the project has no such module",
                NameTarget::NoName => raised + "its module has no such task",
                NameTarget::NotATask => raised + "that function is not a task",
                _ => raised + "no task is registered under this name",
            },
            _ => self.discarded().to_owned(),
        };
        let finding = Finding::new(self.rule, message, self.at, label).symbol(self.name);
        let Some((task, known)) = self.meant.and_then(|task| Some((task, task.name.as_deref()?))) else {
            return finding.help(self.help);
        };
        let finding =
            finding.related(task.name_at, format!("is registered as `{known}`")).help(format!("Use `{known}`"));
        self.fix(project, known).into_iter().fold(finding, Finding::fix)
    }

    /// What workers do with a message of this name.
    fn discarded(&self) -> &'static str {
        match self.target {
            NameTarget::NoModule => "the project has no such module: workers discard the message",
            NameTarget::NoName => "its module has no such task: workers discard the message",
            NameTarget::NotATask => "that function is not a task: workers discard the message",
            _ => "no task is registered under this name: workers discard the message",
        }
    }

    /// Replaces the name where it is written as one text.
    fn fix(&self, project: &Project, known: &str) -> Option<Fix> {
        let written = project.sources.snippet(self.at);
        let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        (written == format!("{quote}{}{quote}", self.name)).then_some(())?;
        let title = format!("Use `{known}`");
        Some(Fix::new(title, Applicability::Unsafe).replace(self.at, format!("{quote}{known}{quote}")))
    }
}
