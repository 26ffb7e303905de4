//! `django-celery-app-not-imported`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::link::is_test_path;
use crate::project::task::Definition;
use crate::project::{App, Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, SourceFile};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/django-celery-app-not-imported.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let Some(app) = django_app(project) else { return };
    let path = project.sources.path(app.at.file);
    let Some((folder, last)) = path.trim_end_matches(".py").rsplit_once('/') else { return };
    let Some(init) = project.sources.by_path(&format!("{folder}/__init__.py")) else { return };
    let Some(sent) = sent_elsewhere(project) else { return };
    let package = folder.rsplit('/').next().unwrap_or_default();
    let python = project.sources.files.iter().filter(|file| file.kind == FileKind::Python);
    let mut others = python.filter(|file| file.id != app.at.file && !is_test_path(&file.path));
    if last == "__init__" || others.any(|file| may_import(file, &app.module, package, last)) {
        return;
    }
    let message = "Only the worker loads this app: Django's processes use another one";
    let finding = Finding::new(&RULE, message, app.at, format!("`{}` does not import it", init.path))
        .related(sent.at, "sent through an app without these settings, to `amqp://localhost`")
        .help(format!("Import the app in `{}`, which every process of the project loads", init.path))
        .symbol(&app.module);
    out.push(match &app.variable {
        Some(variable) => finding.fix(fix(init, last, variable)),
        None => finding,
    });
}

/// The one app that loads Django's settings, when they stand in its package.
fn django_app(project: &Project) -> Option<&App> {
    let mut loaded = project.configurations.iter().filter_map(|configuration| {
        let object = configuration.object.as_ref().filter(|object| object.django)?;
        Some((configuration.app?, object.file?))
    });
    let (index, settings) = loaded.next()?;
    let app = project.apps.get(index).filter(|app| app.factory.is_none())?;
    let (folder, _) = project.sources.path(app.at.file).rsplit_once('/')?;
    let beside = project.sources.path(settings).strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let alone = project.apps.iter().filter(|app| !app.in_test).count() == 1;
    (alone && beside).then_some(app)
}

/// A shared task that is sent by something other than a task.
fn sent_elsewhere(project: &Project) -> Option<&Submission> {
    let in_task = |submission: &Submission| {
        project.tasks.iter().any(|task| {
            matches!(task.definition, Some(Definition::Function(module, function))
                if module == submission.module && Some(function.0) == submission.function)
        })
    };
    let shared = |submission: &&Submission| {
        submission.task.and_then(|task| project.tasks.get(task)).is_some_and(|task| task.shared && !task.in_test)
    };
    let sends = project.submissions.iter().filter(|it| !it.in_test && it.method.sends());
    sends.filter(shared).find(|submission| !in_task(submission))
}

/// Whether a file may import the module of the app, or names it in another way.
fn may_import(file: &SourceFile, dotted: &str, package: &str, last: &str) -> bool {
    file.text.contains(dotted) || file.text.lines().any(|line| imports(line.trim_start(), package, last))
}

/// `from .celery import app`, `from shop.celery import app`, `from . import celery`, `import shop.celery`
fn imports(line: &str, package: &str, last: &str) -> bool {
    let ends = |module: &str| module.rsplit_once('.').is_some_and(|(_, end)| end == last);
    if let Some((module, names)) = line.strip_prefix("from ").and_then(|rest| rest.split_once(" import")) {
        let module = module.trim();
        let of_package = module.ends_with('.') || module.rsplit('.').next() == Some(package);
        return ends(module)
            || (of_package && names.split(|c: char| !c.is_alphanumeric() && c != '_').any(|name| name == last));
    }
    line.strip_prefix("import ").is_some_and(|rest| rest.split([',', ' ']).any(ends))
}

fn fix(init: &SourceFile, last: &str, variable: &str) -> Fix {
    let import = if variable == "celery_app" {
        format!("from .{last} import celery_app\n")
    } else {
        format!("from .{last} import {variable} as celery_app\n")
    };
    let all = if init.text.contains("__all__") { "" } else { "\n__all__ = (\"celery_app\",)\n" };
    let gap = if init.text.trim().is_empty() { "" } else { "\n" };
    let fix = Fix::new(format!("Import the app in `{}`", init.path), Applicability::Unsafe);
    fix.append(init.id, format!("{gap}{import}{all}"))
}
