//! `celery-lint check`: lint a project.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::ArgMatches;

use super::args::CheckArgs;
use super::error::CliError;
use super::fixes;
use super::kept::{self, Answer, Report};
use super::output::{self, Output};
use super::target::{self, Target};
use super::terminal::{self, Colors, Progress};
use super::{Exit, note, to_stdout, watch};
use crate::cache::Cache;
use crate::config::selector::Selection;
use crate::config::{Overrides, Resolved, Settings, resolve};
use crate::drill;
use crate::engine::{self, Outcome, Status};
use crate::report::{RenderInput, RenderOptions, Summary, clean};
use crate::source::walk::git_root;
use crate::source::{self, Sources, Witness};

pub fn run(args: &CheckArgs, matches: &ArgMatches) -> Result<Exit, CliError> {
    if args.output.watch { watch::run(args, matches) } else { once(args, matches, None) }
}

/// Lints once; `watch` notes what is looked at, and then the cache is left alone.
pub fn once(args: &CheckArgs, matches: &ArgMatches, watch: Option<&Witness>) -> Result<Exit, CliError> {
    let start = Instant::now();
    let target = target::resolve(&args.paths)?;
    let mut resolved = resolve(&target.root, git_root(&target.root).as_deref(), &overrides(args))?;
    resolved.settings.only.clone_from(&target.only);
    let mut outputs = output::plan(&args.output, matches, resolved.output_format.unwrap_or_default())?;
    if args.files.show_settings {
        return show_settings(&target, &resolved);
    }
    if args.diff {
        // The changes take the place of the report.
        outputs.retain(|output| output.file.is_some());
    }
    let with_options = |output| (options(args, &output), output);
    let outputs: Vec<(RenderOptions, Output)> = outputs.into_iter().map(with_options).collect();
    let is_plain = watch.is_none() && !args.files.show_files;
    let cache = if is_plain { kept::place(args, &target, &resolved, &outputs) } else { None };
    if let Some(status) = cache.as_ref().and_then(|cache| told_again(args, cache, &outputs, start)) {
        return Ok(exit(status?, args.rules.exit_zero));
    }
    resolved.settings.walk.witness = watch.cloned().or(cache.as_ref().map(Cache::witness)).unwrap_or_default();
    for file in &resolved.files {
        // The question holds their texts; whoever watches has to know them.
        let _ = watch.map(|watch| watch.read(file));
    }
    let progress = Progress::start(!args.output.quiet && !args.output.no_progress, "Reading the project");
    let sources = source::load(&target.root, &resolved.settings.walk)?;
    let read = start.elapsed();
    if args.files.show_files {
        drop(progress);
        return show_files(&sources, &resolved.settings);
    }
    let mut outcome = engine::lint(sources, &resolved.settings);
    drop(progress);
    if args.fix {
        outcome = fixes::apply(args, outcome, &resolved.settings)?;
    } else if args.diff {
        outcome = fixes::show(args, outcome, &resolved.settings)?;
    }
    let answer = report(args, &outcome, &outputs, start)?;
    if let (Some(cache), Some(answer)) = (cache, answer)
        // What was looked at is not what is there after a fix.
        && !args.fix
    {
        cache.keep(answer);
    }
    if args.output.timings {
        outcome.project.clock.note("walking and reading", read);
        timings(&outcome, start.elapsed());
    }
    let status = outcome.status;
    if watch.is_none() {
        // The process ends here: giving a large project's memory back piece by piece would only take time.
        std::mem::forget(outcome);
    }
    Ok(exit(status, args.rules.exit_zero))
}

fn overrides(args: &CheckArgs) -> Overrides {
    let (rules, files) = (&args.rules, &args.files);
    Overrides {
        config: files.config.clone(),
        isolated: files.isolated,
        selection: Selection {
            select: rules.select.clone(),
            extend: rules.extend_select.clone(),
            ignore: rules.ignore.clone(),
            preview: rules.preview.then_some(true),
        },
        exclude: files.exclude.clone(),
        fail_on: rules.fail_on,
        min_severity: rules.min_severity.map(Into::into),
    }
}

fn exit(status: Status, zero: bool) -> Exit {
    match status {
        Status::Clean => Exit::Clean,
        Status::Findings if zero => Exit::Clean,
        Status::Findings => Exit::Findings,
        Status::Failed => Exit::Failed,
    }
}

/// Says again what an earlier run over the same files said; none when there was no such run.
fn told_again(
    args: &CheckArgs,
    cache: &Cache,
    outputs: &[(RenderOptions, Output)],
    start: Instant,
) -> Option<Result<Status, CliError>> {
    // What took how long is known of a whole run only.
    let wanted = |answer: &Answer| !args.output.timings && Answer::is_all(&answer.summary, args);
    let mut answer: Answer = cache.find().filter(wanted)?;
    answer.summary.elapsed = start.elapsed();
    Some(kept::tell(&answer, outputs)?.map(|()| answer.status))
}

fn options(args: &CheckArgs, output: &Output) -> RenderOptions {
    let people = output.is_for_people();
    RenderOptions {
        color: people && Colors::of(args.output.color).out,
        links: people && terminal::shows_links(),
        width: terminal::width(),
        unicode: !people || terminal::shows_unicode(),
        statistics: args.output.statistics,
        quiet: args.output.quiet,
        ..RenderOptions::default()
    }
}

/// Writes the reports; what they said, if it can be said again.
fn report(
    args: &CheckArgs,
    outcome: &Outcome,
    outputs: &[(RenderOptions, Output)],
    start: Instant,
) -> Result<Option<Answer>, CliError> {
    assert!(!drill::is("report"), "a drill, with the secrets {:?}", outcome.project.secrets);
    let (project, findings) = (&outcome.project, outcome.findings.as_slice());
    let summary = Summary::of(project, findings, start.elapsed(), outcome.suppressed.len());
    let summary = Summary { left_out: outcome.left_out, ..summary };
    let mut reports = Vec::new();
    for (options, output) in outputs {
        let written = output.render(&RenderInput { project, findings, summary: &summary, options: options.clone() })?;
        output.deliver(&written)?;
        reports.extend(Report::of(&written, &summary, options));
    }
    let for_people = !args.output.quiet && outputs.iter().any(|(_, output)| output.is_for_people());
    let notes = if for_people { remarks(outcome) } else { Vec::new() };
    notes.iter().for_each(|line| note(line));
    // A bug of ours may be gone with the next run.
    let is_lasting = outcome.status != Status::Failed && reports.len() == outputs.len();
    Ok(is_lasting.then_some(Answer { status: outcome.status, summary, reports, notes }))
}

/// How many parts `--timings` shows.
const SHOWN_PARTS: usize = 25;

/// What took how long. Parts run at the same time, so that they may add up to more than the whole.
fn timings(outcome: &Outcome, whole: Duration) {
    let milliseconds = |spent: Duration| format!("{:>9.1} ms", spent.as_secs_f64() * 1000.0);
    let parts = outcome.project.clock.parts();
    let shown = parts.iter().take(SHOWN_PARTS).map(|(part, spent)| format!("{}  {part}", milliseconds(*spent)));
    let lines: Vec<String> = std::iter::once(format!("{}  in all", milliseconds(whole))).chain(shown).collect();
    let mut err = io::stderr().lock();
    // Nobody may be reading.
    let _ = lines.iter().try_for_each(|line| writeln!(err, "{line}"));
}

/// What a person should know besides the report.
fn remarks(outcome: &Outcome) -> Vec<String> {
    let mut remarks = Vec::new();
    if outcome.hidden > 0 {
        let noun = if outcome.hidden == 1 { "finding is" } else { "findings are" };
        remarks.push(format!("{} {noun} below --min-severity and not shown", outcome.hidden));
    }
    if !outcome.project.uses_celery && outcome.findings.is_empty() {
        remarks.push("No Celery here: nothing in this tree imports, configures or requires it".to_owned());
    }
    remarks
}

fn show_files(sources: &Sources, settings: &Settings) -> Result<Exit, CliError> {
    let read = sources.files.iter().map(|file| &file.path);
    let mut paths: Vec<&String> = read.chain(sources.unreadable.iter().map(|(path, _)| path)).collect();
    paths.retain(|path| settings.reports(path));
    paths.sort();
    to_stdout(|out| paths.iter().try_for_each(|path| writeln!(out, "{}", clean(path))))?;
    Ok(Exit::Clean)
}

fn show_settings(target: &Target, resolved: &Resolved) -> Result<Exit, CliError> {
    to_stdout(|out| write_settings(out, target, resolved))?;
    Ok(Exit::Clean)
}

fn write_settings(out: &mut dyn Write, target: &Target, resolved: &Resolved) -> io::Result<()> {
    let settings = &resolved.settings;
    writeln!(out, "root = {:?}", target.root)?;
    writeln!(out, "configuration = {:?}", resolved.files)?;
    writeln!(out, "only = {:?}", settings.only)?;
    writeln!(out, "fail-on = {:?}", word(settings.fail_on))?;
    writeln!(out, "min-severity = {:?}", word(settings.min_severity))?;
    writeln!(out, "preview = {}", settings.preview)?;
    writeln!(out, "target-celery = {:?}", settings.target_celery.as_deref().unwrap_or("from the requirements"))?;
    writeln!(out, "target-python = {:?}", settings.target_python.as_deref().unwrap_or("from the project"))?;
    writeln!(out, "rules = [")?;
    for rule in &settings.rules {
        let severity = settings.severities.get(rule.name).copied().unwrap_or(rule.severity);
        writeln!(out, "    {:?}, # {}", rule.name, word(severity))?;
    }
    writeln!(out, "]")
}

/// An enum as configurations write it.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
