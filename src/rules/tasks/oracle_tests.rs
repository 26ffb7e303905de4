//! What the real package does in a task (`fixtures/facts/behaviours.json`), against what the rules say of it.

use serde_json::Value;

use crate::files::kind::by_name;
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Status};
use crate::source::{SourceFile, Sources};

/// A case of the table, the code for it (the lines of a module below its imports), and the rule that speaks of it.
const CASES: &[(&str, &str, Option<&str>)] = &[
    (
        "AsyncResult.get() while a task runs in a prefork child",
        "@app.task\ndef t():\n    return AsyncResult('x').get()\n",
        Some("result-wait-in-task"),
    ),
    (
        "AsyncResult.get(disable_sync_subtasks=False) while a task runs",
        "@app.task\ndef t():\n    return AsyncResult('x').get(disable_sync_subtasks=False)\n",
        Some("result-wait-in-task"),
    ),
    (
        "GroupResult.join() while a task runs",
        "@app.task\ndef t():\n    return GroupResult('x').join()\n",
        Some("result-wait-in-task"),
    ),
    (
        "AsyncResult.get() outside a task, nobody answers, timeout=0.1",
        "def t():\n    return AsyncResult('x').get(timeout=0.1)\n",
        None,
    ),
    (
        "worker runs an async def task (trace with the json serializer)",
        "@app.task\nasync def t():\n    return 1\n",
        Some("async-task"),
    ),
    (
        "self.retry() without raise: does code after it run?",
        "@app.task(bind=True)\ndef t(self):\n    self.retry()\n    return 1\n",
        None,
    ),
    ("return self.retry()", "@app.task(bind=True)\ndef t(self):\n    return self.retry()\n", None),
    (
        "self.retry(throw=False): does code after it run?",
        "@app.task(bind=True)\ndef t(self):\n    try:\n        self.retry(throw=False)\n    except Exception:\n        pass\n",
        None,
    ),
    (
        "self.retry() swallowed by except Exception around it",
        "@app.task(bind=True)\ndef t(self):\n    try:\n        self.retry()\n    except Exception:\n        return 1\n",
        Some("retry-swallowed"),
    ),
    (
        "@app.task(autoretry_for=ValueError)",
        "@app.task(autoretry_for=ValueError)\ndef t(): ...\n",
        Some("autoretry-for-invalid"),
    ),
    (
        "@app.task(autoretry_for=(ValueError))",
        "@app.task(autoretry_for=(ValueError))\ndef t(): ...\n",
        Some("autoretry-for-invalid"),
    ),
    (
        "@app.task(autoretry_for=('ValueError',))",
        "@app.task(autoretry_for=('ValueError',))\ndef t(): ...\n",
        Some("autoretry-for-invalid"),
    ),
    ("@app.task(autoretry_for=[ValueError])", "@app.task(autoretry_for=[ValueError])\ndef t(): ...\n", None),
    (
        "@app.task on an instance method (unbound)",
        "class C:\n    @app.task\n    def t(self, x): ...\n",
        Some("task-method"),
    ),
    ("@app.task on a nested function name", "def make():\n    @app.task\n    def t(x): ...\n    return t\n", None),
    (
        "app.register_task(class)",
        "class K(Task):\n    def run(self): ...\nk = app.register_task(K)\nk.delay()\nK().delay()\n",
        None,
    ),
    (
        "app.register_task(instance)",
        "class K(Task):\n    def run(self): ...\nk = app.register_task(K())\nk.delay()\nK().delay()\n",
        None,
    ),
];

const HEAD: &str = "from celery import Celery, Task\nfrom celery.result import AsyncResult, GroupResult\n\napp = Celery(\"shop\")\n\n\n";

/// What the rules that are on by default say of a module.
fn findings(code: &str) -> Vec<Finding> {
    let text = format!("{HEAD}{code}");
    let files = [("shop/tasks.py", text.as_str()), ("requirements.txt", "celery==5.7.0\n")];
    let files = files.iter().map(|(path, text)| SourceFile::new(*path, by_name(path).unwrap(), *text)).collect();
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    let mut report = Report::default();
    for rule in super::RULES.iter().filter(|rule| rule.status == Status::Stable) {
        if let Check::Project(check) = rule.check {
            check(&project, &mut report);
        }
    }
    report.findings
}

#[test]
fn rules_speak_of_what_goes_wrong_in_the_words_of_celery() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/behaviours.json")).unwrap();
    let rows = table["cases"].as_array().unwrap();
    for (case, code, expected) in CASES {
        let row = rows.iter().find(|row| row["case"] == *case).unwrap_or_else(|| panic!("{case} is not in the table"));
        let found = findings(code);
        let names: Vec<&str> = found.iter().map(|finding| finding.rule.name).collect();
        assert_eq!(names, Vec::from_iter(*expected), "{case}");
        // A wait that is allowed ends by its timeout in the experiment.
        let message = row["message"].as_str().filter(|_| row["error"] != "TimeoutError");
        if let (Some(message), [finding]) = (message, found.as_slice()) {
            let label = &finding.primary.as_ref().unwrap().text;
            assert!(label.contains(message), "{case}: {label}");
        }
    }
}

#[test]
fn handlers_that_may_let_errors_out_are_left_alone() {
    let task = |body: &str| format!("@app.task(bind=True, autoretry_for=(OSError,))\ndef t(self, x):\n{body}");
    let silent = [
        "    try:\n        x()\n    except Exception as error:\n        handle(error)\n",
        "    try:\n        x()\n    except Exception as error:\n        if x: raise\n",
        "    try:\n        x()\n    except ValueError:\n        pass\n",
        "    try:\n        x()\n    except Unknown:\n        pass\n",
        "    try:\n        x()\n    except Exception:\n        pass\n    else:\n        x()\n",
        "    x.lock()\n    try:\n        x()\n    except Exception:\n        pass\n",
        "    try:\n        x()\n    except Exception as error:\n        self.retry(exc=error)\n",
        "    for y in x:\n        try:\n            y()\n        except Exception:\n            pass\n",
    ];
    for body in silent {
        let found = findings(&task(body));
        assert!(found.is_empty(), "{body}{found:?}");
    }
    assert_eq!(findings(&task("    try:\n        x()\n    except IOError:\n        pass\n")).len(), 1);
}
