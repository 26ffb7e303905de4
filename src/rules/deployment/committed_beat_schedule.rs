//! `committed-beat-schedule`: see its page.

use crate::finding::Finding;
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::rules::environment::ignore_line;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/committed-beat-schedule.md"), Check::Project(check));

/// What Python's databases add to the name of the file.
const ENDINGS: &[&str] = &["", ".db", ".dat", ".dir", ".bak", ".pag", "-shm", "-wal", "-journal"];

fn check(project: &Project, out: &mut Report) {
    if !project.uses_celery {
        return;
    }
    let found = project.sources.seen.iter().filter(|path| is_schedule(path) && !production::is_shown(path));
    let mut found = found.filter(|path| is_committed(project, path));
    let Some(first) = found.next() else { return };
    let name = ignore_line::shown(first);
    let message = format!("Git tracks `{name}`, which beat writes while it runs");
    let help = format!("Run `git rm --cached {first}` and commit");
    let finding = Finding::on_path(&RULE, message, first).help(help).symbol(first);
    out.push(match project.ignore.is_ignored(first, false).ignored {
        true => finding,
        false => {
            let target = ignore_line::target(project, first);
            let title = format!("Ignore it in `{target}`, for when it is no longer tracked");
            finding.fix(ignore_line::fix(project, &target, &["celerybeat-schedule*".to_owned()], &title))
        }
    });
}

fn is_schedule(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix("celerybeat-schedule").is_some_and(|rest| ENDINGS.contains(&rest))
}

/// Without a repository, what git would not leave out.
fn is_committed(project: &Project, path: &str) -> bool {
    match project.ignore.has_repository() {
        true => project.ignore.is_tracked(path),
        false => !project.ignore.is_ignored(path, false).ignored,
    }
}
