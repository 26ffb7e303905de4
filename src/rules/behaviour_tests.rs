//! Every behaviour of the real package that was recorded (`fixtures/facts/behaviours.json`), against what all rules together say
//! of a module that does it (`fixtures/celery/behaviours.json`): which rules tell, and where none does although something
//! goes wrong, why.

use serde_json::Value;

use crate::files::kind::by_name;
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Status};
use crate::source::{SourceFile, Sources};

const HEAD: &str = "import functools\nimport re\nfrom datetime import datetime, timedelta\n\n\
                    from celery import Celery, Task, chain, chord, group, shared_task\nfrom celery.result import AsyncResult, GroupResult\n\
                    from kombu import Queue\n\napp = Celery(\"shop\")\n\n\n";

/// What the rules that are on by default say of a module in a project with the newest release.
fn findings(code: &str) -> Vec<Finding> {
    let text = format!("{HEAD}{code}");
    let files = [("shop/tasks.py", text.as_str()), ("requirements.txt", "celery==5.7.0\n")];
    let files = files.iter().map(|(path, text)| SourceFile::new(*path, by_name(path).unwrap(), *text)).collect();
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    let mut report = Report::default();
    for rule in super::all().into_iter().filter(|rule| rule.status == Status::Stable) {
        if let Check::Project(check) = rule.check {
            check(&project, &mut report);
        }
    }
    report.findings
}

/// Rules that speak of what these small modules lack, not of the behaviour.
const BESIDE: &[&str] = &["missing-result-expiry", "task-module-never-loaded", "missing-env-template"];

#[test]
fn every_recorded_behaviour_is_told_or_has_a_reason() {
    let table: Value = serde_json::from_str(include_str!("../../fixtures/facts/behaviours.json")).unwrap();
    let ours: Value = serde_json::from_str(include_str!("../../fixtures/celery/behaviours.json")).unwrap();
    let (rows, ours) = (table["cases"].as_array().unwrap(), ours.as_array().unwrap());
    let (mut wrong, mut told) = (Vec::new(), 0);
    for row in rows {
        let case = row["case"].as_str().unwrap();
        let Some(own) = ours.iter().find(|own| own["case"] == case) else {
            wrong.push(format!("{case}: not listed"));
            continue;
        };
        let found: Vec<Finding> =
            findings(own["code"].as_str().unwrap()).into_iter().filter(|it| !BESIDE.contains(&it.rule.name)).collect();
        let mut names: Vec<&str> = found.iter().map(|finding| finding.rule.name).collect();
        names.dedup();
        let expected: Vec<&str> = own["told"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        if names != expected {
            wrong.push(format!("{case}: told by {names:?}, not {expected:?}"));
        }
        told += usize::from(!names.is_empty());
        let goes_wrong = row["outcome"] == "raises" || row["value"].as_str().is_some_and(|it| it.contains("FAILURE"));
        if goes_wrong && names.is_empty() && own["why"].as_str().is_none_or(str::is_empty) {
            wrong.push(format!("{case}: goes wrong, nobody tells, and there is no reason"));
        }
        let words = row["message"].as_str().filter(|_| !names.is_empty() && own["other_words"].is_null());
        let says = |finding: &Finding, words: &str| {
            let label = finding.primary.as_ref().map_or("", |label| label.text.as_str());
            label.contains(words) || finding.message.contains(words)
        };
        if let Some(words) =
            words.filter(|words| !found.iter().any(|finding| says(finding, words.trim_end_matches('.'))))
        {
            wrong.push(format!("{case}: nobody says `{words}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((rows.len(), ours.len()), (190, 190));
    assert!(told >= 60, "{told}");
}
