//! `result-backend-missing`: see its page.

use crate::finding::Finding;
use crate::project::result_use::UseKind;
use crate::project::{Project, ResultBackend, ResultUse, production, result_backend};
use crate::rule::{Check, Report, Rule};
use crate::source::FileKind;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/result-backend-missing.md"), Check::Project(check));

/// How many further uses a finding shows.
const MAX_RELATED: usize = 3;

fn check(project: &Project, out: &mut Report) {
    if project.result_uses.is_empty() {
        return;
    }
    let Some(backends) = result_backend::surely(project) else { return };
    let Some(backend) = backends.first().filter(|_| backends.iter().all(ResultBackend::is_disabled)) else { return };
    let eager = production::runs_eagerly(project);
    let ignores = ignores_results(project);
    let uses = project.result_uses.iter().filter(|used| match used.kind {
        UseKind::ById { .. } => true,
        UseKind::Sent => !(eager || ignores && used.waits()),
        UseKind::Chord => !eager,
    });
    let mut uses: Vec<&ResultUse> = uses.collect();
    uses.sort_by_key(|used| (used.kind == UseKind::Chord, used.at));
    if let Some((first, others)) = uses.split_first() {
        out.push(describe(project, first, others, backend));
    }
}

/// Whether some task throws its result away: then `get()` on it gives `None` at once, in most releases.
fn ignores_results(project: &Project) -> bool {
    project.sources.speak_of(&["ignore_result", "IGNORE_RESULT"], |file| file.kind == FileKind::Python)
}

fn describe(project: &Project, used: &ResultUse, others: &[&ResultUse], backend: &ResultBackend) -> Finding {
    let (message, label) = match used.kind {
        UseKind::Chord => (
            "A chord is started, and no result backend is configured",
            "raises `NotImplementedError: Starting chords requires a result backend to be configured`",
        ),
        _ if used.waits() => (
            "A result is waited for, and no result backend is configured",
            "raises `NotImplementedError: No result backend is configured`",
        ),
        _ => (
            "The state of a task is read, and no result backend is configured",
            "raises `AttributeError: 'DisabledBackend' object has no attribute '_get_task_meta_for'`",
        ),
    };
    let mut finding = Finding::new(&RULE, message, used.at, label).symbol("result_backend");
    finding = match (backend.at, project.apps.get(backend.app)) {
        (Some(at), _) => finding.related(at, "results are turned off here"),
        (None, Some(app)) => finding.related(app.at, "this app has no result backend"),
        (None, None) => finding,
    };
    for other in others.iter().take(MAX_RELATED) {
        finding = finding.related(other.at, "needs a result backend too");
    }
    finding.help("Set `result_backend`, for example to the URL of a Redis server")
}
