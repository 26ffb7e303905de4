//! `tracked-env-file`: see its page.

use super::env_values::secrets;
use super::ignore_line::{self, line, shown};
use crate::files::Entry;
use crate::finding::Finding;
use crate::project::environment::is_shared;
use crate::project::{EnvFile, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/tracked-env-file.md"), Check::Project(check));

/// More keys than these are not pointed at.
const MOST_RELATED: usize = 5;

fn check(project: &Project, report: &mut Report) {
    for file in project.env_files.iter().filter(|file| file.tracked && !is_shared(&file.path)) {
        let secrets = secrets(project, file);
        if let Some((first, others)) = secrets.split_first() {
            report.push(finding(project, file, first, others));
        }
    }
}

/// Whether the rule is the one to tell of a secret: it stands in a tracked env file, and the file's finding is about it.
pub fn tells(project: &Project, at: Loc) -> bool {
    let tracked = project.env_files.iter().filter(|file| file.tracked && !is_shared(&file.path));
    let mut here = tracked.filter(|file| file.file == Some(at.file));
    here.any(|file| {
        let is_about = |entry: &&Entry| entry.value_at.file == at.file && entry.value_at.span.contains(at.span);
        secrets(project, file).iter().any(is_about)
    })
}

fn finding(project: &Project, file: &EnvFile, first: &Entry, others: &[&Entry]) -> Finding {
    let path = shown(&file.path);
    let message = format!("Git tracks `{path}`, which holds real values");
    let help = format!(
        "Change the values, then run `git rm --cached {}` and commit; the history keeps the old ones",
        file.path
    );
    let mut finding = Finding::new(&RULE, message, first.key_at, "everybody with the repository has this value")
        .help(help)
        .symbol(&file.path);
    for other in others.iter().take(MOST_RELATED) {
        finding = finding.related(other.key_at, "and this one");
    }
    if file.ignored {
        return finding;
    }
    let target = ignore_line::target(project, &file.path);
    let title = format!("Ignore it in `{target}`, for when it is no longer tracked");
    finding.fix(ignore_line::fix(project, &target, &[line(&target, &file.path)], &title))
}
