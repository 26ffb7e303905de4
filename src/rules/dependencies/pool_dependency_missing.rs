//! `pool-dependency-missing`: see its page.

use super::declared::{self, Declared, Driver};
use crate::finding::Finding;
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/pool-dependency-missing.md"), Check::Project(check));

/// The pools that need a package of their own.
const POOLS: &[Driver] = &[
    Driver { extra: "gevent", brought_by: &["gevent"], module: "gevent" },
    Driver { extra: "eventlet", brought_by: &["eventlet"], module: "eventlet" },
];

fn check(project: &Project, out: &mut Report) {
    for driver in POOLS {
        let missing = || declared::of(project, driver) == Some(Declared::No);
        let Some(at) = chosen(project, driver.extra).filter(|_| missing()) else { continue };
        if let Some(finding) = describe(project, driver, at) {
            out.push(finding);
        }
    }
}

/// Where a worker is first told to use the pool.
fn chosen(project: &Project, pool: &str) -> Option<Loc> {
    let workers = project
        .launches
        .iter()
        .filter(|launch| launch.command == "worker" && !production::is_shown(project.sources.path(launch.at.file)));
    let mut options = workers.filter_map(|launch| launch.option("pool"));
    let option =
        options.find(|option| option.value.as_ref().and_then(crate::source::Text::known).as_deref() == Some(pool));
    option.map(|option| option.value_at).or_else(|| {
        let mut settings = production::named(project, &["worker_pool"]);
        settings
            .find(|setting| setting.value.as_literal().as_deref() == Some(pool))
            .and_then(|setting| setting.value.at)
    })
}

fn describe(project: &Project, driver: &Driver, at: Loc) -> Option<Finding> {
    let celery = declared::celery(project)?;
    let pool = driver.extra;
    let message = format!("The pool `{pool}` is used, and no requirement brings it");
    let finding = Finding::new(&RULE, message, at, format!("the worker stops with `No module named '{pool}'`"))
        .related(celery.at, "the extra belongs here")
        .help(format!("Require `celery[{pool}]`"))
        .symbol(pool);
    Some(match declared::add_extra(project, celery, pool) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}
