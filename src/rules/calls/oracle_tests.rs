//! What the real package raises for a call or takes (`fixtures/facts/behaviours.json`), against what the rules say of a project with
//! just that call.

use serde_json::Value;

use crate::finding::Severity;
use crate::project::Project;
use crate::rule::{Check, Report};
use crate::source::{FileKind, SourceFile, Sources};

/// The errors that the rules about calls tell of one call.
fn errors(call: &str) -> Vec<String> {
    let head = "from datetime import timedelta\nfrom celery import Celery\n\napp = Celery(\"shop\")\n\n\n@app.task\ndef one(x=None): ...\n\n\n";
    let file = SourceFile::new("shop/tasks.py", FileKind::Python, format!("{head}one.{call}\n"));
    let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
    let mut report = Report::default();
    for rule in super::RULES {
        if let Check::Project(check) = rule.check {
            check(&project, &mut report);
        }
    }
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{}: {}", finding.rule.name, finding.message)).collect()
}

/// Calls about which the rules say another thing than whether they raise.
const ELSEWHERE: &[(&str, &str)] = &[
    ("apply_async('a')", "raises another error than a longer text, and is told the same"),
    ("expires=-1", "taken, and yet the task never runs"),
    ("expires='10'", "not in every release"),
    ("retry_policy=", "not looked into"),
    ("name='x'", "not looked at: a task may have a parameter of that name"),
];

#[test]
fn calls_that_raise_are_found_and_those_that_work_are_not() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/behaviours.json")).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in table["cases"].as_array().unwrap() {
        let case = row["case"].as_str().unwrap();
        let call = case.split(" args is").next().unwrap_or(case).split(" missing comma").next().unwrap_or(case);
        let call = call.split(" unknown option").next().unwrap_or(call).split(": keyword").next().unwrap_or(call);
        let unclear = call.contains("naive") || call.contains("...") || !call.ends_with(')');
        let starts = call.starts_with("apply_async(") || call.starts_with("delay(") || call.starts_with("s(");
        if !starts
            || unclear
            || call.contains(").get")
            || call.contains("link")
            || ELSEWHERE.iter().any(|(part, _)| case.contains(part))
        {
            continue;
        }
        let found = errors(&call.replace("timedelta)", "timedelta(seconds=5))"));
        if (row["outcome"] == "raises") == found.is_empty() {
            wrong.push(format!("{case}: {} and we say {found:?}", row["outcome"]));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 25, "{compared}");
}

/// Expressions of the types in the table of kombu's encoder.
const VALUES: &[(&str, &str)] = &[
    ("Decimal", "Decimal('1.5')"),
    ("Enum", "Color.RED"),
    ("Fraction", "fractions.Fraction(1, 2)"),
    ("IntEnum", "Level.LOW"),
    ("None", "None"),
    ("OrderedDict", "collections.OrderedDict(a=1)"),
    ("Path", "pathlib.Path('/tmp')"),
    ("UUID", "uuid.uuid4()"),
    ("bool", "True"),
    ("bytearray", "bytearray(b'a')"),
    ("class", "Plain"),
    ("complex", "complex(1, 2)"),
    ("dataclass", "Point()"),
    ("date", "datetime.date(2030, 1, 1)"),
    ("datetime naive", "datetime.datetime(2030, 1, 1)"),
    ("deque", "collections.deque([1])"),
    ("dict int keys", "{1: 2}"),
    ("dict str keys", "{'a': 1}"),
    ("dict_keys", "{'a': 1}.keys()"),
    ("float", "1.5"),
    ("frozenset", "frozenset([1])"),
    ("function", "plain"),
    ("generator", "(x for x in [1])"),
    ("lambda", "lambda: 1"),
    ("list", "[1]"),
    ("map object", "map(str, [1])"),
    ("memoryview", "memoryview(b'a')"),
    ("object", "object()"),
    ("object with __json__", "Json()"),
    ("open file", "open('x')"),
    ("pydantic model", "Model()"),
    ("range", "range(3)"),
    ("re.Pattern", "re.compile('a')"),
    ("set", "{1}"),
    ("str", "'a'"),
    ("str Enum", "Name.A"),
    ("timedelta", "datetime.timedelta(1)"),
    ("tuple", "(1, 2)"),
];

#[test]
fn the_types_that_the_encoder_refuses_are_told_and_no_others() {
    let head = "import collections, dataclasses, datetime, enum, fractions, pathlib, re, uuid\nfrom decimal import Decimal\n\
                import pydantic\nfrom celery import Celery\napp = Celery('shop')\nclass Color(enum.Enum):\n    RED = 1\n\
                class Level(enum.IntEnum):\n    LOW = 1\nclass Name(str, enum.Enum):\n    A = 'a'\nclass Plain: pass\n\
                class Json:\n    def __json__(self): return 1\nclass Model(pydantic.BaseModel): pass\n\
                @dataclasses.dataclass\nclass Point:\n    x: int = 1\ndef plain(): pass\n@app.task\ndef one(x): ...\n";
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/json_types.json")).unwrap();
    let mut wrong = Vec::new();
    for (kind, expression) in VALUES {
        let row = table["cases"].as_array().unwrap().iter().find(|row| row["type"] == *kind);
        let encodes = row.unwrap_or_else(|| panic!("{kind}"))["encodes"] == true;
        let file = SourceFile::new("shop/tasks.py", FileKind::Python, format!("{head}one.delay({expression})\n"));
        let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
        let mut report = Report::default();
        if let Check::Project(check) = super::non_serialisable_argument::RULE.check {
            check(&project, &mut report);
        }
        if encodes != report.findings.is_empty() {
            wrong.push(format!("{kind}: encodes is {encodes}, and there are {} findings", report.findings.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
