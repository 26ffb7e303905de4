//! `invalid-backend-or-broker-url`: see its page.

use super::url_mistakes::{Mistake, of};
use super::urls::{self, Side, Written};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Setting};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/invalid-backend-or-broker-url.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let releases = project.releases;
    for url in urls::written(project) {
        if let Some(mistake) = of(&url, releases).filter(|_| !is_reused(project, &url) && !has_own_names(project)) {
            out.push(describe(project, &url, &mistake));
        }
    }
}

/// Whether the project has transports or backends of its own, or names the transport apart from the URL.
fn has_own_names(project: &Project) -> bool {
    let own = ["TRANSPORT_ALIASES", "BACKEND_ALIASES", "override_backends"];
    let named = |setting: &Setting| matches!(setting.name.as_str(), "broker_transport" | "override_backends");
    project.settings.iter().any(named)
        || project.sources.files.iter().any(|file| own.iter().any(|word| file.text.contains(word)))
}

/// Whether a module of the project or a requirement has the name: Celery imports what it does not know.
fn is_reused(project: &Project, url: &Written<'_>) -> bool {
    let Some(scheme) = url.base().filter(|_| url.side == Side::Backend) else { return false };
    let required =
        project.dependencies.iter().any(|it| it.name.replace(['-', '_'], "") == scheme.replace(['-', '_'], ""));
    let database = ["postgresql", "postgres", "mysql", "mariadb", "sqlite", "oracle", "mssql", "memory"];
    if required && !database.contains(&scheme.as_str()) {
        return true;
    }
    project.sources.files.iter().any(|file| {
        let path = file.path.trim_end_matches("/__init__.py").trim_end_matches(".py");
        path.rsplit('/').next() == Some(scheme.as_str()) && file.path.ends_with(".py")
    })
}

fn describe(project: &Project, url: &Written<'_>, mistake: &Mistake) -> Finding {
    let what = match url.side {
        Side::Broker => "broker URL",
        Side::Backend => "result backend",
    };
    let message = format!("The {what} {}", mistake.message);
    let mut finding = Finding::new(&RULE, message, url.at, mistake.happens.clone())
        .symbol(url.setting.name.as_str())
        .help(mistake.help.clone());
    let near =
        url.setting.at.file == url.at.file && project.sources.line(url.setting.at) == project.sources.line(url.at);
    if !near {
        finding = finding.related(url.setting.at, format!("becomes `{}` here", url.setting.name));
    }
    match mistake.prefix.and_then(|prefix| Some((prefix, url.place(0..1)?))) {
        Some((prefix, first)) => {
            let first_char = project.sources.snippet(first);
            let title = format!("Write `{prefix}` in front");
            finding.fix(Fix::new(title, Applicability::Unsafe).replace(first, format!("{prefix}{first_char}")))
        }
        None => finding,
    }
}
