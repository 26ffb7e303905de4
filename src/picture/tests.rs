//! What leads to what in small projects.

use super::*;
use crate::config::Settings;
use crate::engine;
use crate::source::{FileKind, SourceFile, Sources};

/// The arrows of a project in words, without those to queues.
fn arrows(python: &str) -> Vec<String> {
    let text = format!("from celery import Celery, chain, chord, group\napp = Celery('shop')\n{python}");
    let files = vec![SourceFile::new("shop.py", FileKind::Python, text)];
    let outcome = engine::lint(Sources::new("/p".into(), None, files), &Settings::default());
    let picture = Picture::of(&outcome.project, &outcome.findings, &Mask::new(&outcome.project));
    let name = |node: usize| picture.nodes[node].label.to_string();
    let words = |edge: &Edge| {
        let kind = serde_json::to_value(edge.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        format!("{} {} {}", name(edge.from), kind.unwrap_or_default(), name(edge.to))
    };
    let mut arrows: Vec<String> =
        picture.edges.iter().filter(|edge| !matches!(edge.kind, Link::Goes | Link::Feeds)).map(words).collect();
    arrows.sort();
    arrows
}

const TASKS: &str = "@app.task\ndef a(x=1): pass\n@app.task\ndef b(x=1): pass\n@app.task\ndef c(x=1): pass\n";

fn with_tasks(python: &str) -> Vec<String> {
    arrows(&format!("{TASKS}{python}"))
}

#[test]
fn a_chain_is_sent_by_its_first_part() {
    let expected = ["a chain b", "b chain c", "shop.py sends a"];
    assert_eq!(with_tasks("def f():\n    chain(a.s(), b.s(), c.s())()\n"), expected);
    assert_eq!(with_tasks("def f():\n    (a.s() | b.s() | c.s()).delay()\n"), expected);
}

#[test]
fn the_body_of_a_chord_comes_after_its_header() {
    let expected = ["a chord c", "b chord c", "shop.py sends a", "shop.py sends b"];
    assert_eq!(with_tasks("def f():\n    chord([a.s(), b.s()], c.s())()\n"), expected);
    assert_eq!(with_tasks("def f():\n    chord([a.s(), b.s()])(c.s())\n"), expected);
    assert_eq!(
        with_tasks("def f():\n    chain(group(a.s(), b.s()), c.s())()\n"),
        ["a chain c", "b chain c", "shop.py sends a", "shop.py sends b"]
    );
}

#[test]
fn callbacks_come_from_the_task_they_are_linked_to() {
    let linked = "def f():\n    a.apply_async(link=b.s(), link_error=c.s())\n";
    assert_eq!(with_tasks(linked), ["a callback b", "a errback c", "shop.py sends a"]);
}

#[test]
fn tasks_send_what_functions_send_that_they_lead_to() {
    let through = "def helper():\n    b.delay()\n@app.task\ndef d():\n    helper()\n    d.delay()\n";
    assert_eq!(with_tasks(through), ["d sends b", "d sends d"]);
}

#[test]
fn what_is_not_known_is_drawn() {
    let unknown = "def f(task):\n    app.send_task('other.task')\n    app.send_task(name())\n";
    assert_eq!(arrows(unknown), ["shop.py sends other.task", "shop.py sends unknown task"]);
}

#[test]
fn schedules_send_and_are_no_other_code() {
    let periodic = "@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n    sender.add_periodic_task(10.0, a.s(2), name='often')\n";
    assert_eq!(with_tasks(periodic), ["often starts a"]);
    let setting = "app.conf.beat_schedule = {'daily': {'task': 'shop.b', 'schedule': 60.0}}\n";
    assert_eq!(with_tasks(setting), ["daily starts b"]);
}

#[test]
fn findings_stand_at_what_they_are_about() {
    let text = "from celery import Celery\napp = Celery('shop')\n@app.task\ndef a(x):\n    b.delay(1, 2, 3)\n@app.task\ndef b(x): pass\n\
                app.conf.beat_schedule = {'daily': {'task': 'shop.lost', 'schedule': 60.0}}\n";
    let files = vec![SourceFile::new("shop.py", FileKind::Python, text)];
    let outcome = engine::lint(Sources::new("/p".into(), None, files), &Settings::default());
    let picture = Picture::of(&outcome.project, &outcome.findings, &Mask::new(&outcome.project));
    let found = |label: &str| -> Vec<&str> {
        let node = picture.nodes.iter().filter(|node| node.label.as_str() == label);
        node.flat_map(|node| node.findings.iter().map(|finding| finding.rule)).collect()
    };
    assert_eq!(
        (found("a"), found("b"), found("daily")),
        (vec!["call-signature-mismatch"], vec![], vec!["beat-unknown-task"])
    );
}
