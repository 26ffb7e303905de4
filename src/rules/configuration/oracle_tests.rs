//! What the real package raises or takes (`fixtures/facts/behaviours.json`) and what it registers, against what the rules say of
//! a project that has just that setting.

use serde_json::Value;

use crate::celery::names::{self, NameKind};
use crate::celery::{backends, transports};
use crate::files::kind::by_name;
use crate::project::Project;
use crate::rule::{Check, Report};
use crate::source::{SourceFile, Sources};

/// The rules that speak about one setting of an application.
fn findings(setting: &str, value: &str) -> Vec<String> {
    let head = "from celery import Celery\n\napp = Celery(\"shop\")\n";
    let text = format!("{head}app.conf.{setting} = {value}\n");
    let files = [("shop/celery.py", text.as_str()), ("requirements.txt", "celery==5.7.0\n")];
    let files = files.iter().map(|(path, text)| SourceFile::new(*path, by_name(path).unwrap(), *text)).collect();
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    let mut report = Report::default();
    for rule in super::RULES {
        if let Check::Project(check) = rule.check {
            check(&project, &mut report);
        }
    }
    report.findings.iter().map(|finding| format!("{}: {}", finding.rule.name, finding.message)).collect()
}

/// Cases about settings that no rule here speaks of.
const ELSEWHERE: &[(&str, &str)] = &[
    ("task_default_exchange_type", "transports may have types of their own"),
    ("task_serializer = 'jsn'", "serializers can be registered by other packages"),
    ("result_serializer = 'jsn'", "serializers can be registered by other packages"),
    ("accept_content = ['jsn']", "serializers can be registered by other packages"),
    ("timezone = 'europe/oslo'", "some systems do not tell small letters from capitals"),
    ("result_backend = 'redi'", "any name without a scheme may be a module"),
    ("task_always_eager = 'False'", "taken, and yet not what was meant: the setting is on"),
];

#[test]
fn what_raises_is_found_and_what_works_is_not() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/behaviours.json")).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in table["cases"].as_array().unwrap() {
        let case = row["case"].as_str().unwrap();
        let Some((setting, value)) = case.split_once(" = ") else { continue };
        let is_setting = crate::celery::settings::lookup(setting).is_some();
        let value = if value == "int" { "5" } else { value };
        if !is_setting || !value.starts_with(['\'', '[', '(', '{', '5']) {
            continue;
        }
        let raises = row["outcome"] == "raises";
        let found = findings(setting, value);
        let told = ELSEWHERE.iter().any(|(part, _)| case.contains(part));
        if told == (raises != found.is_empty()) {
            wrong.push(format!("{case}: raises is {raises}, we say {found:?}, listed as elsewhere: {told}"));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 15, "{compared}");
}

#[test]
fn every_transport_of_kombu_is_a_broker() {
    for transport in transports::all() {
        let found = findings("broker_url", &format!("'{}://broker.shop.example'", transport.alias));
        assert_eq!(found, [""; 0], "{}", transport.alias);
    }
}

#[test]
fn every_backend_whose_module_is_there_is_one() {
    let newest = crate::celery::release::Minor::NEWEST;
    for backend in backends::all() {
        // A URL with TLS lacks its certificate, and a rule of its own says so.
        let alias = backend.alias.replace("rediss", "redis");
        let found = findings("result_backend", &format!("'{alias}://results.shop.example'"));
        let removed = !backend.usable().contains(newest);
        assert_eq!(found.len(), usize::from(removed), "{}: {found:?}", backend.alias);
    }
}

/// The settings that take a registered name, and what else is in its table.
const NAMED: &[(NameKind, &str)] = &[
    (NameKind::Serializers, "event_serializer"),
    (NameKind::Compressions, "task_compression"),
    (NameKind::Compressions, "result_compression"),
    (NameKind::Pools, "worker_pool"),
    (NameKind::LogLevels, "worker_redirect_stdouts_level"),
    (NameKind::Digests, "security_digest"),
];

/// Kinds of names that no setting takes.
const IN_NO_SETTING: &[NameKind] = &[
    NameKind::ContentTypes,
    NameKind::CompressionTypes,
    NameKind::States,
    NameKind::SolarEvents,
    NameKind::FailoverStrategies,
];

#[test]
fn every_registered_name_is_taken() {
    for name in names::all() {
        if NAMED.iter().all(|(kind, _)| *kind != name.kind) {
            assert!(IN_NO_SETTING.contains(&name.kind), "{:?} is in neither list", name.kind);
        }
        for (_, setting) in NAMED.iter().filter(|(kind, _)| *kind == name.kind) {
            assert_eq!(findings(setting, &format!("'{}'", name.name)), [""; 0], "{setting} = {}", name.name);
        }
    }
    for content in names::of(NameKind::ContentTypes).filter(|name| !name.name.contains("python")) {
        assert_eq!(findings("accept_content", &format!("['{}']", content.name)), [""; 0], "{}", content.name);
    }
}
