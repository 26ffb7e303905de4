//! The drawing itself. Everything in it is a link to its entry in the list, so that it works without a script.

use std::io::{self, Write};

use super::super::escape::{html as escaped, shortened};
use super::super::layout::{self, Area, Layout, column};
use super::super::{Kind, Node, Picture, findings_in_words};
use crate::finding::Severity;

/// The marks of severities as paths from their top left: a cross, a triangle and a dot.
const DRAWN_MARKS: &[(Severity, &str)] = &[
    (Severity::Error, "l8 8m-8 0l8 -8"),
    (Severity::Warning, "m4.5 0l4.5 8h-9z"),
    (Severity::Note, "m0 4a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"),
];

/// The class of each kind in the style sheet.
fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Code => "code",
        other => other.word(),
    }
}

pub fn legend(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    if picture.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"legend\" aria-label=\"Legend\">")?;
    let sample = |class: &str| {
        format!(
            "<svg class=\"{class}\" width=\"22\" height=\"14\" aria-hidden=\"true\"><rect class=\"box\" x=\"1\" y=\"1\" width=\"20\" height=\"12\" rx=\"3\"/></svg>"
        )
    };
    for kind in Kind::ALL.into_iter().filter(|kind| picture.count(*kind) > 0) {
        writeln!(out, "<li>{}{}</li>", sample(class(kind)), kind.word())?;
    }
    if picture.nodes.iter().any(|node| !node.known) {
        writeln!(out, "<li>{}not known</li>", sample("unknown task"))?;
    }
    if picture.edges.iter().any(|edge| edge.kind.mark().is_some()) {
        let line = "<svg width=\"26\" height=\"14\" aria-hidden=\"true\"><path d=\"M1 7H25\" stroke=\"currentColor\" stroke-dasharray=\"6 3\"/></svg>";
        writeln!(out, "<li>{line}next in a chain, body of a chord, callback, retry</li>")?;
    }
    for (severity, mark, word) in super::super::MARKS {
        if picture.nodes.iter().any(|node| node.worst() == Some(*severity)) {
            writeln!(out, "<li>{mark} {word}s found</li>")?;
        }
    }
    writeln!(out, "</ul>")
}

pub fn write(out: &mut dyn Write, picture: &Picture, layout: &Layout) -> io::Result<()> {
    if picture.is_empty() {
        return writeln!(out, "<p id=\"picture\">{}.</p>", escaped(super::super::NOTHING));
    }
    let (width, height) = (layout.width, layout.height);
    writeln!(
        out,
        "<svg id=\"picture\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         data-width=\"{width:.0}\" data-height=\"{height:.0}\" role=\"group\" aria-labelledby=\"svg-title svg-desc\">"
    )?;
    writeln!(out, "<title id=\"svg-title\">What sends which task in {}</title>", escaped(picture.title.as_str()))?;
    writeln!(
        out,
        "<desc id=\"svg-desc\">From the left: what sends tasks, the tasks by module, the queues, the workers. The same follows as a list.</desc>"
    )?;
    for (x, heading) in &layout.headings {
        writeln!(out, "<text class=\"heading\" x=\"{x:.0}\" y=\"24\">{heading}</text>")?;
    }
    frames(out, picture, layout)?;
    arrows(out, picture, layout)?;
    for index in &layout.reading {
        if let (Some(node), Some(area)) = (picture.nodes.get(*index), layout.nodes.get(*index)) {
            self::node(out, picture, *index, node, *area)?;
        }
    }
    writeln!(out, "</svg>")
}

fn frames(out: &mut dyn Write, picture: &Picture, layout: &Layout) -> io::Result<()> {
    writeln!(out, "<g aria-hidden=\"true\">")?;
    for (index, (group, area)) in picture.groups.iter().zip(&layout.frames).enumerate() {
        let Area { x, y, width, height } = area;
        let title = escaped(&layout::frame_title(picture, group));
        write!(out, "<g class=\"frame\" data-frame=\"{index}\" data-box=\"{}\">", numbers(*area))?;
        write!(out, "<rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"8\"/>")?;
        writeln!(out, "<text x=\"{:.0}\" y=\"{:.0}\">{title}</text></g>", x + layout::FRAME_PAD, y + 16.0)?;
    }
    writeln!(out, "</g>")
}

fn arrows(out: &mut dyn Write, picture: &Picture, layout: &Layout) -> io::Result<()> {
    writeln!(out, "<g aria-hidden=\"true\">")?;
    for arrow in &layout.arrows {
        let from: Vec<String> = arrow.from.iter().map(usize::to_string).collect();
        let mark = arrow.kind.mark().map(|mark| format!(" {mark}")).unwrap_or_default();
        write!(out, "<path class=\"arrow{mark}\" data-from=\"{}\" data-to=\"{}\"", from.join(" "), arrow.to)?;
        if arrow.kind == super::super::Link::Goes
            && let Some(group) = arrow.from.first().and_then(|task| picture.nodes.get(*task)?.group)
        {
            write!(out, " data-frame=\"{group}\"")?;
        }
        writeln!(out, " d=\"{}\"/>", arrow.path)?;
    }
    writeln!(out, "</g>")
}

fn numbers(area: Area) -> String {
    format!("{:.0} {:.0} {:.0} {:.0}", area.x, area.y, area.width, area.height)
}

fn node(out: &mut dyn Write, picture: &Picture, index: usize, node: &Node, area: Area) -> io::Result<()> {
    let Area { x, y, width, height } = area;
    let worst = node.worst().map(|worst| format!(" {}", worst.word())).unwrap_or_default();
    let unknown = if node.known { "" } else { " unknown" };
    write!(
        out,
        "<a id=\"n{index}\" href=\"#d{index}\" class=\"{}{unknown}{worst}\" aria-label=\"{}\" data-name=\"{}\" data-column=\"{}\" data-box=\"{}\"",
        class(node.kind),
        escaped(&spoken(picture, node)),
        escaped(&searched(picture, node)),
        column(node.kind),
        numbers(area),
    )?;
    if let Some(group) = node.group {
        write!(out, " data-frame=\"{group}\"")?;
    }
    let round = if node.kind == Kind::Schedule { height / 2.0 } else { 5.0 };
    write!(out, "><title>{}</title>", escaped(node.name.as_str()))?;
    write!(
        out,
        "<rect class=\"box\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"{round:.0}\"/>"
    )?;
    let (label, note) = shown(node);
    let question = if node.known { "" } else { "? " };
    write!(out, "<text x=\"{:.0}\" y=\"{:.0}\">{question}{}</text> ", x + 12.0, y + 18.0, escaped(&label))?;
    if !note.is_empty() {
        write!(out, "<text class=\"small\" x=\"{:.0}\" y=\"{:.0}\">{}</text> ", x + 12.0, y + 33.0, escaped(&note))?;
    }
    badge(out, node, area)?;
    writeln!(out, "</a>")
}

/// The mark of the worst severity and how many findings there are, at the right end.
fn badge(out: &mut dyn Write, node: &Node, area: Area) -> io::Result<()> {
    let Some(worst) = node.worst() else { return Ok(()) };
    let mark = DRAWN_MARKS.iter().find(|(severity, _)| *severity == worst).map_or("", |(_, mark)| mark);
    let (right, y) = (area.x + area.width - 6.0, area.y + 6.0);
    let count = node.findings.len();
    let width = if count > 9 { 40.0 } else { 32.0 };
    let left = right - width;
    write!(
        out,
        "<rect class=\"badge-back\" x=\"{left:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"16\" rx=\"8\"/>"
    )?;
    write!(out, "<path class=\"mark\" d=\"M{:.0} {:.0}{mark}\"/>", left + 6.0, y + 4.0)?;
    write!(
        out,
        "<text class=\"badge\" text-anchor=\"end\" x=\"{:.0}\" y=\"{:.0}\">{count}</text>",
        right - 6.0,
        y + 12.0
    )
}

/// The label and the note as they are drawn.
fn shown(node: &Node) -> (String, String) {
    let label = shortened(node.label.as_str(), layout::COLUMNS);
    (label, shortened(node.note.as_str(), layout::NOTE_COLUMNS))
}

/// What a screen reader says: what is seen, so that one can also say it to choose the thing, and then what is not.
fn spoken(picture: &Picture, node: &Node) -> String {
    let (label, note) = shown(node);
    let mut seen = format!("{}{label} {note}", if node.known { "" } else { "? " }).trim_end().to_owned();
    if let Some(findings) = plain_findings(node) {
        let count = node.findings.len();
        seen.push_str(&format!(" {count} finding{}: {findings}", if count == 1 { "" } else { "s" }));
    }
    let mut parts = vec![format!("{seen}, {}", node.kind.word())];
    if label != node.name.as_str() {
        parts.push(node.name.to_string());
    }
    if !node.known {
        parts.push("not known".to_owned());
    }
    if let Some(group) = node.group.and_then(|group| picture.groups.get(group)) {
        let queues = group.queues.iter().filter_map(|queue| Some(picture.nodes.get(*queue)?.name.as_str()));
        let queues: Vec<&str> = queues.collect();
        if !queues.is_empty() {
            parts.push(format!("queue {}", queues.join(", ")));
        }
    }
    parts.join(", ")
}

/// `1 error, 2 warnings`, without the marks.
fn plain_findings(node: &Node) -> Option<String> {
    let words = findings_in_words(node)?;
    Some(words.split(' ').filter(|word| !["✖", "▲", "●"].contains(word)).collect::<Vec<_>>().join(" "))
}

/// What the filter looks at: names, module and queues, not findings.
fn searched(picture: &Picture, node: &Node) -> String {
    let group = node.group.and_then(|group| picture.groups.get(group));
    let title = group.map_or("", |group| group.title.as_str());
    format!("{} {} {title}", node.name, node.note)
}
