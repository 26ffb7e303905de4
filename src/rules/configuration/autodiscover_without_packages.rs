//! `autodiscover-without-packages`: see its page.

use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::loaded::{Discovery, Named, Packages, django};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/autodiscover-without-packages.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let shown = |it: &&Discovery| !production::is_shown(project.sources.path(it.at.file));
    for discovery in project.loading.discoveries.iter().filter(shown) {
        match &discovery.packages {
            Packages::None if !has_packages(project, discovery) => out.push(nothing_found(project, discovery)),
            Packages::Text(text) if text.name.chars().count() > 1 => out.push(letters(project, discovery, text)),
            _ => {}
        }
    }
}

/// Whether Django, or a fix-up of another kind, may know packages.
fn has_packages(project: &Project, discovery: &Discovery) -> bool {
    let requires = project.dependencies.iter().any(|it| it.name.to_ascii_lowercase().starts_with("django"));
    let imports = |text: &str| ["import django", "from django", "fixups"].iter().any(|word| text.contains(word));
    let library = project.apps.iter().all(|app| app.in_test);
    let unknown = discovery.app.is_none() && library;
    requires
        || unknown
        || django::is_spoken_of(&project.sources)
        || project.sources.files.iter().any(|file| imports(&file.text))
}

fn nothing_found(project: &Project, discovery: &Discovery) -> Finding {
    let finding = Finding::new(
        &RULE,
        "`autodiscover_tasks` looks nowhere: it is given no packages, and this is not Django",
        discovery.at,
        "loads nothing, and says nothing",
    )
    .help("Give the packages that have a module `tasks`: `autodiscover_tasks([\"shop\"])`")
    .symbol("autodiscover_tasks");
    if all_loaded(project) { finding.severity(Severity::Warning) } else { finding }
}

/// Whether every module with tasks is loaded all the same, or may be.
fn all_loaded(project: &Project) -> bool {
    let files = project.tasks.iter().filter(|task| !task.in_test).map(|task| task.at.file);
    files.into_iter().all(|file| project.loading.loaded.iter().any(|loaded| loaded.may_load(file)))
}

fn letters(project: &Project, discovery: &Discovery, text: &Named) -> Finding {
    let first = text.name.chars().next().unwrap_or_default();
    let at = text.at.unwrap_or(discovery.at);
    let finding = Finding::new(
        &RULE,
        format!("Workers look for a package `{first}`: `autodiscover_tasks` takes a list"),
        at,
        format!("every letter counts as a package: the worker stops with `No module named '{first}'`"),
    )
    .help(format!("Write a list: `[\"{}\"]`", text.name))
    .symbol(&text.name);
    match written(project, discovery, at) {
        Some(written) => {
            finding.fix(Fix::new("Put it into a list", Applicability::Unsafe).replace(at, format!("[{written}]")))
        }
        None => finding,
    }
}

/// The text as the call itself has it.
fn written<'p>(project: &'p Project, discovery: &Discovery, at: Loc) -> Option<&'p str> {
    let inside = at.file == discovery.at.file && discovery.at.span.contains(at.span);
    inside.then(|| project.sources.snippet(at)).filter(|it| it.ends_with(['"', '\'']))
}
