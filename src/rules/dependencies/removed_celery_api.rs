//! `removed-celery-api`: see its page.

use rustc_hash::FxHashSet;

use crate::celery::configuration::Why;
use crate::celery::release::{self, Minor, Releases};
use crate::celery::removed::{self, Missing};
use crate::celery::settings::SettingFact;
use crate::files::{Command, Word};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::dependency::allowed_by;
use crate::project::{Import, Project, production};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::{keys, releases};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/removed-celery-api.md"), Check::Project(check));

/// How many names a statement may import that a fix writes anew.
const MAX_NAMES: usize = 32;

fn check(project: &Project, out: &mut Report) {
    imports(project, out);
    settings(project, out);
    commands(project, out);
}

/// Programs that Celery 3 had besides `celery`, and management commands of django-celery; with what does the same now.
/// No release from 4.0 on installs one of them.
const PROGRAMS: &[(&str, &str)] = &[
    ("camqadm", "celery amqp"),
    ("celerybeat", "celery beat"),
    ("celerycam", "celery events --camera"),
    ("celeryd", "celery worker"),
    ("celeryd-multi", "celery multi"),
    ("celeryd_multi", "celery multi"),
    ("celeryev", "celery events"),
];

/// Command lines that start one of those programs. 4.0 stands for all before it, too.
fn commands(project: &Project, out: &mut Report) {
    if project.releases.contains(Minor::OLDEST) || is_for_others(project, Releases::all()) {
        return;
    }
    for command in project.facts.iter().flat_map(|(_, facts)| &facts.commands) {
        let Some((word, now)) = removed_program(command) else { continue };
        if production::is_shown(project.sources.path(word.at.file)) {
            continue;
        }
        let written = project.sources.snippet(word.at).trim_matches(['"', '\'']);
        let managed = command.words.first().is_none_or(|first| first.at != word.at);
        let (message, label) = if managed {
            (format!("Django has no command `{written}`: it went with django-celery"), "an unknown command")
        } else {
            (
                format!("Celery has no program `{written}`: no release since 4.0 installs it"),
                "this command is not found",
            )
        };
        let finding = Finding::new(&RULE, message, word.at, label).symbol(written);
        out.push(finding.help(format!("Start `{now}`, with `-A` before the sub-command")));
    }
}

/// The word of a command that names such a program: the first, before an option, or the one after `manage.py`. A service or a
/// script can have the same name.
fn removed_program(command: &Command) -> Option<(&Word, &'static str)> {
    let text = |word: &Word| word.text.as_literal().unwrap_or_default();
    let known = |word: &Word| PROGRAMS.iter().find(|(name, _)| *name == text(word)).map(|(_, now)| *now);
    let manage = command.words.iter().position(|word| text(word).ends_with("manage.py"));
    let word = match manage {
        Some(at) => command.words.get(at + 1)?,
        None => command.words.first().filter(|_| command.words.get(1).is_some_and(|it| text(it).starts_with('-')))?,
    };
    Some((word, known(word)?))
}

fn imports(project: &Project, out: &mut Report) {
    let mut told: FxHashSet<Loc> = FxHashSet::default();
    for import in &project.imports {
        let shown = production::is_shown(project.sources.path(import.statement.file));
        let Some(missing) = removed::find(&import.module, import.name.as_deref()) else { continue };
        let (at, releases) = (place(import, &missing), missing.row.missing_in());
        if shown || import.guarded || told.contains(&at) || is_for_others(project, releases) {
            continue;
        }
        if let Some(when) = releases::suffix(project, releases) {
            told.insert(at);
            out.push(describe(project, import, &missing, at, &when));
        }
    }
}

/// Settings that a release before declared: this one ignores them.
fn settings(project: &Project, out: &mut Report) {
    for story in keys::stories(project) {
        let ignored = story.ignored(|why| why == Why::NotInRelease);
        let Some((releases, _, Some(setting))) = ignored else { continue };
        let Some(since) = removed_in(setting).filter(|since| releases.oldest() >= Some(*since)) else { continue };
        let (entry, own) = (story.entry, keys::is_read(project, &story.entry.written));
        let others = is_for_others(project, Releases::at_least(since));
        if own || others || production::is_shown(project.sources.path(entry.at.file)) {
            continue;
        }
        let message = format!("Celery ignores `{}`{}", entry.written, keys::in_releases(project, releases));
        let finding =
            Finding::new(&RULE, message, keys::shown(project, entry), format!("no release since {since} reads it"));
        out.push(finding.severity(Severity::Warning).symbol(&setting.name).help("Remove it"));
    }
}

/// The first release that has the setting no more.
fn removed_in(setting: &SettingFact) -> Option<Minor> {
    let last = setting.releases().newest()?;
    release::ALL.into_iter().find(|minor| *minor > last)
}

/// Whether a part of the project requires Celery in releases that all still have it: the import may be for that part.
fn is_for_others(project: &Project, missing: Releases) -> bool {
    let celery = project.dependencies.iter().filter(|it| it.name == "celery");
    celery.filter_map(allowed_by).any(|allowed| !allowed.is_empty() && allowed.intersection(missing).is_empty())
}

/// The name, or the module when it is gone as a whole.
fn place(import: &Import, missing: &Missing) -> Loc {
    if is_module(import, missing) { import.module_at } else { import.name_at }
}

fn is_module(import: &Import, missing: &Missing) -> bool {
    import.name.is_none() || missing.row.module && import.module.starts_with(&missing.row.path)
}

fn describe(project: &Project, import: &Import, missing: &Missing, at: Loc, when: &str) -> Finding {
    let row = missing.row;
    let label = match (is_module(import, missing), &import.name) {
        _ if row.needs.is_some() => {
            let needs = row.needs.as_deref().unwrap_or_default();
            format!("it imports `{needs}`, which Celery does not have{when}")
        }
        (false, Some(name)) => format!("importing it raises `cannot import name '{name}'`{when}"),
        _ => format!("importing it raises `No module named '{}'`{when}", row.path),
    };
    let message = match &row.needs {
        Some(_) => format!("`{}` does not work with Celery {} and later", row.path, row.since()),
        None => format!("`{}` was removed in Celery {}", row.path, row.since()),
    };
    let severity = if when.is_empty() { Severity::Error } else { Severity::Warning };
    let finding = Finding::new(&RULE, message, at, label).severity(severity).symbol(&row.path).help(help(missing));
    match fix(project, import, when.is_empty()) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn help(missing: &Missing) -> String {
    match (&missing.instead, missing.help) {
        (Some(instead), _) if !missing.differs => format!("Import `{instead}` instead"),
        (_, Some(help)) => help.to_owned(),
        _ => "See what the release notes of that version say".to_owned(),
    }
}

/// The statement anew, when there is something for each of its names that does the same.
fn fix(project: &Project, import: &Import, always: bool) -> Option<Fix> {
    if import.names > MAX_NAMES {
        return None;
    }
    let start = project.imports.partition_point(|other| other.statement < import.statement);
    let same = project.imports.get(start..)?.iter().take_while(|other| other.statement == import.statement);
    let parts: Option<Vec<(String, String)>> = same.map(replaced).collect();
    let parts = parts.filter(|parts| parts.len() == import.names)?;
    let source = project.sources.snippet(import.statement);
    if !source.starts_with("from ") || source.contains(['#', ';', '\\']) {
        return None;
    }
    let modules = parts.iter().map(|(module, _)| module.as_str());
    let mut lines: Vec<(&str, Vec<&str>)> = Vec::new();
    for (module, (_, name)) in modules.zip(&parts) {
        match lines.iter_mut().find(|(known, _)| *known == module) {
            Some((_, names)) => names.push(name),
            None => lines.push((module, vec![name])),
        }
    }
    // Several statements need the indentation of the first.
    let [(module, names)] = lines.as_slice() else { return None };
    let applicability = if always { Applicability::Safe } else { Applicability::Unsafe };
    let text = format!("from {module} import {}", names.join(", "));
    Some(Fix::new(format!("Import from `{module}`"), applicability).replace(import.statement, text))
}

/// The module to import a name from, and how: `shared_task as task`.
fn replaced(import: &Import) -> Option<(String, String)> {
    let bound = import.bound.as_deref()?;
    let Some(missing) = removed::find(&import.module, import.name.as_deref()) else {
        let name = import.name.as_deref()?;
        return Some((import.module.clone(), renamed(name, bound)));
    };
    // `task.periodic_task`: the name was a module, too.
    let is_other = missing.row.path == "celery.task" && import.module == "celery" && import.has_attributes;
    let instead = missing.instead.filter(|_| !missing.differs && !is_other)?;
    let (module, name) = instead.rsplit_once('.')?;
    Some((module.to_owned(), renamed(name, bound)))
}

fn renamed(name: &str, bound: &str) -> String {
    if name == bound { name.to_owned() } else { format!("{name} as {bound}") }
}
