//! `task-module-never-loaded`: see its page.

use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::link::is_test_path;
use crate::project::loaded::Include;
use crate::project::task::Definition;
use crate::project::{Project, Submission, Task, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind, Loc, SourceFile, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/task-module-never-loaded.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let sent = Sent::new(project);
    let mut seen: FxHashSet<FileId> = FxHashSet::default();
    let mut unloaded: Vec<(&Task, usize, Loc)> = Vec::new();
    for (index, task) in project.tasks.iter().enumerate() {
        let file = task.at.file;
        if task.in_test || seen.contains(&file) || !is_asked(project, file) {
            continue;
        }
        let Some(sent) = sent.at(index, task) else { continue };
        seen.insert(file);
        let Some(app) = app_above(project, project.sources.path(file)) else { continue };
        if !project.loading.loaded.iter().any(|loaded| loaded.may_load(file)) {
            unloaded.push((task, app, sent));
        }
    }
    let modules: Vec<&str> = unloaded.iter().map(|(task, ..)| &*task.module).collect();
    let mentioned = mentioned(project, &modules);
    for (task, app, sent) in unloaded.into_iter().filter(|(task, ..)| !mentioned.contains(&*task.module)) {
        out.push(finding(project, task, app, sent));
    }
}

/// Not examples, and not what a management command or a migration loads.
fn is_asked(project: &Project, file: FileId) -> bool {
    let path = project.sources.path(file);
    let aside = |part: &str| matches!(part, "management" | "migrations" | "scripts");
    !production::is_shown(path) && !path.split('/').any(aside)
}

/// What sends tasks and schedules them, by the task and by its name.
struct Sent<'p> {
    project: &'p Project,
    by_task: FxHashMap<usize, Vec<&'p Submission>>,
    by_name: FxHashMap<&'p str, Vec<&'p Submission>>,
    /// The functions that are tasks.
    tasks: FxHashSet<(usize, u32)>,
}

impl<'p> Sent<'p> {
    fn new(project: &'p Project) -> Self {
        let function = |task: &Task| match task.definition {
            Some(Definition::Function(module, function)) => Some((module, function.0)),
            _ => None,
        };
        let tasks = project.tasks.iter().filter_map(function).collect();
        let mut sent = Self { project, by_task: FxHashMap::default(), by_name: FxHashMap::default(), tasks };
        for submission in &project.submissions {
            if let Some(task) = submission.task {
                sent.by_task.entry(task).or_default().push(submission);
            }
            if let Some(name) = submission.task_name.as_deref() {
                sent.by_name.entry(name).or_default().push(submission);
            }
        }
        sent
    }

    /// Where a task is sent from or scheduled. What tasks of the same module send does not count: they do not run either.
    fn at(&self, index: usize, task: &Task) -> Option<Loc> {
        let counts = |it: &&&Submission| {
            let elsewhere = it.at.file != task.at.file || (it.method.sends() && !self.stands_in_task(it));
            !it.in_test && elsewhere && !production::is_shown(self.project.sources.path(it.at.file))
        };
        let named = task.name.as_deref().and_then(|name| self.by_name.get(name));
        let sent = self.by_task.get(&index).into_iter().chain(named).flatten().filter(counts).map(|it| it.at).min();
        let same = |resolved: Option<usize>, name: Option<&str>| {
            resolved == Some(index) || (name.is_some() && name == task.name.as_deref())
        };
        let scheduled =
            || self.project.schedules.iter().find(|it| same(it.resolved, it.task.as_deref())).map(|it| it.at);
        sent.or_else(scheduled)
    }

    fn stands_in_task(&self, submission: &Submission) -> bool {
        submission.function.is_some_and(|function| self.tasks.contains(&(submission.module, function)))
    }
}

/// An app that the module is imported beside: the directory from which the app's module is imported holds it.
fn app_above(project: &Project, path: &str) -> Option<usize> {
    let loaded = project.loading.loaded.iter().map(|loaded| loaded.app);
    loaded.into_iter().find(|app| {
        let Some(app) = project.apps.get(*app) else { return false };
        if production::is_shown(project.sources.path(app.at.file)) {
            return false;
        }
        let own = project.sources.path(app.at.file).trim_end_matches(".py").trim_end_matches("/__init__");
        own.strip_suffix(&app.module.replace('.', "/")).is_some_and(|root| path.starts_with(root))
    })
}

/// The modules that a text names: whoever reads it may import what it names. From which directory the name begins does not
/// matter.
fn mentioned<'m>(project: &Project, modules: &[&'m str]) -> FxHashSet<&'m str> {
    if modules.is_empty() {
        return FxHashSet::default();
    }
    let ends: Vec<&str> = modules
        .iter()
        .map(|module| {
            let first = module.rmatch_indices('.').nth(1).map_or(0, |(dot, _)| dot + 1);
            module.get(first..).unwrap_or(module)
        })
        .collect();
    let Ok(finder) = AhoCorasick::new(&ends) else { return modules.iter().copied().collect() };
    let files = project.sources.files.par_iter().filter(|file| !is_test_path(&file.path));
    files
        .flat_map_iter(|file| {
            let found = finder.find_overlapping_iter(&*file.text);
            let told = found.filter(|found| names(file, found.start(), found.end()));
            let told: FxHashSet<usize> = told.map(|found| found.pattern().as_usize()).collect();
            told.into_iter().filter_map(|index| modules.get(index).copied())
        })
        .collect()
}

/// Whether what stands there is the whole name of a module, in Python as a text.
fn names(file: &SourceFile, start: usize, end: usize) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let before = file.text.get(..start).unwrap_or_default();
    let after = file.text.get(end..).unwrap_or_default();
    let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !after.starts_with(part);
    let before = before.trim_end_matches(part);
    let quoted = file.kind != FileKind::Python || before.ends_with(['"', '\'']);
    // `Celery("tasks")` is the name of the app.
    whole && quoted && !before.trim_end_matches(['"', '\'']).ends_with("Celery(")
}

fn finding(project: &Project, task: &Task, app: usize, sent: Loc) -> Finding {
    let message = format!("No worker loads `{}`, whose tasks are sent", task.module);
    let label = format!("workers discard the messages for `{}`, an unregistered task", task.function);
    let finding = Finding::new(&RULE, message, task.at, label).related(sent, "sent from here").symbol(&task.module);
    match (last_included(project, app), project.apps.get(app)) {
        (Some(last), _) => finding
            .related(last, "the workers load these, and not that module")
            .help(format!("Add `\"{}\"` to the modules that workers load", task.module))
            .fix(fix(project, &task.module, last)),
        (None, Some(app)) => finding.related(app.at, "the app, whose workers never import the module").help(format!(
            "Add `\"{}\"` to `include` of the app, or import it in a module that workers load",
            task.module
        )),
        (None, None) => finding,
    }
}

/// The last module in a written list of `include` or `imports` of the app.
fn last_included(project: &Project, app: usize) -> Option<Loc> {
    let own = |include: &&Include| {
        let setting = project.settings.get(include.setting);
        setting.is_some_and(|it| it.app == Some(app) && matches!(it.value.kind, ValueKind::List { .. }))
    };
    project.loading.includes.iter().filter(own).last()?.module.at
}

fn fix(project: &Project, module: &str, last: Loc) -> Fix {
    let written = project.sources.snippet(last);
    let quote = if written.ends_with('\'') { '\'' } else { '"' };
    let end = Loc::new(last.file, Span::new(last.span.end, last.span.end));
    Fix::new(format!("Load `{module}` too"), Applicability::Unsafe).replace(end, format!(", {quote}{module}{quote}"))
}
