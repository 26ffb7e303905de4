//! Canvases where they are written: chains, groups, chords and `|`, with what each of their parts is; and signatures and
//! canvases that nothing is done with.

mod dropped;
mod links;

use super::environment::names::Names;
use super::link::{Linking, is_test_path};
use super::submission::passed::Place;
use super::submission::{Method, Submission, TaskIndex};
use super::{Task, production};
use crate::python::ir::{BinaryOp, Call, ExprId, ExprKind, Module, Scope, Splat};
use crate::python::{Eval, ModuleId, Value, ValueKind};
use crate::source::{FileId, Loc, Span};
use rustc_hash::FxHashMap;

pub use dropped::{Dropped, DroppedKind};

/// A canvas where it is written out.
#[derive(Debug, Clone)]
pub struct Canvas {
    pub kind: Kind,
    /// The call, or the whole `a | b`.
    pub at: Loc,
    /// In order; of a chord those of its header, then the body.
    pub parts: Vec<Part>,
    /// A chord's last part is its body.
    pub has_body: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Chain,
    Group,
    Chord,
    /// `link=` of a call: what is called with the result.
    Link,
    /// `link_error=` of a call: what is called when the task fails.
    Errback,
    /// `add_periodic_task(…, task)`: one part.
    Periodic,
}

/// One part of a canvas.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub at: Loc,
    pub what: What,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `task.s(…)`: index into `Project::submissions`.
    Signature(usize),
    /// `task.delay(…)`: index into `Project::submissions`. The task has been sent already.
    Sent(usize),
    /// The task itself: index into `Project::tasks`.
    Task(usize),
    Canvas(Kind),
    Unknown,
}

/// What canvases there are, and what is never started.
#[derive(Debug, Default)]
pub struct Canvases {
    pub canvases: Vec<Canvas>,
    pub dropped: Vec<Dropped>,
}

const CANVASES: &[(&str, Kind)] = &[
    ("celery.canvas.chain", Kind::Chain),
    ("celery.canvas.chord", Kind::Chord),
    ("celery.canvas.group", Kind::Group),
    ("celery.chain", Kind::Chain),
    ("celery.chord", Kind::Chord),
    ("celery.group", Kind::Group),
];

/// Methods that give the same signature back.
const SAME: &[&str] = &["clone", "on_error", "set"];

/// How deep values and expressions nest.
const MAX_DEPTH: u32 = 12;

/// Everything outside tests, examples and documentation, in (file, position) order.
pub fn find(linking: &Linking, tasks: &[Task], submissions: &[Submission]) -> Canvases {
    if tasks.is_empty() {
        return Canvases::default();
    }
    let index = TaskIndex::new(tasks);
    let mut by_place: FxHashMap<(FileId, Span), usize> = FxHashMap::default();
    by_place.extend(submissions.iter().enumerate().map(|(at, it)| ((it.at.file, it.at.span), at)));
    let found = linking.per_module(|eval, id| {
        let path = linking.modules.path(id);
        let module = linking.modules.get(id);
        let silent = is_test_path(path) || production::is_shown(path);
        if silent || !speaks_of_canvases(linking.modules.text(id)) {
            return Vec::new();
        }
        let names = Names::of(module);
        let finder = Finder { eval, id, module, names: &names, index: &index, submissions, by_place: &by_place };
        let canvases = finder.canvases();
        let dropped = dropped::find(&finder, &canvases);
        vec![Canvases { canvases, dropped }]
    });
    let mut all = Canvases::default();
    for one in found {
        all.canvases.extend(one.canvases);
        all.dropped.extend(one.dropped);
    }
    all
}

fn speaks_of_canvases(text: &str) -> bool {
    const SIGNS: &[&str] =
        &[".s(", ".si(", "chain", "chord", "group(", "ignature(", "link", "add_periodic_task", "apply_async", "delay"];
    SIGNS.iter().any(|sign| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some())
}

/// Finds the canvases of one module.
pub(super) struct Finder<'a> {
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    names: &'a Names<'a>,
    index: &'a TaskIndex<'a>,
    submissions: &'a [Submission],
    by_place: &'a FxHashMap<(FileId, Span), usize>,
}

impl Finder<'_> {
    fn loc(&self, expr: ExprId) -> Loc {
        Loc::new(self.module.file, self.module.span(expr))
    }

    fn canvases(&self) -> Vec<Canvas> {
        let mut found: Vec<Canvas> = Vec::new();
        for fact in &self.module.calls {
            let Some(call) = self.module.call(fact.call) else { continue };
            let scope = fact.context.scope;
            found.extend(self.links(scope, fact.call, call));
            found.extend(self.body(scope, fact.call, call));
            let Some(last) = self.module.last_name(call.func) else { continue };
            match &**last {
                "chain" | "chord" | "group" => found.extend(self.of_call(scope, fact.call, call)),
                "add_periodic_task" => found.extend(self.periodic(scope, fact.call, call)),
                _ => {}
            }
        }
        found.extend(self.pipes());
        found.sort_by_key(|canvas| canvas.at);
        found
    }

    /// The canvas that a callee makes.
    pub fn kind_of(&self, scope: Scope, callee: ExprId) -> Option<Kind> {
        // Most callees are known by their name to be none. An import under another name is not followed.
        let name = self.module.last_name(callee)?;
        CANVASES.iter().find(|(path, _)| path.ends_with(&**name))?;
        let callee = self.eval.expr(self.id, scope, callee);
        let path = callee.external()?;
        CANVASES.iter().find(|(known, _)| *known == path).map(|(_, kind)| *kind)
    }

    fn of_call(&self, scope: Scope, expr: ExprId, call: &Call) -> Option<Canvas> {
        let kind = self.kind_of(scope, call.func)?;
        let positional: Vec<ExprId> = call.positional().map(|argument| argument.value).collect();
        let (listed, body) = match kind {
            Kind::Chord => {
                let header = positional.first().copied().or_else(|| Some(call.keyword("header")?.value));
                let body = positional.get(1).copied().or_else(|| Some(call.keyword("body")?.value));
                (header.into_iter().collect(), body)
            }
            _ => (positional, None),
        };
        // A splat stands for any number of parts, unless it is written out: `chain(*[a.s(), b.s()])`.
        let splat = match &*call.args {
            [only] if only.splat == Some(Splat::Positional) => self.elements(scope, only.value),
            _ => None,
        };
        let known = !call.has_splat() || splat.is_some();
        let items: Vec<ExprId> = match (splat, listed.as_slice()) {
            (Some(items), _) => items,
            (None, [only]) => self.elements(scope, *only).unwrap_or(listed),
            _ => listed,
        };
        let mut parts: Vec<Part> = items.iter().filter(|_| known).map(|item| self.part(scope, *item)).collect();
        parts.extend(body.map(|body| self.part(scope, body)));
        Some(Canvas { kind, at: self.loc(expr), parts, has_body: body.is_some() })
    }

    /// `chord(header)(body)`
    fn body(&self, scope: Scope, expr: ExprId, call: &Call) -> Option<Canvas> {
        let inner = self.module.call(call.func)?;
        let argument = call.positional().next().filter(|_| self.kind_of(scope, inner.func) == Some(Kind::Chord))?;
        let parts = vec![self.part(scope, argument.value)];
        Some(Canvas { kind: Kind::Chord, at: self.loc(expr), parts, has_body: true })
    }

    /// The elements of a list that is written out here, or in the same function as the one value of the name; or the one that a
    /// comprehension makes.
    fn elements(&self, scope: Scope, expr: ExprId) -> Option<Vec<ExprId>> {
        let place = Place { eval: self.eval, id: self.id, module: self.module, scope, tasks: self.index };
        let (origin, home) = place.origin(expr);
        if home != scope {
            return None;
        }
        match &self.module.expr(origin).kind {
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                let splatted = |item: &ExprId| matches!(self.module.expr(*item).kind, ExprKind::Starred(_));
                (!items.iter().any(splatted)).then(|| items.to_vec())
            }
            ExprKind::Comprehension(whole) => Some(vec![whole.element]),
            _ => None,
        }
    }

    fn periodic(&self, scope: Scope, expr: ExprId, call: &Call) -> Option<Canvas> {
        let given = call.positional().nth(1).or_else(|| call.keyword("sig"))?;
        let parts = vec![self.part(scope, given.value)];
        Some(Canvas { kind: Kind::Periodic, at: self.loc(expr), parts, has_body: false })
    }

    /// Every longest `a | b | c`.
    fn pipes(&self) -> Vec<Canvas> {
        let text = self.eval.modules.text(self.id).as_bytes();
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        if !has("|") || ![".s(", ".si(", "ignature(", "group", "chain", "chord"].into_iter().any(has) {
            return Vec::new();
        }
        let is_pipe = |expr: ExprId| matches!(self.module.expr(expr).kind, ExprKind::Binary { op: BinaryOp::Or, .. });
        let all = (0..self.module.exprs.len() as u32).map(ExprId).filter(|expr| is_pipe(*expr));
        let mut inner: Vec<ExprId> = Vec::new();
        let mut found: Vec<(ExprId, Vec<ExprId>)> = Vec::new();
        for expr in all {
            let mut parts = Vec::new();
            self.operands(expr, &mut parts, &mut inner, 0);
            found.push((expr, parts));
        }
        found.retain(|(expr, _)| !inner.contains(expr));
        let canvases = found.into_iter().map(|(expr, parts)| {
            let scope = self.names.scope_at(self.module.span(expr));
            let parts: Vec<Part> = parts.iter().map(|part| self.part(scope, *part)).collect();
            Canvas { kind: Kind::Chain, at: self.loc(expr), parts, has_body: false }
        });
        // Sets and flags have the same sign; only Celery's parts tell.
        let of_celery = |part: &Part| matches!(part.what, What::Signature(_) | What::Canvas(_));
        canvases.filter(|canvas| canvas.parts.iter().any(of_celery)).collect()
    }

    fn operands(&self, expr: ExprId, into: &mut Vec<ExprId>, inner: &mut Vec<ExprId>, depth: u32) {
        match self.module.expr(expr).kind {
            ExprKind::Binary { op: BinaryOp::Or, left, right } if depth < MAX_DEPTH * 8 => {
                for side in [left, right] {
                    if matches!(self.module.expr(side).kind, ExprKind::Binary { op: BinaryOp::Or, .. }) {
                        inner.push(side);
                    }
                    self.operands(side, into, inner, depth + 1);
                }
            }
            _ => into.push(expr),
        }
    }

    /// What an expression is as a part of a canvas.
    pub fn part(&self, scope: Scope, expr: ExprId) -> Part {
        let what = match &self.module.expr(expr).kind {
            ExprKind::Call(call) => match self.kind_of(scope, call.func) {
                Some(kind) => What::Canvas(kind),
                None => self.what(&self.eval.expr(self.id, scope, expr), 0),
            },
            ExprKind::Name(_) | ExprKind::Attribute { .. } => self.what(&self.eval.expr(self.id, scope, expr), 0),
            _ => What::Unknown,
        };
        Part { at: self.loc(expr), what }
    }

    fn what(&self, value: &Value, depth: u32) -> What {
        match &value.kind {
            ValueKind::Ref(_) | ValueKind::Instance(_) => self.index.of(value).map_or(What::Unknown, What::Task),
            ValueKind::Made(made) => {
                let last = made.callee.rsplit('.').next().unwrap_or_default();
                if let Some(of) = made.receiver.as_ref().filter(|_| SAME.contains(&last) && depth < MAX_DEPTH) {
                    return self.what(of, depth + 1);
                }
                if let Some((_, kind)) = CANVASES.iter().find(|(path, _)| *path == made.callee) {
                    return if made.receiver.is_none() { What::Canvas(*kind) } else { What::Unknown };
                }
                let home = self.eval.modules.get(made.site.module);
                let place = (home.file, home.span(made.site.expr));
                let Some(at) = self.by_place.get(&place) else { return What::Unknown };
                match self.submissions.get(*at) {
                    Some(it) if !it.sure || it.handed => What::Unknown,
                    Some(it) if it.method == Method::Signature => What::Signature(*at),
                    Some(it) if matches!(it.method, Method::Delay | Method::ApplyAsync) => What::Sent(*at),
                    _ => What::Unknown,
                }
            }
            _ => What::Unknown,
        }
    }
}
