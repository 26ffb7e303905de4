//! Reads that a test spares: whether the program works without a variable, or stops when it is missing, is told by the
//! `if`, the conditional, the comparison or the `assert` that looks at its value.
//!
//! A test says two things: what is surely set when it holds, and what is surely set when it does not. The second is also
//! what makes it hold by being absent: where its branch raises, the variable is needed.

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::Names;
use super::python::Reading;
use crate::files::Need;
use crate::python::ir::{Block, CompareOp, ExprId, ExprKind, Module, Stmt, StmtKind};
use crate::python::value::ValueKind;
use crate::source::Span;

/// How deep statements and tests are followed.
const DEPTH: u32 = 20;

/// Functions that end the program or the command, by their last name.
const EXITS: &[&str] = &["exit", "_exit", "quit", "abort", "fail", "die", "error"];

/// Libraries whose calls raise by themselves when a variable is missing: a test comes too late for them.
const RAISING: &[&str] = &["django-environ", "environs", "python-decouple", "starlette", "prettyconf", "envparse"];

/// Corrects the need of every read by the tests of its module (whose text is `text`).
pub(super) fn correct(module: &Module, text: &str, readings: &mut [Reading]) {
    if readings.is_empty() {
        return;
    }
    let known = readings.iter().map(|reading| reading.expr).collect();
    let (spared, needed) = (FxHashSet::default(), FxHashSet::default());
    let mut tests = Tests { module, text, known, names: Names::of(module), spared, needed, answered: Vec::new() };
    tests.expressions();
    tests.blocks();
    tests.apply(readings);
}

struct Tests<'m> {
    module: &'m Module,
    text: &'m str,
    /// Every expression that reads.
    known: FxHashSet<ExprId>,
    names: Names<'m>,
    /// Reads that something tests without minding.
    spared: FxHashSet<ExprId>,
    /// Reads that have to give something, or the program stops.
    needed: FxHashSet<ExprId>,
    /// Where reads are surely answered: they ask for the variables of these other reads.
    answered: Vec<(Span, Vec<ExprId>)>,
}

impl Tests<'_> {
    /// Conditionals, `and`, `or`, comparisons, `bool(…)`, wherever they stand.
    fn expressions(&mut self) {
        for (index, expr) in self.module.exprs.iter().enumerate() {
            match &expr.kind {
                ExprKind::If { test, body, orelse } => {
                    self.spare(*test);
                    self.answer(self.module.span(*body), self.set(*test, true, 0));
                    self.answer(self.module.span(*orelse), self.set(*test, false, 0));
                }
                ExprKind::Logic { any, values } => {
                    let Some((_, first)) = values.split_last() else { continue };
                    for (place, value) in first.iter().enumerate() {
                        let rest = self.module.span(values[place + 1]).cover(expr.span);
                        let rest = Span::new(self.module.span(values[place + 1]).start, rest.end);
                        self.answer(rest, self.set(*value, !any, 0));
                        if !any || matches!(self.module.expr(*value).kind, ExprKind::Name(_)) {
                            self.spare(*value);
                        }
                    }
                }
                ExprKind::Compare { .. } => self.spare(ExprId(index as u32)),
                ExprKind::Call(call) if self.module.dotted(call.func).as_deref() == Some("bool") => {
                    call.args.iter().for_each(|argument| self.spare(argument.value));
                }
                ExprKind::Comprehension(whole) => {
                    whole.clauses.iter().flat_map(|clause| &clause.conditions).for_each(|test| self.spare(*test));
                }
                _ => {}
            }
        }
    }

    fn blocks(&mut self) {
        let module = self.module;
        let asserted = self.asserted();
        for block in std::iter::once(&module.body)
            .chain(module.functions.iter().map(|function| &function.body))
            .chain(module.classes.iter().map(|class| &class.body))
        {
            self.block(block, &asserted, 0);
        }
    }

    fn block(&mut self, block: &Block, asserted: &FxHashMap<u32, ExprId>, depth: u32) {
        if depth > DEPTH {
            return;
        }
        let end = block.last().map_or(0, |stmt| stmt.span.end);
        for stmt in block {
            match &stmt.kind {
                StmtKind::If(branches) => self.branches(stmt, branches, end),
                StmtKind::Other => {
                    if let Some(test) = asserted.get(&stmt.span.start) {
                        self.needed.extend(self.set(*test, true, 0));
                    }
                }
                _ => {}
            }
            stmt.blocks().into_iter().for_each(|inner| self.block(inner, asserted, depth + 1));
        }
    }

    /// `if … elif … else`; `end` is where the block around it ends.
    fn branches(&mut self, stmt: &Stmt, branches: &[(Option<ExprId>, Block)], end: u32) {
        let otherwise = branches.last().filter(|(test, _)| test.is_none()).map(|(_, body)| body);
        let only = branches.iter().filter(|(test, _)| test.is_some()).count() == 1;
        for (test, body) in branches.iter().filter_map(|(test, body)| Some(((*test)?, body))) {
            let (set, unset) = (self.set(test, true, 0), self.set(test, false, 0));
            if let (Some(first), Some(last)) = (body.first(), body.last()) {
                self.answer(first.span.cover(last.span), set.clone());
            }
            if only && let Some((first, last)) = otherwise.and_then(|body| Some((body.first()?, body.last()?))) {
                self.answer(first.span.cover(last.span), unset.clone());
            }
            if only && (self.stops(body, 0) || matches!(body.last().map(|it| &it.kind), Some(StmtKind::Return(_)))) {
                self.answer(Span::new(stmt.span.end, end.max(stmt.span.end)), unset.clone());
            }
            if self.is_replaced(test, body) {
                self.spare(test);
                continue;
            }
            match (self.stops(body, 0), otherwise.is_some_and(|body| self.stops(body, 0))) {
                (true, _) => self.needed.extend(unset),
                (false, true) if only => self.needed.extend(set),
                (false, true) => {}
                (false, false) => self.spare(test),
            }
        }
    }

    /// `if not NAME: NAME = …`: another value takes its place.
    fn is_replaced(&self, test: ExprId, body: &Block) -> bool {
        let operand = match self.module.expr(test).kind {
            ExprKind::Not(operand) => operand,
            _ => self.comparison(test).map_or(test, |(left, _)| left),
        };
        let ExprKind::Name(name) = &self.module.expr(operand).kind else { return false };
        let Some((first, last)) = body.first().zip(body.last()) else { return false };
        self.names.binds_within(self.module.span(operand), name, first.span.cover(last.span))
    }

    /// Whether a block raises or leaves the program, perhaps under a condition of its own.
    fn stops(&self, block: &Block, depth: u32) -> bool {
        let exits = |call: ExprId| {
            let name = self.module.call(call).and_then(|call| self.module.dotted(call.func));
            name.is_some_and(|name| EXITS.contains(&name.rsplit('.').next().unwrap_or(&name)) && !is_logging(&name))
        };
        depth <= DEPTH
            && block.iter().any(|stmt| match &stmt.kind {
                StmtKind::Raise(_) => true,
                StmtKind::Expr(call) => exits(*call),
                StmtKind::If(branches) => branches.iter().any(|(_, inner)| self.stops(inner, depth + 1)),
                StmtKind::With { body, .. } => self.stops(body, depth + 1),
                _ => false,
            })
    }

    /// The tests of `assert` statements, by where the statement starts.
    fn asserted(&self) -> FxHashMap<u32, ExprId> {
        let mut widest: FxHashMap<u32, ExprId> = FxHashMap::default();
        if !self.text.contains("assert") {
            return widest;
        }
        for (index, expr) in self.module.exprs.iter().enumerate() {
            let known = widest.entry(expr.span.start).or_insert(ExprId(index as u32));
            if self.module.span(*known).len() < expr.span.len() {
                *known = ExprId(index as u32);
            }
        }
        let places = self.text.match_indices("assert").filter_map(|(at, word)| {
            let rest = self.text.get(at + word.len()..)?;
            let test = at + word.len() + (rest.len() - rest.trim_start_matches([' ', '(']).len());
            Some((u32::try_from(at).ok()?, *widest.get(&u32::try_from(test).ok()?)?))
        });
        places.collect()
    }

    fn spare(&mut self, test: ExprId) {
        let mut found = Vec::new();
        self.leaves(test, &mut found, 0);
        self.spared.extend(found);
    }

    fn answer(&mut self, place: Span, by: Vec<ExprId>) {
        if !by.is_empty() {
            self.answered.push((place, by));
        }
    }

    /// Every read that a test looks at.
    fn leaves(&self, test: ExprId, found: &mut Vec<ExprId>, depth: u32) {
        if depth > DEPTH {
            return;
        }
        match &self.module.expr(test).kind {
            ExprKind::Not(inner) => self.leaves(*inner, found, depth + 1),
            ExprKind::Logic { values, .. } => values.iter().for_each(|value| self.leaves(*value, found, depth + 1)),
            ExprKind::Compare { .. } => match self.comparison(test) {
                Some((left, _)) => self.leaves(left, found, depth + 1),
                None => found.extend(self.subject(test)),
            },
            _ => match self.joined(test) {
                Some((_, elements)) => elements.iter().for_each(|element| self.leaves(*element, found, depth + 1)),
                None => found.extend(self.subject(test)),
            },
        }
    }

    /// What is surely set when the test holds (or does not).
    fn set(&self, test: ExprId, holds: bool, depth: u32) -> Vec<ExprId> {
        if depth > DEPTH {
            return Vec::new();
        }
        let all = |values: &[ExprId]| values.iter().flat_map(|value| self.set(*value, holds, depth + 1)).collect();
        match &self.module.expr(test).kind {
            ExprKind::Not(inner) => self.set(*inner, !holds, depth + 1),
            ExprKind::Logic { any, values } if *any != holds => all(values),
            ExprKind::Logic { .. } => Vec::new(),
            ExprKind::Compare { rest, .. } => match (self.comparison(test), &**rest) {
                (Some((left, when)), _) if when == holds => self.set(left, true, depth + 1),
                (None, [(CompareOp::In, _)]) if holds => self.subject(test),
                (None, [(CompareOp::NotIn, _)]) if !holds => self.subject(test),
                _ => Vec::new(),
            },
            _ => match self.joined(test) {
                Some((any, elements)) if any != holds => all(&elements),
                Some(_) => Vec::new(),
                None if holds => self.subject(test),
                None => Vec::new(),
            },
        }
    }

    /// `all([…])` and `any([…])`: whether any one suffices, and the elements; `bool(x)` is both.
    fn joined(&self, test: ExprId) -> Option<(bool, Vec<ExprId>)> {
        let call = self.module.call(test)?;
        let [argument] = &*call.args else { return None };
        let name = self.module.dotted(call.func)?;
        let elements = match &self.module.expr(argument.value).kind {
            ExprKind::List(elements) | ExprKind::Tuple(elements) | ExprKind::Set(elements) => elements.to_vec(),
            ExprKind::Comprehension(whole) => vec![whole.element],
            _ if name == "bool" => return Some((false, vec![argument.value])),
            _ => return None,
        };
        matches!(name.as_str(), "all" | "any").then_some((name == "any", elements))
    }

    /// A comparison with something fixed: what is compared, and whether it is set when the comparison holds.
    fn comparison(&self, test: ExprId) -> Option<(ExprId, bool)> {
        let ExprKind::Compare { left, rest } = &self.module.expr(test).kind else { return None };
        let [(op, right)] = &**rest else { return None };
        let (start, end) = (self.module.span(*left).end, self.module.span(*right).start);
        let written = self.text.get(start as usize..end as usize).unwrap_or_default();
        let negated = written.contains("not") || written.contains("!=");
        let empty = match &self.module.expr(*right).kind {
            ExprKind::None => true,
            ExprKind::Str(parts) => parts.is_empty() || self.module.span(*right).len() <= 2,
            ExprKind::Int(_) | ExprKind::Bool(_) => false,
            ExprKind::Name(_) | ExprKind::Attribute { .. } if *op == CompareOp::Equal => false,
            ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Set(_) => false,
            _ => return None,
        };
        Some((*left, empty == negated))
    }

    /// The reads behind one operand of a test: itself, what a name was given, `self.name`.
    fn subject(&self, expr: ExprId) -> Vec<ExprId> {
        let mut found = match &self.module.expr(expr).kind {
            ExprKind::Name(name) => self.names.values(self.names.scope_at(self.module.span(expr)), name),
            ExprKind::Walrus { value, .. } => vec![*value],
            ExprKind::Attribute { value, attr, .. } if self.is_self(*value) => {
                self.names.attributes(self.names.scope_at(self.module.span(expr)), attr)
            }
            _ => vec![expr],
        };
        found.retain(|found| self.known.contains(found));
        found
    }

    fn is_self(&self, expr: ExprId) -> bool {
        matches!(&self.module.expr(expr).kind, ExprKind::Name(name) if matches!(&**name, "self" | "cls"))
    }

    fn apply(&self, readings: &mut [Reading]) {
        let names: FxHashMap<ExprId, Vec<String>> = readings
            .iter()
            .map(|reading| {
                let keys = reading.accesses.iter().flat_map(|access| &access.keys);
                (reading.expr, keys.flat_map(|key| key.names.clone()).collect())
            })
            .collect();
        let rebound = self.names.rebound();
        let places = self.places(&names);
        for reading in readings {
            let span = self.module.span(reading.expr);
            let own = names.get(&reading.expr).map(Vec::as_slice).unwrap_or_default();
            let answered = own.iter().any(|name| places.get(name.as_str()).is_some_and(|places| places.contain(span)));
            let is_call = self.module.call(reading.expr).is_some();
            let needed = self.needed.contains(&reading.expr) && !rebound.contains(&reading.expr);
            for access in &mut reading.accesses {
                let spared = is_call && self.spared.contains(&reading.expr) && !RAISING.contains(&access.how);
                let empty = match &access.default {
                    Some(default) => is_empty(&default.kind),
                    // What a wrapper of the project gives instead is not known.
                    None => self.is_plain_read(reading.expr),
                };
                if answered {
                    access.need = Need::Optional;
                } else if needed && empty {
                    access.need = Need::Required;
                } else if spared && !needed {
                    access.need = Need::Optional;
                }
            }
        }
    }

    /// `environ["X"]`, `environ.get("X")`, `getenv("X")`, `"X" in environ`.
    fn is_plain_read(&self, expr: ExprId) -> bool {
        let Some(call) = self.module.call(expr) else { return true };
        let name = self.module.dotted(call.func).unwrap_or_default();
        matches!(name.rsplit('.').next(), Some("get" | "getenv" | "getenvb" | "pop"))
    }

    /// Where each variable is surely set.
    fn places<'n>(&self, names: &'n FxHashMap<ExprId, Vec<String>>) -> FxHashMap<&'n str, Places> {
        let mut places: FxHashMap<&str, Places> = FxHashMap::default();
        for (place, by) in &self.answered {
            for name in by.iter().filter_map(|by| names.get(by)).flatten() {
                places.entry(name).or_default().0.push(*place);
            }
        }
        places.values_mut().for_each(Places::settle);
        places
    }
}

/// Parts of a file. Once settled they are in order, and each ends where the farthest of those up to it does.
#[derive(Default)]
struct Places(Vec<Span>);

impl Places {
    fn settle(&mut self) {
        self.0.sort();
        let mut end = 0;
        for place in &mut self.0 {
            end = place.end.max(end);
            *place = Span::new(place.start, end);
        }
    }

    fn contain(&self, span: Span) -> bool {
        let before = self.0.partition_point(|place| place.start <= span.start);
        before.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|place| place.end >= span.end)
    }
}

/// `logger.error(…)`, which stops nothing.
fn is_logging(name: &str) -> bool {
    let base = name.rsplit_once('.').map_or("", |(base, _)| base).to_ascii_lowercase();
    ["log", "messages", "stderr", "console", "sentry"].iter().any(|word| base.contains(word))
}

/// A default that a test takes for nothing.
fn is_empty(default: &ValueKind) -> bool {
    match default {
        ValueKind::None | ValueKind::Bool(false) | ValueKind::Int(0) => true,
        ValueKind::Text(text) => text.is_empty(),
        _ => false,
    }
}
