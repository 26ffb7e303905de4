//! One function under the eye: what its own expressions ask of Celery, and which functions it leads to.

use super::celery_use::{self, Read, Uses, names_stored_row};
use super::graph::{Expansion, Graph, How, Node};
use super::guards::MOVING;
use super::words::{Words, written};
use crate::python::Value;
use crate::python::eval::{Given, GivenFrame};
use crate::python::ir::*;
use crate::source::Loc;

/// How many expressions of one function are looked at.
const MAX_EXPRS: usize = 20_000;

/// Methods that make a signature of a task.
const SIGNATURES: &[&str] = &["s", "si", "signature", "subtask"];

pub struct Visit<'v, 'g> {
    pub(super) graph: &'v Graph<'g>,
    pub(super) node: Node,
    pub(super) scope: Scope,
    pub(super) found: Expansion,
    /// What is given, with the variables of comprehensions: an expression names its own by index.
    pub(super) given: Vec<Given>,
    open: Vec<Open>,
    /// Rows of django-celery-results are named.
    rows: bool,
    words: Words,
}

impl Open {
    /// The call, where a method or a function is called.
    fn of_call(self, called: Option<(ExprId, &Call)>) -> Self {
        Self { expr: called.map_or(self.expr, |(call, _)| call), ..self }
    }
}

/// What is around a statement.
#[derive(Clone, Copy, Default)]
struct Stands {
    in_loop: bool,
    guarded: bool,
}

/// An expression to look at, and how it stands.
#[derive(Clone, Copy)]
pub struct Open {
    pub expr: ExprId,
    pub tested: bool,
    pub in_loop: bool,
    /// A `try` or `with` around it may catch that the broker does not answer.
    pub guarded: bool,
    /// What is called runs in another thread: `sync_to_async(f)(…)`.
    pub moved: bool,
    pub given: usize,
}

impl<'v, 'g> Visit<'v, 'g> {
    pub fn new(graph: &'v Graph<'g>, node: Node) -> Self {
        let scope = Scope::Function(node.function);
        let given = vec![node.given.clone()];
        let (found, open, words) = (Expansion::default(), Vec::new(), Words::default());
        Self { graph, node, scope, found, given, open, rows: false, words }
    }

    pub(super) fn module(&self) -> &'g Module {
        self.graph.eval.modules.get(self.node.module)
    }

    pub fn run(mut self) -> Expansion {
        let module = self.module();
        let function = module.function(self.node.function);
        let mut blocks = vec![(&function.body, Stands::default())];
        while let Some((block, stands)) = blocks.pop() {
            for stmt in block {
                self.statement(stmt, stands);
                let loops = stands.in_loop || matches!(stmt.kind, StmtKind::For { .. } | StmtKind::While { .. });
                let guards = self.graph.guards.guards(self.graph.eval, self.node.module, self.scope, stmt);
                blocks.extend(stmt.blocks().into_iter().enumerate().map(|(index, block)| {
                    // Only what is tried is caught: the first block of a statement.
                    let guarded = stands.guarded || (guards && index == 0);
                    (block, Stands { in_loop: loops, guarded })
                }));
            }
        }
        let mut looked = 0;
        while let Some(open) = self.open.pop() {
            looked += 1;
            if looked > MAX_EXPRS {
                break;
            }
            self.expression(open);
        }
        self.finish()
    }

    fn finish(mut self) -> Expansion {
        let uses = &mut self.found.effects.uses;
        if uses.tested && self.words.tells {
            uses.status = true;
        }
        if self.rows && !uses.status && !uses.result {
            uses.status = self.words.status || !self.words.result;
            uses.result = self.words.result || !self.words.status;
        }
        uses.tested = false;
        self.found
    }

    fn push(&mut self, expr: ExprId, tested: bool, stands: Stands) {
        let Stands { in_loop, guarded } = stands;
        self.open.push(Open { expr, tested, in_loop, guarded, moved: false, given: 0 });
    }

    fn statement(&mut self, stmt: &Stmt, stands: Stands) {
        match &stmt.kind {
            StmtKind::Assign { value, .. } | StmtKind::Augmented { value, .. } => self.push(*value, false, stands),
            StmtKind::Annotated { value: Some(value), .. } => self.push(*value, false, stands),
            StmtKind::Expr(value) | StmtKind::Return(Some(value)) | StmtKind::Raise(Some(value)) => {
                self.push(*value, false, stands);
            }
            StmtKind::If(branches) => branches.iter().filter_map(|(test, _)| *test).for_each(|test| {
                self.push(test, true, stands);
            }),
            StmtKind::While { test, .. } => self.push(*test, true, Stands { in_loop: true, ..stands }),
            StmtKind::For { iter, .. } => self.push(*iter, false, stands),
            StmtKind::With { items, .. } => items.iter().for_each(|(context, _)| self.push(*context, false, stands)),
            StmtKind::Match { subject, .. } => self.push(*subject, true, stands),
            _ => {}
        }
    }

    fn expression(&mut self, at: Open) {
        let module = self.module();
        match &module.expr(at.expr).kind {
            ExprKind::Name(_) => self.reference(at, None),
            ExprKind::Attribute { value, attr, .. } => self.attribute(at, *value, attr, None),
            ExprKind::Call(call) => self.call(at, call),
            ExprKind::Lambda(function) => {
                let (module, given) = (self.node.module, self.given[at.given].clone());
                let node = Node { module, function: *function, given };
                self.found.edges.push((node, How { guarded: at.guarded, ..How::default() }));
            }
            ExprKind::Str(parts) => self.text(parts, at),
            ExprKind::Comprehension(whole) => self.comprehension(at, whole.key, whole.element, &whole.clauses),
            ExprKind::If { test, body, orelse } => {
                self.open.push(Open { expr: *test, tested: true, ..at });
                self.open.extend([Open { expr: *body, ..at }, Open { expr: *orelse, ..at }]);
            }
            ExprKind::Walrus { value, .. } => self.open.push(Open { expr: *value, ..at }),
            // Only a call keeps what its arguments are worth.
            kind => kind.for_each_child(&mut |expr| self.open.push(Open { expr, ..at })),
        }
    }

    /// Variables of a comprehension are any of the elements.
    fn comprehension(&mut self, at: Open, key: Option<ExprId>, element: ExprId, clauses: &[Clause]) {
        let mut given = self.given[at.given].clone();
        let (module, scope) = (self.node.module, self.scope);
        for clause in clauses {
            let iter = self.graph.eval.expr_given(module, scope, clause.iter, &given);
            let element = Value::one_of(self.graph.eval.elements(&iter).into_iter().take(12));
            let values = self.graph.eval.destructured(module, clause.target, &element);
            given = given.with(GivenFrame { module, scope, values, fixed: true });
            self.open.push(Open { expr: clause.iter, ..at });
        }
        self.given.push(given);
        let inner = Open { given: self.given.len() - 1, in_loop: true, ..at };
        self.open.extend(key.map(|expr| Open { expr, ..inner }));
        self.open.push(Open { expr: element, ..inner });
        let conditions = clauses.iter().flat_map(|clause| &clause.conditions);
        self.open.extend(conditions.map(|expr| Open { expr: *expr, tested: true, ..inner }));
    }

    fn text(&mut self, parts: &[StrPart], at: Open) {
        for part in parts {
            match part {
                StrPart::Literal { text, .. } => {
                    self.words.hear(text);
                    if text.contains("celery-task-meta-") {
                        self.note(Uses { status: true, result: true, ..Uses::NONE }, at);
                    }
                }
                StrPart::Hole { value, .. } => self.open.push(Open { expr: *value, tested: false, ..at }),
            }
        }
    }

    pub(super) fn value(&self, expr: ExprId, given: usize) -> Value {
        self.graph.eval.expr_given(self.node.module, self.scope, expr, &self.given[given])
    }

    pub(super) fn note(&mut self, uses: Uses, at: Open) {
        let module = self.module();
        let span = module.span(at.expr);
        if uses.submits && self.found.effects.submits.is_none_or(|known| known.span.start > span.start) {
            self.found.effects.submits = Some(Loc::new(module.file, span));
        }
        self.found.effects.uses = self.found.effects.uses.and(uses);
        if uses.submits {
            self.sends();
        }
        self.acts(uses, at);
    }

    /// The function sends tasks or makes signatures.
    fn sends(&mut self) {
        if self.found.effects.senders.is_empty() {
            self.found.effects.senders.push((self.node.module, self.node.function));
        }
    }

    fn call(&mut self, at: Open, call: &Call) {
        let module = self.module();
        match &module.expr(call.func).kind {
            ExprKind::Attribute { value, attr, .. } => {
                self.attribute(Open { expr: call.func, ..at }, *value, attr, Some((at.expr, call)));
            }
            ExprKind::Name(_) => self.reference(Open { expr: call.func, ..at }, Some((at.expr, call))),
            _ => {
                let callee = self.value(call.func, at.given);
                let wrapper = module.call(call.func).and_then(|inner| module.last_name(inner.func));
                let moved = wrapper.is_some_and(|name| MOVING.contains(&&**name));
                self.called(&callee, Open { moved, ..at }, call);
                self.open.push(Open { expr: call.func, tested: false, ..at });
            }
        }
        for argument in &call.args {
            if let Some(name) = &argument.name {
                self.words.hear(name);
            }
            self.open.push(Open { expr: argument.value, tested: false, ..at });
        }
    }

    /// A name: a function that is called or passed on.
    fn reference(&mut self, at: Open, called: Option<(ExprId, &Call)>) {
        let value = self.value(at.expr, at.given);
        for alternative in value.alternatives() {
            self.note(super::rows::of_value(self.graph.eval, alternative), at);
            let Some(path) = alternative.external() else { continue };
            self.rows |= names_stored_row(path);
            if path.starts_with("celery") && path.ends_with(".send_task") {
                self.note(Uses::SUBMITS, at.of_call(called));
            }
        }
        match called {
            Some((expr, call)) => self.called(&value, Open { expr, ..at }, call),
            None => self.passed(&value, at),
        }
    }

    fn attribute(&mut self, at: Open, receiver: ExprId, attr: &str, called: Option<(ExprId, &Call)>) {
        let module = self.module();
        let of = self.value(receiver, at.given);
        if called.is_some() && SIGNATURES.contains(&attr) {
            self.sends();
        }
        let read = Read {
            receiver: &of,
            written: module.dotted(receiver).or_else(|| written(module, receiver)),
            attr,
            tested: at.tested,
            in_loop: at.in_loop,
        };
        let uses = celery_use::of_attribute(self.graph.celery, self.graph.eval, &read);
        self.note(uses, at.of_call(called));
        if let Some(path) = of.external() {
            self.rows |= names_stored_row(&format!("{path}.{attr}"));
        }
        self.open.push(Open { expr: receiver, tested: false, ..at });
        self.member(&of, attr, at, called.map(|(_, call)| call));
        let value = self.graph.eval.attribute(&of, attr);
        self.note(super::rows::of_value(self.graph.eval, &value), at);
        match called {
            Some((expr, call)) => self.called(&value, Open { expr, ..at }, call),
            None => self.passed(&value, at),
        }
    }
}
