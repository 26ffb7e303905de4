//! `status-endpoint-unknown-id`: see its page.

use crate::finding::Finding;
use crate::project::requests::{self, Read};
use crate::project::result_use::UseKind;
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::FileKind;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/status-endpoint-unknown-id.md"), Check::Project(check));

/// Words of functions that tell an unknown id from a task that waits.
const TELLING: &[&str] =
    &["PENDING", "404", "NotFound", "not_found", "get_object_or_404", ".objects", "exists", "HTTPException", "abort("];
/// Words of projects that write a state down when a task is sent.
const NOTING: &[&str] = &["before_task_publish", "after_task_publish", "store_result", "\"SENT\"", "'SENT'"];

fn check(project: &Project, out: &mut Report) {
    let python = |file: &crate::source::SourceFile| file.kind == FileKind::Python && !production::is_shown(&file.path);
    if project.result_uses.is_empty() || project.sources.speak_of(NOTING, python) {
        return;
    }
    let first = requests::read(project).into_iter().find(|read| asks_by_id(project, read));
    out.findings.extend(first.map(|read| {
        let label = "is `PENDING` for every id that nobody ever sent, or whose result has expired";
        Finding::new(&RULE, "The state of a task is told for ids that do not exist", read.used.at, label)
            .help("Keep the ids that were sent, or write a state down when a task is sent, and answer 404 for others")
            .symbol(&read.endpoint.route)
    }));
}

/// Whether the handler itself reads the state of an id that comes with the request.
fn asks_by_id(project: &Project, read: &Read) -> bool {
    let own = read.endpoint.function == Some((read.act.module, read.act.function));
    let by_id = matches!(read.used.kind, UseKind::ById { .. }) && matches!(read.used.word.as_str(), "state" | "status");
    let text = requests::text_of(project, read.act);
    own && by_id && read.endpoint.route.contains(['{', '<']) && !TELLING.iter().any(|word| text.contains(word))
}
