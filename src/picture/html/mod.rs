//! The picture as one HTML file that needs nothing else: no network, no other file, and no script to be read. The page, its
//! style and its script are the files beside this one.

mod list;
mod svg;

use std::io::{self, Write};

use super::escape::html as escaped;
use super::layout::layout;
use super::{Kind, Picture};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// # Errors
/// When nothing can be written.
pub fn write(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    // Each part is put in once, and none is looked at again: a name that looks like a mark of the page stays a name.
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        part(out, picture, name)?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

fn part(out: &mut dyn Write, picture: &Picture, name: &str) -> io::Result<()> {
    match name {
        "title" => out.write_all(escaped(picture.title.as_str()).as_bytes()),
        "css" => out.write_all(STYLE.as_bytes()),
        "js" => out.write_all(SCRIPT.as_bytes()),
        "counts" => out.write_all(counts(picture).as_bytes()),
        "remarks" => remarks(out, picture),
        "legend" => svg::legend(out, picture),
        "svg" => svg::write(out, picture, &layout(picture)),
        "list" => list::write(out, picture),
        _ => Ok(()),
    }
}

/// `3 schedules, 12 tasks, 2 queues`
fn counts(picture: &Picture) -> String {
    let parts = Kind::ALL.into_iter().map(|kind| (kind, picture.count(kind))).filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(kind, count)| counted(count, kind)).collect();
    if parts.is_empty() { super::NOTHING.to_owned() } else { parts.join(", ") }
}

fn counted(count: usize, kind: Kind) -> String {
    match (kind, count) {
        (Kind::Code, 1) => "1 other file that sends tasks".to_owned(),
        (Kind::Code, _) => format!("{count} other files that send tasks"),
        (_, 1) => format!("1 {}", kind.word()),
        _ => format!("{count} {}s", kind.word()),
    }
}

/// What is not drawn, and the findings about it.
fn remarks(out: &mut dyn Write, picture: &Picture) -> io::Result<()> {
    let mut notes = Vec::new();
    if picture.in_tests > 0 {
        notes.push(format!("{} in tests", plural(picture.in_tests, "task")));
    }
    if picture.idle_endpoints > 0 {
        notes.push(format!("{} that send no task", plural(picture.idle_endpoints, "endpoint")));
    }
    if !notes.is_empty() {
        writeln!(out, "<p>Not drawn: {}.</p>", notes.join(", "))?;
    }
    Ok(())
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
