//! `cli-global-option-after-subcommand`: see its page.

use super::common;
use crate::celery::cli;
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::launch::Argument;
use crate::project::{Launch, Project};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::releases;

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/cli-global-option-after-subcommand.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let Some(since) = releases::suffix(project, common::releases(project)) else { return };
    for launch in common::launches(project) {
        let misplaced: Vec<&Argument> = launch.options.iter().filter(|option| is_misplaced(launch, option)).collect();
        if let Some((first, others)) = misplaced.split_first() {
            out.push(finding(project, launch, first, others, &since));
        }
    }
}

/// Whether a global option stands behind the sub-command, which has none of that name.
fn is_misplaced(launch: &Launch, option: &Argument) -> bool {
    let global = cli::command("").is_some_and(|global| global.option(&option.written).is_some());
    // `celery multi` hands its options on, and `manage.py celery` is no program of Celery's.
    let reads = |name: &str| cli::command(name).is_some_and(|command| command.name == "flower" || !command.any);
    let command = cli::command(&launch.command).filter(|_| reads(&launch.command));
    global && !option.leads && command.is_some_and(|command| command.option(&option.written).is_none())
}

fn finding(project: &Project, launch: &Launch, first: &Argument, others: &[&Argument], since: &str) -> Finding {
    let (written, command) = (&first.written, &launch.command);
    let finding = if command == "flower" {
        let message = format!("Flower ignores `{written}` behind `flower`{since}");
        let label = "is neither an option of Flower nor read by Celery here";
        Finding::new(&RULE, message, first.at, label).severity(Severity::Warning)
    } else {
        let message = format!("`celery {command}` does not start with `{written}`{since}");
        Finding::new(&RULE, message, first.at, format!("`No such option '{written}'`"))
    };
    let finding = others.iter().fold(finding, |finding, option| finding.related(option.at, "and this one"));
    let finding = finding.help(format!("Write it before `{command}`")).symbol(written);
    match fix(project, launch) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Gives the words that stand there another order; what is between them stays.
fn fix(project: &Project, launch: &Launch) -> Option<Fix> {
    let at = launch.command_word?;
    let is_moved = |word: &crate::files::Word| {
        let options = launch.options.iter().filter(|option| is_misplaced(launch, option));
        options.into_iter().any(|option| option.at == word.at || option.value_at == word.at)
    };
    let behind = launch.words.get(at..)?;
    let last = behind.iter().rposition(is_moved)?;
    let old = behind.get(..=last)?;
    if !common::are_editable(project, old) {
        return None;
    }
    let (moved, kept): (Vec<_>, Vec<_>) = old.iter().partition(|word| is_moved(word));
    let title = format!("Write it before `{}`", launch.command);
    let places = old.iter().zip(moved.into_iter().chain(kept)).filter(|(old, new)| old.at != new.at);
    Some(places.fold(Fix::new(title, Applicability::Safe), |fix, (old, new)| {
        fix.replace(old.at, project.sources.snippet(new.at))
    }))
}
