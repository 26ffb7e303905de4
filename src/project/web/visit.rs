//! One function under the eye: what its own expressions ask of Celery, and which functions it leads to.

use super::celery_use::{self, Read, Uses, names_stored_row};
use super::graph::{Expansion, Graph, Node};
use super::words::{Words, text_of, written};
use crate::python::eval::{Given, GivenFrame};
use crate::python::ir::*;
use crate::python::{Args, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// How many expressions of one function are looked at.
const MAX_EXPRS: usize = 20_000;

/// Methods that make a signature of a task.
const SIGNATURES: &[&str] = &["s", "si", "signature", "subtask"];

pub struct Visit<'v, 'g> {
    graph: &'v Graph<'g>,
    node: Node,
    scope: Scope,
    found: Expansion,
    /// What is given, with the variables of comprehensions: an expression names its own by index.
    given: Vec<Given>,
    open: Vec<Open>,
    /// Rows of django-celery-results are named.
    rows: bool,
    words: Words,
}

/// An expression to look at, and how it stands.
#[derive(Clone, Copy)]
struct Open {
    expr: ExprId,
    tested: bool,
    in_loop: bool,
    given: usize,
}

impl<'v, 'g> Visit<'v, 'g> {
    pub fn new(graph: &'v Graph<'g>, node: Node) -> Self {
        let scope = Scope::Function(node.function);
        let given = vec![node.given.clone()];
        let (found, open, words) = (Expansion::default(), Vec::new(), Words::default());
        Self { graph, node, scope, found, given, open, rows: false, words }
    }

    fn module(&self) -> &'g Module {
        self.graph.eval.modules.get(self.node.module)
    }

    pub fn run(mut self) -> Expansion {
        let module = self.module();
        let function = module.function(self.node.function);
        let mut blocks = vec![(&function.body, false)];
        while let Some((block, in_loop)) = blocks.pop() {
            for stmt in block {
                self.statement(stmt, in_loop);
                let loops = in_loop || matches!(stmt.kind, StmtKind::For { .. } | StmtKind::While { .. });
                blocks.extend(stmt.blocks().into_iter().map(|block| (block, loops)));
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

    fn push(&mut self, expr: ExprId, tested: bool, in_loop: bool) {
        self.open.push(Open { expr, tested, in_loop, given: 0 });
    }

    fn statement(&mut self, stmt: &Stmt, in_loop: bool) {
        match &stmt.kind {
            StmtKind::Assign { value, .. } | StmtKind::Augmented { value, .. } => self.push(*value, false, in_loop),
            StmtKind::Annotated { value: Some(value), .. } => self.push(*value, false, in_loop),
            StmtKind::Expr(value) | StmtKind::Return(Some(value)) | StmtKind::Raise(Some(value)) => {
                self.push(*value, false, in_loop);
            }
            StmtKind::If(branches) => branches.iter().filter_map(|(test, _)| *test).for_each(|test| {
                self.push(test, true, in_loop);
            }),
            StmtKind::While { test, .. } => self.push(*test, true, true),
            StmtKind::For { iter, .. } => self.push(*iter, false, in_loop),
            StmtKind::With { items, .. } => items.iter().for_each(|(context, _)| self.push(*context, false, in_loop)),
            StmtKind::Match { subject, .. } => self.push(*subject, true, in_loop),
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
                self.found.edges.push(Node { module, function: *function, given });
            }
            ExprKind::Str(parts) => self.text(parts, at),
            ExprKind::Comprehension { key, element, clauses, .. } => self.comprehension(at, *key, *element, clauses),
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
                        self.note(Uses { status: true, result: true, ..Uses::NONE }, at.expr);
                    }
                }
                StrPart::Hole { value, .. } => self.open.push(Open { expr: *value, tested: false, ..at }),
            }
        }
    }

    fn value(&self, expr: ExprId, given: usize) -> Value {
        self.graph.eval.expr_given(self.node.module, self.scope, expr, &self.given[given])
    }

    fn note(&mut self, uses: Uses, at: ExprId) {
        let module = self.module();
        if uses.submits && self.found.effects.submits.is_none_or(|known| known.span.start > module.span(at).start) {
            self.found.effects.submits = Some(Loc::new(module.file, module.span(at)));
        }
        self.found.effects.uses = self.found.effects.uses.and(uses);
        if uses.submits {
            self.sends();
        }
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
                self.called(&callee, at, call);
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
            self.note(super::rows::of_value(self.graph.eval, alternative), at.expr);
            let Some(path) = alternative.external() else { continue };
            self.rows |= names_stored_row(path);
            if path.starts_with("celery") && path.ends_with(".send_task") {
                self.note(Uses::SUBMITS, called.map_or(at.expr, |(call, _)| call));
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
        self.note(uses, called.map_or(at.expr, |(call, _)| call));
        if let Some(path) = of.external() {
            self.rows |= names_stored_row(&format!("{path}.{attr}"));
        }
        self.open.push(Open { expr: receiver, tested: false, ..at });
        self.member(&of, attr, at, called.map(|(_, call)| call));
        let value = self.graph.eval.attribute(&of, attr);
        self.note(super::rows::of_value(self.graph.eval, &value), at.expr);
        match called {
            Some((expr, call)) => self.called(&value, Open { expr, ..at }, call),
            None => self.passed(&value, at),
        }
    }

    /// Methods and properties of instances, rows and unknown objects.
    fn member(&mut self, of: &Value, attr: &str, at: Open, call: Option<&Call>) {
        for receiver in of.alternatives() {
            if matches!(receiver.kind, ValueKind::Instance(_))
                && call.is_none()
                && let Some((module, function, this)) = self.graph.eval.method_of(receiver, attr)
            {
                self.lead(module, function, &Args::default(), this.as_ref(), at);
            }
            if call.is_some() {
                self.found.edges.extend(self.graph.signals.fired(self.graph, receiver, attr));
            }
            if let Some((module, class)) = super::signals::row_class(receiver)
                && let Some((module, function, this)) =
                    self.graph.eval.method_of(&super::views::instance(module, class), attr)
            {
                self.lead(module, function, &Args::default(), this.as_ref(), at);
            }
        }
        if call.is_some() && of.is_unknown() {
            self.found.edges.extend(self.graph.only_method(attr));
        }
        if let ValueKind::Made(made) = &of.kind
            && made.callee == "super"
        {
            self.found.edges.extend(self.super_method(attr));
        }
    }

    /// `super().method`: the next class that defines it, seen from the class of `self`.
    fn super_method(&self, name: &str) -> Option<Node> {
        let function = self.module().function(self.node.function);
        let Scope::Class(own) = function.parent else { return None };
        let this = self.node.given.frames().iter().find(|frame| frame.scope == self.scope).and_then(|frame| {
            let first = function.params.first()?;
            frame.values.iter().find(|(name, _)| *name == first.name).map(|(_, value)| value.clone())
        });
        let (module, class) = match this.as_ref().map(|value| &value.kind) {
            Some(ValueKind::Instance(instance)) => (instance.module, instance.class),
            _ => (self.node.module, own),
        };
        let chain = self.graph.eval.classes(module, class);
        let here = chain.iter().position(|found| *found == (self.node.module, own))?;
        let next = chain[here + 1..].iter().find_map(|(module, class)| {
            let lowered = self.graph.eval.modules.get(*module);
            let defines = |f: &Function| f.parent == Scope::Class(*class) && &*f.name == name;
            lowered.functions.iter().position(defines).map(|index| (*module, FunctionId(index as u32)))
        });
        let (module, function) = next?;
        let args = Args { open: true, ..Args::default() };
        Some(self.graph.node(module, function, &args, this.as_ref(), &Given::default()))
    }

    /// What a call leads to.
    fn called(&mut self, callee: &Value, at: Open, call: &Call) {
        for callee in callee.alternatives().iter().take(6) {
            match &callee.kind {
                ValueKind::Ref(Ref::Function(module, function)) => {
                    let args = self.args(at);
                    self.lead(*module, *function, &args, None, at);
                }
                ValueKind::Ref(Ref::Class(module, class)) => self.made(*module, *class, callee, at),
                ValueKind::Method { of, name } => {
                    if let Some((module, function, this)) = self.graph.eval.method_of(of, name) {
                        let args = self.args(at);
                        self.lead(module, function, &args, this.as_ref(), at);
                    }
                }
                ValueKind::Instance(_) => {
                    if let Some((module, function, this)) = self.graph.eval.method_of(callee, "__call__") {
                        let args = self.args(at);
                        self.lead(module, function, &args, this.as_ref(), at);
                    }
                }
                ValueKind::Made(made) if made.callee.starts_with("celery.") && is_canvas(&made.callee) => {
                    self.note(Uses::SUBMITS, at.expr);
                }
                ValueKind::Ref(Ref::External(path)) => self.outside(path, at, call),
                _ => {}
            }
        }
    }

    /// An instance is made: its constructor runs.
    fn made(&mut self, module: ModuleId, class: ClassId, callee: &Value, at: Open) {
        let this = match self.graph.eval.member(module, class, "__init__").map(|value| value.kind) {
            Some(ValueKind::Ref(Ref::Function(m, f))) => {
                let args = self.args(at);
                let lowered = self.module();
                let site = Site { module: self.node.module, scope: self.scope, expr: at.expr };
                let loc = Loc::new(lowered.file, lowered.span(at.expr));
                let this = self.graph.eval.call_value(callee, &args, site, loc);
                self.lead(m, f, &args, Some(&this), at);
                this
            }
            _ => super::views::instance(module, class),
        };
        self.found.edges.extend(self.graph.signals.fired(self.graph, &this, "__init__"));
    }

    /// Functions outside the project that matter by what they are given.
    fn outside(&mut self, path: &str, at: Open, call: &Call) {
        let module = self.module();
        if path == "getattr"
            && let [object, name, ..] = call.positional().collect::<Vec<_>>().as_slice()
            && let Some(name) = self.value(name.value, at.given).as_literal()
        {
            let of = self.value(object.value, at.given);
            let read = Read { receiver: &of, written: None, attr: &name, tested: at.tested, in_loop: at.in_loop };
            let uses = celery_use::of_attribute(self.graph.celery, self.graph.eval, &read);
            self.note(uses, at.expr);
        }
        if path.starts_with("subprocess.") || path == "os.system" || path.starts_with("asyncio.create_subprocess") {
            let written: String =
                call.args.iter().map(|argument| text_of(module, argument.value)).collect::<Vec<_>>().join(" ");
            let words: Vec<&str> = written.split_whitespace().collect();
            if words.contains(&"celery") && (words.contains(&"inspect") || words.contains(&"status")) {
                self.note(Uses::HEALTH, at.expr);
            }
        }
    }

    /// A value that is passed on may be called.
    fn passed(&mut self, value: &Value, at: Open) {
        for alternative in value.alternatives().iter().take(6) {
            match &alternative.kind {
                ValueKind::Ref(Ref::Function(module, function))
                    if !self.graph.celery.is_task(self.graph.eval, *module, *function) =>
                {
                    self.lead(*module, *function, &Args { open: true, ..Args::default() }, None, at);
                }
                ValueKind::Method { of, name } => {
                    if let Some((module, function, this)) = self.graph.eval.method_of(of, name) {
                        self.lead(module, function, &Args { open: true, ..Args::default() }, this.as_ref(), at);
                    }
                }
                _ => {}
            }
        }
    }

    fn args(&self, at: Open) -> Args {
        let site = Site { module: self.node.module, scope: self.scope, expr: at.expr };
        self.graph.eval.arguments_given(site, &self.given[at.given])
    }

    fn lead(&mut self, module: ModuleId, function: FunctionId, args: &Args, this: Option<&Value>, at: Open) {
        let node = self.graph.node(module, function, args, this, &self.given[at.given]);
        self.found.edges.push(node);
    }
}

fn is_canvas(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("chain" | "group" | "chord" | "xmap" | "chunks"))
}
