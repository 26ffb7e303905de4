//! The picture in the language of Graphviz.

use std::io::{self, Write};

use super::escape::dot as escaped;
use super::{Kind, Link, Node, Picture};
use crate::finding::Severity;

/// The shape and the colours (fill, line) of each kind.
const LOOKS: &[(Kind, &str, &str, &str)] = &[
    (Kind::Schedule, "box", "#efe7fb", "#6f42c1"),
    (Kind::Endpoint, "hexagon", "#e0edfb", "#0b5cad"),
    (Kind::Code, "note", "#eceff2", "#57606a"),
    (Kind::Task, "box", "#e2f4e8", "#1a7f37"),
    (Kind::Queue, "cylinder", "#fdf0d5", "#9a6700"),
    (Kind::Worker, "component", "#e3f2f3", "#0f6e78"),
];

/// # Errors
/// When nothing can be written.
pub fn write(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    writeln!(out, "digraph celery {{")?;
    writeln!(out, "  graph [rankdir=LR, compound=true, newrank=true, fontname=\"Helvetica\"]")?;
    writeln!(out, "  node [fontname=\"Helvetica\", fontsize=11, style=\"filled,rounded\"]")?;
    writeln!(out, "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#57606a\"]")?;
    if picture.is_empty() {
        writeln!(out, "  empty [label=\"{}\", shape=plaintext, style=\"\"]", escaped(super::NOTHING))?;
    }
    for (index, node) in picture.nodes.iter().enumerate().filter(|(_, node)| node.group.is_none()) {
        self::node(out, picture, "  ", index, node)?;
    }
    for (index, group) in picture.groups.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{index} {{")?;
        writeln!(out, "    label=\"{}\"; color=\"#8c959f\"; style=rounded", escaped(group.title.as_str()))?;
        for task in &group.tasks {
            if let Some(node) = picture.nodes.get(*task) {
                self::node(out, picture, "    ", *task, node)?;
            }
        }
        writeln!(out, "  }}")?;
        // An arrow of the whole cluster hangs on one of its nodes.
        let middle = group.tasks.get(group.tasks.len() / 2);
        for (task, queue) in middle.iter().flat_map(|task| group.queues.iter().map(move |queue| (**task, *queue))) {
            writeln!(out, "  {} -> {} [ltail=cluster_{index}]", picture.id(task), picture.id(queue))?;
        }
    }
    for edge in picture.edges.iter().filter(|edge| edge.kind != Link::Goes) {
        let mark = edge.kind.mark().map(|mark| format!(" [label=\"{mark}\"]")).unwrap_or_default();
        writeln!(out, "  {} -> {}{mark}", picture.id(edge.from), picture.id(edge.to))?;
    }
    writeln!(out, "}}")
}

fn node(out: &mut dyn Write, picture: &Picture, indent: &str, index: usize, node: &Node) -> io::Result<()> {
    let look = LOOKS.iter().find(|(kind, ..)| *kind == node.kind);
    let (shape, fill, line) = look.map_or(("box", "#ffffff", "#000000"), |(_, shape, fill, line)| (shape, fill, line));
    let line = match node.worst() {
        Some(Severity::Error) => "#b42318",
        Some(Severity::Warning) => "#9a6700",
        _ => line,
    };
    let note = Some(escaped(node.note.as_str())).filter(|note| !note.is_empty());
    let lines = [Some(escaped(node.label.as_str())), note, super::findings_in_words(node)];
    let label = lines.into_iter().flatten().collect::<Vec<_>>().join("\\n");
    write!(
        out,
        "{indent}{} [label=\"{label}\", shape={shape}, fillcolor=\"{fill}\", color=\"{line}\"",
        picture.id(index)
    )?;
    if !node.known {
        write!(out, ", style=\"filled,dashed\"")?;
    }
    if node.worst() > Some(Severity::Note) {
        write!(out, ", penwidth=2.5")?;
    }
    writeln!(out, "]")
}
