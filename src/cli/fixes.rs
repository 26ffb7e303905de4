//! `--fix` and `--diff`: what the fixes of a run change, on disk or on standard output.

use std::collections::BTreeMap;

use super::args::CheckArgs;
use super::error::CliError;
use super::{note, to_stdout};
use crate::config::Settings;
use crate::engine::{self, Outcome};
use crate::files::kind::kind;
use crate::fix::{self, Applicability, Fixed, Plan, Rounds, Skip, Written};
use crate::python::lower::parses;

/// Fixes in memory until nothing changes any more.
fn fixed(args: &CheckArgs, outcome: Outcome, settings: &Settings) -> Fixed<Outcome> {
    let rounds = Rounds {
        level: if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe },
        found: |outcome: &Outcome| (&outcome.project.sources, &outcome.findings),
        parses,
        kind,
    };
    engine::with_threads(settings, || {
        fix::fix_until_stable(outcome, &rounds, |sources| engine::lint(sources, settings))
    })
}

/// Prints the changes instead of a report; the outcome is that of the texts as they are.
///
/// # Errors
/// When standard output cannot be written to.
pub fn show(args: &CheckArgs, outcome: Outcome, settings: &Settings) -> Result<Outcome, CliError> {
    let fixed = fixed(args, outcome, settings);
    let after = fixed.last.as_ref().unwrap_or(&fixed.first);
    let diff = fix::diff(&fixed.plan, &fixed.first.project, &after.project);
    to_stdout(|out| out.write_all(diff.as_bytes()))?;
    if !args.output.quiet {
        tell_skipped(&fixed.plan);
    }
    Ok(fixed.first)
}

/// Writes the changes; the outcome is that of the texts as they are then.
///
/// # Errors
/// When the project cannot be read again after a change could not be written.
pub fn apply(args: &CheckArgs, outcome: Outcome, settings: &Settings) -> Result<Outcome, CliError> {
    let fixed = fixed(args, outcome, settings);
    let written = fix::write(&fixed.plan);
    if !args.output.quiet {
        tell(&fixed, &written);
        tell_skipped(&fixed.plan);
    }
    for refused in &written.refused {
        note(&format!("Not changed: {}: {}", refused.path, refused.why));
    }
    if written.refused.is_empty() {
        return Ok(fixed.last.unwrap_or(fixed.first));
    }
    // What was found in memory is not what is on disk now.
    let sources = crate::source::load(&fixed.plan.root, &settings.walk)?;
    Ok(engine::lint(sources, settings))
}

fn tell(fixed: &Fixed<Outcome>, written: &Written) {
    let done: Vec<_> =
        fixed.plan.applied.iter().filter(|fix| fix.files.iter().all(|path| written.files.contains(path))).collect();
    if !done.is_empty() {
        let findings = if done.len() == 1 { "finding" } else { "findings" };
        let files = if written.files.len() == 1 { "file" } else { "files" };
        note(&format!("Fixed {} {findings} in {} {files}:", done.len(), written.files.len()));
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for fix in done {
            *counts.entry(format!("{}: {} ({})", fix.path, fix.title, fix.rule)).or_default() += 1;
        }
        for (line, count) in counts {
            let times = if count == 1 { String::new() } else { format!(" ×{count}") };
            note(&format!("  {line}{times}"));
        }
    }
    if !fixed.stable {
        note(&format!("The fixes did not come to an end after {} rounds: please report this", fixed.rounds));
    }
}

/// An overlap is no news: another round has had its chance.
fn tell_skipped(plan: &Plan) {
    for skipped in plan.skipped.iter().filter(|skipped| skipped.why != Skip::Overlap) {
        note(&format!("Not fixed: {}: {} ({}): {}", skipped.path, skipped.title, skipped.rule, skipped.why));
    }
}
