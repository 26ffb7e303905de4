//! `ignored-env-template`: see its page.

use super::ignore_line::{self, name, shown};
use crate::finding::Finding;
use crate::project::Project;
use crate::project::ignore::Verdict;
use crate::project::link::is_test_path;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, SourceFile, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/ignored-env-template.md"), Check::Project(check));

/// Directories of env files: a rule that is meant for the file `.env` hides these too.
const ENV_DIRECTORIES: &[&str] = &[".env", ".envs", "env", "envs"];

fn check(project: &Project, report: &mut Report) {
    let mut findings: Vec<(Remedy, Finding)> = Vec::new();
    for template in project.sources.of_kind(FileKind::EnvTemplate).filter(|file| !is_test_path(&file.path)) {
        let verdict = project.ignore.is_ignored(&template.path, false);
        // What stands in a directory that is ignored for its own sake is somebody's copy.
        let meant = verdict.parent.as_deref().is_none_or(|parent| ENV_DIRECTORIES.contains(&name(parent)));
        if !verdict.ignored || !meant || project.ignore.is_tracked(&template.path) {
            continue;
        }
        let remedy = Remedy::of(project, template, &verdict);
        match findings.iter_mut().find(|(known, _)| *known == remedy) {
            Some((_, finding)) => {
                let start = Loc::new(template.id, Span::new(0, 0));
                *finding = std::mem::replace(finding, Finding::on_path(&RULE, "", "")).related(start, "hidden too");
            }
            None => findings.push((remedy.clone(), finding(project, template, &verdict, &remedy))),
        }
    }
    findings.into_iter().for_each(|(_, finding)| report.push(finding));
}

/// What makes git see a template again; templates with the same remedy are one finding.
#[derive(Clone, PartialEq)]
enum Remedy {
    /// A line at the end of a `.gitignore`.
    Line { target: String, line: String },
    /// Nothing below an ignored directory can be re-included.
    Directory(String),
}

impl Remedy {
    fn of(project: &Project, template: &SourceFile, verdict: &Verdict) -> Self {
        if let Some(parent) = &verdict.parent {
            return Self::Directory(parent.clone());
        }
        let target = ignore_line::target(project, &template.path);
        let line = format!("!{}", ignore_line::line(&target, &template.path));
        Self::Line { target, line }
    }
}

fn finding(project: &Project, template: &SourceFile, verdict: &Verdict, remedy: &Remedy) -> Finding {
    let message = format!("Git ignores the env template `{}`", shown(&template.path));
    let decides = verdict.by.as_ref().and_then(|by| by.at);
    let at = decides.unwrap_or(Loc::new(template.id, Span::new(0, 0)));
    let label = if decides.is_some() { "hides the template as well" } else { "git ignores this file" };
    let finding = Finding::new(&RULE, message, at, label).symbol(&template.path);
    match remedy {
        Remedy::Directory(parent) => finding
            .help(format!("Ignore the files in `{parent}` one by one: what lies below an ignored directory is lost")),
        Remedy::Line { target, line } => {
            let fix = ignore_line::fix(project, target, std::slice::from_ref(line), "Keep the template");
            finding.help(format!("Add `{line}` to `{target}`, after the line that hides it")).fix(fix)
        }
    }
}

#[cfg(test)]
#[path = "ignored_env_template_tests.rs"]
mod tests;
