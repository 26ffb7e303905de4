//! Tests of the rules about env files and git, on real repositories: what git tracks cannot stand in a page's example.

use std::path::Path;
use std::process::Command;

use super::tracked_env_file;
use super::unprotected_env_file;
use crate::files::kind::kind;
use crate::files::{Entry, FileFacts, Role};
use crate::fix::Edit;
use crate::project::environment::env_files;
use crate::project::{IgnoreRules, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, SourceFile, Sources, Span, Text};

/// Files in a directory, which may become a repository.
pub struct Tree {
    dir: tempfile::TempDir,
    files: Vec<(String, String)>,
    repository: bool,
}

impl Tree {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { dir, files, repository: false }
    }

    pub fn repository(self) -> Self {
        git(self.dir.path(), &["init", "-q"]);
        Self { repository: true, ..self }
    }

    pub fn track(self, paths: &[&str]) -> Self {
        paths.iter().for_each(|path| git(self.dir.path(), &["add", "-f", path]));
        self
    }

    /// The project with what the rules about env files look at.
    pub fn project(&self) -> Project {
        let root = self.dir.path().to_owned();
        let read =
            |(path, text): &(String, String)| Some(SourceFile::new(path.as_str(), kind(path, text)?, text.as_str()));
        let files: Vec<SourceFile> = self.files.iter().filter_map(read).collect();
        let mut sources = Sources::new(root.clone(), self.repository.then_some(root), files);
        sources.seen = self.files.iter().map(|(path, _)| path.clone()).collect();
        sources.seen.sort();
        let facts: Vec<_> = sources.files.iter().map(|file| (file.id, facts(file))).collect();
        let ignore = IgnoreRules::load(&sources);
        let env_files = env_files(&sources, &facts, &ignore, Vec::new());
        Project { sources, facts, ignore, env_files, ..Project::default() }
    }

    /// The project whose `settings.py` loads the env file of that path.
    fn project_that_loads(&self, path: &str) -> Project {
        let mut project = self.project();
        let at = Loc::new(project.sources.by_path("settings.py").unwrap().id, Span::new(0, 4));
        let loaded = vec![(path.to_owned(), at)];
        project.env_files = env_files(&project.sources, &project.facts, &project.ignore, loaded);
        project
    }
}

fn git(dir: &Path, args: &[&str]) {
    assert!(Command::new("git").args(args).current_dir(dir).status().unwrap().success());
}

/// `KEY=value` lines only; how env files are read is tested where they are read.
fn facts(file: &SourceFile) -> FileFacts {
    let mut facts = FileFacts::default();
    let mut start = 0;
    for line in file.text.split_inclusive('\n').filter(|_| file.kind == FileKind::Env) {
        if let Some((key, value)) = line.trim_end().split_once('=') {
            let at = |from: usize, length: usize| Loc::new(file.id, Span::of(start + from, start + from + length));
            let value_at = at(key.len() + 1, value.len());
            let value = Text::literal(value, value_at);
            let (path, key_at) = (vec![key.to_owned()], at(0, key.len()));
            facts.entries.push(Entry { path, key_at, value, value_at, role: Role::Environment, commented: false });
        }
        start += line.len();
    }
    facts
}

/// `path:line message` of each finding.
pub fn summary(project: &Project, report: &Report) -> Vec<String> {
    let line = |finding: &crate::finding::Finding| match &finding.primary {
        Some(label) => {
            let place = format!("{}:{}", project.sources.path(label.loc.file), project.sources.line(label.loc));
            format!("{place} {}", finding.message)
        }
        None => format!("{} {}", finding.path, finding.message),
    };
    report.findings.iter().map(line).collect()
}

fn run(rule: &Rule, project: &Project) -> Report {
    let mut report = Report::default();
    if let Check::Project(check) = rule.check {
        check(project, &mut report);
    }
    report
}

fn unprotected(tree: &Tree) -> Vec<String> {
    let project = tree.project();
    summary(&project, &run(&unprotected_env_file::RULE, &project))
}

fn tracked(tree: &Tree) -> Vec<String> {
    let project = tree.project();
    summary(&project, &run(&tracked_env_file::RULE, &project))
}

const SECRET: &str = "DEBUG=1\nREDIS_PASSWORD=Toves-403\n";
const NONE: [&str; 0] = [];

#[test]
fn values_decide_about_a_tracked_file() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (SECRET, &[".env:2 Git tracks `.env`, which holds real values"], &[]),
        ("COMPOSE_PROJECT_NAME=paperless\n", &[], &[]),
        ("NEXT_PUBLIC_API=https://a\nAPP_VERSION=1\n", &[], &[]),
        ("", &[], &[]),
        ("K=1\n", &[], &[".env:1 Git tracks `.env`"]),
    ];
    for (text, by_tracked, by_unprotected) in cases {
        for ignored in ["", ".env\n"] {
            let tree = Tree::new(&[(".env", text), (".gitignore", ignored)]).repository().track(&[".env"]);
            assert_eq!(tracked(&tree), *by_tracked, "{text:?} {ignored:?}");
            assert_eq!(unprotected(&tree), *by_unprotected, "{text:?} {ignored:?}");
        }
    }
}

#[test]
fn a_tracked_file_of_another_name_needs_real_values() {
    let tree =
        Tree::new(&[("prod.env", SECRET), ("dev.env", "CACHE_URL=redis://redis:6379/0\n"), ("tests/a.env", SECRET)]);
    let tree = tree.repository().track(&["."]);
    assert_eq!(tracked(&tree), ["prod.env:2 Git tracks `prod.env`, which holds real values"]);
    assert_eq!(unprotected(&tree), NONE);
}

#[test]
fn one_finding_tells_of_all_files_that_the_same_lines_protect() {
    let tree = Tree::new(&[(".env", "K=1\n"), (".env.local", "K=1\n"), ("api/.env", "K=1\n"), ("web/.envrc", "K=1\n")]);
    let project = tree.project();
    let report = run(&unprotected_env_file::RULE, &project);
    assert_eq!(summary(&project, &report), [".env:1 Git would commit `.env` and 2 more env files"]);
    assert_eq!(report.findings[0].related.len(), 2);
    let text = ".env\n.env.local\n".to_owned();
    assert_eq!(report.findings[0].fixes[0].edits, [Edit::Create { path: ".gitignore".to_owned(), text }]);
}

#[test]
fn where_the_usual_file_is_protected_others_need_real_values() {
    let harmless =
        Tree::new(&[(".env", SECRET), (".env.local", "K=1\n"), ("api/.env", "K=1\n"), (".gitignore", "/.env\n")]);
    assert_eq!(unprotected(&harmless), NONE);
    let real = Tree::new(&[(".env", SECRET), (".env.local", SECRET), ("api/.env", SECRET), (".gitignore", "/.env\n")]);
    assert_eq!(unprotected(&real), [".env.local:2 Git would commit `.env.local` and 1 more env file"]);
}

#[test]
fn harmless_files_may_be_committed() {
    assert_eq!(unprotected(&Tree::new(&[(".env", "COMPOSE_PROJECT_NAME=paperless\n")])), NONE);
    assert_eq!(unprotected(&Tree::new(&[("tests/.env", SECRET)])), NONE);
    assert_eq!(unprotected(&Tree::new(&[(".env", "")])), [".env:1 Git would commit `.env`"]);
}

#[test]
fn a_file_that_the_project_loads_is_told_before_it_exists() {
    let cases = [
        ("", ".env", vec!["settings.py:1 Git would commit `.env` once it exists"]),
        ("", "prod.env", vec!["settings.py:1 Git would commit `prod.env` once it exists"]),
        (".env\n", ".env", vec![]),
        (".env\n", "prod.env", vec![]),
        ("/.env\n", "api/.env", vec!["settings.py:1 Git would commit `api/.env` once it exists"]),
    ];
    for (ignored, loaded, expected) in cases {
        let tree = Tree::new(&[("settings.py", "load"), ("x/.gitignore", ignored), (".gitignore", ignored)]);
        let project = tree.project_that_loads(loaded);
        assert_eq!(summary(&project, &run(&unprotected_env_file::RULE, &project)), expected, "{ignored:?} {loaded}");
    }
}

#[test]
fn the_line_goes_into_the_file_that_decides() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[(".env", "K=1\n"), (".gitignore", "*.pyc\n")], ".gitignore"),
        (&[(".env", "K=1\n"), (".gitignore", ".env\n!.env\n")], ".gitignore"),
        (&[("api/.env", "K=1\n"), ("api/.gitignore", "*.pyc\n")], "api/.gitignore"),
        (&[("api/v1/.env", SECRET), (".gitignore", ".env\n"), ("api/.gitignore", "!.env\n")], "api/.gitignore"),
    ];
    for (files, target) in cases {
        let tree = Tree::new(files);
        let project = tree.project();
        let report = run(&unprotected_env_file::RULE, &project);
        let [Edit::Append { file, text }] = report.findings[0].fixes[0].edits.as_slice() else { panic!("{files:?}") };
        assert_eq!((project.sources.path(*file), text.as_str()), (*target, ".env\n"), "{files:?}");
        // With the line at its end the file is protected.
        let mut fixed: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        fixed.iter_mut().filter(|(path, _)| path == target).for_each(|(_, old)| old.push_str(text));
        let fixed: Vec<(&str, &str)> = fixed.iter().map(|(path, text)| (*path, text.as_str())).collect();
        assert_eq!(unprotected(&Tree::new(&fixed)), NONE, "{files:?}");
    }
}

#[test]
fn lines_that_look_right_and_are_not_are_explained() {
    let cases = [
        (".env/\n", "with a slash at the end it matches directories only"),
        ("# .env\n", "this line is a comment"),
        (" .env\n", "a blank before a pattern is part of it"),
        (".ENV\n", "capitals count"),
        (".env{,.local}\n", "git knows no braces"),
        (".env\n!.env\n", "this line re-includes it"),
    ];
    for (ignored, why) in cases {
        let project = Tree::new(&[(".env", "K=1\n"), (".gitignore", ignored)]).project();
        let report = run(&unprotected_env_file::RULE, &project);
        let related: Vec<&str> = report.findings[0].related.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(related, [why], "{ignored:?}");
    }
}

#[test]
fn a_secret_of_a_tracked_file_is_told_once() {
    let text = "MQ_USER=shop\nMQ_PASSWORD=shop\nREDIS_PASSWORD=Whiffle-403\nCELERY_BROKER_URL=amqp://shop:shop@mq//\n";
    let tree = Tree::new(&[("prod.env", text)]).repository().track(&["prod.env"]);
    let project = tree.project();
    let id = project.sources.by_path("prod.env").unwrap().id;
    let at = |value: &str| Loc::new(id, Span::of(text.find(value).unwrap(), text.find(value).unwrap() + value.len()));
    assert!(tracked_env_file::tells(&project, at("Whiffle-403")));
    assert!(!tracked_env_file::tells(&project, at("amqp://shop:shop@mq//")));
    let report = run(&tracked_env_file::RULE, &project);
    assert_eq!(summary(&project, &report), ["prod.env:3 Git tracks `prod.env`, which holds real values"]);
    assert!(report.findings[0].related.is_empty());
}

#[test]
fn the_first_secret_is_the_place_and_its_path_is_told() {
    let secret = "DJANGO_DEBUG=no\nDJANGO_SECRET_KEY=9f8d7c6b5a4938271605\n";
    let path = ".envs/.production/.django";
    let tree = Tree::new(&[(".gitignore", ".env\n"), (path, secret)]);
    assert_eq!(unprotected(&tree), [format!("{path}:2 Git would commit `{path}`")]);
    let project = tree.project();
    let report = run(&unprotected_env_file::RULE, &project);
    let edits = &report.findings[0].fixes[0].edits;
    assert!(matches!(&edits[0], Edit::Append { text, .. } if text == ".envs/.production/.django\n"), "{edits:?}");
    // Values that are still to be set decide nothing.
    let open = "DJANGO_SECRET_KEY=!!!SET DJANGO_SECRET_KEY!!!\nMAILGUN_API_KEY=\n";
    assert_eq!(unprotected(&Tree::new(&[(".gitignore", ".env\n"), (path, open)])), [""; 0]);
}
