//! Where everything stands: four columns (what sends, tasks in frames by module and queue, queues, workers), each ordered so
//! that few arrows cross, and moved to the height of what it is connected with. Takes time that grows with the number of
//! things and little more.

mod order;
mod place;

use unicode_width::UnicodeWidthStr;

use super::escape::{ending, shortened};
use super::{Kind, Link, Picture};
use order::Order;

/// A box in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// An arrow: what it comes from (all tasks of a frame, or one node), where it leads, and its path in SVG.
#[derive(Debug)]
pub struct Arrow {
    pub from: Vec<usize>,
    pub to: usize,
    pub kind: Link,
    pub path: String,
}

#[derive(Debug, Default)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    /// By node.
    pub nodes: Vec<Area>,
    /// By group.
    pub frames: Vec<Area>,
    pub arrows: Vec<Arrow>,
    /// The headings of the columns that have something: where they begin, and what they say.
    pub headings: Vec<(f64, String)>,
    /// The nodes from the left to the right, and from the top to the bottom.
    pub reading: Vec<usize>,
}

/// The columns from the left.
pub const SOURCES: usize = 0;
pub const TASKS: usize = 1;
pub const QUEUES: usize = 2;
pub const WORKERS: usize = 3;

/// Pixels. The script of the page knows those that it needs by the areas it is given.
pub const LINE: f64 = 28.0;
pub const TWO_LINES: f64 = 42.0;
const GAP: f64 = 8.0;
const FRAME_GAP: f64 = 16.0;
pub const FRAME_PAD: f64 = 10.0;
pub const FRAME_TITLE: f64 = 24.0;
const MARGIN: f64 = 16.0;
const TOP: f64 = 44.0;
/// Between the columns, for the arrows.
const GUTTER: f64 = 110.0;
/// Beside the tasks, for arrows from task to task.
const LANE: f64 = 64.0;
/// The width of a character of the label and of the note.
const CHAR: f64 = 7.25;
const NOTE_CHAR: f64 = 6.1;
/// Of the title of a frame, and of the heading of a column.
const TITLE_CHAR: f64 = 6.7;
const HEADING_CHAR: f64 = 7.4;
/// The narrowest and widest box, in characters.
pub const COLUMNS: usize = 38;
pub const NOTE_COLUMNS: usize = 45;
const TITLE_COLUMNS: usize = 44;
const MIN_WIDTH: f64 = 96.0;

/// The column in which things of a kind stand.
pub fn column(kind: Kind) -> usize {
    match kind {
        Kind::Schedule | Kind::Endpoint | Kind::Code => SOURCES,
        Kind::Task => TASKS,
        Kind::Queue => QUEUES,
        Kind::Worker => WORKERS,
    }
}

/// Lays a picture out.
pub fn layout(picture: &Picture) -> Layout {
    let mut layout = Layout {
        nodes: picture.nodes.iter().map(|node| size(picture, node)).collect(),
        frames: vec![Area::default(); picture.groups.len()],
        ..Layout::default()
    };
    let order = Order::of(picture);
    let columns = across(picture, &mut layout);
    place::down(picture, &order, &mut layout);
    for (index, node) in picture.nodes.iter().enumerate() {
        layout.nodes[index].x = columns[column(node.kind)];
    }
    for (group, frame) in picture.groups.iter().zip(&mut layout.frames) {
        let first = group.tasks.first().and_then(|task| layout.nodes.get(*task));
        frame.x = first.map_or(0.0, |first| first.x - FRAME_PAD);
        frame.width = first.map_or(0.0, |first| first.width + 2.0 * FRAME_PAD);
    }
    let bottom = layout.nodes.iter().chain(&layout.frames).map(|area| area.y + area.height).fold(TOP, f64::max);
    layout.height = bottom + MARGIN;
    layout.arrows = arrows(picture, &layout);
    layout.reading = order.sources.clone();
    layout.reading.extend(order.groups.iter().flat_map(|group| order.tasks.get(*group).into_iter().flatten()));
    layout.reading.extend(order.queues.iter().chain(&order.workers));
    layout
}

fn size(picture: &Picture, node: &super::Node) -> Area {
    let columns = |text: &str| text.width().min(COLUMNS) as f64;
    let badge = if node.findings.is_empty() { 0.0 } else { 34.0 };
    let note = node.note.as_str().width().min(NOTE_COLUMNS) as f64 * NOTE_CHAR;
    let question = if node.known { 0.0 } else { 2.0 * CHAR };
    let own = (columns(node.label.as_str()) * CHAR + badge + question).max(note) + 26.0;
    // A frame is as wide as its title needs.
    let group = node.group.and_then(|group| picture.groups.get(group));
    let title = group.map_or(0.0, |group| frame_title(picture, group).width() as f64 * TITLE_CHAR);
    let height = if node.note.is_empty() { LINE } else { TWO_LINES };
    Area { width: own.max(title).max(MIN_WIDTH).ceil(), height, ..Area::default() }
}

/// What stands above the tasks of a group: the module, and the queues.
pub fn frame_title(picture: &Picture, group: &super::Group) -> String {
    let queues = group.queues.iter().filter_map(|queue| Some(picture.nodes.get(*queue)?.label.as_str()));
    let queues: Vec<&str> = queues.collect();
    let arrow = if queues.is_empty() { String::new() } else { format!(" → {}", queues.join(", ")) };
    let queues = shortened(&arrow, TITLE_COLUMNS / 2);
    format!("{}{queues}", ending(group.title.as_str(), TITLE_COLUMNS - queues.width()))
}

/// The headings of the columns; the first says what there is.
fn headings(picture: &Picture) -> [String; 4] {
    let senders = [(Kind::Schedule, "schedules"), (Kind::Endpoint, "endpoints"), (Kind::Code, "other code")];
    let senders = senders.into_iter().filter(|(kind, _)| picture.count(*kind) > 0).map(|(_, word)| word);
    let senders = senders.collect::<Vec<_>>().join(", ");
    let mut chars = senders.chars();
    let first = chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
    [first, "Tasks".to_owned(), "Queues".to_owned(), "Workers".to_owned()]
}

/// The left edges of the columns. All boxes of a column are equally wide.
fn across(picture: &Picture, layout: &mut Layout) -> [f64; 4] {
    let mut widths = [0.0_f64; 4];
    let names = headings(picture);
    for (node, area) in picture.nodes.iter().zip(&layout.nodes) {
        let width = &mut widths[column(node.kind)];
        *width = width.max(area.width).max(names[column(node.kind)].len() as f64 * HEADING_CHAR);
    }
    for (node, area) in picture.nodes.iter().zip(&mut layout.nodes) {
        area.width = widths[column(node.kind)];
    }
    let lane = if picture.edges.iter().any(|edge| is_inner(picture, edge.from, edge.to)) { LANE } else { 0.0 };
    let mut edges = [0.0; 4];
    let mut x = MARGIN;
    for (index, width) in widths.iter().enumerate().filter(|(_, width)| **width > 0.0) {
        let pad = if index == TASKS { FRAME_PAD } else { 0.0 };
        edges[index] = x + pad;
        layout.headings.push((x, names[index].clone()));
        layout.width = x + width + 2.0 * pad + if index == TASKS { lane } else { 0.0 } + MARGIN;
        x = layout.width - MARGIN + GUTTER;
    }
    layout.width = layout.width.max(320.0);
    edges
}

fn is_inner(picture: &Picture, from: usize, to: usize) -> bool {
    let is_task = |node: usize| picture.nodes.get(node).is_some_and(|node| node.kind == Kind::Task);
    is_task(from) && is_task(to)
}

fn arrows(picture: &Picture, layout: &Layout) -> Vec<Arrow> {
    let mut arrows = Vec::with_capacity(picture.edges.len());
    let node = |index: usize| layout.nodes.get(index).copied().unwrap_or_default();
    for edge in picture.edges.iter().filter(|edge| edge.kind != Link::Goes) {
        let (from, to) = (node(edge.from), node(edge.to));
        let path = match is_inner(picture, edge.from, edge.to) {
            true => arc(from, to),
            false => curve(from, to, if edge.kind == Link::Feeds { 0.0 } else { FRAME_PAD }),
        };
        arrows.push(Arrow { from: vec![edge.from], to: edge.to, kind: edge.kind, path });
    }
    for (group, frame) in picture.groups.iter().zip(&layout.frames) {
        for queue in &group.queues {
            let path = curve(*frame, node(*queue), 0.0);
            arrows.push(Arrow { from: group.tasks.clone(), to: *queue, kind: Link::Goes, path });
        }
    }
    arrows
}

/// From the right side of one box to the left side of another; it is level before the frame of the other begins.
fn curve(from: Area, to: Area, level: f64) -> String {
    let (x1, y1, x2, y2) = (from.x + from.width, from.middle(), to.x, to.middle());
    let bend = x2 - level;
    let middle = (x1 + bend) / 2.0;
    let level = if level > 0.0 { format!("H{x2:.0}") } else { String::new() };
    format!("M{x1:.0} {y1:.0}C{middle:.0} {y1:.0} {middle:.0} {y2:.0} {bend:.0} {y2:.0}{level}m-6 -4l6 4l-6 4")
}

/// From the right side of one task to the right side of another, beside the frames; a task that sends itself has a loop.
fn arc(from: Area, to: Area) -> String {
    let x = from.x + from.width;
    let (mut y1, mut y2) = (from.middle(), to.middle());
    if y1 == y2 {
        y1 += 5.0;
        y2 -= 5.0;
    } else {
        let shift = if y1 < y2 { 5.0 } else { -5.0 };
        y1 += shift;
        y2 -= shift;
    }
    let out = x + (30.0 + (y2 - y1).abs() * 0.12).min(LANE + FRAME_PAD) * 1.3;
    format!("M{x:.0} {y1:.0}C{out:.0} {y1:.0} {out:.0} {y2:.0} {x:.0} {y2:.0}m6 -4l-6 4l6 4")
}

#[cfg(test)]
mod tests;
