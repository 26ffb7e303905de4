//! `beat-scheduler-app-missing`: see its page.

use crate::celery::configuration::Outcome;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::configuration::{Configuration, Entry, Installed};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-scheduler-app-missing.md"), Check::Project(check));

/// The setting, how its values begin, and the Django app whose models they need.
const NEEDS: &[(&str, &[&str], &str)] = &[
    ("beat_scheduler", &["django_celery_beat"], "django_celery_beat"),
    ("result_backend", &["django-db", "django-cache", "django_celery_results"], "django_celery_results"),
];

fn check(project: &Project, out: &mut Report) {
    let mut seen = Vec::new();
    for configuration in &project.configurations {
        let installed = configuration.object.as_ref().and_then(|object| object.installed.as_ref());
        let Some(installed) = installed.filter(|installed| !installed.open && !configuration.open) else { continue };
        for (entry, app) in needed(project, configuration) {
            let listed = installed.apps.iter().any(|name| name.split('.').next() == Some(app));
            if !listed && !seen.contains(&entry.at) {
                seen.push(entry.at);
                out.push(finding(project, entry, app, installed));
            }
        }
    }
}

/// The keys that need a Django app, in every release of the project's range.
fn needed<'p>(project: &'p Project, configuration: &'p Configuration) -> Vec<(&'p Entry, &'static str)> {
    let found = NEEDS.iter().filter_map(|(setting, begins, app)| {
        let mut releases = project.releases.iter();
        let newest = releases.next_back()?;
        let entry = configuration.found(newest, setting)?;
        let same = releases.all(|release| configuration.found(release, setting).is_some_and(|it| it.at == entry.at));
        let value = project.settings.get(entry.setting?)?.value.as_literal()?;
        (same && begins.iter().any(|begin| value.starts_with(begin))).then_some((entry, *app))
    });
    let effective = |entry: &Entry| {
        project.releases.iter().all(|release| {
            configuration
                .read(release)
                .any(|(it, outcome)| it.at == entry.at && matches!(outcome, Outcome::Effective(_)))
        })
    };
    found.filter(|(entry, _)| effective(entry)).collect()
}

fn finding(project: &Project, entry: &Entry, app: &str, installed: &Installed) -> Finding {
    let message = format!("`{app}` is used and is not in `INSTALLED_APPS`");
    let what = if app == "django_celery_beat" { "beat stops" } else { "every result raises" };
    let finding =
        Finding::new(&RULE, message, entry.at, format!("{what} with `RuntimeError` for lack of the app's models"))
            .related(installed.at, "not among these")
            .help(format!("Add `\"{app}\"` to `INSTALLED_APPS`, and run its migrations"))
            .symbol(app);
    match fix(project, app, installed) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Adds the app behind the last one, in the same way as that stands there.
fn fix(project: &Project, app: &str, installed: &Installed) -> Option<Fix> {
    let last = installed.last?;
    let text = &project.sources.get(last.file).text;
    let before = text.get(..last.span.start as usize)?.rsplit('\n').next()?;
    let gap = if before.trim().is_empty() { format!("\n{before}") } else { " ".to_owned() };
    let quote = project.sources.snippet(last).chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let end = Loc::new(last.file, Span::new(last.span.end, last.span.end));
    let fix = Fix::new(format!("Add `{app}` to `INSTALLED_APPS`"), Applicability::Unsafe);
    Some(fix.replace(end, format!(",{gap}{quote}{app}{quote}")))
}
