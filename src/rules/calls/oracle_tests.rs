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
    ("None", "None"),
    ("bool", "True"),
    ("int", "1"),
    ("big int", "2 ** 70"),
    ("float", "1.5"),
    ("float nan", "float('nan')"),
    ("float inf", "float('inf')"),
    ("complex", "1j"),
    ("str", "'a'"),
    ("str lone surrogate", "'\\ud800'"),
    ("bytes utf-8", "b'abc'"),
    ("bytes non utf-8", "b'\\xff\\xfe'"),
    ("bytearray", "bytearray(b'a')"),
    ("memoryview", "memoryview(b'a')"),
    ("list", "[1]"),
    ("tuple", "(1, 2)"),
    ("set", "{1}"),
    ("frozenset", "frozenset([1])"),
    ("dict str keys", "{'a': 1}"),
    ("dict int keys", "{1: 2}"),
    ("dict None key", "{None: 1}"),
    ("dict tuple keys", "{(1, 2): 3}"),
    ("OrderedDict", "collections.OrderedDict(a=1)"),
    ("defaultdict", "collections.defaultdict(int, a=1)"),
    ("Counter", "collections.Counter('a')"),
    ("deque", "collections.deque([1])"),
    ("namedtuple", "NT(1, 2)"),
    ("range", "range(3)"),
    ("generator", "(x for x in [1])"),
    ("map object", "map(str, [1])"),
    ("dict_keys", "{'a': 1}.keys()"),
    ("datetime naive", "datetime.datetime(2030, 1, 1)"),
    ("datetime aware utc", "datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)"),
    ("date", "datetime.date(2030, 1, 1)"),
    ("time", "datetime.time(1, 2, 3)"),
    ("timedelta", "datetime.timedelta(1)"),
    ("timezone", "datetime.timezone.utc"),
    ("Decimal", "Decimal('1.5')"),
    ("Fraction", "fractions.Fraction(1, 2)"),
    ("UUID", "uuid.uuid4()"),
    ("Enum", "Color.RED"),
    ("IntEnum", "Level.LOW"),
    ("str Enum", "Name.A"),
    ("Path", "pathlib.Path('/tmp')"),
    ("dataclass", "Point()"),
    ("object", "object()"),
    ("object with __json__", "Json()"),
    ("class", "Plain"),
    ("function", "plain"),
    ("lambda", "lambda: 1"),
    ("exception", "ValueError('x')"),
    ("Ellipsis", "..."),
    ("re.Pattern", "re.compile('a')"),
    ("open file", "open('x')"),
    ("dict {__type__,__value__}", "{'__type__': 'nope', '__value__': 1}"),
    ("pydantic model", "Model()"),
    ("celery Signature", "other.s()"),
    ("celery Task", "other"),
    ("celery AsyncResult", "app.AsyncResult('1')"),
];

/// The module that the expressions stand in.
const MODULE: &str = "import collections, dataclasses, datetime, enum, fractions, pathlib, re, uuid
from decimal import Decimal
import pydantic
from celery import Celery
app = Celery('shop')
NT = collections.namedtuple('NT', 'a b')
class Color(enum.Enum):
    RED = 1
class Level(enum.IntEnum):
    LOW = 1
class Name(str, enum.Enum):
    A = 'a'
class Plain: pass
class Json:
    def __json__(self): return 1
class Model(pydantic.BaseModel): pass
@dataclasses.dataclass
class Point:
    x: int = 1
def plain(): pass
@app.task
def other(): ...
@app.task
def one(x): ...
";

/// Whether the rule tells of a call with that argument, in a project that locks that kombu.
fn is_refused(expression: &str, kombu: &str) -> bool {
    let requirements = format!("celery\nkombu=={kombu}\n");
    let files = vec![
        SourceFile::new("shop/tasks.py", FileKind::Python, format!("{MODULE}one.delay({expression})\n")),
        SourceFile::new("requirements.txt", FileKind::Requirements, requirements),
    ];
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    let mut report = Report::default();
    if let Check::Project(check) = super::non_serialisable_argument::RULE.check {
        check(&project, &mut report);
    }
    !report.findings.is_empty()
}

#[test]
fn the_types_that_the_encoder_refuses_are_told_and_no_others_in_every_release_of_kombu() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/json_types.json")).unwrap();
    let rows = table["cases"].as_array().unwrap();
    let releases: Vec<&str> = table["compared"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in rows {
        let kind = row["type"].as_str().unwrap();
        let (_, expression) = VALUES.iter().find(|(known, _)| *known == kind).unwrap_or_else(|| panic!("{kind}"));
        for release in &releases {
            let encodes = row["differs_in_kombu"].get(release).unwrap_or(row)["encodes"] == true;
            if encodes == is_refused(expression, release) {
                wrong.push(format!("{kind} with kombu {release}: encodes is {encodes}"));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((rows.len(), compared), (59, 531));
}

/// Types that come back as others, of which no rule tells.
const NOT_TOLD: &[(&str, &str)] = &[
    ("celery Signature", "a dictionary that Celery makes a signature of again"),
    ("dict None key", "nobody annotates such keys"),
    ("float nan", "is not equal to itself before either"),
    ("namedtuple", "the classes that `namedtuple()` makes are not followed"),
    ("object with __json__", "what it becomes is what the class says"),
];

#[test]
fn what_json_makes_another_type_of_is_known() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/json_types.json")).unwrap();
    let rows = table["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for (kind, expression) in VALUES {
        let row = rows.iter().find(|row| row["type"] == *kind).unwrap();
        let changes = row["encodes"] == true && row["round_trips"] == false && row["decode_error"].is_null();
        let told = NOT_TOLD.iter().all(|(known, _)| known != kind);
        let file = SourceFile::new("shop/tasks.py", FileKind::Python, format!("{MODULE}one.delay({expression})\n"));
        let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
        let call = project
            .submissions
            .iter()
            .find(|it| it.task_name.as_deref().is_some_and(|name| name.ends_with(".one")))
            .unwrap();
        let known = call.passed.as_ref().unwrap().positional[0].changed.is_some();
        if known != (changes && told) {
            wrong.push(format!("{kind}: changes is {changes}, and the model says {known}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
