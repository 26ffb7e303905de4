//! The picture of projects whose names are as bad as names can be, of large ones, and with any number of threads.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const FORMATS: &[&str] = &["tree", "json", "mermaid", "dot", "html"];

/// Names of tasks, queues and entries as Python literals, and signs of what would go wrong if they were not escaped.
const NAMES: &[&str] = &[
    "end",
    "a\\\"b'c",
    "]})[{(",
    "#35;",
    "one\\ntwo\\r\\nthree",
    "</script><script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "]]><!--",
    "-->|x| y\\\"]; z --> w",
    "%% comment",
    "\\u202eback\\u2066wards",
    "\\x1b[31mred\\x07",
    "back\\\\slash\\\\n\\\\",
    "{{title}} {{js}}",
    "javascript:alert(1)",
    "任务 🎉",
];

fn run(folder: &Path, format: &str, threads: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_celery-lint"))
        .args(["inspect", "--isolated", "--output-format", format])
        .current_dir(folder)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{format}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn hostile(folder: &Path) {
    let tasks: String = NAMES
        .iter()
        .enumerate()
        .map(|(index, name)| {
            format!("@app.task(name=\"{name}\", queue=\"q{name}\")\ndef t{index}(a, *, b=1):\n    app.send_task(\"{name}x\")\n")
        })
        .collect();
    let entries: String =
        NAMES.iter().map(|name| format!("    \"s{name}\": {{\"task\": \"{name}\", \"schedule\": 60}},\n")).collect();
    let text =
        format!("from celery import Celery\napp = Celery('x')\n{tasks}app.conf.beat_schedule = {{\n{entries}}}\n");
    fs::write(folder.join("shop.py"), text).unwrap();
    fs::write(
        folder.join("compose.yml"),
        "services:\n  \"</script>\\\"w\":\n    command: [celery, -A, shop, worker, -Q, '\"];x,</svg>', -n, \"\\e[31m\"]\n",
    )
    .unwrap();
}

#[test]
fn hostile_names_are_only_names() {
    let folder = tempfile::tempdir().unwrap();
    hostile(folder.path());
    for format in FORMATS {
        let text = run(folder.path(), format, "2");
        for control in ['\u{1b}', '\u{7}', '\u{202e}', '\u{2066}', '\0'] {
            let json = *format == "json" && !control.is_control();
            assert!(json || !text.contains(control), "{format} holds {control:?}");
        }
    }
    let html = run(folder.path(), "html", "2");
    assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (1, 1));
    assert!(!html.contains("<img") && !html.contains("http://") && !html.contains("https://"));
    let (svg, rest) = html.split_once("<svg id=\"picture\"").unwrap().1.split_once("</svg>").unwrap();
    let svg = format!("<svg id=\"picture\"{svg}</svg>");
    let svg = roxmltree::Document::parse(&svg).unwrap();
    let labels: Vec<&str> =
        svg.descendants().filter(|node| node.has_tag_name("text")).filter_map(|it| it.text()).collect();
    assert!(labels.contains(&"</script><script>alert(1)</script>"), "{labels:?}");
    assert!(labels.contains(&"{{title}} {{js}}") && labels.contains(&"�back�wards"), "{labels:?}");
    let list =
        rest.split_once("<section aria-labelledby=\"list-heading\">").unwrap().1.split_once("</section>").unwrap().0;
    roxmltree::Document::parse(&format!("<section>{list}</section>")).unwrap();
    for line in run(folder.path(), "mermaid", "2").lines() {
        let quotes = line.matches('"').count();
        assert!(quotes == 0 || quotes == 2, "{line}");
    }
    for line in run(folder.path(), "dot", "2").lines().filter(|line| line.contains("label=")) {
        let plain = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(plain.matches('"').count() % 2, 0, "{line}");
    }
}

#[test]
fn every_thing_in_the_picture_leads_to_its_entry_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    hostile(folder.path());
    let html = run(folder.path(), "html", "2");
    let targets: Vec<&str> = html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(targets.len() > NAMES.len());
    for target in targets {
        assert_eq!(html.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    hostile(folder.path());
    for format in FORMATS {
        assert!(run(folder.path(), format, "1") == run(folder.path(), format, "4"), "{format}");
    }
}

#[test]
fn thousands_of_tasks_are_drawn_in_time() {
    let folder = tempfile::tempdir().unwrap();
    for file in 0..50 {
        let tasks: String = (0..100)
            .map(|task| format!("@app.task\ndef t{task}():\n    t{}.delay()\n", (task * 37 + 11) % 100))
            .collect();
        fs::write(folder.path().join(format!("m{file}.py")), format!("from base import app\n{tasks}")).unwrap();
    }
    fs::write(folder.path().join("base.py"), "from celery import Celery\napp = Celery('x')\n").unwrap();
    for format in ["mermaid", "html"] {
        let start = Instant::now();
        let text = run(folder.path(), format, "2");
        // Far more than it takes without optimisation, and far less than anything quadratic would.
        assert!(start.elapsed() < Duration::from_secs(60), "{format}: {:?}", start.elapsed());
        assert!(text.contains("m49") && text.len() > 200_000, "{format}: {} bytes", text.len());
    }
}
