//! `app-target-unresolved`: see its page.

use super::common;
use crate::files::service::Service;
use crate::finding::Finding;
use crate::project::launch::Lookup;
use crate::project::{Launch, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/app-target-unresolved.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // An app that is not seen may be what is looked for.
    if !project.apps.iter().any(|app| !app.in_test) {
        return;
    }
    for launch in common::launches(project) {
        if is_of_another_project(project, launch) {
            continue;
        }
        let (Some(app), Some(at)) = (&launch.app, launch.app_at) else { continue };
        if project.unseen.may_be_module(app) {
            continue;
        }
        let path = match &launch.lookup {
            Lookup::NoModule(module) => module.replace('.', "/"),
            Lookup::NoAttribute { .. } | Lookup::Other(_) => String::new(),
            Lookup::App | Lookup::Broken(_) | Lookup::Unknown => continue,
        };
        // A build may make what git does not keep.
        let made = !path.is_empty() && project.ignore.is_ignored(&format!("{path}.py"), false).ignored;
        if !made {
            out.push(finding(project, launch, app, at));
        }
    }
}

/// Whether a service runs an image that nothing here builds, with no code of this project in it.
fn is_of_another_project(project: &Project, launch: &Launch) -> bool {
    let own = |service: &&Service| launch.service.as_deref() == Some(service.name.as_str());
    let service = common::services(project).filter(|(file, _)| *file == launch.at.file).map(|(_, it)| it).find(own);
    service.is_some_and(|service| !service.built && !common::mounts_code(project, service))
}

fn finding(project: &Project, launch: &Launch, app: &str, at: Loc) -> Finding {
    let (message, label) = match &launch.lookup {
        Lookup::Other(what) => {
            (format!("`{app}` is {what}, not a Celery app"), "is taken as it is: nothing calls it".to_owned())
        }
        Lookup::NoAttribute { module, name } if name != "app" => (
            format!("`{module}` has nothing that is called `{name}`"),
            "`Unable to load celery application`".to_owned(),
        ),
        Lookup::NoAttribute { module, .. } => {
            (format!("`{module}` holds no Celery app"), "`Unable to load celery application`".to_owned())
        }
        _ => (format!("There is no module `{app}`"), "`Unable to load celery application`".to_owned()),
    };
    let finding = Finding::new(&RULE, message, at, label).symbol(app);
    // The one app that there is, if there is one.
    let mut own = project.apps.iter().filter(|app| !app.in_test && app.target.is_some());
    match (own.next(), own.next()) {
        (Some(app), None) => {
            let target = app.target.as_deref().unwrap_or_default();
            finding.related(app.at, "the app").help(format!("Write `-A {}`", target.replace(':', ".")))
        }
        _ => finding.help("Name the module and the variable that holds the app, as in `-A shop.celery:app`"),
    }
}
