//! What the readers of each format require.

use celery_lint::report::{OutputFormat, RenderInput, RenderOptions, Summary, render_with_suppressed};
use serde_json::Value;

use crate::{plain, rendered, sample};

fn json(format: OutputFormat) -> Value {
    serde_json::from_str(&rendered(&sample::shop(), format, plain())).unwrap()
}

/// Everything that a validator says against a document.
fn against_schema(document: &Value) -> Result<(), String> {
    let schema: Value = serde_json::from_str(include_str!("../../fixtures/schemas/sarif-2.1.0.json")).unwrap();
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("memory:sarif.json", schema).unwrap();
    let compiled = compiler.compile("memory:sarif.json", &mut schemas).unwrap();
    schemas.validate(document, compiled).map_err(|error| error.to_string())
}

#[test]
fn sarif_is_valid_against_the_official_schema() {
    let sarif = json(OutputFormat::Sarif);
    assert_eq!(against_schema(&sarif), Ok(()));
    for (pointer, bad) in [("/runs/0/results/0/level", "fatal"), ("/version", "2.2")] {
        let mut broken = sarif.clone();
        *broken.pointer_mut(pointer).unwrap() = bad.into();
        assert!(against_schema(&broken).is_err(), "the validator must see that {pointer} is wrong");
    }
}

#[test]
fn sarif_has_no_empty_string() {
    fn empty(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::String(text) if text.is_empty() => found.push(at),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| empty(item, format!("{at}/{i}"), found))
            }
            Value::Object(map) => map.iter().for_each(|(key, item)| empty(item, format!("{at}/{key}"), found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    empty(&json(OutputFormat::Sarif), String::new(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn sarif_paths_are_relative_to_the_repository_and_encoded() {
    let sarif = json(OutputFormat::Sarif);
    let uris: Vec<&str> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    let want =
        ["backend/.env", "backend/my%20shop/t%C3%A4sks%231.py", "backend/shop/settings/base.py", "backend/shop/bad.py"];
    assert_eq!(uris, want);
}

#[test]
fn sarif_marks_only_security_rules_as_security() {
    let sarif = json(OutputFormat::Sarif);
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
        let security = rule["id"] == "sample-credentials";
        let tagged = rule["properties"]["tags"].as_array().unwrap().contains(&"security".into());
        assert_eq!(
            (rule["properties"]["security-severity"].is_string(), tagged),
            (security, security),
            "{}",
            rule["id"]
        );
    }
}

#[test]
fn sarif_leaves_out_a_fix_that_writes_a_secret() {
    let sarif = json(OutputFormat::Sarif);
    let fixes = sarif["runs"][0]["results"][2]["fixes"].as_array().unwrap();
    assert_eq!(fixes.len(), 1);
    assert_eq!(fixes[0]["description"]["text"], "Read it from the environment (may change behaviour)");
}

#[test]
fn json_tells_that_an_edit_is_masked() {
    let json = json(OutputFormat::Json);
    let fixes = json["findings"][2]["fixes"].as_array().unwrap();
    assert_eq!((&fixes[0]["masked"], &fixes[1]["masked"]), (&false.into(), &true.into()));
    assert_eq!(fixes[1]["edits"][0]["text"], "REDIS_PASSWORD=•••••••••");
}

#[test]
fn jsonl_lines_are_the_findings_of_json() {
    let lines = rendered(&sample::shop(), OutputFormat::Jsonl, plain());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(lines), json(OutputFormat::Json)["findings"]);
}

#[test]
fn gitlab_issues_have_the_required_fields_and_unique_fingerprints() {
    let mut sample = sample::shop();
    sample.findings.extend(sample::shop().findings);
    let issues: Value = serde_json::from_str(&rendered(&sample, OutputFormat::Gitlab, plain())).unwrap();
    let issues = issues.as_array().unwrap();
    let mut fingerprints: Vec<&str> = Vec::new();
    for issue in issues {
        assert!(!issue["description"].as_str().unwrap().is_empty());
        assert!(!issue["check_name"].as_str().unwrap().is_empty());
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap()));
        assert!(!issue["location"]["path"].as_str().unwrap().is_empty());
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        fingerprints.push(issue["fingerprint"].as_str().unwrap());
    }
    let all = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!((all, fingerprints.len()), (10, 10));
}

#[test]
fn github_commands_are_one_line_each() {
    let text = rendered(&sample::shop(), OutputFormat::Github, plain());
    assert_eq!(text.lines().count(), 5);
    assert!(
        text.lines().all(|line| line.starts_with("::error ")
            || line.starts_with("::warning ")
            || line.starts_with("::notice "))
    );
}

#[test]
fn silenced_findings_are_written_when_asked_for_and_marked() {
    let sample = sample::shop();
    let summary = Summary::default();
    let sarif = |show_suppressed: bool| -> Value {
        let options = RenderOptions { show_suppressed, ..plain() };
        let input = RenderInput { project: &sample.project, findings: &[], summary: &summary, options };
        let mut out = Vec::new();
        render_with_suppressed(OutputFormat::Sarif, &input, &sample.findings[2..3], &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    };
    assert_eq!(sarif(false)["runs"][0]["results"], Value::Array(Vec::new()));
    let shown = sarif(true);
    assert_eq!(shown["runs"][0]["results"][0]["suppressions"][0]["kind"], "inSource");
    assert_eq!(against_schema(&shown), Ok(()));
}

#[test]
fn junit_is_xml_and_counts_what_it_holds() {
    let text = rendered(&sample::shop(), OutputFormat::Junit, plain());
    let document = roxmltree::Document::parse(&text).unwrap();
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!((count("testsuite"), count("testcase"), count("failure")), (5, 5, 5));
    let root = document.root_element();
    assert_eq!((root.attribute("tests"), root.attribute("failures")), (Some("5"), Some("5")));
    let message = document.descendants().find_map(|node| node.attribute("message")).unwrap();
    assert_eq!(message, "The file has no `CELERY_RESULT_BACKEND`");
}
