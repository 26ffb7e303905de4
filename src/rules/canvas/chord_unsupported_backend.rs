//! `chord-unsupported-backend`: see its page.

use crate::finding::Finding;
use crate::project::result_use::UseKind;
use crate::project::{Project, ResultBackend, ResultUse, production, result_backend};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/chord-unsupported-backend.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let chords = project.result_uses.iter().filter(|used| used.kind == UseKind::Chord);
    let chords: Vec<&ResultUse> = chords.collect();
    if chords.is_empty() || production::runs_eagerly(project) {
        return;
    }
    let Some(backends) = result_backend::surely(project) else { return };
    let refuses = |backend: &ResultBackend| backend.fact().is_some_and(|it| it.chords.as_deref() == Some("no"));
    if let Some(backend) = backends.first().filter(|_| backends.iter().all(refuses)) {
        chords.into_iter().for_each(|used| out.push(describe(project, used, backend)));
    }
}

fn describe(project: &Project, used: &ResultUse, backend: &ResultBackend) -> Finding {
    let (message, label) = match &backend.scheme {
        Some(scheme) if !backend.is_disabled() => (
            format!("A chord is started with the `{scheme}` result backend, which has no chords"),
            format!("raises `NotImplementedError: The \"{scheme}\" result backend does not support chords!`"),
        ),
        _ => (
            "A chord is started, and there is no result backend".to_owned(),
            "raises `NotImplementedError: Starting chords requires a result backend to be configured`".to_owned(),
        ),
    };
    let finding = Finding::new(&RULE, message, used.at, label).symbol("chord");
    let finding = match (backend.at, project.apps.get(backend.app)) {
        (Some(at), _) => finding.related(at, "the result backend of the app"),
        (None, Some(app)) => finding.related(app.at, "this app has no result backend"),
        (None, None) => finding,
    };
    finding.help("Use a backend that can count the tasks of a chord, such as Redis, Memcached or a database")
}
