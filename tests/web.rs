//! Web routes of small projects and what their code does with Celery. Each file of `fixtures/web` holds projects: lines of
//! `=== title`, `--- path` before each file, and `--- expect` before what is found.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use std::fs;

use celery_lint::project::Project;
use celery_lint::source::Loc;

#[path = "common/memory.rs"]
mod memory;

/// One project of a fixture.
struct Case {
    title: String,
    files: Vec<(String, String)>,
    expected: String,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            cases.push(Case { title: title.to_owned(), files: Vec::new(), expected: String::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        match line.strip_prefix("--- ") {
            Some(path) => case.files.push((path.to_owned(), String::new())),
            None => {
                if let Some((_, text)) = case.files.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    for case in &mut cases {
        let (expected, files) = case.files.drain(..).partition(|(path, _)| path == "expect");
        case.files = files;
        case.expected = expected.into_iter().map(|(_, text)| text.trim().to_owned()).collect();
    }
    cases
}

fn place(project: &Project, at: Loc) -> String {
    format!("{}:{}", project.sources.path(at.file), project.sources.line(at))
}

/// Every route with what it does, then every application with what it lacks.
fn told(project: &Project) -> String {
    let mut lines: Vec<String> = Vec::new();
    for endpoint in &project.endpoints {
        let does: Vec<String> =
            endpoint.does.iter().map(|does| serde_json::to_value(does).unwrap().as_str().unwrap().to_owned()).collect();
        let at = place(project, endpoint.at);
        lines.push(format!("{} {} {at} {}", endpoint.method, endpoint.route, does.join(" ")).trim_end().to_owned());
    }
    for app in &project.web {
        let Some(submits) = app.submits else { continue };
        let all = [("status", app.has_status), ("result", app.has_result), ("health", app.has_health)];
        let lacks: Vec<&str> = all.into_iter().filter(|(_, has)| !has).map(|(name, _)| name).collect();
        let lacks = if lacks.is_empty() { "nothing".to_owned() } else { lacks.join(" ") };
        let unsure = if app.uncertain { ", but not everything is known" } else { "" };
        lines.push(format!("{} submits at {}, lacks {lacks}{unsure}", app.framework, place(project, submits)));
    }
    lines.join("\n")
}

#[test]
fn routes_and_what_they_do() {
    let mut paths: Vec<_> = fs::read_dir("fixtures/web").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in paths {
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            let actual = told(&memory::link(&case.files));
            if actual != case.expected {
                let name = format!("{}: {}", path.display(), case.title);
                wrong.push(format!("{name}\nexpected:\n{}\nactual:\n{actual}\n", case.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
