//! `missing-startup-check`: see its page.

use crate::finding::Finding;
use crate::project::requests;
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, SourceFile};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-startup-check.md"), Check::Project(check));

/// What asks the broker.
const ASKING: &[&str] =
    &["ensure_connection", "default_channel", "connection_for_write().connect", "connection().connect"];

fn check(project: &Project, out: &mut Report) {
    let python = |file: &SourceFile| file.kind == FileKind::Python && !production::is_shown(&file.path);
    if production::runs_eagerly(project) || project.sources.speak_of(ASKING, python) {
        return;
    }
    let sent = requests::sent(project);
    let web = project
        .web
        .iter()
        .find(|web| matches!(web.framework.as_str(), "FastAPI" | "Starlette") && web.submits.is_some());
    let Some(web) = web.filter(|_| !sent.is_empty()) else { return };
    let label = "starts and takes requests although the broker cannot be reached";
    out.push(
        Finding::new(&RULE, "Nothing asks the broker when the application starts", web.at, label)
            .help("Connect once in the lifespan: `app.connection_for_write().ensure_connection(max_retries=3)`")
            .symbol("startup"),
    );
}
