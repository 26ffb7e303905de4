//! The few lines of one snippet: masked, harmless for a terminal, tabs expanded, clipped to the width.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::source::{Loc, Position, Span};

use crate::report::harmless::{clean, clean_char};
use crate::report::mask::BULLET;
use crate::report::view::View;
use crate::report::wrap::wrapped;

use super::cluster::{Cluster, Part};

const TAB: usize = 4;
/// Of a longer line only this many bytes around a label are looked at (a minified file is one line).
const MOST_BYTES: u32 = 2048;
/// The narrowest column for the words of a label.
const NARROWEST: usize = 12;

/// Lines to draw and the labels in them, as byte ranges of `text`.
#[derive(Debug)]
pub struct Window {
    pub name: String,
    pub text: String,
    /// 0-based number of the first line.
    pub first_line: usize,
    pub line_count: usize,
    pub labels: Vec<Label>,
}

#[derive(Debug)]
pub struct Label {
    pub range: Range<usize>,
    pub start: Position,
    pub text: String,
    pub primary: bool,
}

/// One character on the screen and where it comes from.
#[derive(Debug, Clone, Copy)]
struct Cell {
    offset: u32,
    character: char,
    width: usize,
}

impl Window {
    pub fn new(view: &View, cluster: &Cluster) -> Self {
        let (first, last) = (first_line(view, cluster), cluster.last());
        let room = room(view.options.width, last);
        let lines: Vec<Vec<Cell>> = (first..=last).map(|line| cells(view, cluster, line)).collect();
        let shift = shift(cluster, &lines, first, room);
        let ellipsis = if view.options.unicode { '…' } else { '~' };
        let mut window = Self {
            name: clean(cluster.path.as_str()),
            text: String::new(),
            first_line: first,
            line_count: last + 1 - first,
            labels: Vec::new(),
        };
        let mut marks: Vec<Vec<(u32, usize)>> = Vec::new();
        for line in lines {
            marks.push(window.push(&clipped(line, shift, room, ellipsis)));
        }
        window.labels = cluster.parts.iter().map(|part| window.label(part, &marks, room)).collect();
        window
    }

    /// Adds a line; gives back where in `text` each of its source offsets stands, and its end.
    fn push(&mut self, cells: &[Cell]) -> Vec<(u32, usize)> {
        let mut marks = Vec::with_capacity(cells.len() + 1);
        for cell in cells {
            marks.push((cell.offset, self.text.len()));
            self.text.push(cell.character);
        }
        marks.push((u32::MAX, self.text.len()));
        self.text.push('\n');
        marks
    }

    fn label(&self, part: &Part, marks: &[Vec<(u32, usize)>], room: usize) -> Label {
        let place = |line: usize, offset: u32| {
            let marks = line.checked_sub(self.first_line).and_then(|line| marks.get(line));
            let found = marks.and_then(|marks| marks.iter().find(|(at, _)| *at >= offset).or(marks.last()));
            found.map_or(0, |(_, at)| *at)
        };
        let start = place(part.first, part.span.start);
        let end = place(part.last, part.span.end).max(start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = self.text[line_start..start].width();
        let middle = if part.first == part.last { before + self.text[start..end].width() / 2 } else { 0 };
        let words = wrapped(&clean(part.text.as_str()), room.saturating_sub(middle + 4).max(NARROWEST)).join("\n");
        Label { range: start..end, start: part.start, text: words, primary: part.primary }
    }
}

/// The line before the primary label gives it context; a blank one does not.
fn first_line(view: &View, cluster: &Cluster) -> usize {
    let first = cluster.first();
    let Some(before) = first.checked_sub(1) else { return first };
    let at = Loc::new(cluster.file, view.line_span(cluster.file, before));
    let blank = at.span.is_empty() || (at.span.len() < MOST_BYTES && view.window(at).text.trim().is_empty());
    if cluster.parts.iter().any(|part| part.primary) && !blank { before } else { first }
}

/// Columns for source text, next to the line numbers.
fn room(width: usize, last: usize) -> usize {
    width.saturating_sub((last + 1).to_string().len() + 5).max(16)
}

fn cells(view: &View, cluster: &Cluster, line: usize) -> Vec<Cell> {
    let span = around_labels(view.line_span(cluster.file, line), &cluster.parts);
    let span = view.on_boundaries(Loc::new(cluster.file, span));
    let mut cells = Vec::new();
    let mut column = 0;
    for (offset, character) in view.window(Loc::new(cluster.file, span)).chars() {
        let count = if character == '\t' { TAB - column % TAB } else { 1 };
        let character = match clean_char(character) {
            BULLET if !view.options.unicode => '*',
            other => other,
        };
        let width = character.width().unwrap_or(0);
        cells.extend(std::iter::repeat_n(Cell { offset, character, width }, count));
        column += count * width;
    }
    cells
}

/// The part of a very long line that the labels on it need.
fn around_labels(line: Span, parts: &[Part]) -> Span {
    if line.len() <= MOST_BYTES {
        return line;
    }
    let here = parts.iter().filter(|part| line.start <= part.span.start && part.span.start <= line.end);
    let start = here.map(|part| part.span.start).min().unwrap_or(line.start);
    let start = start.saturating_sub(MOST_BYTES / 4).max(line.start);
    Span::new(start, line.end.min(start + MOST_BYTES))
}

/// How many columns are cut at the left so that the label that matters most is in sight.
fn shift(cluster: &Cluster, lines: &[Vec<Cell>], first: usize, room: usize) -> usize {
    let main = cluster.parts.iter().find(|part| part.primary).or(cluster.parts.first());
    let Some((main, cells)) = main.and_then(|main| Some((main, lines.get(main.first - first)?))) else { return 0 };
    let column = |offset: u32| cells.iter().filter(|cell| cell.offset < offset).map(|cell| cell.width).sum::<usize>();
    if column(u32::MAX) <= room || column(main.span.end) < room {
        0
    } else {
        column(main.span.start).saturating_sub(room / 3)
    }
}

/// The cells in sight, with an ellipsis where something was cut off.
fn clipped(cells: Vec<Cell>, shift: usize, room: usize, ellipsis: char) -> Vec<Cell> {
    let mut column = 0;
    let mut kept = Vec::with_capacity(cells.len());
    let (mut cut_left, mut cut_right) = (false, false);
    for cell in cells {
        let start = column;
        column += cell.width;
        cut_left |= start < shift;
        cut_right |= column > shift + room;
        if start >= shift && column <= shift + room {
            kept.push(cell);
        }
    }
    let mark = |cell: &mut Cell| *cell = Cell { character: ellipsis, width: 1, ..*cell };
    if cut_left {
        kept.first_mut().map(mark);
    }
    if cut_right {
        kept.last_mut().map(mark);
    }
    kept
}
