//! The same as a list: every thing with its place, its details, what it is connected with, and what was found.

use std::io::{self, Write};

use super::super::escape::html as escaped;
use super::super::{Edge, Kind, MARKS, Node, Picture, Remark};

pub fn write(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    if picture.is_empty() && picture.elsewhere.is_empty() {
        return writeln!(out, "<p>Nothing.</p>");
    }
    let ends = Ends::of(picture);
    for kind in Kind::ALL.into_iter().filter(|kind| picture.count(*kind) > 0) {
        writeln!(out, "<h3>{}</h3>\n<ul class=\"things\">", kind.heading())?;
        for (index, node) in picture.nodes.iter().enumerate().filter(|(_, node)| node.kind == kind) {
            thing(out, picture, &ends, index, node)?;
        }
        writeln!(out, "</ul>")?;
    }
    if !picture.elsewhere.is_empty() {
        writeln!(out, "<h3>Findings about nothing in the picture</h3>")?;
        findings(out, &picture.elsewhere)?;
    }
    Ok(())
}

/// The arrows of each node: those that leave it, and those that come to it.
struct Ends<'p> {
    out: Vec<Vec<&'p Edge>>,
    into: Vec<Vec<&'p Edge>>,
}

impl<'p> Ends<'p> {
    fn of(picture: &'p Picture) -> Self {
        let none = || vec![Vec::new(); picture.nodes.len()];
        let mut ends = Self { out: none(), into: none() };
        for edge in &picture.edges {
            if let Some(edges) = ends.out.get_mut(edge.from) {
                edges.push(edge);
            }
            if let Some(edges) = ends.into.get_mut(edge.to) {
                edges.push(edge);
            }
        }
        ends
    }
}

fn thing(out: &mut dyn Write, picture: &Picture, ends: &Ends, index: usize, node: &Node) -> io::Result<()> {
    write!(out, "<li id=\"d{index}\"><h4>{}</h4>", escaped(node.name.as_str()))?;
    match &node.place {
        Some(place) => {
            write!(
                out,
                "<p class=\"where\">{}, {}:{}</p>",
                node.kind.word(),
                escaped(place.path.as_str()),
                place.line
            )?;
        }
        None => write!(out, "<p class=\"where\">{}</p>", node.kind.word())?,
    }
    if !node.details.is_empty() {
        write!(out, "<dl>")?;
        for (name, text) in &node.details {
            write!(out, "<dt>{name}</dt><dd><code>{}</code></dd>", escaped(text.as_str()))?;
        }
        write!(out, "</dl>")?;
    }
    let (leaving, coming) = (ends.out.get(index), ends.into.get(index));
    let leaving = leaving.into_iter().flatten().map(|edge| (edge.kind.verb(), edge.to, *edge));
    let coming = coming.into_iter().flatten().map(|edge| (edge.kind.passive(), edge.from, *edge));
    let links: Vec<(&str, usize, &Edge)> = coming.chain(leaving).collect();
    if !links.is_empty() {
        write!(out, "<ul class=\"links\">")?;
        for (words, other, edge) in links {
            let name = picture.nodes.get(other).map_or("", |node| node.name.as_str());
            write!(out, "<li>{words} <a href=\"#d{other}\">{}</a>", escaped(name))?;
            if let Some(place) = &edge.place {
                write!(out, " <span class=\"where\">{}:{}</span>", escaped(place.path.as_str()), place.line)?;
            }
            write!(out, "</li>")?;
        }
        write!(out, "</ul>")?;
    }
    if !node.findings.is_empty() {
        findings(out, &node.findings)?;
    }
    writeln!(out, "</li>")
}

fn findings(out: &mut dyn Write, findings: &[Remark]) -> io::Result<()> {
    write!(out, "<ul class=\"findings\">")?;
    for finding in findings {
        let mark = MARKS.iter().find(|(severity, ..)| *severity == finding.severity);
        let (mark, word) = mark.map_or(("", ""), |(_, mark, word)| (*mark, *word));
        write!(
            out,
            "<li><strong class=\"{word}\">{mark} {word}</strong> <span class=\"message\">{}</span>",
            with_code(finding.message.as_str())
        )?;
        match &finding.page {
            Some(page) => write!(out, " <a href=\"{}\">{}</a>", escaped(page), finding.rule)?,
            None => write!(out, " <code>celery-lint rule {}</code>", finding.rule)?,
        }
        if let Some(place) = &finding.place {
            write!(out, " <span class=\"where\">{}:{}</span>", escaped(place.path.as_str()), place.line)?;
        }
        write!(out, "</li>")?;
    }
    writeln!(out, "</ul>")
}

/// What stands between backticks as code.
fn with_code(text: &str) -> String {
    let parts: Vec<String> = text.split('`').map(escaped).collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(index, part): (usize, &String)| match index % 2 {
        1 => format!("<code>{part}</code>"),
        _ => part.clone(),
    };
    parts.iter().enumerate().map(part).collect()
}
