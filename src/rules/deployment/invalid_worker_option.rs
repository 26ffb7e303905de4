//! `invalid-worker-option`: see its page.

use super::common;
use crate::celery::cli::parse::{Given, Refusal, parse};
use crate::celery::cli::{self, CommandFact};
use crate::celery::near_miss;
use crate::celery::release::{ALL, Releases};
use crate::files::Word;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Launch, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, Piece, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-worker-option.md"), Check::Project(check));

/// Options and values of older releases and of hand, and what they are called.
const RENAMED: &[(&str, &str)] = &[
    ("--maxtasksperchild", "--max-tasks-per-child"),
    ("--maxmemperchild", "--max-memory-per-child"),
    ("--queue", "--queues"),
    ("--log-level", "--loglevel"),
    ("--log_level", "--loglevel"),
    ("--log-file", "--logfile"),
    ("warn", "warning"),
    ("WARN", "WARNING"),
    ("thread", "threads"),
];

fn check(project: &Project, out: &mut Report) {
    let releases = common::releases(project);
    // Applications add options of their own, and commands.
    let extended = project.sources.speak_of(&["user_options", "celery.commands"], |_| true);
    if releases.is_empty() || extended {
        return;
    }
    for launch in common::launches(project) {
        let own = matches!(launch.command.as_str(), "worker" | "beat" | "events");
        let Some(fact) = cli::command(&launch.command).filter(|_| own) else { continue };
        let Some(words) = launch.command_word.and_then(|at| launch.words.get(at + 1..)) else { continue };
        if let Some(found) = refused(fact, words, releases) {
            out.push(finding(project, launch, fact, words, &found));
        }
    }
}

/// What every release refuses for the same reason.
fn refused(fact: &CommandFact, words: &[Word], releases: Releases) -> Option<Refusal> {
    let given: Vec<Given> = words.iter().map(given).collect();
    let mut found: Option<Refusal> = None;
    for release in ALL.into_iter().filter(|minor| releases.contains(*minor)) {
        let refusal = match parse(fact, &given, release) {
            Ok(parsed) => stray(&given, &parsed.positional)?,
            Err(refusal) => refusal,
        };
        let counts =
            matches!(refusal.error, "NoSuchOption" | "BadParameter" | "BadOptionUsage" | "AttributeError" | "Stray");
        if !counts || found.as_ref().is_some_and(|known| known.word != refusal.word) {
            return None;
        }
        found.get_or_insert(refusal);
    }
    // Another rule's.
    found.filter(|it| {
        it.error != "NoSuchOption" || cli::command("").is_none_or(|global| global.option(&it.option).is_none())
    })
}

fn given(word: &Word) -> Given {
    match (word.text.as_literal(), word.text.pieces.first()) {
        (Some(text), _) => Given { text, whole: true },
        (None, Some(Piece::Literal { text, .. })) => Given { text: text.clone(), whole: false },
        _ => Given { text: String::new(), whole: false },
    }
}

/// Words that are no options must be settings (`worker.concurrency=2`).
fn stray(given: &[Given], positional: &[usize]) -> Option<Refusal> {
    let open = given.iter().any(|word| !word.whole);
    let plain = |word: &Given| word.text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ','));
    let at = positional.iter().copied().find(|at| given.get(*at).is_some_and(|word| !word.text.contains('=')))?;
    let told = given.get(at).is_some_and(|word| !word.text.is_empty() && plain(word)) && !open;
    told.then(|| Refusal { error: "Stray", word: at, value: None, option: String::new() })
}

fn finding(project: &Project, launch: &Launch, fact: &CommandFact, words: &[Word], found: &Refusal) -> Finding {
    let command = &launch.command;
    let at = words.get(found.value.unwrap_or(found.word)).map_or(launch.at, |word| word.at);
    let text = words.get(found.value.unwrap_or(found.word)).and_then(|word| word.text.as_literal()).unwrap_or_default();
    let value = text.split_once('=').filter(|_| text.starts_with("--")).map_or(text.as_str(), |(_, value)| value);
    let option = &found.option;
    let (what, written) = match found.error {
        "NoSuchOption" => (format!("it has no option `{option}`"), option.as_str()),
        "Stray" => (format!("`{value}` is no option and no setting"), value),
        "BadOptionUsage" if found.value.is_some() => (format!("`{option}` takes no value"), option.as_str()),
        "BadOptionUsage" => (format!("`{option}` needs a value"), option.as_str()),
        _ if value.chars().count() > 20 => (format!("it does not understand the value of `{option}`"), value),
        _ => (format!("`{option}` does not take `{value}`"), value),
    };
    let finding = Finding::new(&RULE, format!("`celery {command}` does not start: {what}"), at, "stops with code 2")
        .symbol(written);
    let renamed = RENAMED.iter().find(|(old, _)| *old == written).map(|(_, new)| *new);
    let names = fact.options.iter().flat_map(|option| &option.names).map(String::as_str);
    let near = renamed.or_else(|| near_miss::closest(written, names.filter(|name| name.starts_with("--"))));
    let finding = match near {
        Some(near) => finding.help(format!("Write `{near}`")),
        None => finding.help(format!("See `celery {command} --help` for what it takes")),
    };
    match renamed.and_then(|new| fix(project, at, written, new)) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Replaces the name inside its word.
fn fix(project: &Project, at: Loc, old: &str, new: &str) -> Option<Fix> {
    let source = project.sources.snippet(at);
    let file = project.sources.get(at.file);
    let start = source.find(old).filter(|_| file.kind != FileKind::Python && source.matches(old).count() == 1)? as u32;
    let start = at.span.start + start;
    let place = Loc::new(at.file, Span::new(start, start + old.len() as u32));
    Some(Fix::new(format!("Write `{new}`"), Applicability::Safe).replace(place, new))
}
