//! Who sends which task: the targets of submissions, and what the parts of canvases lead to.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Link;
use crate::project::Project;
use crate::project::canvas::{Canvas, Kind, Part, What};
use crate::project::submission::Method;
use crate::source::{FileId, Loc, Span};

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Index into `Project::tasks`.
    Task(usize),
    /// A name that no task of the project has.
    Named(String),
    Unknown,
}

/// One task leads to another by a canvas.
pub struct Then {
    pub from: Target,
    pub to: Target,
    pub kind: Link,
    pub at: Loc,
}

/// What canvases lead to.
pub struct Canvases<'p> {
    project: &'p Project,
    by_place: FxHashMap<(FileId, Span), usize>,
    pub then: Vec<Then>,
    /// Submissions that a canvas sends after others: nobody else does.
    pub led: FxHashSet<usize>,
}

/// How deep canvases nest.
const MAX_DEPTH: u32 = 12;
/// How many arrows one canvas makes between two of its parts.
const MAX_PAIRS: usize = 64;

/// The ends of a part: targets, and the submissions that they are of.
#[derive(Default, Clone)]
struct Ends {
    targets: Vec<Target>,
    submissions: Vec<usize>,
}

/// What a submission sends; none when it sends what stands elsewhere (a canvas).
pub fn target(project: &Project, submission: usize) -> Option<Target> {
    let call = project.submissions.get(submission)?;
    match (call.task, &call.task_name) {
        (Some(task), _) => Some(Target::Task(task)),
        (None, Some(name)) => Some(Target::Named(name.clone())),
        (None, None) if call.method == Method::Canvas => None,
        (None, None) => Some(Target::Unknown),
    }
}

impl<'p> Canvases<'p> {
    pub fn of(project: &'p Project) -> Self {
        let all = &project.canvas.canvases;
        let by_place =
            all.iter().enumerate().map(|(index, canvas)| ((canvas.at.file, canvas.at.span), index)).collect();
        let mut canvases = Self { project, by_place, then: Vec::new(), led: FxHashSet::default() };
        for canvas in all {
            match canvas.kind {
                Kind::Chain => canvases.chain(canvas),
                Kind::Chord if canvas.has_body => canvases.chord(canvas),
                Kind::Link => canvases.callback(canvas, Link::Callback),
                Kind::Errback => canvases.callback(canvas, Link::Errback),
                _ => {}
            }
        }
        canvases
    }

    fn chain(&mut self, canvas: &Canvas) {
        for pair in canvas.parts.windows(2) {
            let [before, after] = pair else { continue };
            let (from, to) = (self.ends(before, false, 0), self.ends(after, true, 0));
            self.lead(&from, &to, Link::Chain, canvas.at);
        }
    }

    fn chord(&mut self, canvas: &Canvas) {
        let Some((body, header)) = canvas.parts.split_last() else { return };
        let mut from = self.all(header, false, 0);
        if header.is_empty() {
            // `chord(header)(body)`: the header is in the call that is called.
            let all = &self.project.canvas.canvases;
            let first = all
                .partition_point(|other| (other.at.file, other.at.span.start) < (canvas.at.file, canvas.at.span.start));
            let here = all
                .iter()
                .skip(first)
                .take_while(|other| other.at.file == canvas.at.file && other.at.span.start == canvas.at.span.start);
            let header = here.filter(|other| other.kind == Kind::Chord && !other.has_body).last();
            from = header.map(|header| self.all(&header.parts, false, 0)).unwrap_or_default();
        }
        let to = self.ends(body, true, 0);
        self.lead(&from, &to, Link::Chord, canvas.at);
    }

    /// `task.apply_async(…, link=other.s())` and `signature.link(other.s())`, and the same with `link_error`.
    fn callback(&mut self, canvas: &Canvas, kind: Link) {
        let calls = &self.project.submissions;
        let start = (canvas.at.file, canvas.at.span.start);
        let first = calls.partition_point(|call| (call.at.file, call.at.span.start) < start);
        let here = calls.iter().enumerate().skip(first);
        let here = here.take_while(|(_, call)| (call.at.file, call.at.span.start) == start);
        let on =
            here.filter(|(_, call)| call.at.span.end <= canvas.at.span.end && call.method != Method::Canvas).last();
        let from = on.and_then(|(index, _)| target(self.project, index));
        let from = Ends { targets: from.into_iter().collect(), submissions: Vec::new() };
        let to = self.all(&canvas.parts, true, 0);
        self.lead(&from, &to, kind, canvas.at);
    }

    fn lead(&mut self, from: &Ends, to: &Ends, kind: Link, at: Loc) {
        // What comes after something that is not known is still sent by somebody: it stays with the code around it.
        if from.targets.is_empty() {
            return;
        }
        self.led.extend(&to.submissions);
        let pairs = from.targets.iter().flat_map(|from| to.targets.iter().map(move |to| (from, to)));
        let then = pairs.take(MAX_PAIRS).map(|(from, to)| Then { from: from.clone(), to: to.clone(), kind, at });
        self.then.extend(then);
    }

    fn all(&self, parts: &[Part], first: bool, depth: u32) -> Ends {
        let mut ends = Ends::default();
        for part in parts {
            let own = self.ends(part, first, depth);
            ends.targets.extend(own.targets);
            ends.submissions.extend(own.submissions);
        }
        ends.targets.sort();
        ends.targets.dedup();
        ends
    }

    /// What of a part is sent first, or last.
    fn ends(&self, part: &Part, first: bool, depth: u32) -> Ends {
        match part.what {
            What::Signature(index) | What::Sent(index) => {
                Ends { targets: target(self.project, index).into_iter().collect(), submissions: vec![index] }
            }
            What::Task(task) => Ends { targets: vec![Target::Task(task)], submissions: Vec::new() },
            What::Canvas(_) if depth < MAX_DEPTH => {
                let inner = self.by_place.get(&(part.at.file, part.at.span));
                let inner = inner.and_then(|index| self.project.canvas.canvases.get(*index));
                inner.map(|canvas| self.ends_of(canvas, first, depth + 1)).unwrap_or_default()
            }
            _ => Ends::default(),
        }
    }

    fn ends_of(&self, canvas: &Canvas, first: bool, depth: u32) -> Ends {
        let parts = canvas.parts.as_slice();
        let chosen = match (canvas.kind, first) {
            (Kind::Chain, true) => parts.get(..1),
            (Kind::Chain, false) => parts.len().checked_sub(1).and_then(|last| parts.get(last..)),
            (Kind::Chord, true) if canvas.has_body => parts.split_last().map(|(_, header)| header),
            (Kind::Chord, false) if canvas.has_body => parts.len().checked_sub(1).and_then(|last| parts.get(last..)),
            _ => Some(parts),
        };
        self.all(chosen.unwrap_or_default(), first, depth)
    }
}
