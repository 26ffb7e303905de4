//! The picture as a Mermaid flowchart: GitHub, GitLab and most documentation sites draw it.

use std::io::{self, Write};

use super::escape::mermaid as escaped;
use super::{Kind, Link, Node, Picture};
use crate::finding::Severity;

/// How a node of each kind is drawn: what stands before and behind its label.
const SHAPES: &[(Kind, &str, &str)] = &[
    (Kind::Schedule, "([", "])"),
    (Kind::Endpoint, "{{", "}}"),
    (Kind::Code, "[/", "/]"),
    (Kind::Task, "[", "]"),
    (Kind::Queue, "[(", ")]"),
    (Kind::Worker, "[[", "]]"),
];

/// Dark text on light boxes, which is readable on light and dark pages alike.
const CLASSES: &[&str] = &[
    "classDef schedule fill:#efe7fb,stroke:#6f42c1,color:#1f1633",
    "classDef endpoint fill:#e0edfb,stroke:#0b5cad,color:#0a2540",
    "classDef code fill:#eceff2,stroke:#57606a,color:#1f2328",
    "classDef task fill:#e2f4e8,stroke:#1a7f37,color:#0b2e17",
    "classDef queue fill:#fdf0d5,stroke:#9a6700,color:#3b2700",
    "classDef worker fill:#e3f2f3,stroke:#0f6e78,color:#06292d",
    "classDef unknown stroke-dasharray:5 4",
    "classDef warning stroke:#9a6700,stroke-width:3px",
    "classDef error stroke:#b42318,stroke-width:3px",
];

/// # Errors
/// When nothing can be written.
pub fn write(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    if picture.is_empty() {
        return writeln!(out, "  empty[\"{}\"]", escaped(super::NOTHING));
    }
    for (index, node) in picture.nodes.iter().enumerate().filter(|(_, node)| node.group.is_none()) {
        self::node(out, picture, "  ", index, node)?;
    }
    for (index, group) in picture.groups.iter().enumerate() {
        writeln!(out, "  subgraph g{index}[\"{}\"]", escaped(group.title.as_str()))?;
        for task in &group.tasks {
            if let Some(node) = picture.nodes.get(*task) {
                self::node(out, picture, "    ", *task, node)?;
            }
        }
        writeln!(out, "  end")?;
        for queue in &group.queues {
            writeln!(out, "  g{index} --> {}", picture.id(*queue))?;
        }
    }
    for edge in picture.edges.iter().filter(|edge| edge.kind != Link::Goes) {
        let (from, to) = (picture.id(edge.from), picture.id(edge.to));
        match edge.kind.mark() {
            Some(mark) => writeln!(out, "  {from} -->|{mark}| {to}")?,
            None => writeln!(out, "  {from} --> {to}")?,
        }
    }
    CLASSES.iter().try_for_each(|class| writeln!(out, "  {class}"))
}

fn node(out: &mut dyn Write, picture: &Picture, indent: &str, index: usize, node: &Node) -> io::Result<()> {
    let (open, close) =
        SHAPES.iter().find(|(kind, ..)| *kind == node.kind).map_or(("[", "]"), |(_, open, close)| (open, close));
    let label = [Some(escaped(node.label.as_str())), second_line(node)].into_iter().flatten().collect::<Vec<_>>();
    write!(out, "{indent}{}{open}\"{}\"{close}:::{}", picture.id(index), label.join("<br>"), class(node.kind))?;
    writeln!(out)?;
    let marks =
        [(!node.known).then_some("unknown"), node.worst().filter(|worst| *worst > Severity::Note).map(Severity::word)];
    for mark in marks.into_iter().flatten() {
        writeln!(out, "{indent}class {} {mark}", picture.id(index))?;
    }
    Ok(())
}

/// The note and the findings.
fn second_line(node: &Node) -> Option<String> {
    let note = Some(escaped(node.note.as_str())).filter(|note| !note.is_empty());
    let lines: Vec<String> = [note, super::findings_in_words(node)].into_iter().flatten().collect();
    (!lines.is_empty()).then(|| lines.join("<br>"))
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Code => "code",
        other => other.word(),
    }
}
