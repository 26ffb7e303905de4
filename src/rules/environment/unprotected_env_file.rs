//! `unprotected-env-file`: see its page.

use super::env_values::{entries, is_harmless, secrets};
use super::ignore_line::{self, line, name, shown};
use crate::finding::Finding;
use crate::project::environment::is_shared;
use crate::project::production::is_shown;
use crate::project::{EnvFile, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unprotected-env-file.md"), Check::Project(check));

/// More files than these are only counted.
const MOST_RELATED: usize = 5;

fn check(project: &Project, report: &mut Report) {
    let exposed = exposed(project);
    for file in exposed.iter().filter(|file| file.tracked) {
        report.push(tracked(project, file));
    }
    let untracked: Vec<&EnvFile> = exposed.into_iter().filter(|file| !file.tracked).collect();
    let mut targets: Vec<String> = untracked.iter().map(|file| ignore_line::target(project, &file.path)).collect();
    targets.sort();
    targets.dedup();
    for target in targets {
        let group: Vec<&EnvFile> =
            untracked.iter().copied().filter(|file| ignore_line::target(project, &file.path) == target).collect();
        report.push(unprotected(project, &group, &target));
    }
}

/// Files that git would commit and that are worth protecting, nearest to the root first.
fn exposed(project: &Project) -> Vec<&EnvFile> {
    let counts = |file: &&EnvFile| !is_shared(&file.path) && !is_mere_example(project, file);
    let files = project.env_files.iter().filter(counts);
    let mut found: Vec<&EnvFile> = files.clone().filter(|file| matters(project, file)).collect();
    if found.iter().any(|file| !file.tracked) {
        // What the same few lines would protect is told with it.
        let family = |file: &&EnvFile| name(&file.path).starts_with(".env.") && file.file.is_some() && !file.tracked;
        let more = files.filter(family).filter(|file| !file.ignored && !is_known_harmless(project, file));
        found.extend(more);
    }
    found.sort_by_key(|file| (file.path.matches('/').count(), name(&file.path).len(), file.path.as_str()));
    found.dedup_by_key(|file| file.path.as_str());
    found
}

fn matters(project: &Project, file: &EnvFile) -> bool {
    let is_dotenv = name(&file.path) == ".env";
    if file.tracked {
        // With real values in it, it is the matter of `tracked-env-file`.
        return is_dotenv
            && has_entries(project, file)
            && !is_known_harmless(project, file)
            && !holds_secret(project, file);
    }
    if file.ignored {
        return false;
    }
    let usual_is_open = !project.ignore.is_ignored(".env", false).ignored;
    match file.file {
        None => (is_dotenv || usual_is_open) && !is_made_by_ci(project, file),
        Some(_) if is_dotenv && (usual_is_open || file.named_at.is_some()) => !is_known_harmless(project, file),
        Some(_) => holds_secret(project, file),
    }
}

fn has_entries(project: &Project, file: &EnvFile) -> bool {
    !entries(project, file).is_empty()
}

/// A file that shows how an example is run, or one of a frontend, without a secret in it, is there to be committed.
fn is_mere_example(project: &Project, file: &EnvFile) -> bool {
    file.file.is_some() && (is_shown(&file.path) || is_of_frontend(project, &file.path)) && !holds_secret(project, file)
}

/// A directory below the top that Node builds from, and in which no Python lies: Vite, Next and Create React App want `.env`
/// committed, and read secrets from `.env.local`.
fn is_of_frontend(project: &Project, path: &str) -> bool {
    let Some((directory, _)) = path.rsplit_once('/') else { return false };
    let mut beside = project.sources.seen.iter().filter_map(|name| name.strip_prefix(directory)?.strip_prefix('/'));
    let manifest = beside.clone().any(|name| name == "package.json");
    manifest && !beside.any(|name| !name.contains('/') && name.ends_with(".py"))
}

/// What only a job of CI names, it writes itself, into a checkout that nobody commits.
fn is_made_by_ci(project: &Project, file: &EnvFile) -> bool {
    file.named_at.is_some_and(|at| project.sources.get(at.file).kind == FileKind::Ci)
}

/// An empty file says nothing about what will stand in it.
fn is_known_harmless(project: &Project, file: &EnvFile) -> bool {
    let entries = entries(project, file);
    !entries.is_empty() && entries.iter().all(|entry| is_harmless(entry))
}

fn holds_secret(project: &Project, file: &EnvFile) -> bool {
    !secrets(project, file).is_empty()
}

fn tracked(project: &Project, file: &EnvFile) -> Finding {
    let path = shown(&file.path);
    let finding = place(project, file, &format!("Git tracks `{path}`"), "an ignore rule does not untrack this file")
        .help(format!("Run `git rm --cached {}` and commit; the file itself stays where it is", file.path))
        .symbol(&file.path);
    if file.ignored { finding } else { protect(project, finding, &[file], &ignore_line::target(project, &file.path)) }
}

fn unprotected(project: &Project, group: &[&EnvFile], target: &str) -> Finding {
    let Some((first, others)) = group.split_first() else { return Finding::on_path(&RULE, "", "") };
    let path = shown(&first.path);
    let message = match (first.file.is_some(), others.len()) {
        (false, _) => format!("Git would commit `{path}` once it exists"),
        (true, 0) => format!("Git would commit `{path}`"),
        (true, count) => {
            format!("Git would commit `{path}` and {count} more env file{}", if count == 1 { "" } else { "s" })
        }
    };
    let label =
        if first.file.is_some() { "git does not ignore this file" } else { "loaded here, and git does not ignore it" };
    let mut finding = place(project, first, &message, label).symbol(&first.path);
    if let Some(by) = project.ignore.is_ignored(&first.path, false).by
        && let Some(at) = by.at
    {
        finding = finding.related(at, "this line re-includes it");
    } else if let Some((at, why)) = near_miss(project, name(&first.path)) {
        finding = finding.related(at, why);
    }
    for other in others.iter().take(MOST_RELATED) {
        if let Some(at) = first_key(project, other).or(other.named_at) {
            finding = finding.related(at, "nor this one");
        }
    }
    let lines: Vec<String> = names(group, target).iter().map(|name| format!("`{name}`")).collect();
    let help = format!("Add {} to `{target}`", lines.join(", "));
    protect(project, finding.help(help), group, target)
}

fn protect(project: &Project, finding: Finding, group: &[&EnvFile], target: &str) -> Finding {
    let title = format!("Ignore {} in `{target}`", if group.len() == 1 { "it" } else { "them" });
    finding.fix(ignore_line::fix(project, target, &names(group, target), &title))
}

/// The lines of `target` that protect the files.
fn names(group: &[&EnvFile], target: &str) -> Vec<String> {
    let mut names: Vec<String> = group.iter().map(|file| line(target, &file.path)).collect();
    names.sort();
    names.dedup();
    names
}

fn place(project: &Project, file: &EnvFile, message: &str, label: &str) -> Finding {
    match first_key(project, file).or(file.named_at) {
        Some(at) => Finding::new(&RULE, message, at, label),
        None => Finding::on_path(&RULE, message, &file.path),
    }
}

/// The name of the first secret, of the first entry where there is none, or the start of a file without any.
fn first_key(project: &Project, file: &EnvFile) -> Option<Loc> {
    let id = file.file?;
    let first = secrets(project, file).first().copied().or_else(|| entries(project, file).first().copied());
    Some(first.map_or(Loc::new(id, Span::new(0, 0)), |entry| entry.key_at))
}

/// A line of the root's `.gitignore` that looks as if it ignored the name, and why it does not.
fn near_miss(project: &Project, name: &str) -> Option<(Loc, &'static str)> {
    let file = project.sources.by_path(".gitignore")?;
    let mut start = 0;
    for line in file.text.split_inclusive('\n') {
        let written = line.trim_end_matches(['\r', '\n']);
        if let Some(why) = why_not(written, name) {
            return Some((Loc::new(file.id, Span::of(start, start + written.trim_end().len())), why));
        }
        start += line.len();
    }
    None
}

fn why_not(line: &str, name: &str) -> Option<&'static str> {
    let bare = line.trim();
    if bare.trim_start_matches('#').trim() == name {
        return Some(if bare.starts_with('#') {
            "this line is a comment"
        } else {
            "a blank before a pattern is part of it"
        })
        .filter(|_| line.trim_end() != name);
    }
    if bare.strip_suffix('/') == Some(name) {
        return Some("with a slash at the end it matches directories only");
    }
    if bare.starts_with(name) && bare.contains(['{', ',']) {
        return Some("git knows no braces");
    }
    (bare.eq_ignore_ascii_case(name) && bare != name).then_some("capitals count")
}
