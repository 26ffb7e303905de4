//! `crontab-argument-order`: see its page.

use crate::celery::release::Minor;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::crontab::{CronOrder, CrontabCall};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/crontab-argument-order.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for crontab in super::crontabs(project) {
        match &crontab.cron_order {
            Some(CronOrder::Split(at)) => out.push(split(project, crontab, *at)),
            Some(CronOrder::Named { name, becomes, at }) => {
                let message = format!("`{name}` is passed as `{}`", becomes.name());
                let label = format!("this position is `{}`", becomes.name());
                let finding = Finding::new(&RULE, message, *at, label).symbol(name.as_str());
                out.push(finding.help("Pass the fields by keyword: `day_of_week` comes before `day_of_month`"));
            }
            None => {}
        }
    }
}

fn split(project: &Project, crontab: &CrontabCall, at: Loc) -> Finding {
    let label = "cron's day of the month becomes `day_of_week`, its month `day_of_month`";
    let message = "The fields of a cron expression are passed in the wrong order";
    let finding = Finding::new(&RULE, message, at, label).symbol("split");
    let since = project.releases.oldest().is_some_and(|oldest| oldest >= Minor(5, 5));
    if !since {
        return finding.help("Pass the fields by keyword, or use `crontab.from_string()` (Celery 5.5)");
    }
    let finding = finding.help("Use `crontab.from_string()`, which takes them in cron's order");
    match fix(project, crontab, at) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// `crontab(*expression.split())` becomes `crontab.from_string(expression)`.
fn fix(project: &Project, crontab: &CrontabCall, split: Loc) -> Option<Fix> {
    let (call, split) = (project.sources.snippet(crontab.at), project.sources.snippet(split));
    let callee = call.split('(').next()?;
    let expression = split.rsplit_once(".split(").map(|(expression, _)| expression)?;
    let fix = Fix::new("Read it with `crontab.from_string`", Applicability::Unsafe);
    Some(fix.replace(crontab.at, format!("{callee}.from_string({expression})")))
}
