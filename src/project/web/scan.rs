//! Looking at one module's registrations: what stands where, and with which values of parameters and loop variables.

use std::cell::{Cell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::link::Linking;
use crate::python::eval::{Given, GivenFrame};
use crate::python::ir::*;
use crate::python::{Args, Eval, Module, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// How many calls of a function, elements of a loop, and combinations of both are told apart.
pub(super) const MAX_CALLS: usize = 40;
const MAX_ELEMENTS: usize = 128;
const MAX_GIVEN: usize = 512;
pub(super) const MAX_DEPTH: u32 = 4;

/// A function or class that a decorator stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    Function(FunctionId),
    Class(ClassId),
}

/// A `for` loop or a clause of a comprehension.
struct Loop {
    span: crate::source::Span,
    target: ExprId,
    iter: ExprId,
}

/// What one module's tree does not say directly.
#[derive(Default)]
pub struct Index {
    /// What each decorator stands on, with the decorator's place.
    pub decorated: FxHashMap<ExprId, (Definition, crate::source::Span)>,
    /// `f(…)(g)`: from the inner call to the outer one.
    pub applied: FxHashMap<ExprId, ExprId>,
    loops: Vec<Loop>,
}

impl Index {
    pub fn new(module: &Module) -> Self {
        let mut index = Self::default();
        for (id, function) in module.functions.iter().enumerate() {
            for decorator in &function.decorators {
                let on = Definition::Function(FunctionId(id as u32));
                index.decorated.insert(decorator.value, (on, decorator.span));
            }
            index.note_loops(&function.body);
        }
        for (id, class) in module.classes.iter().enumerate() {
            for decorator in &class.decorators {
                index.decorated.insert(decorator.value, (Definition::Class(ClassId(id as u32)), decorator.span));
            }
            index.note_loops(&class.body);
        }
        index.note_loops(&module.body);
        for (id, expr) in module.exprs.iter().enumerate() {
            match &expr.kind {
                ExprKind::Call(call) if matches!(module.expr(call.func).kind, ExprKind::Call(_)) => {
                    index.applied.insert(call.func, ExprId(id as u32));
                }
                ExprKind::Comprehension(whole) => {
                    let made = whole.clauses.iter().map(|c| Loop { span: expr.span, target: c.target, iter: c.iter });
                    index.loops.extend(made);
                }
                _ => {}
            }
        }
        index.loops.sort_by_key(|one| (one.span.start, std::cmp::Reverse(one.span.end)));
        index
    }

    fn note_loops(&mut self, block: &Block) {
        let mut blocks = vec![block];
        while let Some(block) = blocks.pop() {
            for stmt in block {
                if let StmtKind::For { target, iter, .. } = &stmt.kind {
                    self.loops.push(Loop { span: stmt.span, target: *target, iter: *iter });
                }
                blocks.extend(stmt.blocks());
            }
        }
    }
}

/// One module under the eyes of one evaluator.
pub struct Scan<'s> {
    pub linking: &'s Linking<'s>,
    pub eval: &'s Eval<'s>,
    /// What is known of the calls of a function, by how far their own callers were asked.
    contexts: RefCell<FxHashMap<(ModuleId, FunctionId, u32), Vec<Given>>>,
    /// The functions whose calls are being looked for.
    asking: RefCell<FxHashSet<(ModuleId, FunctionId)>>,
    /// How often a function was met that is being asked about already: what follows from that is not remembered.
    circles: Cell<u32>,
}

impl<'s> Scan<'s> {
    pub fn new(linking: &'s Linking<'s>, eval: &'s Eval<'s>) -> Self {
        Self { linking, eval, contexts: RefCell::default(), asking: RefCell::default(), circles: Cell::new(0) }
    }

    pub fn module(&self, id: ModuleId) -> &'s Module {
        self.eval.modules.get(id)
    }

    pub fn loc(&self, module: ModuleId, span: crate::source::Span) -> Loc {
        Loc::new(self.module(module).file, span)
    }

    /// The ways in which an expression is reached: one for each call of the functions around it and each element of
    /// the loops around it, as far as they are known; at least one.
    pub fn contexts(&self, index: &Index, module: ModuleId, scope: Scope, expr: ExprId) -> Vec<Given> {
        let lowered = self.module(module);
        let around = lowered.enclosing_function(scope);
        let mut all = around.map_or_else(|| vec![Given::default()], |id| self.calls_of(module, id, MAX_DEPTH));
        let span = lowered.span(expr);
        let body = around.map(|id| lowered.function(id).span);
        let until = index.loops.partition_point(|one| one.span.start <= span.start);
        let from = until.saturating_sub(512);
        for one in &index.loops[from..until] {
            let inside = one.span.contains(span) && lowered.span(one.iter) != span;
            if !inside || body.is_some_and(|body| !body.contains(one.span)) || lowered.span(one.iter).contains(span) {
                continue;
            }
            all = all.iter().flat_map(|given| self.elements(module, scope, one, given)).take(MAX_GIVEN).collect();
        }
        all
    }

    fn elements(&self, module: ModuleId, scope: Scope, one: &Loop, given: &Given) -> Vec<Given> {
        let iter = self.eval.expr_given(module, scope, one.iter, given);
        let items = self.eval.elements(&iter);
        let bound = |item: &Value| {
            let values = self.eval.destructured(module, one.target, item);
            given.with(GivenFrame { module, scope, values, fixed: true })
        };
        items.iter().take(MAX_ELEMENTS).map(bound).collect()
    }

    /// What the project's calls of a function give its parameters; one empty answer when no call is known.
    pub fn calls_of(&self, module: ModuleId, id: FunctionId, depth: u32) -> Vec<Given> {
        if let Some(known) = self.contexts.borrow().get(&(module, id, depth)) {
            return known.clone();
        }
        // Against recursion: while the question is open its answer is empty.
        if !self.asking.borrow_mut().insert((module, id)) {
            self.circles.set(self.circles.get() + 1);
            return vec![Given::default()];
        }
        let circles = self.circles.get();
        let function = self.module(module).function(id);
        let outer = match self.module(module).enclosing_function(function.parent) {
            Some(outer) if depth > 0 => self.calls_of(module, outer, depth - 1),
            _ => vec![Given::default()],
        };
        let own = if depth > 0 { self.frames_of(module, id, depth) } else { Vec::new() };
        let all: Vec<Given> = if own.is_empty() {
            outer
        } else {
            outer.iter().flat_map(|given| own.iter().map(|frame| given.with(frame.clone()))).take(MAX_GIVEN).collect()
        };
        self.asking.borrow_mut().remove(&(module, id));
        if depth == MAX_DEPTH || self.circles.get() == circles {
            self.contexts.borrow_mut().insert((module, id, depth), all.clone());
        }
        all
    }

    fn frames_of(&self, module: ModuleId, id: FunctionId, depth: u32) -> Vec<GivenFrame> {
        let function = self.module(module).function(id);
        if function.params.is_empty() {
            return Vec::new();
        }
        let sites = match (&*function.name, function.parent) {
            ("__init__", Scope::Class(class)) => {
                self.linking.sites.of(&self.module(module).class(class).name, 4 * MAX_CALLS)
            }
            _ => self.linking.sites.of(&function.name, 4 * MAX_CALLS),
        };
        let mut found = Vec::new();
        for site in sites {
            let around = self.module(site.module).enclosing_function(site.scope);
            let recursive = site.module == module && around == Some(id);
            if recursive || found.len() >= MAX_CALLS {
                continue;
            }
            if !self.may_call(*site, module, id) {
                continue;
            }
            let callers = around.map_or_else(|| vec![Given::default()], |f| self.calls_of(site.module, f, depth - 1));
            for given in callers {
                found.extend(self.frame_at(*site, &given, module, id));
            }
        }
        found
    }

    /// Whether a call may be one of that function, whoever calls the function around it: most calls of a common name are
    /// of something else, and each would be asked about once for every way there.
    fn may_call(&self, site: Site, module: ModuleId, id: FunctionId) -> bool {
        let Some(call) = self.module(site.module).call(site.expr) else { return false };
        let Some(callee) = self.eval.settled(site.module, site.scope, call.func) else { return true };
        callee.alternatives().iter().any(|callee| match &callee.kind {
            ValueKind::Ref(Ref::Function(m, f)) => (*m, *f) == (module, id),
            ValueKind::Ref(Ref::Class(m, c)) => self.is_made_by(*m, *c, module, id),
            ValueKind::Method { of, name } => {
                self.eval.method_of(of, name).is_some_and(|(m, f, _)| (m, f) == (module, id))
            }
            _ => false,
        })
    }

    /// Whether that function is the constructor of a class.
    fn is_made_by(&self, m: ModuleId, class: ClassId, module: ModuleId, id: FunctionId) -> bool {
        let init = self.eval.member(m, class, "__init__").map(|init| init.kind);
        matches!(init, Some(ValueKind::Ref(Ref::Function(m, f))) if (m, f) == (module, id))
    }

    /// The parameters' values at one call, if it calls that function.
    fn frame_at(&self, site: Site, given: &Given, module: ModuleId, id: FunctionId) -> Option<GivenFrame> {
        let call = self.module(site.module).call(site.expr)?;
        let callee = self.eval.expr_given(site.module, site.scope, call.func, given);
        let this = callee.alternatives().iter().find_map(|callee| match &callee.kind {
            ValueKind::Ref(Ref::Function(m, f)) if (*m, *f) == (module, id) => Some(None),
            ValueKind::Ref(Ref::Class(m, c)) => self.is_made_by(*m, *c, module, id).then(|| {
                let args = self.eval.arguments_given(site, given);
                let at = self.loc(site.module, self.module(site.module).span(site.expr));
                Some(self.eval.call_value(callee, &args, site, at))
            }),
            ValueKind::Method { of, name } => {
                let (m, f, this) = self.eval.method_of(of, name)?;
                ((m, f) == (module, id)).then_some(this)
            }
            _ => None,
        })?;
        let args: Args = self.eval.arguments_given(site, given);
        let values = self.eval.bind(module, id, &args, this.as_ref());
        Some(GivenFrame { module, scope: Scope::Function(id), values, fixed: false })
    }
}
